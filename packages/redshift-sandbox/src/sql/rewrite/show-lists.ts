import { SqlError, notImitated } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Column, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { virtual } from "../statements.ts";
import { refuseOwnSchema } from "../system-relations.ts";

const mostRows = 10_000;

/** One of the lists that drivers and tools read instead of catalogs. */
interface List {
  readonly columns: readonly Column[];
  /** A query with these columns; the first one whose name matches LIKE is `filter`. */
  readonly sql: string;
  readonly filter: string;
}

const text = (...names: readonly string[]): Column[] => names.map((name) => ({ name, oid: 1043 }));
const number = (name: string): Column => ({ name, oid: 23 });
const timestamp = (name: string): Column => ({ name, oid: 1114 });

/** `SHOW DATABASES [LIKE 'pattern'] [LIMIT n]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_DATABASES.html */
export function showDatabases(reader: Reader): Plan {
  reader.expect("show", "databases");
  if (reader.is("from")) throw notImitated("the Data Catalog", reader.position());
  return listed(reader, {
    columns: [
      ...text("database_name"),
      number("database_owner"),
      ...text("database_type", "database_acl", "parameters", "database_isolation_level"),
    ],
    filter: "d.datname",
    sql: `SELECT d.datname, d.datdba::integer, 'local', pg_catalog.array_to_string(d.datacl, '~'), NULL, 'Snapshot Isolation'
      FROM pg_catalog.pg_database d WHERE NOT d.datistemplate`,
  });
}

/** `SHOW SCHEMAS FROM DATABASE d [LIKE 'pattern'] [LIMIT n]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_SCHEMAS.html */
export function showSchemas(reader: Reader): Plan {
  reader.expect("show", "schemas", "from", "database");
  ownDatabase(reader, reader.name());
  return listed(reader, {
    columns: [
      ...text("database_name", "schema_name"),
      number("schema_owner"),
      ...text("schema_type", "schema_acl", "source_database", "schema_option"),
    ],
    filter: "n.nspname",
    sql: `SELECT current_database(), n.nspname, n.nspowner::integer, 'local', pg_catalog.array_to_string(n.nspacl, '~'), '', ''
      FROM pg_catalog.pg_namespace n
      WHERE n.nspname !~ '^pg_(temp|toast)' AND has_schema_privilege(n.oid, 'USAGE')`,
  });
}

/** `SHOW TABLES FROM SCHEMA [d.]s [LIKE 'pattern'] [LIMIT n]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html */
export function showTables(reader: Reader): Plan {
  reader.expect("show", "tables");
  const schema = ownSchema(reader);
  return listed(reader, {
    columns: [
      ...text("database_name", "schema_name", "table_name", "table_type", "table_acl", "remarks", "owner"),
      timestamp("last_altered_time"),
      timestamp("last_modified_time"),
      ...text("dist_style", "table_subtype"),
    ],
    filter: "c.relname",
    sql: `SELECT current_database(), n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
        pg_catalog.array_to_string(c.relacl, '~'), pg_catalog.obj_description(c.oid, 'pg_class'), pg_catalog.pg_get_userbyid(c.relowner), NULL, NULL,
        CASE WHEN c.relkind = 'v' THEN '' WHEN c.reldiststyle = 0 THEN 'EVEN' WHEN c.reldiststyle = 8 THEN 'ALL'
          WHEN c.reldiststyle = 1 THEN 'KEY(' || k.attname || ')' WHEN k.attname IS NOT NULL THEN 'AUTO(KEY(' || k.attname || '))' ELSE 'AUTO(ALL)' END,
        CASE WHEN c.relkind = 'r' THEN 'REGULAR TABLE' WHEN redshift_sandbox.is_late_view(c.oid) THEN 'LATE BINDING VIEW'
          WHEN redshift_sandbox.is_materialized_view(c.oid) THEN 'MATERIALIZED VIEW' ELSE 'REGULAR VIEW' END
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attisdistkey
      WHERE c.relkind IN ('r', 'v') AND n.nspname = ${literal(schema)} AND has_schema_privilege(n.oid, 'USAGE')
        AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))`,
  });
}

/** `SHOW PROCEDURES FROM SCHEMA [d.]s [LIKE 'pattern'] [LIMIT n]`: the sandbox has none. @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PROCEDURES.html */
export function showProcedures(reader: Reader): Plan {
  reader.expect("show", "procedures");
  ownSchema(reader);
  return listed(reader, {
    columns: [
      ...text("database_name", "schema_name", "procedure_name"),
      number("number_of_arguments"),
      ...text("argument_list", "return_type", "remarks"),
    ],
    filter: "p.name",
    sql: "SELECT NULL, NULL, p.name, 0, NULL, NULL, NULL FROM (SELECT NULL::text AS name) p WHERE false",
  });
}

function listed(reader: Reader, list: List): Plan {
  const like = reader.accept("like") ? ` AND ${list.filter} LIKE ${literal(reader.string())}` : "";
  const limit = reader.accept("limit") ? reader.integer() : undefined;
  if (limit !== undefined && (limit < 0 || limit > mostRows))
    throw new SqlError("22023", `LIMIT must be between 0 and ${mostRows}`);
  reader.end();
  const sql = `${list.sql}${like} ORDER BY ${list.filter} LIMIT ${limit ?? mostRows + 1}`;
  return virtual(
    "SHOW",
    async (backend) => {
      const { rows } = await backend.query(sql);
      if (rows.length > mostRows)
        throw new SqlError("54000", `the list has more than ${mostRows} rows`, {
          hint: "Use LIKE or LIMIT.",
        });
      for (const row of rows) backend.row(row);
    },
    { columns: list.columns },
  );
}

/** `FROM SCHEMA [database.]schema` */
function ownSchema(reader: Reader): string {
  reader.expect("from", "schema");
  const first = reader.name();
  if (!reader.acceptMark(".")) return visibleSchema(first);
  ownDatabase(reader, first);
  return visibleSchema(reader.name());
}

function visibleSchema(name: string): string {
  refuseOwnSchema(name);
  return name;
}

function ownDatabase(reader: Reader, name: string): void {
  if (name !== reader.context.database) throw notImitated(`relations of another database ("${name}")`);
}
