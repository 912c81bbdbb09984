import type { Session } from "../session.ts";
import { readGroups, type DatabaseGroup } from "./groups.ts";
import type { Reading } from "./reading.ts";
import { readRoles, type DatabaseRole } from "./roles.ts";
import { readSessionUser, type SessionUser } from "./session-user.ts";
import { readSystemViews } from "./system-views.ts";
import { readUsers, type DatabaseUser } from "./users.ts";

/** Every user, group and role of a database. */
export interface PrincipalFacts {
  readonly session: SessionUser;
  readonly users: Reading<readonly DatabaseUser[]>;
  readonly groups: readonly DatabaseGroup[];
  readonly roles: Reading<readonly DatabaseRole[]>;
}

/** Reads who there is. */
export async function readPrincipalFacts(session: Session): Promise<PrincipalFacts> {
  const user = await readSessionUser(session);
  return {
    session: user,
    users: await readUsers(session),
    groups: await readGroups(session),
    roles: await readRoles(session, user, await readSystemViews(session)),
  };
}
