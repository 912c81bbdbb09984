import { onlyStatement, schemaOf, walk } from "../guard/tree.ts";
import { literal } from "../names.ts";
import type { LookupSession } from "../plan.ts";
import { isSystem } from "../system-relations.ts";
import { relationName } from "./references.ts";

/**
 * Waits for the tables of a statement that are there now.
 * @throws SqlError when one of them has been dropped while it waited
 */
export async function waitForTables(sql: string, session: LookupSession): Promise<void> {
  const names = new Set<string>();
  walk(onlyStatement(sql), (_, node) => {
    const name = node["relname"];
    if (typeof name !== "string") return;
    if (!isSystem(schemaOf(node), name)) names.add(relationName(node));
  });
  if (names.size === 0) return;
  const tables = [...names].map((name) => `pg_catalog.to_regclass(${literal(name)})`);
  await session.query(`SELECT redshift_sandbox.wait_for_tables(ARRAY[${tables.join(", ")}])`);
}
