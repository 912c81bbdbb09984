import { Buffer } from "node:buffer";
import { Fields, HAS_HIGH, HAS_SPECIAL, IN_SCRATCH, IS_NULL } from "../copy/fields.ts";

const BACKSLASH = 0x5c;
const TAB = 0x09;
const NEWLINE = 0x0a;

/** Cuts what `COPY … TO STDOUT` sends (text format) into rows, wherever the chunks end. */
export class CopyRows {
  readonly fields: Fields;
  #rest: Buffer | undefined;

  constructor(width: number) {
    this.fields = new Fields(width);
  }

  /** Calls `row` for each complete row, with its values decoded in `fields`. */
  feed(chunk: Uint8Array, row: (buffer: Buffer) => void): void {
    let buffer: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#rest !== undefined) buffer = Buffer.concat([this.#rest, buffer]);
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      this.#split(buffer, start, end);
      row(buffer);
      start = end + 1;
    }
    this.#rest = start < buffer.length ? Buffer.from(buffer.subarray(start)) : undefined;
  }

  #split(buffer: Buffer, rowStart: number, rowEnd: number): void {
    const { fields } = this;
    fields.clear();
    if (fields.width === 0) return;
    let start = rowStart;
    let flags = 0;
    for (let at = rowStart; at <= rowEnd; at++) {
      const byte = at === rowEnd ? TAB : (buffer[at] as number);
      if (byte === TAB) {
        if ((flags & HAS_SPECIAL) === 0) fields.push(start, at, flags);
        else if (at - start === 2 && buffer[start + 1] === 0x4e) fields.push(start, start, IS_NULL);
        else this.#decode(buffer, start, at, flags);
        start = at + 1;
        flags = 0;
      } else if (byte === BACKSLASH) {
        flags |= HAS_SPECIAL;
        at += 1;
      } else if (byte >= 0x80) flags |= HAS_HIGH;
    }
  }

  #decode(buffer: Buffer, start: number, end: number, flags: number): void {
    const { fields } = this;
    const target = fields.reserve(end - start);
    const { scratch } = fields;
    let out = target;
    for (let at = start; at < end; at++) {
      let byte = buffer[at] as number;
      if (byte === BACKSLASH) byte = unescape(buffer[++at] as number);
      scratch[out++] = byte;
    }
    fields.scratchLength = out;
    fields.push(target, out, flags | IN_SCRATCH);
  }
}

function unescape(letter: number): number {
  switch (letter) {
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
    case 0x76:
      return 0x0b;
    default:
      return letter;
  }
}
