import { randomBytes, randomUUID } from "node:crypto";
import { OptionsError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { ObjectStore, SourceSession } from "../../session.ts";
import { fileTransfer } from "./column-transfer.ts";
import { copyOutCsv, copyOutJson, type SourceFormat } from "./copy-out-statement.ts";
import { readSource } from "./read-source.ts";
import { RunKeys, uploadRows, type RowFile } from "./row-files.ts";
import { RowReader, type FileRows, type RowRules } from "./row-reader.ts";
import { sourceQuery, type SourceRows } from "./source-query.ts";

/** How rows are read from PostgreSQL and written to S3. */
export interface TransferOptions {
  /** Each file is finished in this directory before its upload begins. Default: no file is written to any disk. */
  readonly tempFileDir?: string;
  /** Most bytes of a file before compression; default 104,857,600. Files are cut between rows, never in one. */
  readonly lineBytes?: number;
  /** A canned ACL of S3 for the objects: `bucket-owner-full-control`. */
  readonly cannedAcl?: string;
  readonly signal?: AbortSignal;
}

export type CopyTableToS3Options = SourceRows &
  TransferOptions & {
    /** Deletes what was uploaded when the run fails. Default true. */
    readonly cleanupS3?: boolean;
    /** Default `json`: one object a line, as the original wrote them. */
    readonly format?: SourceFormat;
  };

/** Files of rows in S3. */
export interface CopyTableToS3Report {
  /** Prefix of the run's objects. */
  readonly keyPrefix: string;
  readonly keys: readonly string[];
  readonly rows: number;
  /** Uploaded, compressed. */
  readonly bytes: number;
  /** The columns in the order of a CSV file, which has no header. */
  readonly columns: readonly string[];
  /** What stands for NULL in a CSV file; undefined for JSON. */
  readonly nullMarker?: string;
}

/** What reading and writing need of the object they are called on. */
export interface TransferContext {
  readonly store: ObjectStore;
  withSource<T>(work: (session: SourceSession) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

const defaultLineBytes = 104_857_600;

/** Writes a table or query of PostgreSQL to gzipped files in S3, all of it or nothing. */
export async function copyTableToS3(
  bucket: string,
  keyPrefix: string,
  options: CopyTableToS3Options,
  context: TransferContext,
): Promise<CopyTableToS3Report> {
  const { format = "json", cleanupS3 = true } = options;
  checkBucket(bucket);
  checkLineBytes(options);
  const query = sourceQuery(options);
  const keys = new RunKeys(bucket, keyPrefix, randomUUID(), format);
  const nullMarker = newNullMarker();
  const work = async (session: SourceSession): Promise<CopyTableToS3Report> =>
    readSource(session, query, async (source) => {
      const columns = source.map(fileTransfer);
      const copy = format === "csv" ? copyOutCsv(query, columns, nullMarker) : copyOutJson(query, undefined);
      const rules = { format, nullMarker, columns: undefined, table: query.name };
      const files = await uploadSource(session, copy, rules, keys, options, context);
      return {
        ...totals(files),
        keyPrefix: keys.prefix,
        columns: source.map(({ name }) => name),
        ...(format === "csv" ? { nullMarker } : {}),
      };
    });
  try {
    return await context.withSource(work, options.signal);
  } catch (error) {
    if (cleanupS3) await deleteRun(bucket, keys, context);
    throw error;
  }
}

/** Runs a COPY on the source and uploads its rows while they arrive. */
export async function uploadSource(
  session: SourceSession,
  copy: string,
  rules: RowRules,
  keys: RunKeys,
  { lineBytes = defaultLineBytes, tempFileDir, cannedAcl, signal }: TransferOptions,
  { store, onEvent }: Pick<TransferContext, "store" | "onEvent">,
): Promise<readonly RowFile[]> {
  const progress = new TransferProgress(onEvent);
  const files = await uploadRows(checked(session, copy, rules), store, {
    lineBytes,
    keyOf: (n) => keys.file(n),
    tempFileDir,
    cannedAcl,
    signal,
    onRows: (rows, bytes) => progress.add(rows, bytes),
  });
  const { rows, bytes } = totals(files);
  onEvent?.({
    type: "progress",
    task: `Uploaded under ${keys.prefix}/`,
    rows,
    bytes,
    files: files.length,
    done: true,
  });
  return files;
}

async function* checked(session: SourceSession, copy: string, rules: RowRules): AsyncGenerator<FileRows> {
  const reader = new RowReader(rules);
  for await (const rows of session.copyOut(copy)) yield reader.read(rows);
}

/** Deletes what a run left; a failure of that is told, and never hides what made the run fail. */
export async function deleteRun(
  bucket: string,
  keys: RunKeys,
  { store, onEvent }: Pick<TransferContext, "store" | "onEvent">,
): Promise<void> {
  try {
    await keys.deleteAll(store);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onEvent?.({
      type: "warning",
      message: `Files may remain under s3://${bucket}/${keys.prefix}/; delete them. ${reason}`,
    });
  }
}

export function totals(files: readonly RowFile[]): {
  readonly keys: readonly string[];
  readonly rows: number;
  readonly bytes: number;
} {
  return {
    keys: files.map(({ location }) => location.key),
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** Text that no value is, unless somebody guesses 64 random bits. */
export function newNullMarker(): string {
  return `null_${randomBytes(8).toString("hex")}`;
}

export function checkLineBytes({ lineBytes }: Pick<TransferOptions, "lineBytes">): void {
  if (lineBytes === undefined || (Number.isInteger(lineBytes) && lineBytes >= 1)) return;
  throw new OptionsError(`lineBytes must be a whole number from 1, not ${lineBytes}.`);
}

/** Tells of a transfer at most every 100 ms. */
class TransferProgress {
  readonly #onEvent: EventHandler | undefined;
  #rows = 0;
  #bytes = 0;
  #told = 0;

  constructor(onEvent: EventHandler | undefined) {
    this.#onEvent = onEvent;
  }

  add(rows: number, bytes: number): void {
    this.#rows += rows;
    this.#bytes += bytes;
    const now = Date.now();
    if (now - this.#told < 100) return;
    this.#told = now;
    this.#onEvent?.({
      type: "progress",
      task: "Reading and uploading",
      rows: this.#rows,
      bytes: this.#bytes,
    });
  }
}
