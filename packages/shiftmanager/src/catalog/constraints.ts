import type { Session } from "../session.ts";

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

interface ConstraintRow {
  readonly constraint_id: number;
  readonly constraint_name: string;
  readonly kind: string;
  readonly table_id: number;
  readonly table_schema: string;
  readonly table_name: string;
  readonly column_numbers: string;
  readonly referenced_id: number | null;
  readonly referenced_schema: string | null;
  readonly referenced_name: string | null;
  readonly referenced_numbers: string | null;
}

// pg_get_constraintdef leaves out schemas that are on the search path, so the parts are read one by one.
const constraintsQuery = `
SELECT
  k.oid AS constraint_id,
  k.conname::text AS constraint_name,
  k.contype::text AS kind,    -- 'p' primary key, 'u' unique, 'f' foreign key
  k.conrelid AS table_id,
  tn.nspname::text AS table_schema,
  t.relname::text AS table_name,
  array_to_string(k.conkey, ',') AS column_numbers,
  r.oid AS referenced_id,
  rn.nspname::text AS referenced_schema,
  r.relname::text AS referenced_name,
  array_to_string(k.confkey, ',') AS referenced_numbers
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype IN ('p', 'u', 'f')
  AND (k.conrelid = $1::oid OR k.confrelid = $1::oid)
ORDER BY k.contype, tn.nspname, t.relname, k.conname`;

interface NumberRow {
  readonly table_id: number;
  readonly column_number: number;
  readonly column_name: string;
}

const numbersQuery = `
SELECT a.attrelid AS table_id, a.attnum AS column_number, a.attname::text AS column_name
FROM pg_catalog.pg_attribute a
WHERE a.attnum > 0
  AND (a.attrelid = $1::oid
    OR a.attrelid IN (SELECT k.confrelid FROM pg_catalog.pg_constraint k WHERE k.conrelid = $1::oid)
    OR a.attrelid IN (SELECT k.conrelid FROM pg_catalog.pg_constraint k WHERE k.confrelid = $1::oid))`;

/** Reads the constraints of a table and the foreign keys that point at it. Complete for everyone. */
export async function readConstraints(session: Session, tableId: number): Promise<Constraints> {
  const { rows } = await session.query<ConstraintRow>(constraintsQuery, [tableId]);
  if (rows.length === 0) return { keys: [], foreignKeys: [], incoming: [] };
  const numbers = await session.query<NumberRow>(numbersQuery, [tableId]);
  const names = new Map(numbers.rows.map((row) => [`${row.table_id}.${row.column_number}`, row.column_name]));
  const columns = (id: number, list: string): readonly string[] =>
    list.split(",").map((number) => names.get(`${id}.${number}`) ?? `column ${number}`);

  const keys: Key[] = [];
  const foreignKeys: ForeignKey[] = [];
  const incoming: ForeignKey[] = [];
  for (const row of rows) {
    const own = {
      id: Number(row.constraint_id),
      name: row.constraint_name,
      columns: columns(row.table_id, row.column_numbers),
    };
    if (row.kind !== "f") {
      if (Number(row.table_id) === tableId)
        keys.push({ kind: row.kind === "p" ? "primary key" : "unique", ...own });
      continue;
    }
    const key: ForeignKey = {
      kind: "foreign key",
      ...own,
      table: { id: Number(row.table_id), schema: row.table_schema, name: row.table_name },
      references: {
        id: Number(row.referenced_id),
        schema: row.referenced_schema ?? "",
        name: row.referenced_name ?? "",
      },
      referencedColumns: columns(Number(row.referenced_id), row.referenced_numbers ?? ""),
    };
    if (key.table.id === tableId) foreignKeys.push(key);
    else incoming.push(key);
  }
  return { keys, foreignKeys, incoming };
}
