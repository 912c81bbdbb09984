import { OptionsError } from "../../errors.ts";
import type { AwsAuthorization } from "../../s3/credentials.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { Session } from "../../session.ts";
import { checkStatement } from "../../sql/check-text.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { option, wording } from "../../wording.ts";
import { readSlices } from "../../catalog/slices.ts";
import { readLoadTable, type LoadTable } from "../load-table.ts";
import { defaultCompression, type Compression } from "./compression.ts";
import type { SourceFormat } from "./copy-out-statement.ts";
import { FileKeys } from "./file-keys.ts";
import { matchColumns, type ColumnMatch } from "./match-columns.ts";
import type { Snapshot } from "./snapshot.ts";
import { sourceQuery, type SourceQuery, type SourceRows } from "./source-query.ts";
import {
  checkTransferOptions,
  defaultSlices,
  type TransferContext,
  type TransferOptions,
} from "./transfer-options.ts";
import { checkValueRules, type ValueRules } from "./value-rules.ts";

export type CopyTableToRedshiftOptions = SourceRows &
  TransferOptions &
  ValueRules & {
    /**
     * Looks on the source for every value that would not arrive as it is, before anything is uploaded. Default true;
     * without it COPY refuses what it can, and cuts surplus decimals without a word.
     */
    readonly check?: boolean;
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
     * `deleteStatement`, whose rows would be gone before all new ones are there.
     */
    readonly commitEachManifest?: boolean;
    /** For this load only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
    readonly authorization?: AwsAuthorization;
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
  readonly target: LoadTable;
  readonly keys: FileKeys;
  readonly compression: Compression;
  /** The number of files is a multiple of it. */
  readonly slices: number;
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
  checkValueRules(options);
  const { format = "csv", compression = defaultCompression(), schema, signal } = options;
  const query = sourceQuery(options);
  const deletion = deleteFragment(options);
  const { target, slices } = await context.withSession(
    async (session) => ({
      target: await readLoadTable(session, table, schema),
      slices: options.slices ?? (await readSlices(session)) ?? defaultSlices,
    }),
    signal,
  );
  const keys = new FileKeys(bucket, keyPrefix, names.runId, format, compression);
  const { nullMarker } = names;
  return { query, format, nullMarker, deletion, target, keys, compression, slices, options };
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

function deleteFragment(options: CopyTableToRedshiftOptions): Fragment | undefined {
  const { deleteStatement, manifestMaxKeys, commitEachManifest = false } = options;
  if (manifestMaxKeys !== undefined && (!Number.isInteger(manifestMaxKeys) || manifestMaxKeys < 1)) {
    throw new OptionsError(
      wording`${option("manifestMaxKeys")} must be a whole number from 1, not ${manifestMaxKeys}.`,
    );
  }
  if (deleteStatement === undefined) return undefined;
  if (commitEachManifest) {
    throw new OptionsError(
      wording`${option("deleteStatement")} and ${option("commitEachManifest")} exclude each other: the delete would be kept although later files fail to load. Leave one out.`,
    );
  }
  if (/^\s*TRUNCATE\b/i.test(deleteStatement)) {
    throw new OptionsError(
      wording`${option("deleteStatement")} is a TRUNCATE, which commits at once, so a load that fails would leave the table empty; write DELETE FROM table.`,
    );
  }
  return checkStatement(deleteStatement, option("deleteStatement"), ["DELETE"]);
}
