const NEWLINE = 0x0a;

/** UTF-8 takes at most this many bytes for what counts as one in the length of a text. */
const mostBytesPerUnit = 3;

/**
 * Texts are joined until they have this length and turned to bytes at once, which is quicker than one by one. Much longer
 * ones are slower: V8 makes them a place of their own.
 */
const joinedLength = 8 * 1024;

/** Rows of one file, one a line, until there are enough of them to be compressed. */
export class RowBlock {
  readonly #fullBytes: number;
  readonly #joinedLength: number;
  readonly #usualBytes: number;
  #buffer: Buffer;
  #used = 0;
  /** Rows that are not in the buffer yet. */
  #text = "";

  /** @param fullBytes - from this size on it is full; what comes last may make it larger */
  constructor(fullBytes: number) {
    this.#fullBytes = fullBytes;
    this.#joinedLength = Math.min(joinedLength, fullBytes >> 2);
    this.#usualBytes = fullBytes + mostBytesPerUnit * this.#joinedLength;
    // Not of Node's pool: it is kept for long.
    this.#buffer = Buffer.allocUnsafeSlow(this.#usualBytes);
  }

  /** What it holds, until it is emptied. */
  get bytes(): Uint8Array {
    this.#settle();
    return this.#buffer.subarray(0, this.#used);
  }

  /** Adds a row and says whether the block is full. */
  addText(row: string): boolean {
    this.#text += `${row}\n`;
    return this.#text.length >= this.#joinedLength && this.#settle();
  }

  /** Adds a row, or rows with line breaks between them, and says whether the block is full. */
  addBytes(rows: Uint8Array): boolean {
    this.#settle();
    this.#makeRoom(rows.length + 1);
    this.#buffer.set(rows, this.#used);
    this.#used += rows.length + 1;
    this.#buffer[this.#used - 1] = NEWLINE;
    return this.#used >= this.#fullBytes;
  }

  empty(): void {
    this.#used = 0;
    // One that had to grow for a large row is not kept.
    if (this.#buffer.length > this.#usualBytes) this.#buffer = Buffer.allocUnsafeSlow(this.#usualBytes);
  }

  /** Turns the text to bytes, and says whether the block is full. */
  #settle(): boolean {
    const text = this.#text;
    this.#text = "";
    if (text.length * mostBytesPerUnit > this.#room) this.#makeRoom(Buffer.byteLength(text));
    this.#used += this.#buffer.write(text, this.#used);
    return this.#used >= this.#fullBytes;
  }

  get #room(): number {
    return this.#buffer.length - this.#used;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#room) return;
    const larger = Buffer.allocUnsafeSlow(this.#used + bytes);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}
