import { OptionsError } from "../../errors.ts";
import { choice, flag, names, number, text, type Kinds } from "../../kinds.ts";
import { authorizationKind, type AwsAuthorization } from "../../s3/credentials.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { Session } from "../../session.ts";
import { checkStatement } from "../../sql/check-text.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { option, wording } from "../../wording.ts";
import { readSlices } from "../../catalog/slices.ts";
import { openLedger, runIdKinds, type Ledger, type PastLoad, type RunIdOptions } from "../ledger/ledger.ts";
import { readLoadTable, type LoadTable } from "../load-table.ts";
import { RunKeys } from "../run-keys.ts";
import { checkMergeOptions, mergeKinds, type MergeOptions } from "../merge/merge-options.ts";
import { defaultCompression, fileSuffix, type Compression } from "./compression.ts";
import type { SourceFormat } from "./copy-out-statement.ts";
import { matchColumns, type ColumnMatch } from "./match-columns.ts";
import type { Snapshot } from "./snapshot.ts";
import { readNewTarget } from "./new-target.ts";
import type { CreatedTable } from "./types/created-table.ts";
import { sourceQuery, sourceRowsKinds, type SourceQuery, type SourceRows } from "./source-query.ts";
import {
  checkTransferOptions,
  defaultSlices,
  transferKinds,
  type TransferContext,
  type TransferOptions,
} from "./transfer-options.ts";
import { valueRuleKinds, type ValueRules } from "./value-rules.ts";

