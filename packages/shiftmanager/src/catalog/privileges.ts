import type { Session } from "../session.ts";
import { grantsOf, parseAcl, tablePrivileges, type Grant, type Grantee, type TablePrivilege } from "./acl.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import { readRoleGrants, unseenRoleGrants, type RoleGrant, type RoleGrants } from "./role-grants.ts";
import { inScope, rowsBy, scopeValues, type Scope } from "./scope.ts";
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
  readonly relation_id: number;
  /** Null for the relation's own. */
  readonly column_name: string | null;
  readonly position: number;
  readonly acl: string;
}

// The separator is a line break: it cannot stand unquoted in a name. Roles are never in an ACL.
const relationAcls = (scope: Scope): string => `
SELECT c.oid AS relation_id, NULL::text AS column_name, 0 AS position, array_to_string(c.relacl, '
') AS acl
FROM pg_catalog.pg_class c
WHERE ${inScope(scope, "c.oid")} AND c.relacl IS NOT NULL`;

const columnAcls = (scope: Scope): string => `
SELECT a.attrelid, a.attname::text, a.attnum::integer, array_to_string(a.attacl, '
')
FROM pg_catalog.pg_attribute_info a
WHERE ${inScope(scope, "a.attrelid")}
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND a.attacl IS NOT NULL`;

/** Tells the privileges on one of the tables or views that were read. */
export type PrivilegesOf = (table: Pick<TableRow, "id" | "schema" | "name">) => Reading<RelationPrivileges>;

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
  const roles = await readRoleGrants(session, table, views);
  return (await readPrivilegesOf(session, { id: table.id }, user, views, roles))(table);
}

/**
 * As `readPrivileges`, for all of a scope.
 * @param roles - what `readRoleGrants` found in the same scope
 */
export async function readPrivilegesOf(
  session: Session,
  scope: Scope,
  user: SessionUser,
  views: SystemViews,
  roles: RoleGrants,
): Promise<PrivilegesOf> {
  const withColumns = views.has("pg_attribute_info");
  const aclQuery = [relationAcls(scope), ...(withColumns ? [columnAcls(scope)] : [])].join("\nUNION ALL");
  const acls = await session.query<AclRow>(`${aclQuery}\nORDER BY relation_id, position`, scopeValues(scope));
  const aclsById = rowsBy(acls.rows, ({ relation_id }) => Number(relation_id));

  const missing = [
    ...(withColumns ? [] : ["grants on single columns (there is no PG_ATTRIBUTE_INFO)"]),
    ...unseenRoleGrants(user, views),
  ];
  return (table) => {
    const found = toPrivileges(aclsById.get(table.id) ?? [], roles.onRelation(table));
    return missing.length === 0
      ? complete(found)
      : incomplete(found, `What may be missing: ${missing.join("; ")}.`);
  };
}

function toPrivileges(acls: readonly AclRow[], roles: readonly RoleGrant[]): RelationPrivileges {
  const grants: Grant[] = [];
  const unknown: string[] = [];
  const holdAll: Grantee[] = [];
  let ownerByDefault = true;
  for (const { column_name, acl: text } of acls) {
    const acl = parseAcl(text);
    grants.push(...grantsOf(acl, column_name));
    unknown.push(...acl.unknown);
    if (column_name !== null) continue;
    ownerByDefault = false;
    for (const { grantee, letters } of acl.items) {
      if (allLetters.every((letter) => letters.some((held) => held.letter === letter))) holdAll.push(grantee);
    }
  }
  for (const { role, privilege, column, grantOption } of roles) {
    const grantee = { kind: "role", name: role } as const;
    if (isTablePrivilege(privilege)) {
      grants.push({ grantee, privilege, column, grantOption, grantor: null });
    } else {
      unknown.push(`The privilege "${privilege}" of role ${role} is not one this version knows.`);
    }
  }
  return { ownerByDefault, grants, holdAll, unknown };
}

const allLetters = [..."arwdRxtDPA"];

function isTablePrivilege(text: string): text is TablePrivilege {
  return (tablePrivileges as readonly string[]).includes(text);
}
