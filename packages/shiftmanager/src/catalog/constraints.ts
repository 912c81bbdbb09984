import type { Session } from "../session.ts";
import { inScope, rowsBy, scopeValues, type Scope } from "./scope.ts";

/** A table as constraints name it. */
export interface TableRef {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
}

export interface Key {
  readonly kind: "primary key" | "unique";
  readonly id: number;
  readonly name: string;
  readonly columns: readonly string[];
}

export interface ForeignKey {
  readonly kind: "foreign key";
  readonly id: number;
  readonly name: string;
  readonly table: TableRef;
  readonly columns: readonly string[];
  readonly references: TableRef;
  readonly referencedColumns: readonly string[];
}

/** The keys of a table, its foreign keys, and those of other tables that point at it. Informational, never enforced. */
export interface Constraints {
  readonly keys: readonly Key[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly incoming: readonly ForeignKey[];
}

/** One column of one side of a constraint. */
interface ConstraintRow {
  readonly constraint_id: number;
  readonly constraint_name: string;
  readonly kind: string;
  readonly side: "own" | "referenced";
  readonly table_id: number;
  readonly table_schema: string;
  readonly table_name: string;
  /** The numbers of all columns of this side, in the key's order. */
  readonly column_numbers: string;
  readonly column_number: number;
  readonly column_name: string;
}

// pg_get_constraintdef leaves out schemas that are on the search path, so the parts are read one by one. A foreign key has
// two sides alike: the columns it stands on, and those it points at.
const sideQuery = (side: ConstraintRow["side"], table: string, columns: string, scope: Scope): string => `
SELECT
  k.oid AS constraint_id,
  k.conname::text AS constraint_name,
  k.contype::text AS kind,    -- 'p' primary key, 'u' unique, 'f' foreign key
  '${side}'::text AS side,
  t.oid AS table_id,
  n.nspname::text AS table_schema,
  t.relname::text AS table_name,
  array_to_string(${columns}, ',') AS column_numbers,
  a.attnum::integer AS column_number,
  a.attname::text AS column_name
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class t ON t.oid = ${table}
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = ${table} AND a.attnum = ANY (${columns})
WHERE k.contype IN (${side === "own" ? "'p', 'u', 'f'" : "'f'"})
  AND (${inScope(scope, "k.conrelid")} OR ${inScope(scope, "k.confrelid")})`;

const constraintsQuery = (scope: Scope): string =>
  `${sideQuery("own", "k.conrelid", "k.conkey", scope)}
UNION ALL${sideQuery("referenced", "k.confrelid", "k.confkey", scope)}
ORDER BY kind, table_schema, table_name, constraint_name`;

/** Reads the constraints of a table and the foreign keys that point at it. Complete for everyone. */
export async function readConstraints(session: Session, tableId: number): Promise<Constraints> {
  return (await readConstraintsOf(session, { id: tableId })).get(tableId) ?? noConstraints;
}

/** A table without any. */
export const noConstraints: Constraints = { keys: [], foreignKeys: [], incoming: [] };

/** Reads constraints by table, of tables that have any. Complete for everyone. */
export async function readConstraintsOf(
  session: Session,
  scope: Scope,
): Promise<ReadonlyMap<number, Constraints>> {
  const { rows } = await session.query<ConstraintRow>(constraintsQuery(scope), scopeValues(scope));
  const tables = new Map<number, { keys: Key[]; foreignKeys: ForeignKey[]; incoming: ForeignKey[] }>();
  const of = (id: number): { keys: Key[]; foreignKeys: ForeignKey[]; incoming: ForeignKey[] } => {
    const found = tables.get(id) ?? { keys: [], foreignKeys: [], incoming: [] };
    tables.set(id, found);
    return found;
  };
  for (const [id, sides] of rowsBy(rows, ({ constraint_id }) => Number(constraint_id))) {
    const own = toSide(sides.filter(({ side }) => side === "own"));
    if (own === null) continue;
    const { kind, name, table, columns } = own;
    if (kind !== "f") {
      of(table.id).keys.push({ kind: kind === "p" ? "primary key" : "unique", id, name, columns });
      continue;
    }
    const referenced = toSide(sides.filter(({ side }) => side === "referenced"));
    if (referenced === null) continue;
    const key: ForeignKey = {
      kind: "foreign key",
      id,
      name,
      table,
      columns,
      references: referenced.table,
      referencedColumns: referenced.columns,
    };
    of(table.id).foreignKeys.push(key);
    // A table that points at itself has the key once.
    if (referenced.table.id !== table.id) of(referenced.table.id).incoming.push(key);
  }
  return tables;
}

function toSide(rows: readonly ConstraintRow[]): {
  readonly kind: string;
  readonly name: string;
  readonly table: TableRef;
  readonly columns: readonly string[];
} | null {
  const [first] = rows;
  if (first === undefined) return null;
  const names = new Map(rows.map((row) => [String(row.column_number), row.column_name]));
  return {
    kind: first.kind,
    name: first.constraint_name,
    table: { id: Number(first.table_id), schema: first.table_schema, name: first.table_name },
    columns: first.column_numbers.split(",").map((number) => names.get(number) ?? `column ${number}`),
  };
}
