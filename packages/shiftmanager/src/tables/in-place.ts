import type { NewTable } from "../ddl/create-table.ts";
import { encodingName } from "../ddl/create-table.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, keyword, list, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";

/**
 * The ALTER TABLE statements that change a table's design without a copy; null when there is none, as for an interleaved
 * sort key.
 * @see AWS Database Developer Guide, ALTER TABLE (r_ALTER_TABLE)
 */
export function inPlaceAlterations(from: NewTable, to: NewTable): readonly Fragment[] | null {
  if (from.sortkey.style === "interleaved" || to.sortkey.style === "interleaved") return null;
  const table = sql`ALTER TABLE ${qualifiedName(from)}`;
  const statements: Fragment[] = [];
  if (to.diststyle !== from.diststyle || to.distkey !== from.distkey) {
    statements.push(
      to.distkey === null
        ? sql`${table} ALTER DISTSTYLE ${keyword(to.diststyle, ["EVEN", "ALL", "AUTO", "KEY"])}`
        : sql`${table} ALTER DISTSTYLE KEY DISTKEY ${identifier(to.distkey)}`,
    );
  }
  if (JSON.stringify(to.sortkey) !== JSON.stringify(from.sortkey)) {
    statements.push(
      to.sortkey.style === "compound"
        ? sql`${table} ALTER COMPOUND SORTKEY (${list(to.sortkey.columns.map(identifier))})`
        : sql`${table} ALTER SORTKEY ${keyword(to.sortkey.style, ["AUTO", "NONE"])}`,
    );
  }
  if (to.encodeAuto && !from.encodeAuto) statements.push(sql`${table} ALTER ENCODE AUTO`);
  if (!to.encodeAuto) {
    const changed = to.columns.filter(
      ({ encoding }, i) =>
        encoding !== null && (from.encodeAuto || !sameEncoding(encoding, from.columns[i]?.encoding)),
    );
    if (changed.length > 0) {
      const clauses = changed.map(
        ({ name, encoding }) =>
          sql`ALTER COLUMN ${identifier(name)} ENCODE ${encodingName(encoding ?? "none")}`,
      );
      statements.push(sql`${table} ${list(clauses)}`);
    }
  }
  return statements;
}

function sameEncoding(a: string, b: string | null | undefined): boolean {
  const spelling = (encoding: string | null | undefined): string | null | undefined =>
    encoding === "raw" ? "none" : encoding;
  return spelling(a) === spelling(b);
}
