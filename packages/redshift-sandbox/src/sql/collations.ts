import { asTree, hasNode, onlyStatement } from "./guard/tree.ts";
import type { Tree } from "./guard/tree.ts";
import { refuseCollationConflicts } from "./lookup/collation-conflict.ts";
import type { Plan } from "./plan.ts";
import { asking } from "./statements.ts";

/**
 * The plan of a query that is refused when it mixes collations. To ask costs as much as a short query does, so it is done only where
 * there may be a case-insensitive column.
 */
export function collationsChecked(plan: Plan): Plan {
  if (plan.kind !== "pass" || plan.query === undefined) return plan;
  const { query } = plan;
  if (storesRows(onlyStatement(plan.sql.slice(query.prefixLength)))) return plan;
  return asking(plan, async (session, found) => {
    const sql = await found();
    await refuseCollationConflicts(sql, query, session);
    return sql;
  });
}

/** INSERT … VALUES compares nothing but in subqueries, and may be long. */
function storesRows(statement: Tree): boolean {
  const rows = asTree(asTree(asTree(statement["InsertStmt"])["selectStmt"])["SelectStmt"])["valuesLists"];
  return rows !== undefined && !hasNode(rows, "SubLink");
}
