import { setMaxListeners } from "node:events";
import { RowBlock } from "./row-block.ts";
import { RowPlaces } from "./row-places.ts";
import { SliceTurns } from "./slice-turns.ts";
import { SlicesUnderWay, type SliceFiles } from "./slices-under-way.ts";

/** What was written. */
export interface DealtRows {
  /** Files are counted from 0 and have no gaps; none is empty. */
  readonly files: number;
  readonly rows: number;
  /** As written, compressed. */
  readonly bytes: number;
  readonly places: RowPlaces;
}

export interface DealOptions {
  /** Number of files, at most. */
  readonly slices: number;
  /** Told of the text of rows, in bytes, as it is handed on to be compressed. */
  readonly onText?: (bytes: number) => void;
  /** Told as compressed bytes come about. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** What all files together may hold in memory, compressed, before they are given whole parts. Default 64 MB. */
  readonly mostHeldBytes?: number;
}

/** Takes rows. What it returns resolves when more may come; undefined means at once, which is nearly always. */
export interface RowTaker {
  /** A row: its text on one line, without its line break. */
  text(row: string): Promise<void> | undefined;
  /** Rows that stand in a piece of a file, each on one line. */
  lines(rows: RowLines): Promise<void>;
}

export interface RowLines {
  readonly bytes: Uint8Array;
  /** Where each row begins, and where it ends. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const NEWLINE = 0x0a;

const defaultHeldBytes = 64 * 1024 * 1024;

/**
 * Rows are compressed in blocks of this size: the way to another thread and back costs little beside it, and the blocks that
 * are being filled are not so large that the garbage collector has to run for them.
 */
const fullBlockBytes = 128 * 1024;

/** Blocks of all files together, where there are so many files that whole ones would fill the memory. */
const allBlocksBytes = 64 * 1024 * 1024;

/**
 * Deals rows to gzipped files while they arrive. Memory grows neither with their number nor with that of the files.
 *
 * Rows go to the files in turn, so that these come out equal, until the files hold `mostHeldBytes`. S3 takes nothing below
 * 5 MB but as a whole object, so from then on a file is given rows until it has filled such a part and sent it off, then the
 * next: large files differ by one part at most.
 *
 * When a row or a file fails, the other files are stopped and awaited before the error is passed on; the caller deletes
 * what is there.
 * @param rows - gives every row to `taker`; the signal says that no more are wanted
 */
export async function dealRows(
  rows: (taker: RowTaker, stopped: AbortSignal) => Promise<void>,
  files: SliceFiles,
  options: DealOptions,
): Promise<DealtRows> {
  const { signal, slices, mostHeldBytes = defaultHeldBytes, onBytes, onText } = options;
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  // Every open slice listens, which is no leak.
  setMaxListeners(0, stopped);
  const blockBytes = Math.min(fullBlockBytes, Math.floor(allBlocksBytes / slices));
  const underWay = new SlicesUnderWay(files, { mostHeldBytes, blockBytes, onBytes, onText }, stop, stopped);
  const dealer = new Dealer(underWay, slices, blockBytes);
  try {
    await rows(dealer, stopped);
    stopped.throwIfAborted();
    return await dealer.end();
  } catch (error) {
    stop.abort(error);
    // The first file that failed says more than the rows that then could not be written.
    const reason: unknown = stop.signal.reason;
    await underWay.discard(reason);
    throw reason;
  }
}

class Dealer implements RowTaker {
  readonly #underWay: SlicesUnderWay;
  readonly #turns: SliceTurns;
  readonly #places: RowPlaces;
  readonly #blockBytes: number;
  /** Rows of each file that do not fill a block yet. */
  readonly #blocks: RowBlock[] = [];
  readonly #emptied: RowBlock[] = [];
  /** Set once files are given whole parts. */
  #inParts = false;
  /** The run that is being given: to which file, and so many bytes more. */
  #slice = 0;
  #how: "in turn" | "run" = "in turn";
  #bytesLeft = 0;
  /** What of it has been given, and what its file had sent before. */
  #rows = 0;
  #bytes = 0;
  #sentBefore = 0;
  /** The block that its rows go into. */
  #block = new RowBlock(0);

  constructor(underWay: SlicesUnderWay, slices: number, blockBytes: number) {
    this.#underWay = underWay;
    this.#turns = new SliceTurns(slices);
    this.#places = new RowPlaces(slices);
    this.#blockBytes = blockBytes;
  }

  text(row: string): Promise<void> | undefined {
    if (this.#bytesLeft <= 0) this.#nextRun();
    this.#gave(1, row.length + 1);
    return this.#block.addText(row) ? this.#compress() : undefined;
  }

  async lines({ bytes, starts, ends }: RowLines): Promise<void> {
    const endOf = (row: number) => ends[row] ?? 0;
    for (let row = 0; row < starts.length;) {
      if (this.#bytesLeft <= 0) this.#nextRun();
      const first = row;
      const start = starts[first] ?? 0;
      const enough = start + Math.min(this.#bytesLeft, this.#blockBytes);
      // Rows that stand line after line are copied together.
      for (row += 1; endOf(row - 1) < enough; row += 1) {
        if (starts[row] !== endOf(row - 1) + 1 || bytes[endOf(row - 1)] !== NEWLINE) break;
      }
      const end = endOf(row - 1);
      this.#gave(row - first, end - start + 1);
      if (this.#block.addBytes(bytes.subarray(start, end))) await this.#compress();
    }
  }

  async end(): Promise<DealtRows> {
    this.#endRun();
    const bytes = await this.#underWay.end((n) => this.#blocks[n]?.bytes ?? new Uint8Array());
    return { files: this.#underWay.count, rows: this.#places.rows, bytes, places: this.#places };
  }

  #gave(rows: number, bytes: number): void {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#bytesLeft -= bytes;
  }

  #nextRun(): void {
    this.#endRun();
    if (this.#inParts) {
      this.#slice = this.#turns.advance();
      this.#bytesLeft = Number.POSITIVE_INFINITY;
      this.#how = "run";
    } else {
      const { slice, bytes } = this.#turns.next();
      this.#slice = slice;
      this.#bytesLeft = bytes;
      this.#how = this.#turns.oneByOne ? "in turn" : "run";
    }
    this.#sentBefore = this.#underWay.slice(this.#slice).sentBytes;
    this.#fill(this.#blocks[this.#slice] ?? new RowBlock(this.#blockBytes));
  }

  #endRun(): void {
    if (this.#rows === 0) return;
    this.#places.note(this.#slice, this.#rows, this.#how);
    this.#turns.gave(this.#slice, this.#bytes);
    this.#rows = 0;
    this.#bytes = 0;
  }

  #fill(block: RowBlock): void {
    this.#block = block;
    this.#blocks[this.#slice] = block;
  }

  /** Hands the block on, and ends the run where other files are to have their turn. */
  async #compress(): Promise<void> {
    const block = this.#block;
    this.#fill(this.#emptied.pop() ?? new RowBlock(this.#blockBytes));
    await this.#underWay.add(this.#slice, block.bytes, () => {
      block.empty();
      this.#emptied.push(block);
    });
    if (this.#inParts ? this.#hasPart() : this.#underWay.areHeavy) {
      this.#inParts = true;
      this.#bytesLeft = 0;
      await this.#underWay.areLighter();
    }
  }

  /** Whether the file of this run has had enough to send something off. */
  #hasPart(): boolean {
    const { isSending, sentBytes } = this.#underWay.slice(this.#slice);
    return isSending || sentBytes > this.#sentBefore;
  }
}
