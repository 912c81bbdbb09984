import type { Buffer } from "node:buffer";
import { HAS_HIGH, HAS_SPECIAL, IS_COMPOSITE, IS_NULL, IS_QUOTED } from "./fields.ts";

/** More bytes are needed. */
export const INCOMPLETE = -1;
/** Not JSON; `at` tells where. */
export const MALFORMED = -2;

/** PostgreSQL's jsonb refuses what nests much deeper than this. */
const MOST_DEPTH = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** 1 for white space, 2 for what ends a plain run inside a string (quote, backslash, control, high byte). */
const CLASS = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) CLASS[byte] = 1;
const IN_STRING = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  IN_STRING[byte] = byte < 0x20 || byte === QUOTE || byte === BACKSLASH || byte >= 0x80 ? 1 : 0;
}

/**
 * Walks over JSON values without building them, checking the grammar.
 *
 * Results are left in fields of the object instead of being returned, because this runs once per value of every row.
 */
export class JsonSkip {
  /** Flags of the value last skipped. */
  flags = 0;
  /** Start and end of it, without a string's quotes. */
  start = 0;
  end = 0;
  /** Where the text stops being JSON, after MALFORMED. */
  at = 0;
  /** Line breaks passed in white space (a string cannot hold one). */
  lineBreaks = 0;
  readonly #closers = new Uint8Array(MOST_DEPTH);

  /** The first position that is not white space. */
  space(buffer: Buffer, at: number, end: number): number {
    let i = at;
    while (i < end) {
      const byte = buffer[i] as number;
      if (CLASS[byte] !== 1) return i;
      if (byte === 0x0a) this.lineBreaks += 1;
      i += 1;
    }
    return i;
  }

  /** Skips one value that starts at `at`; returns the position after it, INCOMPLETE or MALFORMED. */
  value(buffer: Buffer, at: number, end: number, last: boolean): number {
    if (at >= end) return last ? this.#malformed(at) : INCOMPLETE;
    const byte = buffer[at] as number;
    if (byte === QUOTE) return this.string(buffer, at, end, last);
    if (byte === 0x7b || byte === 0x5b) return this.#composite(buffer, at, end, last);
    this.start = at;
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return this.#number(buffer, at, end, last);
    if (byte === 0x74) return this.#word(buffer, at, end, last, "true", 0);
    if (byte === 0x66) return this.#word(buffer, at, end, last, "false", 0);
    if (byte === 0x6e) return this.#word(buffer, at, end, last, "null", IS_NULL);
    return this.#malformed(at);
  }

  /** Skips a string whose opening quote is at `at`. */
  string(buffer: Buffer, at: number, end: number, last: boolean): number {
    let flags = IS_QUOTED;
    let i = at + 1;
    while (i < end) {
      const byte = buffer[i] as number;
      if (IN_STRING[byte] === 0) {
        i += 1;
        continue;
      }
      if (byte === QUOTE) {
        this.start = at + 1;
        this.end = i;
        this.flags = flags;
        return i + 1;
      }
      if (byte >= 0x80) {
        flags |= HAS_HIGH;
        i += 1;
        continue;
      }
      if (byte !== BACKSLASH) return this.#malformed(i);
      flags |= HAS_SPECIAL;
      if (i + 1 >= end) break;
      const escaped = buffer[i + 1] as number;
      if (escaped === 0x75) {
        if (i + 6 > end) {
          if (last) return this.#malformed(i);
          return INCOMPLETE;
        }
        for (let digit = i + 2; digit < i + 6; digit++) {
          if (hexDigit(buffer[digit] as number) < 0) return this.#malformed(digit);
        }
        i += 6;
      } else if (decodeEscape(escaped) < 0) {
        return this.#malformed(i);
      } else {
        i += 2;
      }
    }
    return last ? this.#malformed(end) : INCOMPLETE;
  }

