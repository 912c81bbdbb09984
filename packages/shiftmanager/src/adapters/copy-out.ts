import type { Connection, Submittable } from "pg";
import type { CopiedRows } from "../session.ts";

/** Rows are handed on in blocks of about this size: one at a time would cost more than they carry. */
const blockBytes = 128 * 1024;

/** With this many blocks waiting the socket is left unread, so that the server waits as well. */
const mostBlocks = 4;

/**
 * A `COPY … TO STDOUT` as the driver runs it: an object that is given the protocol's messages.
 * The server sends each row in a message of its own, so the ends of rows are known without reading them.
 * @see PostgreSQL's manual, "COPY Operations" (protocol-flow)
 */
export class CopyOut implements Submittable {
  readonly #text: string;
  readonly #blocks: CopiedRows[] = [];
  #block = Buffer.allocUnsafe(blockBytes);
  #used = 0;
  #ends: number[] = [];
  #connection: Connection | undefined;
  #paused = false;
  #discarding = false;
  #error: unknown;
  #finished = false;
  #wake: (() => void) | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next block of rows; undefined after the last. Rejects with what the server or the driver said. */
  async next(): Promise<CopiedRows | undefined> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        if (this.#blocks.length < mostBlocks / 2) this.#resume();
        return block;
      }
      if (this.#finished) {
        if (this.#error !== undefined) throw this.#error as Error;
        return undefined;
      }
      await this.#change();
    }
  }

  /** Throws away what still comes; needed before the end of a stopped statement can be seen. */
  discard(): void {
    this.#discarding = true;
    this.#blocks.length = 0;
    this.#resume();
  }

  /** Resolves when the server is ready for another statement, or the connection is gone. */
  async settled(): Promise<void> {
    while (!this.#finished) await this.#change();
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#discarding) return;
    // The driver reuses its buffer, so every row is copied out of it.
    if (this.#used + chunk.length > this.#block.length) {
      this.#push();
      if (chunk.length > this.#block.length) this.#block = Buffer.allocUnsafe(chunk.length);
    }
    chunk.copy(this.#block, this.#used);
    this.#used += chunk.length;
    this.#ends.push(this.#used);
  }

  /** Where an extended query would have ended; the driver calls it for any. */
  handleCommandComplete(): void {
    this.#push();
  }

  handleError(error: unknown): void {
    // The driver tells of nothing after it, not even that the server is ready again.
    this.#error = error;
    this.#finish();
  }

  handleReadyForQuery(): void {
    this.#finish();
  }

  // A COPY has none of these; the driver's type asks for them.
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}

  #push(): void {
    if (this.#used === 0) return;
    this.#blocks.push({ bytes: this.#block.subarray(0, this.#used), ends: this.#ends });
    this.#block = Buffer.allocUnsafe(blockBytes);
    this.#used = 0;
    this.#ends = [];
    if (this.#blocks.length >= mostBlocks && !this.#paused) {
      this.#paused = true;
      this.#connection?.stream.pause();
    }
    this.#wake?.();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.stream.resume();
  }

  #finish(): void {
    this.#finished = true;
    this.#resume();
    this.#wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
