import type { Session } from "../session.ts";

/** A group of users. */
export interface DatabaseGroup {
  readonly id: number;
  readonly name: string;
  /** Its members in name order. */
  readonly users: readonly string[];
}

interface GroupRow {
  readonly group_id: number;
  readonly group_name: string;
  readonly user_name: string | null;
}

// A user who was dropped may still be in the list; the join leaves it out.
const groupsQuery = `
SELECT g.grosysid AS group_id, g.groname::text AS group_name, u.usename::text AS user_name
FROM pg_catalog.pg_group g
LEFT JOIN pg_catalog.pg_user u ON u.usesysid = ANY (g.grolist)
ORDER BY g.groname, u.usename`;

/** Reads every group in name order. Complete for everyone; roles are no groups. @see facts.md 3.7 */
export async function readGroups(session: Session): Promise<readonly DatabaseGroup[]> {
  const { rows } = await session.query<GroupRow>(groupsQuery);
  const groups = new Map<number, { readonly id: number; readonly name: string; readonly users: string[] }>();
  for (const { group_id, group_name, user_name } of rows) {
    const id = Number(group_id);
    const group = groups.get(id) ?? { id, name: group_name, users: [] };
    groups.set(id, group);
    if (user_name !== null) group.users.push(user_name);
  }
  return [...groups.values()];
}
