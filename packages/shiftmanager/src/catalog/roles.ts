import type { Session } from "../session.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";

/** A role and who has it. */
export interface DatabaseRole {
  readonly name: string;
  readonly owner: string | null;
  readonly externalId: string | null;
  readonly users: readonly { readonly name: string; readonly adminOption: boolean }[];
  /** Roles that it was granted to. */
  readonly roles: readonly string[];
}

interface RoleRow {
  readonly role_name: string;
  readonly role_owner: string | null;
  readonly external_id: string | null;
}

const rolesQuery = "SELECT role_name, role_owner, external_id FROM svv_roles ORDER BY role_name";

interface UserGrantRow {
  readonly role_name: string;
  readonly user_name: string;
  readonly admin_option: boolean | null;
}

const userGrantsQuery =
  "SELECT role_name, user_name, admin_option FROM svv_user_grants ORDER BY role_name, user_name";

interface RoleGrantRow {
  /** Who was given it. */
  readonly role_name: string;
  readonly granted_role_name: string;
}

const roleGrantsQuery =
  "SELECT role_name, granted_role_name FROM svv_role_grants ORDER BY granted_role_name, role_name";

/**
 * Reads the roles in name order, without the server's own (`sys:…`). Superusers see all, others silently only what concerns
 * them.
 * @see AWS Database Developer Guide, SVV_ROLES (r_SVV_ROLES)
 */
export async function readRoles(
  session: Session,
  user: SessionUser,
  views: SystemViews,
): Promise<Reading<readonly DatabaseRole[]>> {
  const names = ["svv_roles", "svv_user_grants", "svv_role_grants"] as const;
  // A server that has no such views has no roles.
  if (!names.every((name) => views.get(name)?.readable === true)) return complete([]);
  const roles = (await session.query<RoleRow>(rolesQuery)).rows;
  const users = (await session.query<UserGrantRow>(userGrantsQuery)).rows;
  const nested = (await session.query<RoleGrantRow>(roleGrantsQuery)).rows;
  const found = roles
    .map(({ role_name, role_owner, external_id }) => ({
      name: role_name.trim(),
      owner: role_owner?.trim() ?? null,
      externalId: external_id,
      users: users
        .filter((grant) => grant.role_name === role_name)
        .map((grant) => ({ name: grant.user_name.trim(), adminOption: grant.admin_option === true })),
      roles: nested
        .filter((grant) => grant.granted_role_name === role_name)
        .map((grant) => grant.role_name.trim()),
    }))
    .filter(({ name }) => !name.startsWith("sys:"));
  return user.superuser
    ? complete(found)
    : incomplete(found, "Roles, and who has them, are not all written; only a superuser sees them.");
}