  #number(buffer: Buffer, at: number, end: number, last: boolean): number {
    let i = at;
    if (buffer[i] === 0x2d) i += 1;
    const whole = i;
    while (i < end && isDigit(buffer[i] as number)) i += 1;
    if (i === whole) return i < end || last ? this.#malformed(i) : INCOMPLETE;
    if (buffer[whole] === 0x30 && i > whole + 1) return this.#malformed(whole + 1);
    if (i < end && buffer[i] === 0x2e) {
      const fraction = ++i;
      while (i < end && isDigit(buffer[i] as number)) i += 1;
      if (i === fraction) return i < end || last ? this.#malformed(i) : INCOMPLETE;
    }
    if (i < end && ((buffer[i] as number) | 0x20) === 0x65) {
      i += 1;
      if (i < end && (buffer[i] === 0x2b || buffer[i] === 0x2d)) i += 1;
      const exponent = i;
      while (i < end && isDigit(buffer[i] as number)) i += 1;
      if (i === exponent) return i < end || last ? this.#malformed(i) : INCOMPLETE;
    }
    // A number ends only where something else begins: the next chunk may continue it.
    if (i === end && !last) return INCOMPLETE;
    this.end = i;
    this.flags = 0;
    return i;
  }

  #word(buffer: Buffer, at: number, end: number, last: boolean, word: string, flags: number): number {
    for (let i = 0; i < word.length; i++) {
      if (at + i >= end) return last ? this.#malformed(end) : INCOMPLETE;
      if (buffer[at + i] !== word.charCodeAt(i)) return this.#malformed(at + i);
    }
    this.end = at + word.length;
    this.flags = flags;
    return this.end;
  }

  /** An object or array with everything in it. */
  #composite(buffer: Buffer, at: number, end: number, last: boolean): number {
    const closers = this.#closers;
    let depth = 0;
    let flags = IS_COMPOSITE;
    let i = at;
    // What may come next: a value, a key, a value or the closer, a key or the closer, a comma or the closer.
    let expect: "value" | "key" | "first-value" | "first-key" | "more" = "value";
    for (;;) {
      i = this.space(buffer, i, end);
      if (i >= end) return last ? this.#malformed(end) : INCOMPLETE;
      const byte = buffer[i] as number;
      if (byte === (closers[depth - 1] as number) && depth > 0 && expect !== "value" && expect !== "key") {
        depth -= 1;
        i += 1;
        if (depth === 0) {
          this.start = at;
          this.end = i;
          this.flags = flags;
          return i;
        }
        expect = "more";
      } else if (expect === "more") {
        if (byte !== 0x2c) return this.#malformed(i);
        expect = closers[depth - 1] === 0x7d ? "key" : "value";
        i += 1;
      } else if (expect === "key" || expect === "first-key") {
        if (byte !== QUOTE) return this.#malformed(i);
        const after = this.string(buffer, i, end, last);
        if (after < 0) return after;
        flags |= this.flags & (HAS_HIGH | HAS_SPECIAL);
        i = this.space(buffer, after, end);
        if (i >= end) return last ? this.#malformed(end) : INCOMPLETE;
        if (buffer[i] !== 0x3a) return this.#malformed(i);
        i += 1;
        expect = "value";
      } else if (byte === 0x7b || byte === 0x5b) {
        if (depth === MOST_DEPTH) return this.#malformed(i);
        closers[depth++] = byte + 2;
        expect = byte === 0x7b ? "first-key" : "first-value";
        i += 1;
      } else {
        const after = this.value(buffer, i, end, last);
        if (after < 0) return after;
        flags |= this.flags & (HAS_HIGH | HAS_SPECIAL);
        i = after;
        expect = "more";
      }
    }
  }

  #malformed(at: number): number {
    this.at = at;
    return MALFORMED;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The byte that a one-letter escape stands for, or -1. */
function decodeEscape(letter: number): number {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return -1;
  }
}

/**
 * Decodes the inside of a JSON string that was already checked; returns the number of bytes written.
 * A lone surrogate comes out as its three bytes, which no UTF-8 check accepts.
 */
export function decodeJsonString(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  targetStart: number,
): number {
  let out = targetStart;
  let i = start;
  while (i < end) {
    const byte = source[i] as number;
    if (byte !== BACKSLASH) {
      target[out++] = byte;
      i += 1;
      continue;
    }
    const letter = source[i + 1] as number;
    if (letter !== 0x75) {
      target[out++] = decodeEscape(letter);
      i += 2;
      continue;
    }
    let code = unit(source, i + 2);
    i += 6;
    if (
      code >= 0xd800 &&
      code < 0xdc00 &&
      i + 6 <= end &&
      source[i] === BACKSLASH &&
      source[i + 1] === 0x75
    ) {
      const low = unit(source, i + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
    }
    out = writeUtf8(target, out, code);
  }
  return out - targetStart;
}

function unit(source: Buffer, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) code = code * 16 + hexDigit(source[i] as number);
  return code;
}

function writeUtf8(target: Buffer, at: number, code: number): number {
  let out = at;
  if (code < 0x80) {
    target[out++] = code;
  } else if (code < 0x800) {
    target[out++] = 0xc0 | (code >> 6);
    target[out++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    target[out++] = 0xe0 | (code >> 12);
    target[out++] = 0x80 | ((code >> 6) & 0x3f);
    target[out++] = 0x80 | (code & 0x3f);
  } else {
    target[out++] = 0xf0 | (code >> 18);
    target[out++] = 0x80 | ((code >> 12) & 0x3f);
    target[out++] = 0x80 | ((code >> 6) & 0x3f);
    target[out++] = 0x80 | (code & 0x3f);
  }
  return out;
}
