import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";

const slicesQuery = `SELECT COUNT(*) AS slices FROM stv_slices`;

/**
 * Reads how many slices the cluster has; null where the view is not for this user or, on Serverless, for nobody.
 * @see AWS Database Developer Guide, STV_SLICES (r_STV_SLICES); docs/facts.md 3.3
 */
export async function readSlices(session: Session): Promise<number | null> {
  try {
    const { rows } = await session.query<{ readonly slices: string | number }>(slicesQuery);
    const slices = Number(rows[0]?.slices ?? 0);
    return slices > 0 ? slices : null;
  } catch (error) {
    if (error instanceof StatementError) return null;
    throw error;
  }
}
