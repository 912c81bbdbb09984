import { notImitated } from "../../errors.ts";
import { quoted } from "../names.ts";
import type { Plan } from "../plan.ts";
import { refuseOwnSchema } from "../system-relations.ts";
import type { Reader } from "../reader.ts";
import { pass, script } from "../statements.ts";

/** `CREATE SCHEMA [IF NOT EXISTS] s [AUTHORIZATION u]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_SCHEMA.html */
export function createSchema(reader: Reader): Plan {
  reader.expect("create", "schema");
  const ifNotExists = reader.accept("if", "not", "exists");
  const name = reader.is("authorization") ? undefined : schemaName(reader);
  const owner = reader.accept("authorization") ? quoted(reader.names.userRole(reader.userName())) : undefined;
  if (name === undefined && owner === undefined) throw reader.error();
  if (reader.is("quota")) throw notImitated("schema quotas", reader.position());
  if (reader.is("create") || reader.is("grant"))
    throw notImitated("elements in CREATE SCHEMA", reader.position());
  reader.end();
  const parts = [
    "CREATE SCHEMA",
    ...(ifNotExists ? ["IF NOT EXISTS"] : []),
    ...(name === undefined ? [] : [quoted(name)]),
    ...(owner === undefined ? [] : [`AUTHORIZATION ${owner}`]),
  ];
  return owner === undefined ? pass(parts.join(" ")) : script("CREATE SCHEMA", [parts.join(" ")]);
}

/** `ALTER SCHEMA s { RENAME TO n | OWNER TO u }` */
export function alterSchema(reader: Reader): Plan {
  reader.expect("alter", "schema");
  const schema = quoted(schemaName(reader));
  if (reader.is("quota")) throw notImitated("schema quotas", reader.position());
  if (reader.accept("rename", "to")) {
    const renamed = quoted(schemaName(reader));
    reader.end();
    return pass(`ALTER SCHEMA ${schema} RENAME TO ${renamed}`);
  }
  reader.expect("owner", "to");
  const owner = quoted(reader.names.userRole(reader.userName()));
  reader.end();
  return script("ALTER SCHEMA", [`ALTER SCHEMA ${schema} OWNER TO ${owner}`]);
}

/** `DROP SCHEMA [IF EXISTS] a, b [CASCADE | RESTRICT]` */
export function dropSchema(reader: Reader): Plan {
  reader.expect("drop", "schema");
  const ifExists = reader.accept("if", "exists") ? "IF EXISTS " : "";
  const schemas = reader.list(() => quoted(schemaName(reader)));
  if (reader.is("drop", "external")) throw notImitated("external databases", reader.position());
  const behaviour = reader.acceptOneOf("cascade", "restrict");
  reader.end();
  return pass(`DROP SCHEMA ${ifExists}${schemas.join(", ")}${behaviour === "cascade" ? " CASCADE" : ""}`);
}

function schemaName(reader: Reader): string {
  const name = reader.name();
  refuseOwnSchema(name);
  return name;
}
