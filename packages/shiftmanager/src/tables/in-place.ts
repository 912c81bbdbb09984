import { columnDefinition, encodingName, type NewColumn, type NewTable } from "../ddl/create-table.ts";
import { columnType } from "../ddl/parse-type.ts";
import { typeFragment } from "../ddl/type-name.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, keyword, list, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";

/**
 * The ALTER TABLE statements that change a table without a copy; null when there are none, as for an interleaved sort key.
 * @param keyed - the columns of primary, unique and foreign keys
 * @param today - the columns' encodings, also where Redshift chose them
 * @see AWS Database Developer Guide, ALTER TABLE (r_ALTER_TABLE); facts.md 1.6
 */
export function inPlaceAlterations(
  from: NewTable,
  to: NewTable,
  keyed: ReadonlySet<string> = new Set(),
  today: ReadonlyMap<string, string | null> = new Map(from.columns.map((c) => [c.name, c.encoding])),
): readonly Fragment[] | null {
  const columns = columnAlterations(from, to, keyed);
  if (columns === null) return null;
  const table = sql`ALTER TABLE ${qualifiedName(from)}`;
  const sorting: Fragment[] = [];
  if (JSON.stringify(to.sortkey) !== JSON.stringify(from.sortkey)) {
    if (to.sortkey.style === "interleaved") return null;
    sorting.push(
      to.sortkey.style === "compound"
        ? sql`${table} ALTER COMPOUND SORTKEY (${list(to.sortkey.columns.map(identifier))})`
        : sql`${table} ALTER SORTKEY ${keyword(to.sortkey.style, ["AUTO", "NONE"])}`,
    );
  }
  // Columns of a new sort key become RAW, and an encoding that a column has already is refused.
  const sorted = sorting.length > 0 && "columns" in to.sortkey ? to.sortkey.columns : [];
  const then = new Map([...today, ...sorted.map((name) => [name, "none"] as const)]);
  const [spread, encoded] = [distribution(from, to), encoding(from, to, then)];
  if (from.sortkey.style !== "interleaved") return [...columns, ...spread, ...sorting, ...encoded];
  // Under an interleaved sort key neither is possible, so that has to go first.
  if (sorting.length === 0 && spread.length + encoded.length > 0) return null;
  return [...columns, ...sorting, ...spread, ...encoded];
}

function distribution(from: NewTable, to: NewTable): readonly Fragment[] {
  const table = sql`ALTER TABLE ${qualifiedName(from)}`;
  if (to.diststyle === from.diststyle && to.distkey === from.distkey) return [];
  return [
    to.distkey === null
      ? sql`${table} ALTER DISTSTYLE ${keyword(to.diststyle, ["EVEN", "ALL", "AUTO", "KEY"])}`
      : sql`${table} ALTER DISTSTYLE KEY DISTKEY ${identifier(to.distkey)}`,
  ];
}

function encoding(
  from: NewTable,
  to: NewTable,
  today: ReadonlyMap<string, string | null>,
): readonly Fragment[] {
  const table = sql`ALTER TABLE ${qualifiedName(from)}`;
  if (to.encodeAuto) return from.encodeAuto ? [] : [sql`${table} ALTER ENCODE AUTO`];
  const clauses = to.columns.flatMap(({ name, encoding: wanted }) => {
    // What is added comes with its encoding.
    if (wanted === null || !today.has(name) || sameEncoding(wanted, today.get(name))) return [];
    return [sql`ALTER COLUMN ${identifier(name)} ENCODE ${encodingName(wanted)}`];
  });
  return clauses.length === 0 ? [] : [sql`${table} ${list(clauses)}`];
}

/** Columns may be added at the end, and a VARCHAR may change its length; null for anything else. */
function columnAlterations(
  from: NewTable,
  to: NewTable,
  keyed: ReadonlySet<string>,
): readonly Fragment[] | null {
  const table = sql`ALTER TABLE ${qualifiedName(from)}`;
  const statements: Fragment[] = [];
  for (const [i, column] of to.columns.entries()) {
    const old = from.columns[i];
    if (old === undefined) {
      statements.push(sql`${table} ADD COLUMN ${columnDefinition(column, to.encodeAuto)}`);
      continue;
    }
    if (!sameButType(old, column)) return null;
    if (old.type === column.type) continue;
    if (!isLengthChange(old, column, keyed)) return null;
    statements.push(sql`${table} ALTER COLUMN ${identifier(column.name)} TYPE ${typeFragment(column.type)}`);
  }
  return statements;
}

function sameButType(old: NewColumn, column: NewColumn): boolean {
  return (
    old.name === column.name &&
    old.notNull === column.notNull &&
    old.default === column.default &&
    old.collation === column.collation
  );
}

function isLengthChange(old: NewColumn, column: NewColumn, keyed: ReadonlySet<string>): boolean {
  const [a, b] = [columnType(old.type), columnType(column.type)];
  const varchars = [a, b].every(({ family, padded }) => family === "text" && !padded);
  const fixed = /^(bytedict|runlength|text255|text32k)$/.test(old.encoding ?? "");
  return varchars && !fixed && old.default === null && !keyed.has(old.name);
}

function sameEncoding(a: string, b: string | null | undefined): boolean {
  const spelling = (encoding: string | null | undefined): string | null | undefined =>
    encoding === "raw" ? "none" : encoding;
  return spelling(a) === spelling(b);
}
