import type { GzipMember } from "./gzip-member.ts";

/** What a slice has to tell the one that deals to it. */
export interface SliceEvents {
  /** So many compressed bytes have come about, and are in memory. */
  readonly onHeld: (bytes: number) => void;
  /** So many of them are in memory no more. */
  readonly onSent: (bytes: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Takes all of a file's bytes; resolves when they are where they belong. */
export type WriteSlice = (
  bytes: AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void,
) => Promise<{ readonly bytes: number }>;

/** One gzipped file on its way to where it is to be. */
export class Slice {
  readonly #member: GzipMember;
  readonly #written: Promise<{ readonly bytes: number }>;
  readonly #events: SliceEvents;
  /** In the order of the file. */
  readonly #blocks: Promise<Uint8Array>[] = [];
  /** Of `#blocks`, those that are compressed. */
  #ready = 0;
  #complete = false;
  #discarded: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  #sentBytes = 0;

  constructor(member: GzipMember, write: WriteSlice, events: SliceEvents) {
    this.#member = member;
    this.#events = events;
    this.#written = write(this.#compressed(), (bytes) => {
      this.#sentBytes += bytes;
      events.onSent(bytes);
    });
    // The error itself is passed on by whoever awaits.
    this.#written.catch((error: unknown) => events.onFailed(error));
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether there is more at hand than is taken: whoever writes is at work with what came before. */
  get isSending(): boolean {
    return this.#ready > 0;
  }

  /** Resolves when the block is compressed and may be used again. */
  add(block: Uint8Array): Promise<void> {
    return this.#queue(this.#member.add(block));
  }

  /** Adds the last block, which may be empty, and waits until the whole file is written. */
  async end(block: Uint8Array): Promise<{ readonly bytes: number }> {
    const compressed = this.#queue(this.#member.end(block));
    this.#complete = true;
    await compressed;
    return this.#written;
  }

  /** Stops, and waits until the writing has let go; its error is known already. */
  async discard(reason: unknown): Promise<void> {
    this.#discarded = { reason };
    this.#wake?.();
    await this.#written.then(
      () => undefined,
      () => undefined,
    );
  }

  async #queue(compressing: Promise<Uint8Array>): Promise<void> {
    this.#blocks.push(compressing);
    this.#wake?.();
    const { byteLength } = await compressing;
    this.#ready += 1;
    this.#events.onHeld(byteLength);
  }

  async *#compressed(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#discarded !== undefined) throw this.#discarded.reason;
      const block = this.#blocks.shift();
      if (block !== undefined) {
        const bytes = await block;
        this.#ready -= 1;
        yield bytes;
      } else if (this.#complete) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
