import { SqlError, notImitated } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Backend, Plan } from "../plan.ts";
import { refuseOwnSchema } from "../system-relations.ts";
import type { Reader } from "../reader.ts";
import { call, script, scripted, textArray } from "../statements.ts";
import { grantRole, revokeRole, systemPrivilegeChange } from "./role.ts";
import { readSystemPrivileges } from "./system-privileges.ts";

/** Redshift's table privileges on the bits of PostgreSQL that carry them (DESIGN.md, decision 9). */
const tablePrivileges: Readonly<Record<string, string>> = {
  select: "SELECT",
  insert: "INSERT",
  update: "UPDATE",
  delete: "DELETE",
  references: "REFERENCES",
  drop: "TRUNCATE",
  truncate: "MAINTAIN",
  alter: "TRIGGER",
};
const databasePrivileges: Readonly<Record<string, string>> = {
  create: "CREATE",
  temporary: "TEMPORARY",
  temp: "TEMPORARY",
};
const schemaPrivileges: Readonly<Record<string, string>> = { create: "CREATE", usage: "USAGE" };

interface Privilege {
  /** As written; `all` alone is ALL PRIVILEGES. */
  readonly word: string;
  readonly columns: readonly string[];
}

interface Grantee {
  readonly sql: string;
  readonly isUser: boolean;
  readonly grantOption: boolean;
}

interface GrantObject {
  readonly sql: string;
  /** The privileges are on columns. */
  readonly columns: boolean;
  /** The tables, where there may be privileges on columns beside those on the table. */
  readonly relations: readonly string[];
  /** The schemas all of whose tables are meant. */
  readonly schemas: readonly string[];
  /** Those of the privileges that columns have too. */
  readonly columnBits: readonly string[];
}

const noColumns = { columns: false, relations: [], schemas: [], columnBits: [] } as const;

/**
 * `GRANT … ON … TO …`: one PostgreSQL statement for those without and one for those WITH GRANT OPTION, which Redshift says per user.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
 */
export function grant(reader: Reader): Plan {
  reader.expect("grant");
  if (reader.is("role")) return grantRole(reader);
  const system = readSystemPrivileges(reader);
  if (system !== undefined) return systemPrivilegeChange(reader, "GRANT", system);
  const { privileges, object } = readWhat(reader);
  reader.expect("to");
  const grantees = reader.list(() => readGrantee(reader, true));
  reader.end();
  if (object.columns && grantees.some((grantee) => grantee.grantOption))
    throw new SqlError("0LP01", "column privileges cannot be granted WITH GRANT OPTION");
  const names = grantees.map((grantee) => grantee.sql);
  const statements = [false, true].flatMap((grantOption) => {
    const some = grantees
      .filter((grantee) => grantee.grantOption === grantOption)
      .map((grantee) => grantee.sql);
    if (some.length === 0) return [];
    return [
      `GRANT ${privileges} ON ${object.sql} TO ${some.join(", ")}${grantOption ? " WITH GRANT OPTION" : ""}`,
    ];
  });
  return object.columns
    ? checked("GRANT", statements, [], columnChecks("settle_column_grants", object, names))
    : checked("GRANT", statements, columnChecks("refuse_column_holders", object, names));
}

/** Statements between what is asked before them and what is settled after. */
function checked(
  tag: string,
  statements: readonly string[],
  before: readonly string[],
  after: readonly string[] = [],
): Plan {
  return scripted(tag, statements, async (backend) => {
    await backend.query([...before, ...statements, ...after].join(";\n"));
  });
}

/** What Redshift says of privileges on columns beside those on their table. @see https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html */
function columnChecks(check: string, object: GrantObject, grantees: readonly string[]): string[] {
  if (object.columnBits.length === 0) return [];
  const bits = textArray(object.columnBits);
  const checks = (relation: string): string[] =>
    grantees.map((grantee) => call(check, relation, literal(grantee), bits));
  return [
    ...object.relations.flatMap((relation) => checks(`${literal(relation)}::regclass`)),
    ...object.schemas.flatMap((schema) =>
      checks("c.oid::regclass").map(
        (asked) => `${asked} FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'v') -- table, view
  AND c.relnamespace = ${literal(schema)}::regnamespace`,
      ),
    ),
  ];
}

