import { randomBytes, randomUUID } from "node:crypto";
import { OptionsError } from "../../errors.ts";
import type { EventHandler } from "../../events.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { ObjectStore, SourceSession } from "../../session.ts";
import { fileTransfer } from "./column-transfer.ts";
import { copyOutCsv, copyOutJson, type SourceFormat } from "./copy-out-statement.ts";
import { readSource } from "./read-source.ts";
import { FileKeys } from "./file-keys.ts";
import { uploadRows, type RowFile } from "./row-files.ts";
import { RowReader, type FileRows, type RowRules } from "./row-reader.ts";
import { UploadProgress } from "../upload-progress.ts";
import { TransferRun } from "./transfer-run.ts";
import { sourceQuery, type SourceRows } from "./source-query.ts";
import { option, wording } from "../../wording.ts";

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
  const run = new TransferRun(new FileKeys(bucket, keyPrefix, randomUUID(), format), context);
  const nullMarker = newNullMarker();
  const work = async (session: SourceSession): Promise<CopyTableToS3Report> =>
    readSource(session, query, async (source) => {
      const columns = source.map(fileTransfer);
      const copy = format === "csv" ? copyOutCsv(query, columns, nullMarker) : copyOutJson(query, undefined);
      const rules = { format, nullMarker, columns: undefined, table: query.name };
      const files = await uploadSource(session, copy, rules, run, options);
      return {
        ...totals(files),
        keyPrefix: run.keys.prefix,
        columns: source.map(({ name }) => name),
        ...(format === "csv" ? { nullMarker } : {}),
      };
    });
  try {
    return await context.withSource(work, options.signal);
  } catch (error) {
    if (cleanupS3) await run.cleanUp(error);
    throw error;
  }
}

/** Runs a COPY on the source and uploads its rows while they arrive. */
export async function uploadSource(
  session: SourceSession,
  copy: string,
  rules: RowRules,
  run: TransferRun,
  { lineBytes = defaultLineBytes, tempFileDir, cannedAcl, signal }: TransferOptions,
): Promise<readonly RowFile[]> {
  const progress = new UploadProgress(run.onEvent, run.place);
  const files = await uploadRows(checked(session, copy, rules), run.objects, {
    lineBytes,
    keyOf: (n) => run.keys.file(n),
    tempFileDir,
    cannedAcl,
    signal,
    progress,
  });
  progress.done(files.length);
  return files;
}

async function* checked(session: SourceSession, copy: string, rules: RowRules): AsyncGenerator<FileRows> {
  const reader = new RowReader(rules);
  for await (const rows of session.copyOut(copy)) yield reader.read(rows);
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
  throw new OptionsError(wording`${option("lineBytes")} must be a whole number from 1, not ${lineBytes}.`);
}
