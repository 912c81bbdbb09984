import { SqlError, notImitated } from "../../errors.ts";
import { literal } from "../names.ts";
import type { Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { call, orNull, script, textArray } from "../statements.ts";

/**
 * `CREATE ROLE r [EXTERNALID id]`: in PostgreSQL a role `role/NAME` that may not log in.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_ROLE.html
 */
export function createRole(reader: Reader): Plan {
  reader.expect("create", "role");
  const role = readNewRole(reader);
  const externalId = reader.accept("externalid") ? readExternalId(reader) : undefined;
  reader.end();
  return script("CREATE ROLE", [call("create_role", role, orNull(externalId))]);
}

/** `ALTER ROLE r [WITH] { RENAME TO r2 | OWNER TO u } [, …] [EXTERNALID TO id]` @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_ROLE.html */
export function alterRole(reader: Reader): Plan {
  reader.expect("alter", "role");
  let role = readRole(reader);
  reader.accept("with");
  const statements: string[] = [];
  if (!reader.is("externalid"))
    reader.list(() => {
      if (reader.accept("rename", "to")) {
        const renamed = readNewRole(reader);
        statements.push(call("rename_role", role, renamed));
        role = renamed;
      } else {
        reader.expect("owner", "to");
        const owner = reader.names.userRole(reader.userName());
        statements.push(call("set_role_owner", role, literal(owner)));
      }
    });
  if (reader.accept("externalid", "to"))
    statements.push(call("set_role_external_id", role, literal(readExternalId(reader))));
  reader.end();
  if (statements.length === 0) throw reader.error();
  return script("ALTER ROLE", statements);
}

/** `DROP ROLE r [FORCE | RESTRICT]`: FORCE takes it from all who have it. @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_ROLE.html */
export function dropRbacRole(reader: Reader): Plan {
  reader.expect("drop", "role");
  const role = readRole(reader);
  const force = reader.acceptOneOf("force", "restrict") === "force";
  reader.end();
  return script("DROP ROLE", [call("drop_role", role, String(force))]);
}

/** `GRANT ROLE r, ROLE r2 TO u [WITH ADMIN OPTION], ROLE r3`; the word ROLE may stand before the first only, as facts.md 1.2 has it. */
export function grantRole(reader: Reader): Plan {
  const roles = readRoles(reader);
  reader.expect("to");
  const statements = reader.list(() => {
    const grantee = readHolder(reader);
    const admin = reader.accept("with", "admin", "option");
    if (admin && grantee.isRole) throw adminOptionsAreForUsers();
    return roles.map((role) => call("grant_role", role, grantee.sql, String(admin)));
  });
  reader.end();
  return script("GRANT", statements.flat());
}

/** `REVOKE [ADMIN OPTION FOR] ROLE r, … FROM { u | ROLE r2 }, …` @see https://docs.aws.amazon.com/redshift/latest/dg/r_REVOKE.html */
export function revokeRole(reader: Reader): Plan {
  const adminOnly = reader.accept("admin", "option", "for");
  const roles = readRoles(reader);
  reader.expect("from");
  const statements = reader.list(() => {
    const grantee = readHolder(reader);
    if (adminOnly && grantee.isRole) throw adminOptionsAreForUsers();
    return roles.map((role) => call("revoke_role", role, grantee.sql, String(adminOnly)));
  });
  reader.end();
  return script("REVOKE", statements.flat());
}

/** `GRANT CREATE USER, … TO ROLE r, ROLE r2`, and REVOKE … FROM: what comes before the roles has been read. */
export function systemPrivilegeChange(
  reader: Reader,
  action: "GRANT" | "REVOKE",
  privileges: readonly string[],
): Plan {
  reader.expect(action === "GRANT" ? "to" : "from");
  const roles = reader.list(() => {
    reader.expect("role");
    return readRole(reader);
  });
  reader.end();
  const change = action === "GRANT" ? "grant_system_privileges" : "revoke_system_privileges";
  return script(
    action,
    roles.map((role) => call(change, role, textArray(privileges))),
  );
}

function readRoles(reader: Reader): string[] {
  reader.expect("role");
  return reader.list(() => {
    reader.accept("role");
    return readRole(reader);
  });
}

/** A literal of the name that PostgreSQL knows the role by. */
function readRole(reader: Reader): string {
  return literal(reader.names.rbacRole(reader.roleName()));
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/r_role-usage-notes.html */
function readNewRole(reader: Reader): string {
  const name = reader.roleName();
  if (name === "public") throw new SqlError("42939", `role name "${name}" is reserved`);
  if (name.startsWith("sys:"))
    throw new SqlError(
      "42939",
      `role name "${name}" is reserved: sys: begins the names of system-defined roles`,
    );
  if (name.includes(":")) throw notImitated(`roles of an identity provider ("${name}")`);
  if (/[/\n]/.test(name) || name === "")
    throw new SqlError("42602", `role name "${name}" contains invalid characters`);
  return literal(reader.names.rbacRole(name));
}

function readHolder(reader: Reader): { readonly sql: string; readonly isRole: boolean } {
  if (reader.is("group") || reader.is("public")) throw reader.error();
  if (reader.accept("role")) return { sql: readRole(reader), isRole: true };
  return { sql: literal(reader.names.userRole(reader.userName())), isRole: false };
}

/** AWS's examples write it between double quotes. */
function readExternalId(reader: Reader): string {
  const token = reader.next();
  if (token.kind === "word") return token.text;
  if (token.kind !== "quoted" && token.kind !== "string") throw reader.error(token);
  return token.value;
}

function adminOptionsAreForUsers(): SqlError {
  return new SqlError("0LP01", "admin options can only be granted to individual users");
}
