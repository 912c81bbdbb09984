/**
 * Cuts a stream of protocol messages: holds back what is not whole yet.
 * Walk it with `next()`; `buffer`, `start`, `end` and `type` are the current message (no object is made per message).
 */
export class Framing {
  buffer: Buffer = Buffer.alloc(0);
  type = 0;
  start = 0;
  end = 0;
  readonly #limit: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #needed = 0;

  /** @param limit bytes of the largest message allowed; one above it makes `next` throw */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that were given and not yet walked over. */
  get pendingBytes(): number {
    return this.buffer.length - this.end + this.#heldBytes;
  }

  push(chunk: Buffer): void {
    const walked = this.end === this.buffer.length;
    if (walked && this.#heldBytes === 0) {
      this.#set(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  /** Moves to the next whole message; false when there is none yet. */
  next(): boolean {
    for (;;) {
      const left = this.buffer.length - this.end;
      if (left >= 5) {
        const size = 1 + this.buffer.readUInt32BE(this.end + 1);
        if (size < 5 || size > this.#limit) throw new RangeError("invalid message length");
        if (size <= left) {
          this.start = this.end;
          this.end += size;
          this.type = this.buffer[this.start] ?? 0;
          return true;
        }
        this.#needed = size;
      } else this.#needed = 5;
      // Joined only when that completes something: a message in many chunks is copied once, not once a chunk.
      if (left + this.#heldBytes < this.#needed || this.#heldBytes === 0) return false;
      const pieces = [this.buffer.subarray(this.end), ...this.#held];
      this.#held = [];
      this.#heldBytes = 0;
      this.#set(left === 0 && pieces.length === 2 ? (pieces[1] ?? Buffer.alloc(0)) : Buffer.concat(pieces));
    }
  }

  /** Steps back before the current message, to meet it again later. */
  unread(): void {
    this.end = this.start;
  }

  #set(buffer: Buffer): void {
    this.buffer = buffer;
    this.start = 0;
    this.end = 0;
  }
}
