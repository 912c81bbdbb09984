import type { Session } from "../session.ts";

const routinesQuery = `
SELECT COUNT(*) AS routines
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname::text = $1::text`;

/** Counts the functions and procedures of a schema. Complete for everyone. */
export async function countRoutines(session: Session, schema: string): Promise<number> {
  const [row] = (await session.query<{ readonly routines: string | number }>(routinesQuery, [schema])).rows;
  return Number(row?.routines ?? 0);
}
