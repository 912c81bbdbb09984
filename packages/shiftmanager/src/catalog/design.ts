import type { Session } from "../session.ts";
import type { SessionUser } from "./session-user.ts";
import type { SystemViews } from "./system-views.ts";

/** What Redshift keeps tuning by itself, where it can be read, and the table's size. */
export interface Design {
  /** `unknown`: SVV_TABLE_INFO cannot be read, or has no row because the table is empty. */
  readonly sortkeyAuto: boolean | "unknown";
  readonly encodeAuto: boolean | "unknown";
  /** Why it is unknown; null when it is known. */
  readonly reason: string | null;
  readonly megabytes: number | null;
  /** False for BACKUP NO; `unknown` where PG_CONF, which holds it, cannot be read. */
  readonly backup: boolean | "unknown";
}

interface InfoRow {
  readonly encoded: string | null;
  readonly sortkey1: string | null;
  readonly megabytes: string | number | null;
}

// Runs on the compute nodes, so nothing in it may be a leader-node function.
const infoQuery = `
SELECT encoded, sortkey1, "size" AS megabytes
FROM svv_table_info
WHERE table_id = $1::integer`;

// BACKUP NO is an entry of PG_CONF; BACKUP YES is none. @see facts.md 1.4
const backupQuery = `
SELECT 1 AS backup_no
FROM pg_catalog.pg_conf k, pg_catalog.pg_database d
WHERE d.datname = current_database()
  AND k.key = 'pg_class_backup_' || d.oid::text || '_' || $1::text`;

/**
 * Reads the AUTO flags of the sort key and the encodings, which show only in SVV_TABLE_INFO: for superusers or with
 * SELECT granted, and only while the table holds rows. `DISTSTYLE AUTO` is in PG_CLASS and always known.
 * @see facts.md 3.3
 */
export async function readDesign(
  session: Session,
  tableId: number,
  user: SessionUser,
  views: SystemViews,
): Promise<Design> {
  const backup = await readBackup(session, tableId, views);
  const unknown = { sortkeyAuto: "unknown", encodeAuto: "unknown", megabytes: null, backup } as const;
  if (views.get("svv_table_info")?.readable !== true) {
    return { ...unknown, reason: "this user may not read SVV_TABLE_INFO" };
  }
  const [row] = (await session.query<InfoRow>(infoQuery, [tableId])).rows;
  if (row === undefined) {
    const reason = user.superuser
      ? "the table is empty, and SVV_TABLE_INFO has no row for an empty table"
      : "SVV_TABLE_INFO shows this user no row for it, which only a superuser sees in every case";
    return { ...unknown, reason };
  }
  return {
    sortkeyAuto: /^AUTO/i.test((row.sortkey1 ?? "").trim()),
    encodeAuto: /AUTO/i.test(row.encoded ?? ""),
    reason: null,
    megabytes: row.megabytes === null ? null : Number(row.megabytes),
    backup,
  };
}

async function readBackup(session: Session, tableId: number, views: SystemViews): Promise<Design["backup"]> {
  if (views.get("pg_conf")?.readable !== true) return "unknown";
  return (await session.query(backupQuery, [String(tableId)])).rows.length === 0;
}
