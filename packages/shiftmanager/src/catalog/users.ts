import type { Session } from "../session.ts";
import type { Reading } from "./reading.ts";
import { complete, incomplete } from "./reading.ts";
import { readSessionUser } from "./session-user.ts";

/** A database user. */
export interface DatabaseUser {
  readonly id: number;
  readonly name: string;
  readonly createdb: boolean;
  readonly superuser: boolean;
  /** When the password expires, as the server writes it; null for never. */
  readonly validUntil: string | null;
  /** Configuration parameters set by `ALTER USER … SET`, as the server keeps them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The groups that the user is in, by name. */
  readonly groups: readonly string[];
  /** Null for other users when the session's user is no superuser: the catalog shows each only its own. */
  readonly details: UserDetails | null;
}

/** What SVV_USER_INFO adds to PG_USER. */
export interface UserDetails {
  readonly connectionLimit: number | "unlimited";
  readonly syslogAccess: "restricted" | "unrestricted";
  /** Null for the server's own timeout. */
  readonly sessionTimeoutSeconds: number | null;
  readonly externalId: string | null;
}

interface UserRow {
  readonly user_id: number;
  readonly user_name: string;
  readonly createdb: boolean;
  readonly superuser: boolean;
  readonly valid_until: string | null;
  readonly parameters: readonly string[] | null;
}

// Without rdsdb, AWS's own user.
const usersQuery = `
SELECT
  u.usesysid AS user_id,
  u.usename::text AS user_name,
  u.usecreatedb AS createdb,
  u.usesuper AS superuser,
  u.valuntil AS valid_until,
  u.useconfig AS parameters    -- search_path=public, …
FROM pg_catalog.pg_user u
WHERE u.usename::text <> 'rdsdb'
ORDER BY u.usename`;

interface DetailsRow {
  readonly user_id: number;
  readonly connection_limit: string | null;
  readonly syslog_access: string | null;
  readonly session_timeout: number | null;
  readonly external_id: string | null;
}

const detailsQuery = `
SELECT
  i.user_id,
  i.connection_limit,          -- UNLIMITED or a number
  i.syslog_access,
  i.session_timeout,           -- seconds; 0 the server's own
  i.external_user_id AS external_id
FROM svv_user_info i`;

interface MembershipRow {
  readonly group_name: string;
  readonly member_ids: readonly number[] | null;
}

const membershipsQuery = `
SELECT g.groname::text AS group_name, g.grolist AS member_ids
FROM pg_catalog.pg_group g
ORDER BY g.groname`;

/**
 * Reads every user in name order. PG_USER and PG_GROUP show all to everyone, SVV_USER_INFO only a superuser.
 * @see facts.md 3.7
 */
export async function readUsers(session: Session): Promise<Reading<readonly DatabaseUser[]>> {
  const users = await session.query<UserRow>(usersQuery);
  const details = await session.query<DetailsRow>(detailsQuery);
  const memberships = await session.query<MembershipRow>(membershipsQuery);
  const detailsById = new Map(details.rows.map((row) => [Number(row.user_id), toDetails(row)]));
  const found = users.rows.map((row): DatabaseUser => {
    const id = Number(row.user_id);
    return {
      id,
      name: row.user_name,
      createdb: row.createdb,
      superuser: row.superuser,
      validUntil: row.valid_until,
      parameters: toParameters(row.parameters ?? []),
      groups: memberships.rows
        .filter(({ member_ids }) => (member_ids ?? []).some((member) => Number(member) === id))
        .map(({ group_name }) => group_name),
      details: detailsById.get(id) ?? null,
    };
  });
  const { superuser } = await readSessionUser(session);
  return superuser
    ? complete(found)
    : incomplete(
        found,
        "What may be missing: other users' connection limits, session timeouts, log access and external ids (only a superuser sees them).",
      );
}

function toDetails(row: DetailsRow): UserDetails {
  const limit = row.connection_limit?.trim() ?? "UNLIMITED";
  const timeout = Number(row.session_timeout ?? 0);
  return {
    connectionLimit: /^\d+$/.test(limit) ? Number(limit) : "unlimited",
    syslogAccess: row.syslog_access?.trim().toUpperCase() === "UNRESTRICTED" ? "unrestricted" : "restricted",
    sessionTimeoutSeconds: timeout === 0 ? null : timeout,
    externalId: row.external_id,
  };
}

function toParameters(settings: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf("=");
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
}