/** `REVOKE [GRANT OPTION FOR] … FROM … [RESTRICT]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_REVOKE.html */
export function revoke(reader: Reader): Plan {
  reader.expect("revoke");
  if (reader.is("role") || reader.is("admin", "option", "for")) return revokeRole(reader);
  const system = readSystemPrivileges(reader);
  if (system !== undefined) return systemPrivilegeChange(reader, "REVOKE", system);
  const optionOnly = reader.accept("grant", "option", "for");
  const { privileges, object } = readWhat(reader);
  reader.expect("from");
  const grantees = reader.list(() => readGrantee(reader, false));
  if (reader.is("cascade")) throw notImitated("REVOKE … CASCADE", reader.position());
  reader.accept("restrict");
  reader.end();
  if (optionOnly && grantees.some((grantee) => !grantee.isUser)) throw grantOptionsAreForUsers();
  const names = grantees.map((grantee) => grantee.sql);
  return checked(
    "REVOKE",
    [
      `REVOKE ${optionOnly ? "GRANT OPTION FOR " : ""}${privileges} ON ${object.sql} FROM ${names.join(", ")}`,
    ],
    object.columns ? columnChecks("refuse_table_holders", object, names) : [],
  );
}

/**
 * `ALTER DEFAULT PRIVILEGES [FOR USER u, …] [IN SCHEMA s, …] GRANT … ON TABLES …`
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
 */
export function alterDefaultPrivileges(reader: Reader): Plan {
  reader.expect("alter", "default", "privileges");
  let scope = "ALTER DEFAULT PRIVILEGES";
  let users: readonly string[] = [];
  if (reader.accept("for", "user")) {
    users = reader.list(() => reader.names.userRole(reader.userName()));
    scope += ` FOR ROLE ${users.map(quoted).join(", ")}`;
  }
  const schemas = reader.accept("in", "schema") ? reader.list(() => reader.name()) : [];
  for (const schema of schemas) refuseOwnSchema(schema);
  if (schemas.length > 0) scope += ` IN SCHEMA ${schemas.map(quoted).join(", ")}`;
  const action = reader.acceptOneOf("grant", "revoke");
  if (action === undefined) throw reader.error();
  const revoking = action === "revoke";
  const optionOnly = revoking && reader.accept("grant", "option", "for");
  const words = readPrivileges(reader);
  reader.expect("on");
  if (reader.is("functions") || reader.is("procedures"))
    throw notImitated("default privileges on functions and procedures", reader.position());
  reader.expect("tables");
  reader.expect(revoking ? "from" : "to");
  const grantees = reader.list(() => readGrantee(reader, !revoking));
  if (revoking) reader.accept("restrict");
  reader.end();
  const privileges = privilegeSql(words, tablePrivileges, reader);
  if (optionOnly && grantees.some((grantee) => !grantee.isUser)) throw grantOptionsAreForUsers();
  if (revoking)
    return script("ALTER DEFAULT PRIVILEGES", [
      `${scope} REVOKE ${optionOnly ? "GRANT OPTION FOR " : ""}${privileges} ON TABLES FROM ${grantees.map((grantee) => grantee.sql).join(", ")}`,
    ]);
  const statements = [false, true].flatMap((grantOption) => {
    const names = grantees
      .filter((grantee) => grantee.grantOption === grantOption)
      .map((grantee) => grantee.sql);
    if (names.length === 0) return [];
    return [
      `${scope} GRANT ${privileges} ON TABLES TO ${names.join(", ")}${grantOption ? " WITH GRANT OPTION" : ""}`,
    ];
  });
  return scripted("ALTER DEFAULT PRIVILEGES", statements, async (backend) => {
    for (const schema of schemas)
      for (const user of users.length > 0 ? users.map(literal) : ["current_user"])
        await requireCreate(backend, user, schema);
    await backend.query(statements.join(";\n"));
  });
}

/** Whose tables are to be granted must be able to make some there. */
async function requireCreate(backend: Backend, user: string, schema: string): Promise<void> {
  const { rows } = await backend.query(
    `SELECT pg_catalog.has_schema_privilege(${user}, ${literal(schema)}, 'CREATE')`,
  );
  if (rows[0]?.[0] === "f") throw new SqlError("42501", `permission denied for schema ${schema}`);
}

