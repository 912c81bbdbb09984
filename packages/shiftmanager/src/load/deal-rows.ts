import { setMaxListeners } from "node:events";
import { RowPlaces } from "./row-places.ts";
import { Slice } from "./slice.ts";

/** What was written. */
export interface DealtRows {
  /** Files are counted from 0 and have no gaps; none is empty. */
  readonly files: number;
  readonly rows: number;
  /** As written, compressed. */
  readonly bytes: number;
  readonly places: RowPlaces;
}

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

export interface DealOptions {
  /** Number of files, at most. */
  readonly slices: number;
  /** Told as compressed bytes come about. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** What all files together may hold in memory while rows are dealt to them one by one. Default 64 MB. */
  readonly mostHeldBytes?: number;
}

/** Takes a row: its text on one line, without its line break. Resolves when more may come, which is mostly at once. */
export type TakeRow = (text: string) => Promise<void> | undefined;

const defaultHeldBytes = 64 * 1024 * 1024;

/** Parts that may be on their way beside what is held. */
const partsUnderWay = 3;

/**
 * Deals rows to gzipped files while they arrive. Memory grows neither with their number nor with that of the files,
 * beyond the 0.3 MB that each compression takes.
 *
 * Rows go to the files one by one, in turn, so that these come out equal, until the files hold `mostHeldBytes`. S3 takes
 * nothing below 5 MB but as a whole object, so from then on a file is given rows until it has filled such a part and sent it
 * off, then the next: large files differ by one part at most.
 *
 * When a row or a file fails, the other files are stopped and awaited before the error is passed on; the caller deletes
 * what is there.
 * @param rows - gives every row to `take`; the signal says that no more are wanted
 */
export async function dealRows(
  rows: (take: TakeRow, stopped: AbortSignal) => Promise<void>,
  files: SliceFiles,
  options: DealOptions,
): Promise<DealtRows> {
  const stop = new AbortController();
  const { signal } = options;
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  // Every open slice listens, which is no leak.
  setMaxListeners(0, stopped);
  const dealer = new Dealer(files, options, stop, stopped);
  try {
    await rows((text) => dealer.deal(`${text}\n`), stopped);
    stopped.throwIfAborted();
    return await dealer.end();
  } catch (error) {
    stop.abort(error);
    await dealer.discard();
    // The first file that failed says more than the rows that then could not be written.
    throw stop.signal.reason ?? error;
  }
}

class Dealer {
  readonly #files: SliceFiles;
  readonly #options: DealOptions;
  readonly #stop: AbortController;
  readonly #stopped: AbortSignal;
  readonly #open: Slice[] = [];
  readonly #places: RowPlaces;
  readonly #mostHeldBytes: number;
  #heldBytes = 0;
  /** The slice that is being given a block, and how far it is to come; undefined while rows are dealt in turn. */
  #block: { readonly slice: number; readonly untilBytes: number } | undefined;
  #sent: (() => void) | undefined;

  constructor(files: SliceFiles, options: DealOptions, stop: AbortController, stopped: AbortSignal) {
    this.#files = files;
    this.#options = options;
    this.#stop = stop;
    this.#stopped = stopped;
    this.#mostHeldBytes = options.mostHeldBytes ?? defaultHeldBytes;
    this.#places = new RowPlaces(options.slices);
  }

  deal(line: string): Promise<void> | undefined {
    if (this.#block === undefined) {
      if (this.#heldBytes < this.#mostHeldBytes)
        return this.#give(this.#places.rows % this.#options.slices, line);
      this.#block = this.#blockAfter(-1);
    }
    const { slice, untilBytes } = this.#block;
    if (this.#slice(slice).compressedBytes < untilBytes) return this.#give(slice, line);
    this.#block = this.#blockAfter(slice);
    return this.#givenWhenLighter(this.#block.slice, line);
  }

  async end(): Promise<DealtRows> {
    const sizes = await Promise.all(this.#open.map((slice) => slice.end()));
    return {
      files: this.#open.length,
      rows: this.#places.rows,
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
      places: this.#places,
    };
  }

  async discard(): Promise<void> {
    await Promise.all(this.#open.map((slice) => slice.discard()));
  }

  #give(slice: number, line: string): Promise<void> | undefined {
    this.#places.note(slice, this.#block === undefined);
    return this.#slice(slice).write(line);
  }

  async #givenWhenLighter(slice: number, line: string): Promise<void> {
    // What is above the limit are whole parts on their way, so this ends.
    while (this.#heldBytes > this.#mostHeldBytes + partsUnderWay * this.#files.partBytes) {
      await this.#nextSent();
    }
    await this.#give(slice, line);
  }

  /** As far as the slice's next whole part. */
  #blockAfter(slice: number): { readonly slice: number; readonly untilBytes: number } {
    const next = (slice + 1) % this.#options.slices;
    const { partBytes } = this.#files;
    const parts = Math.floor(this.#slice(next).compressedBytes / partBytes) + 1;
    return { slice: next, untilBytes: parts * partBytes };
  }

  #slice(n: number): Slice {
    return (this.#open[n] ??= new Slice(
      (bytes) =>
        this.#files.write(n, bytes, { signal: this.#stopped, onSent: (sent) => this.#sentOff(sent) }),
      this.#stopped,
      {
        onHeld: (bytes) => {
          this.#heldBytes += bytes;
          this.#options.onBytes?.(bytes);
        },
        // One failed file stops all.
        onFailed: (error) => this.#stop.abort(error),
      },
    ));
  }

  #sentOff(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#sent?.();
  }

  #nextSent(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(this.#stopped.reason as Error);
      this.#stopped.addEventListener("abort", stop, { once: true });
      this.#sent = () => {
        this.#sent = undefined;
        this.#stopped.removeEventListener("abort", stop);
        resolve();
      };
    });
  }
}
