import { NotFoundError } from "../errors.ts";
import type { Session } from "../session.ts";
import { nearestName } from "../nearest-name.ts";
import { parseRelation, type RelationInput } from "./relation-name.ts";
import { getSchema } from "./schemas.ts";
import { isUsersSchema } from "./scope.ts";
import { readCurrentSchema } from "./session-user.ts";

/** How a table's rows are spread; `auto` whatever Redshift has chosen for now. */
export type Diststyle = "even" | "key" | "all" | "auto";

/** A table or view. */
export interface TableRow {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** Views are regular, late-binding and materialized ones alike; `readView` tells them apart. */
  readonly kind: "table" | "view";
  readonly owner: {
    readonly id: number;
    /** Null when the owner has been dropped. */ readonly name: string | null;
  };
  readonly diststyle: Diststyle;
}

interface RelationRow {
  readonly table_id: number;
  readonly schema_name: string;
  readonly table_name: string;
  readonly kind: string;
  readonly owner_id: number;
  readonly owner_name: string | null;
  readonly diststyle: number | null;
}

// PG_CLASS shows every row to everyone, whatever the search path; PG_TABLE_DEF would not. The owner may be gone, hence
// the outer join.
const relations = `
SELECT
  c.oid AS table_id,
  n.nspname::text AS schema_name,
  c.relname::text AS table_name,
  c.relkind::text AS kind,       -- 'r' table, 'v' view of any kind
  c.relowner AS owner_id,
  u.usename::text AS owner_name,
  c.reldiststyle AS diststyle    -- 0 even, 1 key, 8 all, 9 auto
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_user u ON u.usesysid = c.relowner`;

const relationsByName = `${relations}
WHERE c.relkind IN ('r', 'v')
  AND n.nspname::text IN ($1::text, $2::text)
  AND c.relname::text IN ($3::text, $4::text)`;

const relationsOfSchema = `${relations}
WHERE c.relkind IN ('r', 'v')
  AND n.nspname::text = $1::text
ORDER BY c.relname`;

const relationsOfDatabase = `${relations}
WHERE c.relkind IN ('r', 'v')
  AND ${isUsersSchema("n.nspname")}
ORDER BY n.nspname, c.relname`;

const schemasOfName = `
SELECT n.nspname::text AS schema_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v')
  AND c.relname::text = $1::text
ORDER BY n.nspname`;

/** Where to look for a table. */
export interface FindOptions {
  /** Default: the session's `current_schema()`; `schema.table` in the name says it as well. */
  readonly schema?: string | undefined;
}

/** Reads one table or view of one schema; null when it is not there. Complete for everyone. */
export async function findTable(
  session: Session,
  relation: RelationInput,
  { schema }: FindOptions = {},
): Promise<TableRow | null> {
  return (await look(session, relation, schema)).row;
}

/**
 * As `findTable`, for a table that must be there.
 * @throws NotFoundError that names where else a table of that name is, or the nearest name of the schema.
 */
export async function getTable(
  session: Session,
  relation: RelationInput,
  { schema }: FindOptions = {},
): Promise<TableRow> {
  const { row, schemaName, name } = await look(session, relation, schema);
  if (row !== null) return row;
  const names = (await readTables(session, schemaName)).map((table) => table.name);
  const elsewhere = await session.query<{ readonly schema_name: string }>(schemasOfName, [name]);
  const schemas = elsewhere.rows.map((found) => `"${found.schema_name}"`).join(", ");
  const nearest = nearestName(name, names);
  throw new NotFoundError(
    `There is no table or view "${name}" in the schema "${schemaName}"; ` +
      (schemas !== ""
        ? `there is one in ${schemas}.`
        : nearest === undefined
          ? "check the name and the schema."
          : `did you mean "${nearest}"?`),
  );
}

/**
 * Reads the tables and views of a schema in name order. Complete for everyone.
 * @throws NotFoundError for a schema that is not there, naming the nearest
 */
export async function readTables(session: Session, schema: string): Promise<readonly TableRow[]> {
  const name = await getSchema(session, schema);
  const { rows } = await session.query<RelationRow>(relationsOfSchema, [name]);
  return rows.map(toTable);
}

/** Reads the tables and views of the database in the order of their schemas and names. Complete for everyone. */
export async function readAllTables(session: Session): Promise<readonly TableRow[]> {
  return (await session.query<RelationRow>(relationsOfDatabase)).rows.map(toTable);
}

async function look(
  session: Session,
  relation: RelationInput,
  schema: string | undefined,
): Promise<{ readonly row: TableRow | null; readonly schemaName: string; readonly name: string }> {
  const spelling = parseRelation(relation, schema);
  const schemas = spelling.schema ?? [await readCurrentSchema(session)];
  const [firstSchema = "", secondSchema = firstSchema] = schemas;
  const [firstName = "", secondName = firstName] = spelling.name;
  const { rows } = await session.query<RelationRow>(relationsByName, [
    firstSchema,
    secondSchema,
    firstName,
    secondName,
  ]);
  const rank = (row: TableRow): number => schemas.indexOf(row.schema) * 2 + spelling.name.indexOf(row.name);
  const [row] = rows.map(toTable).sort((a, b) => rank(a) - rank(b));
  return { row: row ?? null, schemaName: firstSchema, name: firstName };
}

function toTable(row: RelationRow): TableRow {
  return {
    id: Number(row.table_id),
    schema: row.schema_name,
    name: row.table_name,
    kind: row.kind === "v" ? "view" : "table",
    owner: { id: Number(row.owner_id), name: row.owner_name },
    diststyle: toDiststyle(row.diststyle),
  };
}

function toDiststyle(code: number | null): Diststyle {
  if (code === 1) return "key";
  if (code === 8) return "all";
  if (code === 9) return "auto";
  return "even";
}

const namesOfSchema = `
SELECT c.relname::text AS relation_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = $1::text`;

/** Reads every name of a schema that a new table cannot have: tables, views, and the indexes behind keys. */
export async function readTakenNames(session: Session, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await session.query<{ readonly relation_name: string }>(namesOfSchema, [schema]);
  return new Set(rows.map((row) => row.relation_name));
}
