import type { Session } from "../session.ts";
import { grantsOf, parseAcl, tablePrivileges, type Grant, type Grantee, type TablePrivilege } from "./acl.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
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

interface RoleRow {
  readonly schema_name: string;
  readonly relation_name: string;
  readonly role_name: string;
  readonly privilege: string;
  readonly column_name: string | null;
  readonly admin_option: boolean | null;
}

const roleFilter = (scope: PrivilegeScope): string =>
  scope === "database" ? "" : " AND namespace_name = $1 AND relation_name = $2";

const roleQueries = {
  svv_relation_privileges: (scope: PrivilegeScope): string => `
SELECT namespace_name AS schema_name, relation_name, identity_name AS role_name, privilege_type AS privilege,
  NULL::varchar AS column_name, admin_option
FROM svv_relation_privileges
WHERE identity_type = 'role'${roleFilter(scope)}`,
  svv_column_privileges: (scope: PrivilegeScope): string => `
SELECT namespace_name AS schema_name, relation_name, identity_name AS role_name, privilege_type AS privilege,
  column_name, FALSE AS admin_option
FROM svv_column_privileges
WHERE identity_type = 'role'${roleFilter(scope)}`,
} as const;

type PrivilegeScope = Pick<TableRow, "id" | "schema" | "name"> | "database";

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
  return (await readPrivilegesOf(session, table, user, views))(table);
}

/** As `readPrivileges`, for one or for all. */
export async function readPrivilegesOf(
  session: Session,
  scope: PrivilegeScope,
  user: SessionUser,
  views: SystemViews,
): Promise<PrivilegesOf> {
  const ids: Scope = scope === "database" ? scope : { id: scope.id };
  const withColumns = views.has("pg_attribute_info");
  const aclQuery = [relationAcls(ids), ...(withColumns ? [columnAcls(ids)] : [])].join("\nUNION ALL");
  const acls = await session.query<AclRow>(`${aclQuery}\nORDER BY relation_id, position`, scopeValues(ids));
  const aclsById = rowsBy(acls.rows, ({ relation_id }) => Number(relation_id));
  const rolesByName = await readRoleGrants(session, scope, views);

  const missing = [
    ...(withColumns ? [] : ["grants on single columns (there is no PG_ATTRIBUTE_INFO)"]),
    // A server that has no such view has no roles either.
    ...(views.has("svv_relation_privileges") && !user.superuser
      ? ["grants to roles (only a superuser sees all of them)"]
      : []),
  ];
  return (table) => {
    const found = toPrivileges(aclsById.get(table.id) ?? [], rolesByName.get(nameKey(table)) ?? []);
    return missing.length === 0
      ? complete(found)
      : incomplete(found, `What may be missing: ${missing.join("; ")}.`);
  };
}

/** What roles hold, by the relation's name. */
async function readRoleGrants(
  session: Session,
  scope: PrivilegeScope,
  views: SystemViews,
): Promise<ReadonlyMap<string, readonly RoleRow[]>> {
  const queries = (["svv_relation_privileges", "svv_column_privileges"] as const)
    .filter((view) => views.get(view)?.readable === true)
    .map((view) => roleQueries[view](scope));
  if (queries.length === 0) return new Map();
  const { rows } = await session.query<RoleRow>(
    `${queries.join("\nUNION ALL")}\nORDER BY role_name, column_name, privilege`,
    scope === "database" ? [] : [scope.schema, scope.name],
  );
  return rowsBy(rows, ({ schema_name, relation_name }) =>
    nameKey({ schema: schema_name, name: relation_name }),
  );
}

function nameKey({ schema, name }: Pick<TableRow, "schema" | "name">): string {
  return JSON.stringify([schema, name]);
}

function toPrivileges(acls: readonly AclRow[], roles: readonly RoleRow[]): RelationPrivileges {
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
  for (const role of roles) {
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
  return { ownerByDefault, grants, holdAll, unknown };
}

const allLetters = [..."arwdRxtDPA"];

function isTablePrivilege(text: string): text is TablePrivilege {
  return (tablePrivileges as readonly string[]).includes(text);
}
