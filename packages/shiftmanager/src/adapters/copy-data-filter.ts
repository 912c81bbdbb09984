import { RowEnds } from "./row-ends.ts";

/** Takes the rows of a COPY as they come off the wire. */
export interface RowSink {
  /** @param ends - where rows end in `bytes`, only for this call; what comes after the last goes on in the next */
  add(bytes: Buffer, ends: Uint32Array): void;
}

const copyData = 0x64; // "d"
const headerBytes = 5;

/**
 * Takes CopyData messages out of what the server sends, before the driver sees them: the driver makes an object and an
 * event of each, and the server sends each row in one of its own.
 * @see PostgreSQL's manual, "Message Formats" (protocol-message-formats) and "COPY Operations" (protocol-flow)
 */
export class CopyDataFilter {
  /** Absent: CopyData is passed on like everything else. */
  sink: RowSink | undefined;
  /** The first bytes of a header whose others have not come. */
  #beginning: Buffer | undefined;
  readonly #ends = new RowEnds();
  /** Of the message under way. */
  #left = 0;
  #taken = false;

  /** Gives rows to the sink and everything else to `pass`, in order. Rows are moved together within `received`. */
  read(received: Buffer, pass: (bytes: Buffer) => void): void {
    const chunk = this.#beginning === undefined ? received : Buffer.concat([this.#beginning, received]);
    this.#beginning = undefined;
    const { length } = chunk;
    let at = 0;
    while (at < length) {
      if (this.#left === 0) {
        if (at + headerBytes > length) break;
        this.#taken = chunk[at] === copyData && this.sink !== undefined;
        this.#left = this.#taken ? 0 : 1 + chunk.readUInt32BE(at + 1);
      }
      at = this.#taken ? this.#takeRows(chunk, at) : this.#passOn(chunk, at, pass);
    }
    if (at < length) this.#beginning = Buffer.from(chunk.subarray(at));
  }

  /** Takes the rest of a row and the rows after it; where the first other message or the rest of the chunk begins. */
  #takeRows(chunk: Buffer, from: number): number {
    const { length } = chunk;
    const ends = this.#ends;
    ends.clear();
    let left = this.#left;
    let at = from;
    let kept = from;
    for (;;) {
      if (left > 0) {
        const end = Math.min(at + left, length);
        if (kept !== at) chunk.copyWithin(kept, at, end);
        kept += end - at;
        left -= end - at;
        at = end;
        if (left > 0) break;
        ends.add(kept - from);
      }
      if (at + headerBytes > length || chunk[at] !== copyData) break;
      left = chunk.readUInt32BE(at + 1) - 4;
      at += headerBytes;
      // A message may hold nothing: a row of no columns.
      if (left === 0) ends.add(kept - from);
    }
    this.sink?.add(chunk.subarray(from, kept), ends.places);
    this.#left = left;
    this.#taken = left > 0;
    return at;
  }

  /** Passes on the message under way and those after it, up to the next row. */
  #passOn(chunk: Buffer, from: number, pass: (bytes: Buffer) => void): number {
    const { length } = chunk;
    let at = Math.min(from + this.#left, length);
    this.#left -= at - from;
    while (this.#left === 0 && at + headerBytes <= length && !(chunk[at] === copyData && this.sink)) {
      const end = at + 1 + chunk.readUInt32BE(at + 1);
      this.#left = Math.max(end - length, 0);
      at = Math.min(end, length);
    }
    pass(chunk.subarray(from, at));
    return at;
  }
}
