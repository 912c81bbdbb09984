import type { SourceColumn } from "../source-columns.ts";
import type { SourceFacts } from "../source-facts.ts";
import { pgIdentifier } from "../source-query.ts";

/** What a row of the source is known by. */
export interface RowName {
  /** As a message writes them. */
  readonly labels: readonly string[];
  /** SQL, in the order of the labels. */
  readonly columns: readonly string[];
  /** Rows can be sorted by it, so the first of several can be told. */
  readonly sorted: boolean;
}

/** The primary key; without one the place in the table; of a query or a view its first column. */
export function rowName({ primaryKey, hasCtid }: SourceFacts, columns: readonly SourceColumn[]): RowName {
  if (primaryKey.length > 0) {
    return { labels: primaryKey, columns: primaryKey.map(pgIdentifier), sorted: true };
  }
  if (hasCtid) return { labels: ["ctid"], columns: ["ctid"], sorted: true };
  const first = columns.slice(0, 1).map(({ name }) => name);
  return { labels: first, columns: first.map(pgIdentifier), sorted: false };
}
