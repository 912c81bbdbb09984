import type { JsonRow } from "./json-row.ts";

/** Remembers where each source file began, so that the number of a row can be told as a file and its row. */
export class FileStarts {
  readonly #starts: { readonly file: string; readonly first: number }[] = [];

  note({ file, number }: Pick<JsonRow, "file" | "number">): void {
    if (file !== undefined && this.#starts.at(-1)?.file !== file) this.#starts.push({ file, first: number });
  }

  locate(row: number): { readonly row: number; readonly file?: string } {
    const start = this.#starts.findLast(({ first }) => first <= row);
    return start === undefined ? { row } : { row: row - start.first + 1, file: start.file };
  }
}
