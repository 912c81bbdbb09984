import { OptionsError } from "../errors.ts";
import { names, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import type { Fragment } from "../sql/fragment.ts";
import { list, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import { requireDroppable } from "./droppable.ts";

export interface CreateGroupOptions {
  /** Existing users who are its first members. */
  readonly users?: readonly string[];
}

export const createGroupKinds: Kinds<CreateGroupOptions> = { users: names };

/**
 * Builds CREATE GROUP.
 * @throws OptionsError for a name that begins with `__`, which Redshift keeps for itself
 * @see AWS Database Developer Guide, CREATE GROUP (r_CREATE_GROUP)
 */
export function createGroup(name: string, { users = [] }: CreateGroupOptions = {}): Batch {
  if (name.startsWith("__")) {
    throw new OptionsError(
      `The group name "${name}" begins with __, which Redshift keeps for itself; choose another.`,
    );
  }
  const create = sql`CREATE GROUP ${userName(name)}`;
  return Batch.transaction([
    {
      sql: users.length === 0 ? create : sql`${create} WITH USER ${list(users.map(userName))}`,
      summary: `Creates the group ${name}`,
    },
  ]);
}

/** Builds ALTER GROUP … ADD USER. @throws OptionsError without users @see AWS Database Developer Guide, ALTER GROUP (r_ALTER_GROUP) */
export function addToGroup(name: string, users: readonly string[]): Batch {
  const members = userList(name, users);
  return Batch.transaction([
    {
      sql: sql`ALTER GROUP ${userName(name)} ADD USER ${members}`,
      summary: `Adds ${users.join(", ")} to the group ${name}`,
    },
  ]);
}

/** Builds ALTER GROUP … DROP USER, which takes users out of the group and keeps them. @throws OptionsError without users */
export function removeFromGroup(name: string, users: readonly string[]): Batch {
  const members = userList(name, users);
  return Batch.transaction([
    {
      sql: sql`ALTER GROUP ${userName(name)} DROP USER ${members}`,
      summary: `Takes ${users.join(", ")} out of the group ${name}`,
    },
  ]);
}

/**
 * Builds DROP GROUP. When it runs it first looks what privileges the group holds in the current database, which Redshift
 * would refuse it for without saying what. Its members stay.
 * @see AWS Database Developer Guide, DROP GROUP (r_DROP_GROUP)
 */
export function dropGroup(name: string): Batch {
  return Batch.transaction([
    {
      sql: sql`DROP GROUP ${userName(name)}`,
      summary: `Drops the group ${name}`,
      destroys: `the group ${name}`,
      check: requireDroppable({ kind: "group", name }),
    },
  ]);
}

function userList(group: string, users: readonly string[]): Fragment {
  if (users.length === 0)
    throw new OptionsError(`No user was named for the group ${group}; name at least one.`);
  return list(users.map(userName));
}
