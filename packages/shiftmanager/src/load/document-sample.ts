import { dealDocuments } from "./deal-documents.ts";
import { dealRows } from "./deal-rows.ts";
import { JsonDocuments } from "./json-documents.ts";
import type { JsonSource } from "./json-source.ts";
import type { JsonTarget } from "./json-steps.ts";
import type { CopyJsonToTableOptions } from "./load-options.ts";
import { unheldFiles } from "./unheld-files.ts";

/** The first documents of a source, dealt and compressed as a load does it, and thrown away. */
export interface DocumentSample {
  readonly rows: number;
  /** Of their text, before compression. */
  readonly textBytes: number;
  readonly bytes: number;
  readonly files: number;
  readonly seconds: number;
  /** The source holds no more. */
  readonly complete: boolean;
  /** Of the whole source; undefined where it does not know its size. */
  readonly rowsInAll: number | undefined;
}

/** So much text, or what comes in so much time, is enough to judge by. */
const mostBytes = 16 * 1024 * 1024;
const mostMs = 2000;

/**
 * Takes the first documents of a source, which is closed then.
 * @throws LoadError for a document that the load would refuse
 */
export async function sampleDocuments(
  data: JsonSource,
  { plan }: JsonTarget,
  { slices = 32, signal }: CopyJsonToTableOptions,
): Promise<DocumentSample> {
  const size = data instanceof JsonDocuments ? data.size : undefined;
  const pace = new Pace();
  let dealt = 0;
  let textBytes = 0;
  let until: number | undefined;
  let complete = true;
  const enough = () => {
    pace.note(dealt, size?.bytesRead() ?? 0);
    until ??= performance.now() + mostMs;
    if (textBytes < mostBytes && performance.now() < until) return false;
    complete = false;
    return true;
  };
  const began = performance.now();
  const { rows, bytes, files } = await dealRows(
    (taker, stopped) =>
      dealDocuments(data, taker, stopped, { plan, onRows: (count) => (dealt += count), enough }),
    unheldFiles((_, compressed) => compressed),
    { slices, signal, onText: (more) => (textBytes += more) },
  );
  const seconds = (performance.now() - began) / 1000;
  const rowsInAll = complete ? rows : size && Math.max(rows, Math.round(pace.rowsOf(size.totalBytes)));
  return { rows, textBytes, bytes, files, seconds, complete, rowsInAll };
}

/**
 * How many rows a source has by the byte. A source is read ahead of what is dealt, by whole pieces: what came between two
 * moments at which a piece had just been read tells it best.
 */
class Pace {
  #now = { rows: 0, bytes: 0 };
  #first: { readonly rows: number; readonly bytes: number } | undefined;
  #last = this.#now;

  note(rows: number, bytes: number): void {
    const isNew = bytes > this.#now.bytes && this.#now.bytes > 0;
    this.#now = { rows, bytes };
    if (!isNew) return;
    this.#first ??= this.#now;
    this.#last = this.#now;
  }

  rowsOf(bytes: number): number {
    const [from, to] = [this.#first ?? this.#now, this.#last];
    const ahead = to.bytes > from.bytes;
    const rowsPerByte = ahead
      ? (to.rows - from.rows) / (to.bytes - from.bytes)
      : this.#now.rows / Math.max(this.#now.bytes, 1);
    return rowsPerByte * bytes;
  }
}
