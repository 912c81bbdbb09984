import type { Session } from "../session.ts";
import { readSystemViews } from "./system-views.ts";

/** How large a table is, as SVV_TABLE_INFO keeps it. */
export interface TableSize {
  /** With those that are deleted and not vacuumed. */
  readonly rows: number;
  /** Of the cluster's storage, in blocks of 1 MB. */
  readonly megabytes: number;
}

interface SizeRow {
  readonly total: string | number | null;
  readonly megabytes: string | number | null;
}

// Runs on the compute nodes, so nothing in it may be a leader-node function.
const sizeQuery = `
SELECT tbl_rows AS total, "size" AS megabytes
FROM svv_table_info
WHERE table_id = $1::integer`;

/**
 * Reads the size of a table; null where the view is not for this user or has no row, as for views and empty tables.
 * @see AWS Database Developer Guide, SVV_TABLE_INFO (r_SVV_TABLE_INFO); facts.md 3.3
 */
export async function readTableSize(session: Session, tableId: number): Promise<TableSize | null> {
  const views = await readSystemViews(session);
  if (views.get("svv_table_info")?.readable !== true) return null;
  const [row] = (await session.query<SizeRow>(sizeQuery, [tableId])).rows;
  if (row === undefined || row.total === null || row.megabytes === null) return null;
  return { rows: Number(row.total), megabytes: Number(row.megabytes) };
}
