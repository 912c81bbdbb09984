import type { DatabaseRole } from "../catalog/roles.ts";
import { identifier, userName } from "../sql/quote.ts";
import { nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";

/** Creates a role. @see AWS Database Developer Guide, CREATE ROLE (r_CREATE_ROLE) */
export function createRole({ name, externalId }: Pick<DatabaseRole, "name" | "externalId">): Statement {
  const external = externalId === null ? nothing : sql` EXTERNALID ${identifier(externalId)}`;
  return { sql: sql`CREATE ROLE ${userName(name)}${external}`, summary: `Creates the role ${name}` };
}

/** Gives a role to those who have it. @see AWS Database Developer Guide, GRANT (r_GRANT) */
export function grantRole({ name, users, roles }: DatabaseRole): readonly Statement[] {
  const role = userName(name);
  return [
    ...users.map((user) => ({
      sql: sql`GRANT ROLE ${role} TO ${userName(user.name)}${user.adminOption ? sql` WITH ADMIN OPTION` : nothing}`,
      summary: `Gives the role ${name} to user ${user.name}`,
    })),
    ...roles.map((member) => ({
      sql: sql`GRANT ROLE ${role} TO ROLE ${userName(member)}`,
      summary: `Gives the role ${name} to role ${member}`,
    })),
  ];
}
