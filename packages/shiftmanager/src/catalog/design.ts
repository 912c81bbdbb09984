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
  readonly table_id: number;
  readonly encoded: string | null;
  readonly sortkey1: string | null;
  readonly megabytes: string | number | null;
}

// Runs on the compute nodes, so nothing in it may be a leader-node function. It lists no table of the server's own.
const infoQuery = (scope: DesignScope): string => `
SELECT table_id, encoded, sortkey1, "size" AS megabytes
FROM svv_table_info${scope === "database" ? "" : "\nWHERE table_id = $1::integer"}`;

interface BackupRow {
  readonly key: string;
}

// BACKUP NO is an entry of PG_CONF, whose key ends in the table's oid; BACKUP YES is none. @see facts.md 1.4
const backupQuery = (scope: DesignScope): string => `
SELECT k.key::text AS key
FROM pg_catalog.pg_conf k, pg_catalog.pg_database d
WHERE d.datname = current_database()
  AND ${
    scope === "database"
      ? "substring(k.key, 1, 16 + length(d.oid::text) + 1) = 'pg_class_backup_' || d.oid::text || '_'"
      : "k.key = 'pg_class_backup_' || d.oid::text || '_' || $1::text"
  }`;

type DesignScope = { readonly id: number } | "database";

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
  return (await readDesignsOf(session, { id: tableId }, user, views))(tableId);
}

/** As `readDesign`, for many tables: resolves to what tells the design of each. */
export async function readDesignsOf(
  session: Session,
  scope: DesignScope,
  user: SessionUser,
  views: SystemViews,
): Promise<(tableId: number) => Design> {
  const backups = await readBackups(session, scope, views);
  const info =
    views.get("svv_table_info")?.readable === true
      ? (await session.query<InfoRow>(infoQuery(scope), scope === "database" ? [] : [scope.id])).rows
      : null;
  const rows = new Map((info ?? []).map((row) => [Number(row.table_id), row]));
  return (tableId) => {
    const backup = backups === null ? "unknown" : !backups.has(tableId);
    const unknown = { sortkeyAuto: "unknown", encodeAuto: "unknown", megabytes: null, backup } as const;
    if (info === null) return { ...unknown, reason: "this user may not read SVV_TABLE_INFO" };
    const row = rows.get(tableId);
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
  };
}

/** The tables that are BACKUP NO; null where that cannot be read. */
async function readBackups(
  session: Session,
  scope: DesignScope,
  views: SystemViews,
): Promise<ReadonlySet<number> | null> {
  if (views.get("pg_conf")?.readable !== true) return null;
  const { rows } = await session.query<BackupRow>(
    backupQuery(scope),
    scope === "database" ? [] : [String(scope.id)],
  );
  return new Set(rows.map(({ key }) => Number(key.slice(key.lastIndexOf("_") + 1))));
}
