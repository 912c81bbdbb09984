import { Buffer } from "node:buffer";

const BLOCK_BYTES = 128 * 1024;

const BACKSLASH = 0x5c;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Collects rows in the text format of PostgreSQL's COPY and hands them over in blocks.
 *
 * A bad row is taken back with `cut`, so nothing of it ever reaches PostgreSQL.
 */
export class RowBuffer {
  #bytes = Buffer.allocUnsafe(BLOCK_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** True when there is enough to be worth a message of its own. */
  get full(): boolean {
    return this.#length >= BLOCK_BYTES / 2;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** Bytes that need no escaping. */
  raw(source: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#length + size > this.#bytes.length) this.#grow(size);
    const bytes = this.#bytes;
    let at = this.#length;
    if (size > 48) {
      source.copy(bytes, at, start, end);
      at += size;
    } else {
      for (let i = start; i < end; i++) bytes[at++] = source[i] as number;
    }
    this.#length = at;
  }

  /** Bytes of a value, with what COPY's text format reserves escaped. */
  escaped(source: Buffer, start: number, end: number): void {
    if (this.#length + 2 * (end - start) > this.#bytes.length) this.#grow(2 * (end - start));
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (byte === BACKSLASH || byte === TAB || byte === NEWLINE || byte === RETURN) {
        bytes[at++] = BACKSLASH;
        bytes[at++] = byte === TAB ? 0x74 : byte === NEWLINE ? 0x6e : byte === RETURN ? 0x72 : BACKSLASH;
      } else {
        bytes[at++] = byte;
      }
    }
    this.#length = at;
  }

  /** Text of ASCII characters none of which COPY reserves. */
  ascii(text: string): void {
    if (this.#length + text.length > this.#bytes.length) this.#grow(text.length);
    this.#length += this.#bytes.write(text, this.#length, "latin1");
  }

  null(): void {
    this.byte(BACKSLASH);
    this.byte(0x4e);
  }

  /** Forgets everything written since `length` was `mark`. */
  cut(mark: number): void {
    this.#length = mark;
  }

  /** Hands over what was collected; the next rows go to a new block, because the receiver may keep this one. */
  take(): Buffer {
    const block = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(BLOCK_BYTES);
    this.#length = 0;
    return block;
  }

  #grow(extra: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + extra));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
