import { authorizationClause, type AwsAuthorization } from "../s3/credentials.ts";
import { s3Uri } from "../s3/uri.ts";
import type { ObjectLocation } from "../session.ts";
import type { Statement } from "../sql/statement.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import { conversionClauses, type CopyConversions } from "./copy-conversions.ts";
import { copyProof, type rowsMark } from "./copy-proof.ts";
import { targetText, type CopyTarget } from "./copy-target.ts";

/** How COPY finds the values of a row in a document. */
export type JsonMapping =
  /** a jsonpaths file in S3 */
  | { readonly jsonpaths: ObjectLocation }
  /** keys are matched with column names */
  | { readonly auto: "auto" | "auto ignorecase" };

export interface CopyJsonRequest {
  readonly into: CopyTarget;
  /** In the order of the jsonpaths; all columns of the table when absent. */
  readonly columns: readonly string[] | undefined;
  readonly manifest: ObjectLocation;
  readonly mapping: JsonMapping;
  readonly authorization: AwsAuthorization;
  /** Region of the bucket; left out when it is not known, which means the cluster's own. */
  readonly region: string | undefined;
  readonly conversions?: CopyConversions;
  /** Rows that were uploaded, which the batch proves to have arrived; in a preview the mark `<rows>`. */
  readonly rows: number | typeof rowsMark;
}

/**
 * Builds the COPY of uploaded JSON and the proof that every row arrived, which belong into one transaction.
 * @see AWS Database Developer Guide, COPY (r_COPY), "COPY from JSON format" (copy-usage_notes-copy-from-json)
 */
export function copyJson({
  into,
  columns,
  manifest,
  mapping,
  authorization,
  region,
  conversions = {},
  rows,
}: CopyJsonRequest): readonly Statement[] {
  const format = "auto" in mapping ? literal(mapping.auto) : literal(s3Uri(mapping.jsonpaths));
  const copy = join(
    [
      columns === undefined
        ? sql`COPY ${qualifiedName(into)}`
        : sql`COPY ${qualifiedName(into)} (${list(columns.map(identifier))})`,
      sql`FROM ${literal(s3Uri(manifest))}`,
      authorizationClause(authorization),
      sql`MANIFEST`,
      sql`FORMAT AS JSON ${format}`,
      sql`GZIP`,
      ...conversionClauses(conversions),
      into.temporary === true ? sql`COMPUPDATE OFF` : nothing,
      region === undefined ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  return [
    { sql: copy, summary: `Loads the uploaded files into ${targetText(into)}, all of them or none` },
    copyProof(rows),
  ];
}