export type CopyTableToRedshiftOptions = SourceRows &
  TransferOptions &
  RunIdOptions &
  MergeOptions &
  ValueRules & {
    /**
     * Looks on the source for every value that would not arrive as it is, before anything is uploaded. Default true;
     * without it COPY refuses what it can, and cuts surplus decimals without a word.
     */
    readonly check?: boolean;
    /**
     * Creates the table, in the transaction of the load, with types and lengths for what the source holds. Default false;
     * refused for a table that exists, and with `deleteStatement`, `mergeOn`, `runId` or `commitEachManifest`.
     */
    readonly createTable?: boolean;
    /** Deletes the uploaded objects afterwards, whether the load worked or not. Default true. */
    readonly cleanupS3?: boolean;
    /** Default `csv`, which loses nothing; `json` writes one object a line. */
    readonly format?: SourceFormat;
    readonly schema?: string;
    /** The columns to load; the table's others get their defaults. Default: all, and both sides must have the same. */
    readonly columns?: readonly string[];
    /** A DELETE that runs first, in the transaction of the load; also when there are no rows to load. */
    readonly deleteStatement?: string;
    /** Most files in one COPY; default all. Every COPY runs in the one transaction. */
    readonly manifestMaxKeys?: number;
    /**
     * Commits after each COPY, so that a load that fails has kept the ones before it. Default false; refused with
     * `deleteStatement`, `mergeOn` and `runId`, which are kept or lost as a whole.
     */
    readonly commitEachManifest?: boolean;
    /** For this load only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
    readonly authorization?: AwsAuthorization;
  };

export const copyTableToRedshiftKinds: Kinds<CopyTableToRedshiftOptions> = {
  ...sourceRowsKinds,
  ...transferKinds,
  ...runIdKinds,
  ...mergeKinds,
  ...valueRuleKinds,
  check: flag,
  createTable: flag,
  cleanupS3: flag,
  format: choice("csv", "json"),
  schema: text,
  columns: names,
  deleteStatement: text,
  manifestMaxKeys: number,
  commitEachManifest: flag,
  authorization: authorizationKind,
};

/** What a load needs of the object it is called on. */
export interface TableToRedshiftContext extends TransferContext {
  readonly authorization: AwsAuthorization;
  /** The same as it is now: keys of the SDK may have lapsed during the upload. */
  renewAuthorization(): Promise<AwsAuthorization>;
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** What a load is asked for. */
export interface LoadRequest {
  readonly table: string;
  readonly bucket: string;
  readonly keyPrefix: string;
  readonly options: CopyTableToRedshiftOptions;
}

/** A load that is known to be possible, as far as its options and the target tell. */
export interface LoadPlan {
  readonly query: SourceQuery;
  readonly format: SourceFormat;
  readonly nullMarker: string;
  readonly deletion: Fragment | undefined;
  /** Without columns as long as the table that is to be created has not been settled. */
  readonly target: LoadTable;
  /** The table that this load creates. */
  readonly created?: CreatedTable;
  readonly keys: RunKeys;
  readonly compression: Compression;
  /** The number of files is a multiple of it. */
  readonly slices: number;
  /** Where there is a run id. */
  readonly ledger: Ledger | undefined;
  /** The same load, when it was done before. */
  readonly past: PastLoad | undefined;
  readonly options: CopyTableToRedshiftOptions;
}

/**
 * Checks the options and reads the target.
 * @param names - of this run; marks in a preview
 * @throws OptionsError; NotFoundError for a target that is not there
 */
export async function planLoad(
  { table, bucket, keyPrefix, options }: LoadRequest,
  context: TableToRedshiftContext,
  names: { readonly runId: string; readonly nullMarker: string },
): Promise<LoadPlan> {
  checkBucket(bucket);
  checkTransferOptions(options);
  const { format = "csv", compression = defaultCompression(), schema, signal } = options;
  const query = sourceQuery(options);
  const deletion = deleteFragment(options);
  checkCreation(options);
  checkMergeOptions(options);
  const readTarget = async (session: Session) => {
    const target =
      options.createTable === true
        ? { ...(await readNewTarget(session, table, schema)), columns: [] }
        : await readLoadTable(session, table, schema);
    const slices = options.slices ?? (await readSlices(session)) ?? defaultSlices;
    return { target, slices, ...(await openLedger(session, options, target)) };
  };
  const found = await context.withSession(readTarget, signal);
  const keys = new RunKeys({ bucket, keyPrefix }, names.runId, fileSuffix(format, compression));
  const { nullMarker } = names;
  return { query, format, compression, nullMarker, deletion, keys, options, ...found };
}

/** `schema.table` of the target, for messages. */
export function targetName({ target }: Pick<LoadPlan, "target">): string {
  return `${target.schema}.${target.name}`;
}

/** @throws OptionsError naming the columns that are missing on either side */
export function matchTarget(plan: LoadPlan, { columns, facts }: Snapshot): ColumnMatch {
  const { target, query, options } = plan;
  return matchColumns(columns, target.columns, targetName(plan), query.name, {
    only: options.columns,
    rules: options,
    encoding: facts.encoding,
  });
}

function checkCreation(options: CopyTableToRedshiftOptions): void {
  if (options.createTable !== true) return;
  const why = {
    deleteStatement: "a new table has no rows to delete",
    mergeOn: "a new table has no rows to merge with",
    runId: "whoever repeats the load finds the table there",
    commitEachManifest: "the table is created in the one transaction of the load",
  } as const;
  for (const name of ["deleteStatement", "mergeOn", "runId", "commitEachManifest"] as const) {
    if (options[name] === undefined || options[name] === false) continue;
    throw new OptionsError(
      wording`${option(name)} and ${option("createTable")} exclude each other: ${why[name]}. Leave one out.`,
    );
  }
}

function deleteFragment(options: CopyTableToRedshiftOptions): Fragment | undefined {
  const { deleteStatement, manifestMaxKeys, commitEachManifest = false } = options;
  if (manifestMaxKeys !== undefined && (!Number.isInteger(manifestMaxKeys) || manifestMaxKeys < 1)) {
    throw new OptionsError(
      wording`${option("manifestMaxKeys")} must be a whole number from 1, not ${manifestMaxKeys}.`,
    );
  }
  if (commitEachManifest) refuseParts(options);
  if (deleteStatement === undefined) return undefined;
  if (/^\s*TRUNCATE\b/i.test(deleteStatement)) {
    throw new OptionsError(
      wording`${option("deleteStatement")} is a TRUNCATE, which commits at once, so a load that fails would leave the table empty; write DELETE FROM table.`,
    );
  }
  return checkStatement(deleteStatement, option("deleteStatement"), ["DELETE"]);
}

/** What is kept or lost as a whole does not go with a load that may be kept in part. */
function refuseParts({ deleteStatement, mergeOn, runId }: CopyTableToRedshiftOptions): void {
  const wholes = { deleteStatement, mergeOn, runId };
  const why = {
    deleteStatement: "the delete would be kept although later files fail to load",
    mergeOn: "a key that two manifests have would be proved to be there once in each",
    runId: "a load that was kept in part is neither done nor undone",
  };
  for (const name of ["deleteStatement", "mergeOn", "runId"] as const) {
    if (wholes[name] === undefined) continue;
    throw new OptionsError(
      wording`${option(name)} and ${option("commitEachManifest")} exclude each other: ${why[name]}. Leave one out.`,
    );
  }
}
