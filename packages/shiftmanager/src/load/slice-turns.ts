/** So many rows a file are dealt one by one, in turn, before they are dealt in runs. */
const rowsInTurn = 16;

/** Files differ by no more than a run, which is this part of what a file has. */
const runPart = 1 / 16;

/**
 * Says which file the next rows go to, so that files come out equal, whatever the sizes of the rows: one by one at first, so
 * that few rows are spread over all files; then in runs that grow with the files, for a change of files costs more than a
 * row.
 */
export class SliceTurns {
  readonly #slices: number;
  /** Bytes that each file has been given. */
  readonly #bytes: number[] = [];
  #allBytes = 0;
  #turns = 0;
  #slice = -1;
  /** What every file is filled up to in this round. */
  #level = 0;

  constructor(slices: number) {
    this.#slices = slices;
  }

  /** Whether rows are still dealt one by one. */
  get oneByOne(): boolean {
    return this.#turns <= rowsInTurn * this.#slices;
  }

  /** The next turn: for so many bytes at least, and one row. */
  next(): { readonly slice: number; readonly bytes: number } {
    this.#turns += 1;
    if (this.oneByOne) return { slice: this.advance(), bytes: 1 };
    for (;;) {
      const slice = this.advance();
      if (slice === 0 || this.#level === 0) this.#level = (this.#allBytes / this.#slices) * (1 + runPart);
      const bytes = this.#level - (this.#bytes[slice] ?? 0);
      // At least the smallest file is below the level, which is above the mean.
      if (bytes > 0) return { slice, bytes };
    }
  }

  /** The next file, whatever it has. */
  advance(): number {
    this.#slice = (this.#slice + 1) % this.#slices;
    return this.#slice;
  }

  /** So many bytes went to this file. */
  gave(slice: number, bytes: number): void {
    this.#bytes[slice] = (this.#bytes[slice] ?? 0) + bytes;
    this.#allBytes += bytes;
  }
}
