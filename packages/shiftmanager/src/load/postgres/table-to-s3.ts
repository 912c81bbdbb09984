import { randomUUID } from "node:crypto";
import { choice, flag, type Kinds } from "../../kinds.ts";
import { checkBucket } from "../../s3/uri.ts";
import { RunKeys } from "../run-keys.ts";
import { fileTransfer } from "./column-transfer.ts";
import { defaultCompression, fileSuffix } from "./compression.ts";
import type { SourceFormat } from "./copy-out-statement.ts";
import { exportRows, totals } from "./export-rows.ts";
import { readingSource } from "./source-failure.ts";
import { withSnapshot } from "./snapshot.ts";
import { sourceQuery, sourceRowsKinds, type SourceRows } from "./source-query.ts";
import {
  checkTransferOptions,
  defaultSlices,
  newNullMarker,
  transferKinds,
  type TransferContext,
  type TransferOptions,
} from "./transfer-options.ts";
import { TransferRun } from "./transfer-run.ts";

export type CopyTableToS3Options = SourceRows &
  TransferOptions & {
    /** Deletes what was uploaded when the run fails. Default true. */
    readonly cleanupS3?: boolean;
    /** Default `csv`; `json` is one object a line, as the original wrote them. */
    readonly format?: SourceFormat;
  };

export const copyTableToS3Kinds: Kinds<CopyTableToS3Options> = {
  ...sourceRowsKinds,
  ...transferKinds,
  cleanupS3: flag,
  format: choice("csv", "json"),
};

/** Files of rows in S3. */
export interface CopyTableToS3Report {
  /** Prefix of the files, which COPY can be given: nothing else is under it. The run's `owner.json` is beside it. */
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

/** Writes a table or query of PostgreSQL to compressed files in S3, all of it or nothing. */
export async function copyTableToS3(
  bucket: string,
  keyPrefix: string,
  options: CopyTableToS3Options,
  context: TransferContext,
): Promise<CopyTableToS3Report> {
  const { format = "csv", cleanupS3 = true, slices = defaultSlices } = options;
  const { compression = defaultCompression(), cannedAcl } = options;
  checkBucket(bucket);
  checkTransferOptions(options);
  const query = sourceQuery(options);
  const keys = new RunKeys({ bucket, keyPrefix }, randomUUID(), fileSuffix(format, compression));
  const keep = cleanupS3 ? "unless it fails" : "always";
  const run = new TransferRun(keys, { keep, cannedAcl }, context);
  const nullMarker = newNullMarker();
  const read = () =>
    withSnapshot(
      context,
      query,
      async (snapshot) => {
        const columns = snapshot.columns.map(fileTransfer);
        const copy = { query, format, nullMarker, columns, forTable: false };
        const files = await exportRows(snapshot, copy, run, { ...options, slices });
        return {
          ...totals(files),
          keyPrefix: run.keys.dataPrefix,
          columns: columns.map(({ name }) => name),
          ...(format === "csv" ? { nullMarker } : {}),
        };
      },
      options,
    );
  return run.during(() => readingSource(read));
}
