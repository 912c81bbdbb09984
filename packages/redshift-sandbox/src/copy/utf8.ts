import type { Buffer } from "node:buffer";

/** A faulty UTF-8 sequence: where, how many bytes of it, and AWS's number for the fault. */
export interface Utf8Fault {
  readonly at: number;
  readonly size: number;
  /** 1 longer than four bytes, 2 incomplete, 3 impossible first byte, 4 impossible following byte, 5 surrogate, 6 overlong or above U+10FFFF. */
  readonly error: number;
}

/**
 * Finds the first sequence that is not UTF-8, or undefined.
 * With `nonCharacters`, U+FDD0..U+FDEF and U+xxFFFE, U+xxFFFF count as faulty too: ACCEPTINVCHARS replaces them.
 * @see AWS multi-byte-character-load-errors
 */
export function findUtf8Fault(
  buffer: Buffer,
  start: number,
  end: number,
  nonCharacters = false,
): Utf8Fault | undefined {
  let at = start;
  while (at < end) {
    const first = buffer[at] as number;
    if (first < 0x80) {
      at += 1;
      continue;
    }
    if (first >= 0xf8 && first <= 0xfd) return { at, size: followers(buffer, at, end, 5), error: 1 };
    if (first < 0xc0 || first > 0xfd) return { at, size: 1, error: 3 };
    const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const found = followers(buffer, at, end, size - 1);
    if (found < size) return { at, size: found, error: at + found === end ? 2 : 4 };
    let code = first & (0x7f >> size);
    for (let i = 1; i < size; i++) code = (code << 6) | ((buffer[at + i] as number) & 0x3f);
    if (code >= 0xd800 && code <= 0xdfff) return { at, size, error: 5 };
    if (code > 0x10ffff || code < (size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000))
      return { at, size, error: 6 };
    if (nonCharacters && ((code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef))) {
      return { at, size, error: 6 };
    }
    at += size;
  }
  return undefined;
}

/** One and the following bytes that are there, at most `most` of them. */
function followers(buffer: Buffer, at: number, end: number, most: number): number {
  let size = 1;
  while (size <= most && at + size < end && ((buffer[at + size] as number) & 0xc0) === 0x80) size += 1;
  return size;
}

/** The longest end not beyond `limit` that does not cut a character. */
export function characterBoundary(buffer: Buffer, start: number, limit: number): number {
  let end = limit;
  while (end > start && ((buffer[end] as number) & 0xc0) === 0x80) end -= 1;
  return end;
}
