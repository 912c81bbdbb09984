import type { SourceSession } from "../../session.ts";
import type { SourceQuery } from "./source-query.ts";

/** Where the rows of a table lie: the sizes in pages of the heaps that a SELECT from it reads, itself and its children. */
export interface SourceExtent {
  readonly pages: readonly number[];
  /** With what is stored out of line. */
  readonly bytes: number;
  /** It belongs to one session, and no other can see it. */
  readonly temporary: boolean;
}

interface HeapRow {
  readonly pages: string | number;
  readonly bytes: string | number;
  readonly heap: boolean;
  readonly temporary: boolean;
}

/** A partitioned table has no heap of its own. */
const heapsQuery = `
WITH RECURSIVE tree AS (
  SELECT $1::regclass::oid AS oid
  UNION
  SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid
)
SELECT
  pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages,
  pg_table_size(c.oid) AS bytes,
  COALESCE(c.relkind IN ('r', 'm') AND a.amname = 'heap', false) AS heap,    -- r table, m materialized view
  c.relpersistence = 't' AS temporary
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
WHERE c.relkind <> 'p'`;

/** The first release that reads a range of pages without reading the others. @see PostgreSQL's release notes, 14 */
const tidRangeScans = 14;

/**
 * Reads where a table lies; undefined for what cannot be read by ranges of pages: a query, a view, a foreign table, another
 * kind of storage, an older server, something that only speaks PostgreSQL's protocol. Taken after the snapshot, so that
 * every row of it lies within.
 */
export async function readExtent(
  session: SourceSession,
  query: SourceQuery,
  version: string,
): Promise<SourceExtent | undefined> {
  const major = /^PostgreSQL (\d+)/.exec(version)?.[1] ?? 0;
  if (!query.wholeTable || Number(major) < tidRangeScans) return undefined;
  const { rows } = await session.query<HeapRow>(heapsQuery, [query.from]);
  if (rows.length === 0 || !rows.every(({ heap }) => heap)) return undefined;
  return {
    pages: rows.map(({ pages }) => Number(pages)),
    bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    temporary: rows.some(({ temporary }) => temporary),
  };
}
