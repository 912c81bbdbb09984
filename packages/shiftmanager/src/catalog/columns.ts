import type { Session } from "../session.ts";
import { inScope, rowsBy, scopeValues, type Scope } from "./scope.ts";

/** How a column numbers its rows. */
export interface Identity {
  /** `always` is plain IDENTITY, which refuses values of one's own. */
  readonly kind: "always" | "by default";
  readonly seed: bigint;
  readonly step: bigint;
}

export interface Column {
  readonly number: number;
  readonly name: string;
  /** As `format_type` writes it: `character varying(256)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** The server's own text, unchanged; null for none and for an identity. */
  readonly default: string | null;
  readonly identity: Identity | null;
  /** In the catalog's spelling: `none` is RAW. */
  readonly encoding: string;
  readonly distkey: boolean;
  /** Position in the sort key from 1, or 0. */
  readonly sortkeyPosition: number;
  readonly interleaved: boolean;
}

interface ColumnRow {
  readonly table_id: number;
  readonly column_number: number;
  readonly column_name: string;
  readonly column_type: string;
  readonly not_null: boolean;
  readonly default_text: string | null;
  readonly encoding: string | null;
  readonly is_distkey: boolean;
  readonly sortkey_order: number;
}

// A dropped column leaves its row behind.
const columnsQuery = (scope: Scope): string => `
SELECT
  a.attrelid AS table_id,
  a.attnum AS column_number,
  a.attname::text AS column_name,
  format_type(a.atttypid, a.atttypmod) AS column_type,
  a.attnotnull AS not_null,
  d.adsrc AS default_text,
  format_encoding(a.attencodingtype::integer)::text AS encoding,
  a.attisdistkey AS is_distkey,
  a.attsortkeyord AS sortkey_order    -- 0 none; any negative: interleaved, position = abs
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE ${inScope(scope, "a.attrelid")}
  AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`;

/** Reads a table's columns in their order. Complete for everyone. @see facts.md 3.2 */
export async function readColumns(session: Session, tableId: number): Promise<readonly Column[]> {
  return (await readColumnsOf(session, { id: tableId })).get(tableId) ?? [];
}

/**
 * Reads columns in their order, by table. Complete for everyone, but for late-binding views, whose columns the catalog does
 * not hold.
 * @see facts.md 3.2
 */
export async function readColumnsOf(
  session: Session,
  scope: Scope,
): Promise<ReadonlyMap<number, readonly Column[]>> {
  const { rows } = await session.query<ColumnRow>(columnsQuery(scope), scopeValues(scope));
  const byTable = rowsBy(rows, ({ table_id }) => Number(table_id));
  return new Map([...byTable].map(([id, own]) => [id, toColumns(own)]));
}

function toColumns(rows: readonly ColumnRow[]): readonly Column[] {
  const interleaved = rows.some((row) => row.sortkey_order < 0);
  return rows.map((row) => {
    const identity = row.default_text === null ? null : parseIdentity(row.default_text);
    return {
      number: row.column_number,
      name: row.column_name,
      type: row.column_type,
      notNull: row.not_null,
      default: identity === null ? row.default_text : null,
      identity,
      encoding: row.encoding ?? "none",
      distkey: row.is_distkey,
      sortkeyPosition: Math.abs(row.sortkey_order),
      interleaved: interleaved && row.sortkey_order !== 0,
    };
  });
}

/**
 * Reads the text that Redshift keeps as an identity column's default, such as `"identity"(108123, 0, '1,1'::text)`;
 * null for an ordinary default.
 * @see facts.md 3.2
 */
export function parseIdentity(text: string): Identity | null {
  const match = /^"?(default_)?identity"?\(\s*-?\d+,\s*-?\d+,\s*\(?'(-?\d+),\s*(-?\d+)'/.exec(text);
  if (match === null) return null;
  return {
    kind: match[1] === undefined ? "always" : "by default",
    seed: BigInt(match[2] ?? "1"),
    step: BigInt(match[3] ?? "1"),
  };
}
