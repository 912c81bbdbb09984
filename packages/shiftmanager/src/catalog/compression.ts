import type { Session } from "../session.ts";
import { qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { TableRow } from "./tables.ts";

/** What ANALYZE COMPRESSION says of one column. */
export interface Recommendation {
  readonly column: string;
  /** In lower case, as the server spells it: `zstd`, `raw`. */
  readonly encoding: string;
}

/**
 * Runs ANALYZE COMPRESSION. It locks the table exclusively until it has looked, so this is not for within a transaction;
 * for the owner and superusers. It reads a sample, and says nothing meaningful of a table with few rows.
 * @see AWS Database Developer Guide, ANALYZE COMPRESSION (r_ANALYZE_COMPRESSION)
 */
export async function readCompression(
  session: Session,
  table: Pick<TableRow, "schema" | "name">,
): Promise<readonly Recommendation[]> {
  const { rows } = await session.query(String(sql`ANALYZE COMPRESSION ${qualifiedName(table)}`));
  return rows.map((row) => {
    // Drivers and settings differ in the case of a result's names.
    const found = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), String(value)]));
    return {
      column: found.get("column")?.trimEnd() ?? "",
      encoding: found.get("encoding")?.trim().toLowerCase() ?? "",
    };
  });
}
