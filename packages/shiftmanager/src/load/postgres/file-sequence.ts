import type { FileRows, OpenFile, RunFiles } from "./run-files.ts";

/** Writes rows to one file after the other. While one is being ended, the next is filled. */
export class FileSequence {
  readonly #files: RunFiles;
  readonly #mostBytes: number;
  #open: OpenFile | undefined;
  #ending: Promise<void> = Promise.resolve();

  /** @param mostBytes - of a file, before compression; a row that is longer has a file of its own */
  constructor(files: RunFiles, mostBytes = Number.POSITIVE_INFINITY) {
    this.#files = files;
    this.#mostBytes = mostBytes;
  }

  /** Resolves when the rows are compressed, and their memory is given back. */
  async add({ bytes, ends, brokenLines, release }: FileRows): Promise<void> {
    let from = 0;
    let first = 0;
    while (first < ends.length) {
      const room = this.#mostBytes - (this.#open?.rawBytes ?? 0);
      let after = this.#rowsWithin(ends, first, from + room);
      if (after === first) {
        if (this.#open !== undefined) {
          await this.cut();
          continue;
        }
        after = first + 1;
      }
      const to = ends[after - 1] ?? from;
      this.#open ??= this.#files.open();
      await this.#open.write(bytes.subarray(from, to), after - first, brokenLines);
      from = to;
      first = after;
    }
    release();
  }

  /** Ends the file under way: what comes next goes into another. */
  async cut(): Promise<void> {
    await this.#ending;
    this.#ending = this.#open?.end() ?? this.#ending;
    // Whoever waits for it next is told; until then nobody may.
    this.#ending.catch(() => undefined);
    this.#open = undefined;
  }

  async end(): Promise<void> {
    await this.cut();
    await this.#ending;
  }

  /** The row that the first one to end beyond `limit` is. */
  #rowsWithin(ends: Uint32Array, first: number, limit: number): number {
    if ((ends.at(-1) ?? 0) <= limit) return ends.length;
    let row = first;
    while ((ends[row] ?? Number.POSITIVE_INFINITY) <= limit) row += 1;
    return row;
  }
}
