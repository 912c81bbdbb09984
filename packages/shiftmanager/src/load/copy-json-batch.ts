import { authorizationClause, type AwsAuthorization } from "../s3/credentials.ts";
import { s3Uri } from "../s3/uri.ts";
import type { ObjectLocation, Session } from "../session.ts";
import { LoadError } from "../errors.ts";
import { Batch } from "../sql/batch.ts";
import { identifier, list, literal, qualifiedName, raw } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";

/** Stands for the number of rows where it is not known yet: in a preview. */
export const rowsMark = "<rows>";

/** How COPY finds the values of a row in a document. */
export type JsonMapping =
  /** a jsonpaths file in S3 */
  | { readonly jsonpaths: ObjectLocation }
  /** keys are matched with column names */
  | { readonly auto: "auto" | "auto ignorecase" };

export interface CopyJsonRequest {
  readonly table: { readonly schema?: string | undefined; readonly name: string };
  /** In the order of the jsonpaths; all columns of the table when absent. */
  readonly columns: readonly string[] | undefined;
  readonly manifest: ObjectLocation;
  readonly mapping: JsonMapping;
  readonly authorization: AwsAuthorization;
  /** Region of the bucket; left out when it is not known, which means the cluster's own. */
  readonly region: string | undefined;
  /** Rows that were uploaded, which the batch proves to have arrived; in a preview the mark `<rows>`. */
  readonly rows: number | typeof rowsMark;
}

/**
 * Builds the COPY of uploaded JSON and, in the same transaction, the proof that every row arrived.
 * @see AWS Database Developer Guide, COPY (r_COPY), "COPY from JSON format" (copy-usage_notes-copy-from-json)
 */
export function copyJson({
  table,
  columns,
  manifest,
  mapping,
  authorization,
  region,
  rows,
}: CopyJsonRequest): Batch {
  const name = table.schema === undefined ? table.name : `${table.schema}.${table.name}`;
  const format = "auto" in mapping ? literal(mapping.auto) : literal(s3Uri(mapping.jsonpaths));
  const copy = join(
    [
      columns === undefined
        ? sql`COPY ${qualifiedName(table)}`
        : sql`COPY ${qualifiedName(table)} (${list(columns.map(identifier))})`,
      sql`FROM ${literal(s3Uri(manifest))}`,
      authorizationClause(authorization),
      sql`MANIFEST`,
      sql`FORMAT AS JSON ${format}`,
      sql`GZIP`,
      sql`DATEFORMAT 'auto'`,
      sql`TIMEFORMAT 'auto'`,
      region === undefined ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  return Batch.transaction([
    { sql: copy, summary: `Loads the uploaded files into ${name}, all of them or none` },
    {
      // The mark is no SQL, so that a preview cannot be run; a number is one.
      sql: sql`SELECT 1 / CASE WHEN pg_last_copy_count() = ${raw(String(rows))} THEN 1 ELSE 0 END AS every_row_was_loaded`,
      summary: `Proves that ${rows === rowsMark ? "every row was" : `${rows} rows were`} loaded; a division by zero stops the transaction`,
      ...(rows === rowsMark ? {} : { check: (session: Session) => proveCount(session, rows) }),
    },
  ]);
}

/** The same as the statement proves, but able to say how many there are. */
async function proveCount(session: Session, rows: number): Promise<void> {
  const { rows: counts } = await session.query<{ readonly n: string | number }>(
    "SELECT pg_last_copy_count() AS n",
  );
  const loaded = Number(counts[0]?.n ?? Number.NaN);
  if (loaded !== rows) {
    throw new LoadError(`COPY loaded ${loaded} of the ${rows} rows that were uploaded`, [
      { reason: "rows are missing" },
    ]);
  }
}
