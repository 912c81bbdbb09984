import { notImitated } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Column, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { call, script, virtual } from "../statements.ts";

/** `CREATE DATASHARE s [[SET] PUBLICACCESSIBLE [=] TRUE | FALSE]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATASHARE.html */
export function createDatashare(reader: Reader): Plan {
  reader.expect("create", "datashare");
  const name = literal(reader.name());
  reader.accept("set");
  const isPublic = reader.accept("publicaccessible") && readBoolean(reader);
  if (reader.isMark(",") || reader.is("managedby"))
    throw notImitated("datashares that AWS Data Exchange manages", reader.position());
  reader.end();
  return script("CREATE DATASHARE", [call("create_datashare", name, String(isPublic))]);
}

/** `ALTER DATASHARE s { ADD | REMOVE | SET } …` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DATASHARE.html */
export function alterDatashare(reader: Reader): Plan {
  reader.expect("alter", "datashare");
  const name = literal(reader.name());
  const statements = reader.accept("set") ? [setting(reader, name)] : changes(reader, name);
  reader.end();
  return script("ALTER DATASHARE", statements);
}

function setting(reader: Reader, name: string): string {
  if (reader.accept("publicaccessible"))
    return call("set_datashare_public", name, String(readBoolean(reader)));
  reader.expect("includenew");
  const on = String(readBoolean(reader));
  reader.expect("for", "schema");
  return call("set_datashare_include_new", name, on, literal(reader.name()));
}

function changes(reader: Reader, name: string): string[] {
  const action = reader.acceptOneOf("add", "remove");
  if (action === undefined) throw reader.error();
  const adding = String(action === "add");
  const schemas = (change: string): string[] =>
    reader.list(() => call(change, name, adding, literal(reader.name())));
  if (reader.is("function") || reader.is("all", "functions"))
    throw notImitated("functions in datashares", reader.position());
  if (reader.accept("schema")) return schemas("change_datashare_schema");
  if (reader.accept("all", "tables", "in", "schema")) return schemas("change_datashare_tables");
  reader.expect("table");
  return reader.list(() =>
    // pg_class
    call("change_datashare", name, adding, "1259::oid", `${reader.relation().regclass}::oid`),
  );
}

/** `DROP DATASHARE s` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_DATASHARE.html */
export function dropDatashare(reader: Reader): Plan {
  reader.expect("drop", "datashare");
  const name = literal(reader.name());
  reader.end();
  return script("DROP DATASHARE", [call("drop_datashare", name)]);
}

const objectColumns =
  "producer_account producer_namespace share_type share_name object_type object_name include_new";

/** `DESC DATASHARE s` @see https://docs.aws.amazon.com/redshift/latest/dg/r_DESC_DATASHARE.html */
export function describeDatashare(reader: Reader): Plan {
  reader.expect("desc", "datashare");
  const name = literal(reader.name());
  if (reader.is("of")) throw notImitated("datashares of other clusters", reader.position());
  reader.end();
  // Owners see it too, though SVV_DATASHARE_OBJECTS is for superusers.
  const sql = `SELECT d.producer_account, d.producer_namespace, d.share_type, o.share_name, pg_catalog.upper(o.object_type), o.object_name, o.include_new
    FROM redshift_sandbox.datashare_objects(${name}) o JOIN pg_catalog.svv_datashares d ON d.share_name = o.share_name`;
  return virtual(
    "DESC",
    async (backend) => {
      await backend.query(call("own_datashare", name, "'ALTER DATASHARE'"));
      const { rows } = await backend.query(sql);
      for (const row of rows) backend.row(row);
    },
    { columns: columnsOf(objectColumns) },
  );
}

const shareColumns = `share_name share_owner source_database consumer_database share_type createdate is_publicaccessible share_acl
  producer_account producer_namespace`;

/** `SHOW DATASHARES [LIKE 'pattern']` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_DATASHARES.html */
export function showDatashares(reader: Reader): Plan {
  reader.expect("datashares");
  const like = reader.accept("like") ? ` WHERE share_name LIKE ${literal(reader.string())}` : "";
  reader.end();
  const columns = columnsOf(shareColumns);
  const list = columns.map(({ name }) => quoted(name)).join(", ");
  return virtual(
    "SHOW",
    async (backend) => {
      const { rows } = await backend.query(`SELECT ${list} FROM pg_catalog.svv_datashares${like} ORDER BY 1`);
      for (const row of rows) backend.row(row);
    },
    { columns },
  );
}

function columnsOf(names: string): Column[] {
  const types: Readonly<Record<string, number>> = {
    share_owner: 23, // int4
    createdate: 1114, // timestamp
    is_publicaccessible: 16, // bool
    include_new: 16,
  };
  return names.split(/\s+/).map((name) => ({ name, oid: types[name] ?? 1043 }));
}

function readBoolean(reader: Reader): boolean {
  reader.acceptMark("=");
  const value = reader.acceptOneOf("true", "false");
  if (value === undefined) throw reader.error();
  return value === "true";
}
