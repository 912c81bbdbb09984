import type { Session } from "../session.ts";
import {
  describeGrantee,
  functionLetters,
  grantsOf,
  objectGrants,
  parseAcl,
  tablePrivileges,
  type Grantee,
  type ObjectGrant,
  type TablePrivilege,
} from "./acl.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";

/** What is granted on everything of one kind that one user creates in a schema. */
export interface DefaultPrivileges {
  readonly creator: string;
  readonly objects: "TABLES" | "FUNCTIONS" | "PROCEDURES";
  readonly grants: readonly ObjectGrant<TablePrivilege | "EXECUTE">[];
}

interface DefaultAclRow {
  readonly creator: string;
  readonly object_type: string;
  readonly acl: string;
}

// The separator is a line break: it cannot stand unquoted in a name. Roles are never in an ACL.
const defaultAclQuery = (condition: string): string => `
SELECT u.usename::text AS creator, d.defaclobjtype::text AS object_type, array_to_string(d.defaclacl, '
') AS acl
FROM pg_catalog.pg_default_acl d
JOIN pg_catalog.pg_user u ON u.usesysid = d.defacluser
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE ${condition}
ORDER BY creator, object_type`;

// Those of every schema count as well.
const ofTablesOfOneUser = defaultAclQuery(`d.defacluser = $1::integer
  AND d.defaclobjtype = 'r'    -- tables and views
  AND (n.nspname IS NULL OR n.nspname::text = $2::text)`);

const ofOneSchema = defaultAclQuery("n.nspname::text = $1::text");

/**
 * Reads who would be given privileges on a table that this user creates in this schema. Complete for the session's own
 * user, whose rows of PG_DEFAULT_ACL are the ones it may see.
 */
export async function readDefaultGrantees(
  session: Session,
  userId: number,
  schema: string,
): Promise<readonly Grantee[]> {
  const { rows } = await session.query<DefaultAclRow>(ofTablesOfOneUser, [userId, schema]);
  const grantees = rows.flatMap(({ acl }) => parseAcl(acl).items.map(({ grantee }) => grantee));
  return [...new Map(grantees.map((grantee) => [describeGrantee(grantee), grantee])).values()];
}

interface RoleRow {
  readonly creator: string;
  readonly object_type: string;
  readonly privilege: string;
  readonly role_name: string;
  readonly admin_option: boolean | null;
}

const ofRoles = `
SELECT owner_name AS creator, object_type, privilege_type AS privilege, grantee_name AS role_name, admin_option
FROM svv_default_privileges
WHERE schema_name = $1 AND grantee_type = 'role'
ORDER BY owner_name, object_type, grantee_name, privilege_type`;

/**
 * Reads the default privileges of one schema. PG_DEFAULT_ACL and SVV_DEFAULT_PRIVILEGES show everyone's only to superusers.
 * @see AWS Database Developer Guide, PG_DEFAULT_ACL (r_PG_DEFAULT_ACL)
 */
export async function readDefaultPrivileges(
  session: Session,
  schema: string,
  user: SessionUser,
  views: SystemViews,
): Promise<Reading<readonly DefaultPrivileges[]>> {
  const acls = (await session.query<DefaultAclRow>(ofOneSchema, [schema])).rows;
  const roles =
    views.get("svv_default_privileges")?.readable === true
      ? (await session.query<RoleRow>(ofRoles, [schema])).rows
      : [];
  const found: DefaultPrivileges[] = [
    ...acls.map(({ creator, object_type, acl }) => {
      const objects = objectsOf(object_type);
      return {
        creator,
        objects,
        grants:
          objects === "TABLES"
            ? grantsOf(parseAcl(acl)).map(({ column: _, ...grant }) => grant)
            : objectGrants(parseAcl(acl, functionLetters), functionLetters),
      };
    }),
    ...roles.flatMap(({ creator, object_type, privilege, role_name, admin_option }) => {
      const known = [...tablePrivileges, "EXECUTE" as const].find(
        (name) => name === privilege.trim().toUpperCase(),
      );
      return known === undefined
        ? []
        : [
            {
              creator,
              objects: objectsOf(object_type),
              grants: [
                {
                  grantee: { kind: "role", name: role_name } as const,
                  privilege: known,
                  grantOption: admin_option === true,
                  grantor: null,
                },
              ],
            },
          ];
    }),
  ];
  return user.superuser
    ? complete(found)
    : incomplete(found, "Default privileges of other users are not written; only a superuser sees them.");
}

/** PG_DEFAULT_ACL has letters, SVV_DEFAULT_PRIVILEGES words. */
function objectsOf(type: string): DefaultPrivileges["objects"] {
  if (/^(r|relation|table)/i.test(type)) return "TABLES";
  return /^p/i.test(type) ? "PROCEDURES" : "FUNCTIONS";
}
