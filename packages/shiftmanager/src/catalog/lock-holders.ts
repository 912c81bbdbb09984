import type { Session } from "../session.ts";

/** A session that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  /** When its transaction began, as the server writes it. */
  readonly since: string | null;
}

interface HolderRow {
  readonly pid: number;
  readonly user_name: string;
  readonly since: string | null;
}

const holdersQuery = `
SELECT DISTINCT t.pid, t.txn_owner::varchar AS user_name, t.txn_start::varchar AS since
FROM svv_transactions t
WHERE t.granted
  AND t.relation::varchar IN (`;

/**
 * Reads who holds a lock of any kind on one of these tables: each kind keeps LOCK waiting. Complete for everyone.
 * @see AWS Database Developer Guide, SVV_TRANSACTIONS (r_SVV_TRANSACTIONS); facts.md 3.8
 */
export async function readLockHolders(
  session: Session,
  tableIds: readonly number[],
): Promise<readonly LockHolder[]> {
  const marks = tableIds.map((_, i) => `$${i + 1}`).join(", ");
  const { rows } = await session.query<HolderRow>(`${holdersQuery}${marks})`, tableIds.map(String));
  return rows
    .map(({ pid, user_name, since }) => ({
      pid: Number(pid),
      user: user_name.trim(),
      since: since === null ? null : since.replace(/\..*/, ""),
    }))
    .sort((a, b) => a.pid - b.pid);
}
