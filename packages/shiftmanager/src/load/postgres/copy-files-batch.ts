import { authorizationClause, type AwsAuthorization } from "../../s3/credentials.ts";
import { s3Uri } from "../../s3/uri.ts";
import type { ObjectLocation } from "../../session.ts";
import { Batch, type Facts, type Step } from "../../sql/batch.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { identifier, list, literal, qualifiedName } from "../../sql/quote.ts";
import { join, nothing, sql } from "../../sql/sql.ts";
import type { Statement } from "../../sql/statement.ts";
import { copyProof, type rowsMark } from "../copy-proof.ts";
import type { Compression } from "./compression.ts";
import type { SourceFormat } from "./copy-out-statement.ts";

/** One COPY: a manifest and how many rows its files hold; in a preview the mark `<rows>`. */
export interface ManifestToLoad {
  readonly location: ObjectLocation;
  readonly rows: number | typeof rowsMark;
}

export interface CopyFilesRequest {
  readonly table: { readonly schema: string; readonly name: string };
  /** In the order of the files. */
  readonly columns: readonly string[];
  readonly format: SourceFormat;
  readonly compression: Compression;
  readonly nullMarker: string;
  readonly explicitIds: boolean;
  /** The columns have encodings of their own, which COPY must not replace. */
  readonly keepEncodings: boolean;
  readonly manifests: readonly ManifestToLoad[];
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
  readonly deleteStatement: Fragment | undefined;
  /** Each COPY in a transaction of its own. */
  readonly commitEachManifest: boolean;
  readonly notes?: readonly string[];
  readonly facts?: Facts;
}

/**
 * Builds what loads uploaded files: the delete, then each COPY with the proof that its rows arrived, in one transaction.
 * Without files the delete is left, without a delete nothing.
 * @see AWS Database Developer Guide, COPY (r_COPY), "Data format parameters" (copy-parameters-data-format)
 */
export function copyFiles(request: CopyFilesRequest): Batch {
  const { deleteStatement, commitEachManifest, manifests, notes = [], facts } = request;
  const name = `${request.table.schema}.${request.table.name}`;
  const removal: readonly Statement[] =
    deleteStatement === undefined
      ? []
      : [
          {
            sql: deleteStatement,
            summary: "Deletes the rows that the new ones replace",
            destroys: `the rows that this deletes: ${oneLine(deleteStatement.toSQL())}`,
          },
        ];
  const loads = manifests.map((manifest) => copyOne(request, manifest, name));
  const groups = commitEachManifest ? loads : [[...removal, ...loads.flat()]];
  const steps = groups
    .filter((statements) => statements.length > 0)
    .map((statements): Step => ({ kind: "transaction", statements }));
  return new Batch(steps, { notes, ...(facts === undefined ? {} : { facts }) });
}

/** @see AWS Database Developer Guide, "File compression parameters" (copy-parameters-file-compression) */
const compressionWords: Readonly<Record<Compression, Fragment>> = {
  gzip: sql`GZIP`,
  zstd: sql`ZSTD`,
  none: nothing,
};

function copyOne(
  request: CopyFilesRequest,
  { location, rows }: ManifestToLoad,
  name: string,
): readonly Statement[] {
  const { table, columns, format, compression, nullMarker, explicitIds, keepEncodings } = request;
  const { authorization, region } = request;
  const copy = join(
    [
      sql`COPY ${qualifiedName(table)} (${list(columns.map(identifier))})`,
      sql`FROM ${literal(s3Uri(location))}`,
      authorizationClause(authorization),
      sql`MANIFEST`,
      format === "csv" ? sql`FORMAT AS CSV` : sql`FORMAT AS JSON 'auto'`,
      format === "csv" ? sql`NULL AS ${literal(nullMarker)}` : nothing,
      compressionWords[compression],
      sql`DATEFORMAT 'auto'`,
      sql`TIMEFORMAT 'auto'`,
      explicitIds ? sql`EXPLICIT_IDS` : nothing,
      keepEncodings ? sql`COMPUPDATE OFF` : nothing,
      region === undefined ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  return [
    { sql: copy, summary: `Loads the uploaded files into ${name}, all of them or none` },
    copyProof(rows),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
