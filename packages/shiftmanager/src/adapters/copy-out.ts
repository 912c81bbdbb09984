import type { Connection, Submittable } from "pg";
import type { CopiedRows } from "../session.ts";
import type { RowSink } from "./copy-data-filter.ts";
import type { GuardedConnection } from "./guarded-connection.ts";
import { RowEnds } from "./row-ends.ts";

/** Rows are handed on in blocks of about this size: one at a time would cost more than they carry. */
const blockBytes = 512 * 1024;

/** With this many blocks waiting the socket is left unread, so that the server waits as well. */
const mostBlocks = 4;

/** Memory for rows. */
interface Block {
  readonly bytes: Buffer;
  readonly ends: RowEnds;
}

/**
 * A `COPY … TO STDOUT` as the driver runs it: an object that is given the protocol's messages.
 * The server sends each row in a message of its own, so the ends of rows are known without reading them.
 * @see PostgreSQL's manual, "COPY Operations" (protocol-flow)
 */
export class CopyOut implements Submittable, RowSink {
  readonly #text: string;
  readonly #blocks: CopiedRows[] = [];
  /** Memory that came back: to allocate it anew for every block would keep the garbage collector busy. */
  readonly #spare: Block[] = [];
  #block: Block = newBlock(blockBytes);
  #used = 0;
  #connection: GuardedConnection | undefined;
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
    this.#connection = connection as GuardedConnection;
    this.#connection.divertRows(this);
    connection.query(this.#text);
  }

  add(bytes: Buffer, ends: Uint32Array): void {
    if (this.#discarding) return;
    if (this.#used + bytes.length > this.#block.bytes.length) {
      this.#push();
      if (this.#used + bytes.length > this.#block.bytes.length) {
        this.#startBlock(this.#block.bytes.subarray(0, this.#used), this.#used + bytes.length);
      }
    }
    const used = this.#used;
    const { bytes: block, ends: all } = this.#block;
    block.set(bytes, used);
    for (let i = 0; i < ends.length; i += 1) all.add(used + (ends[i] ?? 0));
    this.#used = used + bytes.length;
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

  /** Hands the whole rows on; the beginning of the next stays. */
  #push(): void {
    const block = this.#block;
    const ends = block.ends.places;
    const whole = ends.at(-1);
    if (whole === undefined) return;
    this.#blocks.push({
      bytes: block.bytes.subarray(0, whole),
      ends,
      release: () => {
        if (block.bytes.length === blockBytes) this.#spare.push(block);
      },
    });
    this.#startBlock(block.bytes.subarray(whole, this.#used), blockBytes);
    if (this.#blocks.length >= mostBlocks && !this.#paused) {
      this.#paused = true;
      this.#connection?.stream.pause();
    }
    this.#wake?.();
  }

  #startBlock(beginning: Buffer, size: number): void {
    const needed = Math.max(size, 2 * beginning.length);
    this.#block = (needed === blockBytes ? this.#spare.pop() : undefined) ?? newBlock(needed);
    this.#block.bytes.set(beginning);
    this.#block.ends.clear();
    this.#used = beginning.length;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.stream.resume();
  }

  #finish(): void {
    this.#finished = true;
    this.#connection?.divertRows(undefined);
    this.#resume();
    this.#wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function newBlock(size: number): Block {
  return { bytes: Buffer.allocUnsafe(size), ends: new RowEnds() };
}
