import type { Session } from "../session.ts";
import { grantsOf, parseAcl, tablePrivileges, type Grant, type Grantee, type TablePrivilege } from "./acl.ts";
import type { Reading } from "./reading.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";
import type { TableRow } from "./tables.ts";

/** Who may do what with a table or view. */
export interface RelationPrivileges {
  /** The catalog holds no ACL: the owner has every privilege by itself, and nothing in `grants` says so. */
  readonly ownerByDefault: boolean;
  /** The owner's own among them, where there is an ACL. */
  readonly grants: readonly Grant[];
  /** Who holds every letter of ALL, the legacy ones that no GRANT can name included. */
  readonly holdAll: readonly Grantee[];
  /** What was in an ACL and could not be understood; sentences. */
  readonly unknown: readonly string[];
}

interface AclRow {
  readonly acl: string | null;
}

// The separator is a line break: it cannot stand unquoted in a name. Roles are never in relacl.
const relationAclQuery = `
SELECT array_to_string(c.relacl, '
') AS acl
FROM pg_catalog.pg_class c
WHERE c.oid = $1::oid`;

interface ColumnAclRow {
  readonly column_name: string;
  readonly acl: string;
}

const columnAclQuery = `
SELECT a.attname::text AS column_name, array_to_string(a.attacl, '
') AS acl
FROM pg_catalog.pg_attribute_info a
WHERE a.attrelid = $1::oid
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND a.attacl IS NOT NULL
ORDER BY a.attnum`;

interface RoleRow {
  readonly role_name: string;
  readonly privilege: string;
  readonly column_name: string | null;
  readonly admin_option: boolean | null;
}

const roleQuery = `
SELECT identity_name AS role_name, privilege_type AS privilege, NULL AS column_name, admin_option
FROM svv_relation_privileges
WHERE namespace_name = $1 AND relation_name = $2 AND identity_type = 'role'
ORDER BY identity_name, privilege_type`;

const roleColumnQuery = `
SELECT identity_name AS role_name, privilege_type AS privilege, column_name, NULL AS admin_option
FROM svv_column_privileges
WHERE namespace_name = $1 AND relation_name = $2 AND identity_type = 'role'
ORDER BY identity_name, column_name, privilege_type`;

/**
 * Reads the privileges on a table or view: those of users, groups and PUBLIC from the ACLs, which show all to everyone,
 * those of roles from SVV_RELATION_PRIVILEGES, which shows all only to superusers.
 * @see facts.md 3.6
 */
export async function readPrivileges(
  session: Session,
  table: Pick<TableRow, "id" | "schema" | "name">,
  user: SessionUser,
  views: SystemViews,
): Promise<Reading<RelationPrivileges>> {
  const [row] = (await session.query<AclRow>(relationAclQuery, [table.id])).rows;
  const acl = row?.acl === undefined || row.acl === null ? null : parseAcl(row.acl);
  const grants: Grant[] = acl === null ? [] : [...grantsOf(acl)];
  const unknown: string[] = acl === null ? [] : [...acl.unknown];
  const missing: string[] = [];

  if (views.has("pg_attribute_info")) {
    const columns = await session.query<ColumnAclRow>(columnAclQuery, [table.id]);
    for (const { column_name, acl: text } of columns.rows) {
      const columnAcl = parseAcl(text);
      grants.push(...grantsOf(columnAcl, column_name));
      unknown.push(...columnAcl.unknown);
    }
  } else {
    missing.push("grants on single columns (there is no PG_ATTRIBUTE_INFO)");
  }

  const roles = [
    { view: "svv_relation_privileges", query: roleQuery },
    { view: "svv_column_privileges", query: roleColumnQuery },
  ] as const;
  for (const { view, query } of roles) {
    // A server that has no such view has no roles either.
    if (views.get(view)?.readable !== true) continue;
    const { rows } = await session.query<RoleRow>(query, [table.schema, table.name]);
    for (const role of rows) {
      const privilege = role.privilege.trim().toUpperCase();
      if (isTablePrivilege(privilege)) {
        grants.push({
          grantee: { kind: "role", name: role.role_name },
          privilege,
          column: role.column_name,
          grantOption: role.admin_option === true,
          grantor: null,
        });
      } else {
        unknown.push(`The privilege "${privilege}" of role ${role.role_name} is not one this version knows.`);
      }
    }
  }
  if (views.has("svv_relation_privileges") && !user.superuser) {
    missing.push("grants to roles (only a superuser sees all of them)");
  }

  const found: RelationPrivileges = {
    ownerByDefault: acl === null,
    grants,
    holdAll: (acl?.items ?? [])
      .filter(({ letters }) => allLetters.every((letter) => letters.some((held) => held.letter === letter)))
      .map(({ grantee }) => grantee),
    unknown,
  };
  return missing.length === 0
    ? { found, complete: true }
    : { found, complete: false, missing: `What may be missing: ${missing.join("; ")}.` };
}

const allLetters = [..."arwdRxtDPA"];

function isTablePrivilege(text: string): text is TablePrivilege {
  return (tablePrivileges as readonly string[]).includes(text);
}
