import { Buffer } from "node:buffer";

/** What a scanner saw of a field. Zero: the record has no such field. */
export const PRESENT = 1;
/** JSON `null`. */
export const IS_NULL = 2;
/** The value was decoded: its bytes are in the scratch buffer, not in the file's. */
export const IN_SCRATCH = 4;
/** Some byte is 0x80 or above. */
export const HAS_HIGH = 8;
/** Some byte is a control character or a backslash, so it cannot be copied as it is. */
export const HAS_SPECIAL = 16;
/** A JSON string, or a quoted CSV field. */
export const IS_QUOTED = 32;
/** A JSON object or array. */
export const IS_COMPOSITE = 64;

/**
 * The fields of one record as offsets, reused from record to record: no object and no string per value.
 *
 * JSON scanners fill them by column, the others by position in the line.
 */
export class Fields {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly flags: Uint8Array;
  readonly width: number;
  /** How many the record has (may exceed `width`, whose surplus is not kept). */
  count = 0;
  scratch = Buffer.allocUnsafe(4096);
  scratchLength = 0;

  constructor(width: number) {
    this.width = width;
    this.starts = new Int32Array(width);
    this.ends = new Int32Array(width);
    this.flags = new Uint8Array(width);
  }

  clear(): void {
    this.count = 0;
    this.scratchLength = 0;
    this.flags.fill(0);
  }

  set(index: number, start: number, end: number, flags: number): void {
    this.starts[index] = start;
    this.ends[index] = end;
    this.flags[index] = flags | PRESENT;
  }

  /** Appends in order; what has no column is only counted. */
  push(start: number, end: number, flags: number): void {
    if (this.count < this.width) this.set(this.count, start, end, flags);
    this.count += 1;
  }

  /** Room for `size` more decoded bytes; returns where they start. */
  reserve(size: number): number {
    const start = this.scratchLength;
    if (start + size > this.scratch.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.scratch.length * 2, start + size));
      this.scratch.copy(grown, 0, 0, start);
      this.scratch = grown;
    }
    return start;
  }
}
