import type { Switches } from "../switches.ts";
import { onlyStatement } from "./guard/tree.ts";
import { waitForTables } from "./lookup/dropped-tables.ts";
import { trustingKeys } from "./lookup/trusted-keys.ts";
import type { Plan } from "./plan.ts";
import { asking } from "./statements.ts";

const queries: ReadonlySet<string> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);

/** The plan of a query as it runs with these switches. */
export function switched(plan: Plan, switches: Switches): Plan {
  const { trustDeclaredKeys = false, dropFailsWaiters = false } = switches;
  if (plan.kind !== "pass" || !(trustDeclaredKeys || dropFailsWaiters)) return plan;
  if (!/^\s*[(]*(?:select|with|insert|update|delete)\b/i.test(plan.sql)) return plan;
  if (!queries.has(Object.keys(onlyStatement(plan.sql))[0] ?? "")) return plan;
  return asking(plan, async (session, found) => {
    if (dropFailsWaiters) await waitForTables(plan.sql, session);
    const sql = await found();
    return trustDeclaredKeys ? trustingKeys(sql, session) : sql;
  });
}
