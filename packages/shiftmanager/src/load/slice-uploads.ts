import { once, setMaxListeners } from "node:events";
import { createGzip, type Gzip } from "node:zlib";
import type { ObjectLocation, ObjectStore } from "../session.ts";
import type { JsonRow } from "./json-rows.ts";

/** What was uploaded. */
export interface UploadedSlices {
  readonly files: readonly ObjectLocation[];
  readonly rows: number;
  /** As uploaded, compressed. */
  readonly bytes: number;
}

export interface SliceOptions {
  readonly bucket: string;
  /** Key of slice `n`, from 0. */
  readonly keyOf: (slice: number) => string;
  /** How many files the rows are dealt to, one row to each in turn, so that the files come out about equal. */
  readonly slices: number;
  readonly onRow?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** A gzip stream takes text in pieces of this size: small writes cost more than they carry. */
const pieceChars = 64 * 1024;

/**
 * Deals rows to gzipped files in S3 while they arrive; memory does not grow with their number.
 * When a row or an upload fails, the other uploads are stopped and awaited before the error is passed on; the caller
 * deletes what is there.
 */
export async function uploadSlices(
  rows: AsyncIterable<JsonRow>,
  store: ObjectStore,
  { bucket, keyOf, slices, onRow, signal }: SliceOptions,
): Promise<UploadedSlices> {
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  // Every open slice listens, which is no leak.
  setMaxListeners(0, stopped);
  const open: Slice[] = [];
  let count = 0;
  try {
    for await (const row of rows) {
      stopped.throwIfAborted();
      const n = count % slices;
      const slice = (open[n] ??= new Slice(store, { bucket, key: keyOf(n) }, stop, stopped));
      await slice.write(`${row.text}\n`);
      onRow?.(row.text.length + 1);
      count += 1;
    }
    const sizes = await Promise.all(open.map((slice) => slice.end()));
    return {
      files: open.map(({ location }) => location),
      rows: count,
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  } catch (error) {
    stop.abort(error);
    await Promise.all(open.map((slice) => slice.discard()));
    // The first upload that failed says more than the rows that then could not be written.
    throw stop.signal.reason ?? error;
  }
}

class Slice {
  readonly location: ObjectLocation;
  readonly #gzip: Gzip = createGzip({ level: 1 });
  readonly #uploaded: Promise<{ readonly bytes: number }>;
  readonly #stopped: AbortSignal;
  #text = "";

  constructor(store: ObjectStore, location: ObjectLocation, stop: AbortController, stopped: AbortSignal) {
    this.location = location;
    this.#stopped = stopped;
    this.#uploaded = store.put(location, this.#gzip, { contentType: "application/gzip", signal: stopped });
    // One failed upload stops all; the error itself is passed on by whoever awaits.
    this.#uploaded.catch((error: unknown) => {
      stop.abort(error);
      this.#gzip.destroy();
    });
  }

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= pieceChars) await this.#flush();
  }

  async end(): Promise<{ readonly bytes: number }> {
    await this.#flush();
    this.#gzip.end();
    return this.#uploaded;
  }

  /** Stops the upload and waits until it has let go; its error is known already. */
  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#uploaded.then(
      () => undefined,
      () => undefined,
    );
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    this.#stopped.throwIfAborted();
    if (!this.#gzip.write(text)) await once(this.#gzip, "drain", { signal: this.#stopped });
  }
}
