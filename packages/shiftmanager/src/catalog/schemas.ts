import { NotFoundError } from "../errors.ts";
import type { Session } from "../session.ts";
import { objectGrants, parseAcl, schemaLetters, type ObjectGrant, type SchemaPrivilege } from "./acl.ts";
import { nearestName } from "../nearest-name.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import { nameSpellings } from "./relation-name.ts";
import { unseenRoleGrants, type RoleGrants } from "./role-grants.ts";
import { isUsersSchema } from "./scope.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";

/** Who may do what in a schema. */
export interface SchemaGrants {
  /** The owner has both privileges by itself, and nothing in `grants` says so. */
  readonly ownerByDefault: boolean;
  readonly grants: readonly ObjectGrant<SchemaPrivilege>[];
  /** What could not be understood; sentences. */
  readonly unknown: readonly string[];
}

/** A schema that is not the server's own. */
export interface SchemaFacts {
  readonly name: string;
  readonly owner: {
    readonly id: number;
    /** Null when the owner has been dropped. */
    readonly name: string | null;
  };
  readonly privileges: Reading<SchemaGrants>;
}

interface SchemaRow {
  readonly schema_name: string;
  readonly owner_id: number;
  readonly owner_name: string | null;
  readonly acl: string | null;
  readonly is_users: boolean;
}

// The separator is a line break: it cannot stand unquoted in a name. Roles are never in an ACL.
const schemasQuery = `
SELECT
  n.nspname::text AS schema_name,
  n.nspowner AS owner_id,
  u.usename::text AS owner_name,
  array_to_string(n.nspacl, '
') AS acl,
  ${isUsersSchema("n.nspname")} AS is_users
FROM pg_catalog.pg_namespace n
LEFT JOIN pg_catalog.pg_user u ON u.usesysid = n.nspowner
ORDER BY n.nspname`;

/** Reads the names of the database's schemas in order, without the server's own. Complete for everyone. */
export async function readSchemas(session: Session): Promise<readonly string[]> {
  return (await read(session)).filter(({ is_users }) => is_users).map(({ schema_name }) => schema_name);
}

/**
 * Reads the schemas that are not the server's own, with owners and privileges, in name order. PG_NAMESPACE shows all to
 * everyone.
 * @param roles - what `readRoleGrants` found in the database
 */
export async function readSchemaFacts(
  session: Session,
  user: SessionUser,
  views: SystemViews,
  roles: RoleGrants,
): Promise<readonly SchemaFacts[]> {
  const missing = unseenRoleGrants(user, views);
  return (await read(session))
    .filter(({ is_users }) => is_users)
    .map((row) => {
      const found = toGrants(row, roles);
      return {
        name: row.schema_name,
        owner: { id: Number(row.owner_id), name: row.owner_name },
        privileges:
          missing.length === 0
            ? complete(found)
            : incomplete(found, `What may be missing: ${missing.join("; ")}.`),
      };
    });
}

/**
 * The name that the catalog holds a schema under, the server's own included. PG_NAMESPACE shows every schema to everyone.
 * @throws NotFoundError that names the nearest schema
 */
export async function getSchema(session: Session, schema: string): Promise<string> {
  const names = (await read(session)).map(({ schema_name }) => schema_name);
  const found = nameSpellings(schema).find((spelling) => names.includes(spelling));
  if (found !== undefined) return found;
  const nearest = nearestName(schema, names);
  throw new NotFoundError(
    `There is no schema "${schema}"; ${nearest === undefined ? "check its name and the database." : `did you mean "${nearest}"?`}`,
  );
}

async function read(session: Session): Promise<readonly SchemaRow[]> {
  return (await session.query<SchemaRow>(schemasQuery)).rows;
}

function toGrants({ schema_name, acl: text }: SchemaRow, roles: RoleGrants): SchemaGrants {
  const acl = text === null ? null : parseAcl(text, schemaLetters);
  const grants = acl === null ? [] : [...objectGrants(acl, schemaLetters)];
  const unknown = acl === null ? [] : [...acl.unknown];
  for (const { role, privilege, grantOption } of roles.onSchema(schema_name)) {
    if (privilege === "CREATE" || privilege === "USAGE") {
      grants.push({ grantee: { kind: "role", name: role }, privilege, grantOption, grantor: null });
    } else {
      unknown.push(`The privilege "${privilege}" of role ${role} on a schema is not one this version knows.`);
    }
  }
  return { ownerByDefault: acl === null, grants, unknown };
}
