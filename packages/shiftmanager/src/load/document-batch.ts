import { JsonText, mayEscapeHalf } from "./json-text.ts";

/** Where the documents of a batch are, as they are found. */
export interface FoundDocuments {
  /** Where each begins and ends. */
  readonly starts: number[];
  readonly ends: number[];
  /** The one-based line of the file on which each begins. */
  readonly lines: number[];
  /** Whether one of them has a line break between its tokens. */
  areSpread: boolean;
}

/** Documents that stand one after the other in a piece of a file. Their texts are made only where they are asked for. */
export class DocumentBatch implements Iterable<JsonText> {
  readonly file: string;
  /** The piece. What is between the documents is white space, and commas where one array wraps them. */
  readonly bytes: Uint8Array;
  readonly #found: Readonly<FoundDocuments>;

  constructor(file: string, bytes: Uint8Array, found: Readonly<FoundDocuments>) {
    this.file = file;
    this.bytes = bytes;
    this.#found = found;
  }

  get count(): number {
    return this.#found.starts.length;
  }

  /** Where each document begins, and where it ends. */
  get starts(): readonly number[] {
    return this.#found.starts;
  }

  get ends(): readonly number[] {
    return this.#found.ends;
  }

  /** Whether each document is on one line. */
  get areLines(): boolean {
    return !this.#found.areSpread;
  }

  /** Whether no text in it can hold a NUL or half of a surrogate pair: what else is wrong, COPY finds itself. */
  get isHarmless(): boolean {
    const bytes = this.#buffer();
    return !bytes.includes(0) && !mayEscapeHalf(bytes);
  }

  *[Symbol.iterator](): Generator<JsonText> {
    const bytes = this.#buffer();
    for (const [i, start] of this.starts.entries()) {
      const text = bytes.toString("utf8", start, this.ends[i]);
      // No line break is inside a string, so each is only layout.
      const line = this.areLines ? text : text.replace(/[\r\n]+/g, " ");
      yield new JsonText(line, this.file, this.#found.lines[i] ?? 1);
    }
  }

  #buffer(): Buffer {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }
}
