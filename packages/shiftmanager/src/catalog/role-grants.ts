import type { Session } from "../session.ts";
import { rowsBy } from "./scope.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";

/** What a role holds on a schema, a table or view, or a column. */
export interface RoleGrant {
  readonly role: string;
  /** In capitals, as the server names it. */
  readonly privilege: string;
  readonly column: string | null;
  readonly grantOption: boolean;
}

/** The grants to roles in a scope. */
export interface RoleGrants {
  onSchema(schema: string): readonly RoleGrant[];
  onRelation(relation: { readonly schema: string; readonly name: string }): readonly RoleGrant[];
}

/** Which of them to read: on one table or view, or on the schemas as well as on what is in them. */
type RoleScope =
  { readonly schema: string; readonly name: string } | { readonly schema: string } | "database";

interface RoleRow {
  readonly schema_name: string;
  readonly relation_name: string | null;
  readonly column_name: string | null;
  readonly role_name: string;
  readonly privilege: string;
  readonly admin_option: boolean | null;
}

// These views are made of what only the leader node knows, yet are no catalogs: they are joined with nothing.
const sources = [
  {
    view: "svv_schema_privileges",
    relation: "NULL::varchar",
    column: "NULL::varchar",
    option: "admin_option",
  },
  {
    view: "svv_relation_privileges",
    relation: "relation_name",
    column: "NULL::varchar",
    option: "admin_option",
  },
  // A column is granted without a grant option.
  { view: "svv_column_privileges", relation: "relation_name", column: "column_name", option: "FALSE" },
] as const;

/**
 * Reads what roles hold: it is in no ACL. Superusers see all of it, others silently only what concerns them.
 * @see facts.md 3.6
 */
export async function readRoleGrants(
  session: Session,
  scope: RoleScope,
  views: SystemViews,
): Promise<RoleGrants> {
  const filter =
    scope === "database" ? "" : ` AND namespace_name = $1${"name" in scope ? " AND relation_name = $2" : ""}`;
  const queries = sources
    .filter(({ view, relation }) => {
      const wanted = relation === "relation_name" || scope === "database" || !("name" in scope);
      // A server that has no such view has no roles either.
      return wanted && views.get(view)?.readable === true;
    })
    .map(
      ({ view, relation, column, option }) => `
SELECT namespace_name AS schema_name, ${relation} AS relation_name, ${column} AS column_name,
  identity_name AS role_name, privilege_type AS privilege, ${option} AS admin_option
FROM ${view}
WHERE identity_type = 'role'${filter}`,
    );
  const values = scope === "database" ? [] : [scope.schema, ...("name" in scope ? [scope.name] : [])];
  const rows =
    queries.length === 0
      ? []
      : (
          await session.query<RoleRow>(
            `${queries.join("\nUNION ALL")}\nORDER BY role_name, column_name, privilege`,
            values,
          )
        ).rows;
  const grants = rowsBy(rows, ({ schema_name, relation_name }) => nameKey(schema_name, relation_name));
  const on = (schema: string, name: string | null): readonly RoleGrant[] =>
    (grants.get(nameKey(schema, name)) ?? []).map((row) => ({
      role: row.role_name,
      privilege: row.privilege.trim().toUpperCase(),
      column: row.column_name,
      grantOption: row.admin_option === true,
    }));
  return {
    onSchema: (schema) => on(schema, null),
    onRelation: ({ schema, name }) => on(schema, name),
  };
}

/** What of the grants to roles this user may not see; a phrase for "What may be missing", none when it sees all. */
export function unseenRoleGrants(user: SessionUser, views: SystemViews): readonly string[] {
  return views.has("svv_relation_privileges") && !user.superuser
    ? ["grants to roles (only a superuser sees all of them)"]
    : [];
}

function nameKey(schema: string, name: string | null): string {
  return JSON.stringify([schema, name]);
}
