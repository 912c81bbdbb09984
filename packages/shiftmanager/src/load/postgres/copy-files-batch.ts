import { authorizationClause, type AwsAuthorization } from "../../s3/credentials.ts";
import { s3Uri } from "../../s3/uri.ts";
import type { ObjectLocation } from "../../session.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { identifier, list, literal, qualifiedName } from "../../sql/quote.ts";
import { join, nothing, sql } from "../../sql/sql.ts";
import type { Statement } from "../../sql/statement.ts";
import { copyProof, type rowsMark } from "../copy-proof.ts";
import type { Compression } from "./compression.ts";
import { targetText, type CopyTarget } from "../copy-target.ts";
import type { SourceFormat } from "./copy-out-statement.ts";

/** One COPY: a manifest and how many rows its files hold; in a preview the mark `<rows>`. */
export interface ManifestToLoad {
  readonly location: ObjectLocation;
  readonly rows: number | typeof rowsMark;
}

export interface CopyFilesRequest {
  readonly into: CopyTarget;
  /** In the order of the files. */
  readonly columns: readonly string[];
  readonly format: SourceFormat;
  readonly compression: Compression;
  readonly nullMarker: string;
  readonly explicitIds: boolean;
  /** The columns have encodings of their own, which COPY must not replace. */
  readonly keepEncodings: boolean;
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
}

/** What goes before a load: its rows are replaced by the new ones. */
export function deletion(deleteStatement: Fragment): Statement {
  return {
    sql: deleteStatement,
    summary: "Deletes the rows that the new ones replace",
    destroys: `the rows that this deletes: ${oneLine(deleteStatement.toSQL())}`,
  };
}

/** @see AWS Database Developer Guide, "File compression parameters" (copy-parameters-file-compression) */
const compressionWords: Readonly<Record<Compression, Fragment>> = {
  gzip: sql`GZIP`,
  zstd: sql`ZSTD`,
  none: nothing,
};

/**
 * Builds the COPY of the files of one manifest and the proof that every row arrived, which belong into one transaction.
 * @see AWS Database Developer Guide, COPY (r_COPY), "Data format parameters" (copy-parameters-data-format)
 */
export function copyFiles(
  request: CopyFilesRequest,
  { location, rows }: ManifestToLoad,
): readonly Statement[] {
  const { into, columns, format, compression, nullMarker, explicitIds, keepEncodings } = request;
  const { authorization, region } = request;
  const copy = join(
    [
      sql`COPY ${qualifiedName(into)} (${list(columns.map(identifier))})`,
      sql`FROM ${literal(s3Uri(location))}`,
      authorizationClause(authorization),
      sql`MANIFEST`,
      format === "csv" ? sql`FORMAT AS CSV` : sql`FORMAT AS JSON 'auto'`,
      format === "csv" ? sql`NULL AS ${literal(nullMarker)}` : nothing,
      compressionWords[compression],
      sql`DATEFORMAT 'auto'`,
      sql`TIMEFORMAT 'auto'`,
      explicitIds ? sql`EXPLICIT_IDS` : nothing,
      keepEncodings || into.temporary === true ? sql`COMPUPDATE OFF` : nothing,
      region === undefined ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  return [
    { sql: copy, summary: `Loads the uploaded files into ${targetText(into)}, all of them or none` },
    copyProof(rows),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
