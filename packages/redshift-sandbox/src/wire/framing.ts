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
        const size = this.#sizeAt(this.end);
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

  /** Takes the whole messages of the same type that follow the current one into it, as far as they have come in one piece with it. */
  extend(): void {
    const { buffer, type } = this;
    let { end } = this;
    while (buffer.length - end >= 5 && buffer[end] === type) {
      const size = this.#sizeAt(end);
      if (size > buffer.length - end) break;
      end += size;
    }
    this.end = end;
  }

  /** Steps back before the current message, to meet it again later. */
  unread(): void {
    this.end = this.start;
  }

  /** By hand: `readUInt32BE` checks what is known here, once for each row of every result. */
  #sizeAt(at: number): number {
    const { buffer } = this;
    const size =
      1 +
      (((buffer[at + 1] as number) << 24) |
        ((buffer[at + 2] as number) << 16) |
        ((buffer[at + 3] as number) << 8) |
        (buffer[at + 4] as number));
    // One above two gigabytes is negative here.
    if (size < 5 || size > this.#limit) throw new RangeError("invalid message length");
    return size;
  }

  #set(buffer: Buffer): void {
    this.buffer = buffer;
    this.start = 0;
    this.end = 0;
  }
}
