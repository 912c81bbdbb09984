import type { CarriedColumn } from "./carried-columns.ts";
import { columnType } from "../ddl/parse-type.ts";
import type { NewColumn } from "../ddl/create-table.ts";
import { typeName } from "../ddl/type-name.ts";
import { OptionsError, StorageError } from "../errors.ts";
import { authorizationClause, type AwsAuthorization } from "../s3/credentials.ts";
import { joinKey, parseS3Uri, s3Uri } from "../s3/uri.ts";
import type { ObjectStore } from "../session.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { option, wording } from "../wording.ts";

/** What a copy by way of S3 needs beside its options. */
export interface StagingAccess {
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
  readonly store: Pick<ObjectStore, "list" | "delete">;
  /** Unlike that of any other run. */
  readonly runId: string;
}

/** Where the rows of one copy lie between UNLOAD and COPY. */
export interface Staging extends StagingAccess {
  readonly bucket: string;
  /** `PREFIX/shiftmanager-ID/`; nothing else lies below it. */
  readonly prefix: string;
}

/** @throws OptionsError for a place that is no S3 address */
export function stagingPlace(stagingPrefix: string, access: StagingAccess): Staging {
  const { bucket, prefix } = parseS3Uri(stagingPrefix);
  return { ...access, bucket, prefix: `${joinKey(prefix, `shiftmanager-${access.runId}`)}/` };
}

/** `s3://BUCKET/PREFIX/shiftmanager-ID/` */
export function stagingUri({ bucket, prefix }: Staging): string {
  return s3Uri({ bucket, key: prefix });
}

/** @throws OptionsError for columns whose values are not known to come through files unchanged */
export function refuseUnloadable(columns: readonly NewColumn[]): void {
  const unable = columns.filter(({ type }) => columnType(type).family === "other");
  if (unable.length === 0) return;
  const named = unable.map(({ name, type }) => `${name} (${typeName(type)})`).join(", ");
  throw new OptionsError(
    wording`${option("identity", "explicit-ids")} carries the rows through files, and of ${named} it is not known to keep every value; say ${option("identity", "generated-by-default")}.`,
  );
}

/**
 * UNLOAD and COPY in place of the INSERT, for COPY alone may fill an IDENTITY column. Both join the transaction; the COPY
 * loads by the UNLOAD's manifest, in which every file must be there.
 * @see AWS Database Developer Guide, "Data conversion parameters", EXPLICIT_IDS (copy-parameters-data-conversion)
 */
export function carryThroughFiles(
  staging: Staging,
  table: { readonly schema: string; readonly name: string },
  rows: Fragment,
  carried: readonly Pick<CarriedColumn, "name" | "formatted">[],
): readonly Statement[] {
  const to = { bucket: staging.bucket, key: `${staging.prefix}rows-` };
  const authorization = authorizationClause(staging.authorization);
  const region = staging.region === undefined ? nothing : sql`REGION ${literal(staging.region)}`;
  // In CSV a text could be taken for NULL; none is the same as a mark of this run alone.
  const format = sql`FORMAT AS CSV NULL AS ${literal(`null-${staging.runId}`)}`;
  const floats = carried.some(({ formatted }) => columnType(formatted).family === "float");
  return [
    ...(floats
      ? [
          {
            sql: sql`SET LOCAL extra_float_digits TO 2`,
            summary: "Has floating-point numbers written with all their digits, until the commit",
          },
        ]
      : []),
    {
      sql: join(
        [
          sql`UNLOAD (${literal(rows.toSQL())})`,
          sql`TO ${literal(s3Uri(to))}`,
          authorization,
          format,
          sql`MANIFEST`,
          sql`GZIP`,
          region,
        ],
        "\n",
      ),
      summary: `Writes the rows to ${stagingUri(staging)}`,
    },
    {
      sql: join(
        [
          sql`COPY ${qualifiedName(table)} (${list(carried.map(({ name }) => identifier(name)))})`,
          sql`FROM ${literal(`${s3Uri(to)}manifest`)}`,
          authorization,
          format,
          sql`MANIFEST`,
          sql`GZIP`,
          sql`EXPLICIT_IDS`,
          sql`DATEFORMAT 'auto'`,
          sql`TIMEFORMAT 'auto'`,
          sql`COMPUPDATE OFF`,
          sql`STATUPDATE OFF`,
          region,
        ],
        "\n",
      ),
      summary: "Copies the rows from there, with their numbers",
    },
  ];
}

/** Stops a copy whose files would lie beside others, and one that could not take its files away. */
export function emptyPlaceCheck(staging: Staging): () => Promise<void> {
  return async () => {
    for await (const { key } of staging.store.list(staging.bucket, staging.prefix)) {
      throw new StorageError(
        `There is ${s3Uri({ bucket: staging.bucket, key })} already, left by an earlier run of this batch; delete it, or build the copy again`,
      );
    }
  };
}

/** Takes the files away, and looks whether they are gone. @throws StorageError when some are left */
export async function cleanStaging(staging: Staging): Promise<void> {
  const { store, bucket, prefix } = staging;
  const keys: string[] = [];
  for await (const { key } of store.list(bucket, prefix)) keys.push(key);
  if (keys.length > 0) await store.delete(bucket, keys);
  for await (const { key } of store.list(bucket, prefix)) {
    throw new StorageError(`${s3Uri({ bucket, key })} is still there after it was deleted; delete it`);
  }
}
