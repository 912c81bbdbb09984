/** Where the rows of one slice come from that were not dealt one by one: runs of rows, one after the other. */
interface Runs {
  readonly firstLines: number[];
  readonly firstRows: number[];
}

/**
 * Where each row went: the first of them one to each file in turn, later ones in runs. Kept is a note a run, not a note a
 * row.
 */
export class RowPlaces {
  readonly #slices: number;
  readonly #runs: Runs[] = [];
  readonly #lines: number[];
  #rows = 0;
  /** The slice that got the latest run. */
  #latest: number | undefined;

  constructor(slices: number) {
    this.#slices = slices;
    this.#lines = Array.from({ length: slices }, () => 0);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next rows go to this slice: as the one whose turn it is, or as a run. */
  note(slice: number, rows: number, how: "in turn" | "run"): void {
    const lines = this.#lines[slice] ?? 0;
    if (how === "run" && this.#latest !== slice) {
      const { firstLines, firstRows } = (this.#runs[slice] ??= { firstLines: [], firstRows: [] });
      firstLines.push(lines + 1);
      firstRows.push(this.#rows + 1);
      this.#latest = slice;
    }
    this.#rows += rows;
    this.#lines[slice] = lines + rows;
  }

  /** Number of the row, from 1, that is on this line, from 1, of this slice. */
  rowAt(slice: number, line: number): number {
    const { firstLines, firstRows } = this.#runs[slice] ?? { firstLines: [], firstRows: [] };
    const run = firstLines.findLastIndex((first) => first <= line);
    const [firstLine, firstRow] = [firstLines[run], firstRows[run]];
    return firstLine === undefined || firstRow === undefined
      ? (line - 1) * this.#slices + slice + 1
      : firstRow + line - firstLine;
  }
}
