import { setImmediate } from "node:timers/promises";
import { Deflaters } from "./deflater.ts";
import { GzipMember } from "./gzip-member.ts";
import { Slice } from "./slice.ts";

/** Where the files go. */
export interface SliceFiles {
  /** Held in memory until a part of this size is full; what is written at once says 0. */
  readonly partBytes: number;
  /**
   * Writes file `slice`, counted from 0.
   * @param onSent - told when bytes are in memory no more
   */
  write(
    slice: number,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal; readonly onSent: (bytes: number) => void },
  ): Promise<{ readonly bytes: number }>;
}

/** Parts that may be on their way beside what is held. */
const partsUnderWay = 3;

/** Blocks that are compressed at a time: as many as Node has threads for it. */
const mostAtOnce = 4;

/** Blocks that are compressed or wait for it: enough that neither side waits for the other where the machine is busy. */
const mostCompressing = 16;

export interface UnderWayOptions {
  /** What the files together may hold in memory, compressed. */
  readonly mostHeldBytes: number;
  /** How large most blocks are. */
  readonly blockBytes: number;
  /** Told of the text of rows as it is handed on. */
  readonly onText: ((bytes: number) => void) | undefined;
  /** Told as compressed bytes come about. */
  readonly onBytes: ((bytes: number) => void) | undefined;
}

/** The files of one run while they are written, and what of them is in memory. */
export class SlicesUnderWay {
  readonly #files: SliceFiles;
  readonly #deflaters: Deflaters;
  readonly #mostHeldBytes: number;
  readonly #onText: ((bytes: number) => void) | undefined;
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #stop: AbortController;
  readonly #stopped: AbortSignal;
  readonly #slices: Slice[] = [];
  #heldBytes = 0;
  #compressing = 0;
  #changed: (() => void) | undefined;

  /**
   * @param stop - one file that fails stops all
   * @param stopped - says that no more is wanted, for this reason or another
   */
  constructor(
    files: SliceFiles,
    { mostHeldBytes, blockBytes, onBytes, onText }: UnderWayOptions,
    stop: AbortController,
    stopped: AbortSignal,
  ) {
    this.#files = files;
    this.#mostHeldBytes = mostHeldBytes;
    this.#onText = onText;
    this.#onBytes = onBytes;
    this.#deflaters = new Deflaters(mostAtOnce, blockBytes);
    this.#stop = stop;
    this.#stopped = stopped;
    stopped.addEventListener("abort", () => this.#change());
  }

  get count(): number {
    return this.#slices.length;
  }

  /** Whether compressed bytes have filled the memory that is for them. */
  get areHeavy(): boolean {
    return this.#heldBytes >= this.#mostHeldBytes;
  }

  /** The file of this number, opened when it is asked for first. */
  slice(n: number): Slice {
    return (this.#slices[n] ??= new Slice(
      new GzipMember(this.#deflaters),
      (bytes, onSent) => this.#files.write(n, bytes, { signal: this.#stopped, onSent }),
      {
        onHeld: (bytes) => {
          this.#heldBytes += bytes;
          this.#onBytes?.(bytes);
        },
        onSent: (bytes) => {
          this.#heldBytes -= bytes;
          this.#change();
        },
        onFailed: (error) => this.#stop.abort(error),
      },
    ));
  }

  /**
   * Compresses a block for the end of a file, beside the main thread.
   * @param done - told when the block may be used again
   * @returns a promise to wait for before the next block
   */
  async add(n: number, block: Uint8Array, done: () => void): Promise<void> {
    this.#stopped.throwIfAborted();
    this.#compressing += 1;
    this.#onText?.(block.byteLength);
    this.slice(n)
      .add(block)
      .then(done, (error: unknown) => this.#stop.abort(error))
      .finally(() => {
        this.#compressing -= 1;
        this.#change();
      });
    // What is compressed meanwhile can only be sent on when the source lets it.
    await setImmediate();
    while (this.#compressing >= mostCompressing) await this.#nextChange();
    this.#stopped.throwIfAborted();
  }

  /** Waits while too much is held of which some is on its way; what else is held waits for more itself. */
  async areLighter(): Promise<void> {
    const limit = this.#mostHeldBytes + partsUnderWay * this.#files.partBytes;
    while (this.#heldBytes > limit && this.#slices.some(({ isSending }) => isSending))
      await this.#nextChange();
  }

  /** Writes the rest of every file; the bytes of all of them. */
  async end(restOf: (n: number) => Uint8Array): Promise<number> {
    const sizes = await Promise.all(
      this.#slices.map((slice, n) => {
        const rest = restOf(n);
        this.#onText?.(rest.byteLength);
        return slice.end(rest);
      }),
    );
    this.#deflaters.close();
    return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async discard(reason: unknown): Promise<void> {
    await Promise.all(this.#slices.map((slice) => slice.discard(reason)));
    this.#deflaters.close();
  }

  #change(): void {
    this.#changed?.();
  }

  async #nextChange(): Promise<void> {
    this.#stopped.throwIfAborted();
    await new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
    this.#stopped.throwIfAborted();
  }
}
