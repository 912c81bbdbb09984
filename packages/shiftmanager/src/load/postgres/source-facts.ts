import type { SourceSession } from "../../session.ts";
import { pgLiteral, type SourceQuery } from "./source-query.ts";

/** What the catalog of PostgreSQL knows of a source. */
export interface SourceFacts {
  /** Of the database: `UTF8`. Texts are sent as UTF-8 from every encoding but SQL_ASCII, which is none. */
  readonly encoding: string;
  /** Columns that the catalog declares NOT NULL; none of a query. */
  readonly notNull: ReadonlySet<string>;
  /** Columns of the primary key in its order; none of a query, a view or a table without one. */
  readonly primaryKey: readonly string[];
  /** Rows have a ctid of their own: a table that is no view and has no partitions. */
  readonly hasCtid: boolean;
}

interface FactsRow {
  readonly encoding: string;
  readonly kind: string | null;
  readonly not_null: readonly string[] | null;
  readonly primary_key: readonly string[] | null;
}

const factsQuery = (relation: string): string => `
SELECT
  current_setting('server_encoding') AS encoding,
  c.relkind::text AS kind,    -- r table, p partitioned, v view, m materialized view, f foreign
  ARRAY(
    SELECT a.attname::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
  ) AS not_null,
  ARRAY(
    SELECT a.attname::text
    FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = c.oid AND i.indisprimary
    ORDER BY k.place
  ) AS primary_key
FROM (SELECT 1) AS one_row
LEFT JOIN pg_catalog.pg_class c ON c.oid = ${relation}`;

/** Reads the facts; of a query only the encoding, because what holds for its tables need not hold for its rows. */
export async function readSourceFacts(session: SourceSession, query: SourceQuery): Promise<SourceFacts> {
  const relation = query.wholeTable ? `${pgLiteral(query.from)}::regclass` : "NULL";
  const { rows } = await session.query<FactsRow>(factsQuery(relation));
  const [row] = rows;
  return {
    encoding: row?.encoding ?? "UTF8",
    notNull: new Set(row?.not_null ?? []),
    primaryKey: row?.primary_key ?? [],
    hasCtid: row?.kind === "r" || row?.kind === "m",
  };
}
