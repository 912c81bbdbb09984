import { describeGrantee, tablePrivileges, type Grantee, type ObjectGrant } from "../catalog/acl.ts";
import type { RelationName } from "../catalog/relation-name.ts";
import type { RelationPrivileges } from "../catalog/privileges.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, qualifiedName, raw, userName } from "../sql/quote.ts";
import { nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";

/** Writes `alice`, `GROUP etl`, `ROLE analyst` or `PUBLIC`. Groups and roles are name spaces of their own. */
export function granteeFragment(grantee: Grantee): Fragment {
  switch (grantee.kind) {
    case "public":
      return sql`PUBLIC`;
    case "user":
      return userName(grantee.name);
    case "group":
      return sql`GROUP ${userName(grantee.name)}`;
    case "role":
      return sql`ROLE ${userName(grantee.name)}`;
  }
}

/** Takes every privilege on a table from these grantees. */
export function revokeAll(table: RelationName, grantees: readonly Grantee[]): Fragment {
  return sql`REVOKE ALL ON TABLE ${qualifiedName(table)} FROM ${list(grantees.map(granteeFragment))}`;
}

/**
 * The statements that give grants again: one for each grantee, and one more for what it may pass on.
 *
 * ALL is written only for who holds all its letters, the legacy ones included: on a newer server it would otherwise give
 * more than was there.
 */
export function grantStatements(
  table: RelationName,
  { grants, holdAll }: Pick<RelationPrivileges, "grants" | "holdAll">,
): readonly Statement[] {
  const everything = new Set(holdAll.map(describeGrantee));
  return byGrantee(grants, tablePrivileges).map(({ grantee, grantOption, column, privileges }) => {
    const who = describeGrantee(grantee);
    const all = column === null && everything.has(who) && privileges.length === tablePrivileges.length;
    const what = all
      ? sql`ALL`
      : list(
          privileges.map((privilege) =>
            // A word of the closed list above.
            column === null ? raw(privilege) : sql`${raw(privilege)} (${identifier(column)})`,
          ),
        );
    const option = grantOption ? sql` WITH GRANT OPTION` : nothing;
    return {
      sql: sql`GRANT ${what} ON TABLE ${qualifiedName(table)} TO ${granteeFragment(grantee)}${option}`,
      summary: `Grants ${all ? "all privileges" : privileges.join(", ")}${column === null ? "" : ` on the column ${column}`} to ${who}`,
    };
  });
}

/**
 * The statements that give a relation that was just created, and whose owner therefore has everything, the privileges it
 * is to have.
 */
export function privilegeStatements(
  table: RelationName,
  privileges: RelationPrivileges,
  owner: string | null,
): readonly Statement[] {
  if (ownerHoldsAll(privileges, owner) || owner === null) {
    const grants = privileges.grants.filter(({ grantee }) => !isUser(grantee, owner));
    return grantStatements(table, { ...privileges, grants });
  }
  return [
    {
      sql: revokeAll(table, [{ kind: "user", name: owner }]),
      summary: `Takes from the owner ${owner} what every owner has at first`,
    },
    ...grantStatements(table, privileges),
  ];
}

/** What one grantee is given by one statement. */
export interface GrantGroup<Privilege extends string> {
  readonly grantee: Grantee;
  readonly grantOption: boolean;
  readonly column: string | null;
  readonly privileges: Privilege[];
}

/** Grants by grantee, in the order in which they were read; the privileges of each in the manual's. */
export function byGrantee<Privilege extends string>(
  grants: readonly (ObjectGrant<Privilege> & { readonly column?: string | null })[],
  order: readonly Privilege[],
): readonly GrantGroup<Privilege>[] {
  const groups = new Map<string, GrantGroup<Privilege>>();
  for (const { grantee, grantOption, column = null, privilege } of strongest(grants)) {
    const key = JSON.stringify([describeGrantee(grantee), grantOption, column]);
    const group = groups.get(key) ?? { grantee, grantOption, column, privileges: [] };
    group.privileges.push(privilege);
    groups.set(key, group);
  }
  for (const { privileges } of groups.values()) {
    privileges.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  }
  return [...groups.values()];
}

/** Two grantors may have given the same privilege; it is given once, with the grant option if either gave that. */
function strongest<G extends ObjectGrant<string> & { readonly column?: string | null }>(
  grants: readonly G[],
): readonly G[] {
  const kept = new Map<string, G>();
  for (const grant of grants) {
    const key = JSON.stringify([describeGrantee(grant.grantee), grant.privilege, grant.column ?? null]);
    const earlier = kept.get(key);
    if (earlier === undefined || (grant.grantOption && !earlier.grantOption)) kept.set(key, grant);
  }
  return [...kept.values()];
}

/**
 * What differs between two readings of privileges, as sentences; none when grantee, kind, privilege, column and grant option
 * are the same throughout. An owner without an ACL and one who was given everything are the same.
 */
export function privilegeDifferences(
  before: RelationPrivileges,
  after: RelationPrivileges,
  owner: string | null,
): readonly string[] {
  const old = describeGrants(before, owner);
  const now = describeGrants(after, owner);
  return [
    ...[...old].filter((grant) => !now.has(grant)).map((grant) => `${grant} is missing`),
    ...[...now].filter((grant) => !old.has(grant)).map((grant) => `${grant} is new`),
  ];
}

/** Each grant in words, for comparing and for showing. */
export function describeGrants(privileges: RelationPrivileges, owner: string | null): ReadonlySet<string> {
  const ownerAll = ownerHoldsAll(privileges, owner);
  return new Set([
    ...(ownerAll ? ["everything for the owner"] : []),
    ...strongest(privileges.grants)
      .filter(({ grantee, column }) => !(ownerAll && column === null && isUser(grantee, owner)))
      .map(
        ({ grantee, privilege, column, grantOption }) =>
          `${privilege}${column === null ? "" : ` on the column ${column}`} for ${describeGrantee(grantee)}` +
          (grantOption ? " with grant option" : ""),
      ),
  ]);
}

/** Servers that do not know TRUNCATE and ALTER as privileges give an owner only the older six. */
const olderPrivileges = ["SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES"] as const;

/** Whether the owner has everything, by itself or by grant. */
export function ownerHoldsAll({ ownerByDefault, grants }: RelationPrivileges, owner: string | null): boolean {
  if (ownerByDefault) return true;
  const own = grants.filter(({ grantee, column }) => column === null && isUser(grantee, owner));
  return olderPrivileges.every((wanted) => own.some(({ privilege }) => privilege === wanted));
}

function isUser(grantee: Grantee, name: string | null): boolean {
  return grantee.kind === "user" && grantee.name === name;
}
