/** Rows that stand in one file, one after the other. */
interface Block {
  readonly firstRow: number;
  readonly firstLine: number;
}

/**
 * Where each row went: the first of them one to each file in turn, later ones in blocks. Kept is a note a block, not a
 * note a row.
 */
export class RowPlaces {
  readonly #slices: number;
  readonly #blocks = new Map<number, Block[]>();
  readonly #lines: number[];
  #rows = 0;
  #blockOf: number | undefined;

  constructor(slices: number) {
    this.#slices = slices;
    this.#lines = Array.from({ length: slices }, () => 0);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next row goes to this slice: `inTurn`, or as one more of a block. */
  note(slice: number, inTurn: boolean): void {
    this.#rows += 1;
    const line = (this.#lines[slice] ?? 0) + 1;
    this.#lines[slice] = line;
    if (inTurn) return;
    if (this.#blockOf === slice) return;
    this.#blockOf = slice;
    const block = { firstRow: this.#rows, firstLine: line };
    const known = this.#blocks.get(slice);
    if (known === undefined) this.#blocks.set(slice, [block]);
    else known.push(block);
  }

  /** Number of the row, from 1, that is on this line, from 1, of this slice. */
  rowAt(slice: number, line: number): number {
    const block = this.#blocks.get(slice)?.findLast(({ firstLine }) => firstLine <= line);
    return block === undefined
      ? (line - 1) * this.#slices + slice + 1
      : block.firstRow + line - block.firstLine;
  }
}
