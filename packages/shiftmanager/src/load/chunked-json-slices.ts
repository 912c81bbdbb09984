import { checkArguments } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { flag, number, options as optionsOf, signal, text, type Kinds } from "../kinds.ts";
import { option, wording } from "../wording.ts";
import { dealDocuments } from "./deal-documents.ts";
import { dealRows } from "./deal-rows.ts";
import { closingUnread } from "./each-item.ts";
import { jsonSource, type JsonSource } from "./json-source.ts";
import { defaultLocalDirectory, LocalSlices } from "./local-slices.ts";
import { unheldFiles } from "./unheld-files.ts";

/** How `chunkedJsonSlices` writes. */
export interface ChunkedJsonSlicesOptions {
  /** Where the files go. Default `~/.shiftmanager/tmp`; made, with mode 0700, where it is missing. */
  readonly dir?: string;
  /** Whether `close()`, and leaving the scope of an `await using` or `using`, deletes the files. Default true. */
  readonly cleanOnExit?: boolean;
  /** Stops it; what was written is deleted. */
  readonly signal?: AbortSignal;
}

const kinds: Kinds<ChunkedJsonSlicesOptions> = { dir: text, cleanOnExit: flag, signal };
const signature = { data: jsonSource, slices: number, options: optionsOf(kinds) };

/** Gzipped files of JSON rows on the local disk. */
export interface JsonSlices extends AsyncDisposable, Disposable {
  /** What the file names begin with: the time, and something of this run's own. */
  readonly stamp: string;
  /** Paths of the files: as many as were asked for, or as rows where these are fewer; none is empty. */
  readonly chunkFiles: readonly string[];
  readonly rows: number;
  /** As written, compressed. */
  readonly bytes: number;
  /** Deletes the files unless `cleanOnExit` is false; may be called again. */
  close(): Promise<void>;
}

/**
 * Writes documents to gzipped files on the local disk, one a line, dealt in turn (one by one at first, then in runs) so that
 * the files come out equal. The memory it takes does not grow with the number of documents, nor does the time of each. Files
 * have mode 0600; those of a run that fails are deleted.
 *
 * @example
 * import { chunkedJsonSlices } from "shiftmanager";
 * const slices = await chunkedJsonSlices([{ id: 1 }, { id: 2 }], 2);
 * console.log(slices.chunkFiles);
 * await slices.close();
 * @param data - objects, what `readJsonDocuments` reads, or a stream of the bytes of such a file
 * @param slices - number of files, 1 to 10,000
 * @throws LoadError naming row and key for what JSON or Redshift cannot hold: NaN, infinity, NUL, half a surrogate pair
 * @throws StorageError for what the disk refuses
 */
export async function chunkedJsonSlices(
  data: JsonSource,
  slices: number,
  options: ChunkedJsonSlicesOptions = {},
): Promise<JsonSlices> {
  const files = await closingUnread(data, async () => {
    checkArguments("chunkedJsonSlices", signature, { data, slices, options });
    requireSlices(slices);
    const local = new LocalSlices(options.dir ?? defaultLocalDirectory());
    await local.prepare();
    return local;
  });
  const { cleanOnExit = true, signal } = options;
  try {
    const { rows, bytes } = await dealRows(
      (taker, stopped) => dealDocuments(data, taker, stopped),
      unheldFiles((slice, compressed) => files.copying(slice, compressed)),
      { slices, signal },
    );
    return new WrittenSlices(files, { rows, bytes }, cleanOnExit);
  } catch (error) {
    await files.remove();
    throw error;
  }
}

/** @throws OptionsError for a number of files that makes no sense */
export function requireSlices(slices: number): void {
  if (!Number.isInteger(slices) || slices < 1 || slices > 10_000) {
    throw new OptionsError(
      wording`${option("slices")} must be a whole number from 1 to 10000, not ${slices}.`,
    );
  }
}

class WrittenSlices implements JsonSlices {
  readonly stamp: string;
  readonly chunkFiles: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly #files: LocalSlices;
  readonly #cleanOnExit: boolean;

  constructor(
    files: LocalSlices,
    { rows, bytes }: { readonly rows: number; readonly bytes: number },
    cleanOnExit: boolean,
  ) {
    this.stamp = files.stamp;
    this.chunkFiles = files.paths;
    this.rows = rows;
    this.bytes = bytes;
    this.#files = files;
    this.#cleanOnExit = cleanOnExit;
  }

  async close(): Promise<void> {
    if (this.#cleanOnExit) await this.#files.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    if (this.#cleanOnExit) this.#files.removeSync();
  }
}