function readWhat(reader: Reader): {
  readonly privileges: string;
  readonly object: GrantObject;
} {
  if (reader.is("assumerole")) throw notImitated("ASSUMEROLE", reader.position());
  const words = readPrivileges(reader);
  if (reader.is("for")) throw notImitated("scoped permissions", reader.position());
  reader.expect("on");
  const other = reader.oneOf("function", "procedure", "language", "external", "datashare", "model", "copy");
  if (other !== undefined) throw notImitated(`privileges on ${other.toUpperCase()}`, reader.position());
  if (reader.is("all", "functions") || reader.is("all", "procedures"))
    throw notImitated("privileges on functions and procedures", reader.position());

  if (reader.accept("database")) {
    if (words.some(({ word }) => word === "usage")) throw notImitated("datashares", reader.position());
    const names = reader.list(() => quoted(reader.name()));
    return {
      privileges: privilegeSql(words, databasePrivileges, reader, true),
      object: { sql: `DATABASE ${names.join(", ")}`, ...noColumns },
    };
  }
  if (reader.accept("schema")) {
    const names = reader.list(() => schemaName(reader));
    return {
      privileges: privilegeSql(words, schemaPrivileges, reader),
      object: { sql: `SCHEMA ${names.join(", ")}`, ...noColumns },
    };
  }
  const columns = words.some((privilege) => privilege.columns.length > 0);
  const privileges = privilegeSql(words, tablePrivileges, reader);
  const columnBits = ["select", "update"]
    .filter((bit) => words.some(({ word }) => word === bit || word === "all"))
    .map((bit) => bit.toUpperCase());
  if (reader.accept("all", "tables", "in", "schema")) {
    if (columns) throw reader.error();
    const names = reader.list(() => schemaName(reader));
    return {
      privileges,
      object: { sql: `ALL TABLES IN SCHEMA ${names.join(", ")}`, ...noColumns, schemas: names, columnBits },
    };
  }
  reader.accept("table");
  const relations = reader.list(() => reader.relation().sql);
  return {
    privileges,
    object: { sql: `TABLE ${relations.join(", ")}`, columns, relations, schemas: [], columnBits },
  };
}

function schemaName(reader: Reader): string {
  const name = reader.name();
  refuseOwnSchema(name);
  return quoted(name);
}

function readPrivileges(reader: Reader): Privilege[] {
  return reader.list(() => {
    const token = reader.next();
    if (token.kind !== "word") throw reader.error(token);
    if (token.value === "all") reader.accept("privileges");
    return { word: token.value, columns: reader.isMark("(") ? reader.nameList() : [] };
  });
}

/** `explicitAll`: PostgreSQL's ALL would bring more than Redshift's (CONNECT on a database). */
function privilegeSql(
  words: readonly Privilege[],
  known: Readonly<Record<string, string>>,
  reader: Reader,
  explicitAll = false,
): string {
  const bits = words.flatMap(({ word, columns }) => {
    if (word === "all" && words.length > 1) throw reader.error();
    if (columns.length > 0) return columnPrivileges(word, columns);
    if (word === "all") return explicitAll ? [...new Set(Object.values(known))] : ["ALL PRIVILEGES"];
    const bit = Object.hasOwn(known, word) ? known[word] : undefined;
    if (bit === undefined)
      throw new SqlError("0LP01", `invalid privilege type ${word.toUpperCase()} for this kind of object`);
    return [bit];
  });
  return bits.join(", ");
}

/** ALL on columns is SELECT and UPDATE. */
function columnPrivileges(word: string, columns: readonly string[]): string[] {
  const list = `(${columns.map(quoted).join(", ")})`;
  if (word === "all") return [`SELECT ${list}`, `UPDATE ${list}`];
  if (word !== "select" && word !== "update")
    throw new SqlError("0LP01", `invalid privilege type ${word.toUpperCase()} for column`);
  return [`${word.toUpperCase()} ${list}`];
}

function readGrantee(reader: Reader, granting: boolean): Grantee {
  let sql: string;
  let isUser = false;
  if (reader.is("iam_role")) throw notImitated("IAM_ROLE grantees", reader.position());
  if (reader.is("namespace") || reader.is("account")) throw notImitated("datashares", reader.position());
  if (reader.accept("group")) sql = quoted(reader.names.groupRole(reader.groupName()));
  else if (reader.accept("role")) sql = quoted(reader.names.rbacRole(reader.roleName()));
  else if (reader.accept("public")) sql = "PUBLIC";
  else {
    sql = quoted(reader.names.userRole(reader.userName()));
    isUser = true;
  }
  const grantOption = granting && reader.accept("with", "grant", "option");
  if (grantOption && !isUser) throw grantOptionsAreForUsers();
  return { sql, isUser, grantOption };
}

function grantOptionsAreForUsers(): SqlError {
  return new SqlError("0LP01", "grant options can only be granted to individual users");
}
