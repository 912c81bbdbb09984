import { describeGrantee, schemaPrivileges, tablePrivileges } from "../catalog/acl.ts";
import type { DefaultPrivileges } from "../catalog/default-privileges.ts";
import type { SchemaFacts } from "../catalog/schemas.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, keyword, list, raw, userName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { byGrantee, granteeFragment } from "./grants.ts";

/** Writes CREATE SCHEMA. @see AWS Database Developer Guide, CREATE SCHEMA (r_CREATE_SCHEMA) */
export function createSchema(name: string, owner: string | null): Fragment {
  const authorization = owner === null ? nothing : sql`AUTHORIZATION ${userName(owner)}`;
  return join([sql`CREATE SCHEMA ${identifier(name)}`, authorization], " ");
}

/**
 * The statements that give a schema that was just created the privileges it is to have. PUBLIC has both on the schema `public`
 * of every new database.
 */
export function schemaGrantStatements({ name, owner, privileges }: SchemaFacts): readonly Statement[] {
  const { grants, ownerByDefault } = privileges.found;
  if (ownerByDefault && name !== "public") return grantsIn(name, grants);
  const holders = [
    ...(owner.name === null ? [] : [{ kind: "user", name: owner.name } as const]),
    ...(name === "public" ? [{ kind: "public" } as const] : []),
  ];
  const statements: Statement[] = [];
  let left = grants;
  for (const holder of holders) {
    const who = describeGrantee(holder);
    const own = grants.filter(({ grantee }) => describeGrantee(grantee) === who);
    if (own.length >= schemaPrivileges.length || (ownerByDefault && holder.kind === "user")) {
      left = left.filter(({ grantee }) => describeGrantee(grantee) !== who);
    } else {
      statements.push({
        sql: sql`REVOKE ALL ON SCHEMA ${identifier(name)} FROM ${granteeFragment(holder)}`,
        summary: `Takes from ${who} what it has in a new schema`,
      });
    }
  }
  return [...statements, ...grantsIn(name, left)];
}

function grantsIn(name: string, grants: SchemaFacts["privileges"]["found"]["grants"]): readonly Statement[] {
  return byGrantee(grants, schemaPrivileges).map(({ grantee, grantOption, privileges }) => ({
    // Words of a closed list.
    sql: sql`GRANT ${list(privileges.map(raw))} ON SCHEMA ${identifier(name)} TO ${granteeFragment(grantee)}${withOption(grantOption)}`,
    summary: `Grants ${privileges.join(", ")} on the schema to ${describeGrantee(grantee)}`,
  }));
}

/**
 * The statements that give a schema its default privileges again.
 * @see AWS Database Developer Guide, ALTER DEFAULT PRIVILEGES (r_ALTER_DEFAULT_PRIVILEGES)
 */
export function defaultPrivilegeStatements(
  schema: string,
  defaults: readonly DefaultPrivileges[],
): readonly Statement[] {
  return defaults.flatMap(({ creator, objects, grants }) =>
    byGrantee(grants, [...tablePrivileges, "EXECUTE"]).map(({ grantee, grantOption, privileges }) => ({
      sql: join(
        [
          sql`ALTER DEFAULT PRIVILEGES FOR USER ${userName(creator)} IN SCHEMA ${identifier(schema)}`,
          sql`GRANT ${list(privileges.map(raw))} ON ${keyword(objects, ["TABLES", "FUNCTIONS", "PROCEDURES"])} TO ${granteeFragment(grantee)}${withOption(grantOption)}`,
        ],
        "\n  ",
      ),
      summary: `Grants ${privileges.join(", ")} on ${objects.toLowerCase()} that ${creator} will create to ${describeGrantee(grantee)}`,
    })),
  );
}

function withOption(grantOption: boolean): Fragment {
  return grantOption ? sql` WITH GRANT OPTION` : nothing;
}
