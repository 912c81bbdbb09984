import { asTree, onlyStatement, walk } from "./guard/tree.ts";
import type { Tree } from "./guard/tree.ts";
import { refuseCollationConflicts } from "./lookup/collation-conflict.ts";
import type { Plan } from "./plan.ts";

/**
 * The plan of a query that is refused when it mixes collations. To ask costs as much as a short query does, so it is done only where
 * there may be a case-insensitive column.
 */
export function collationsChecked(plan: Plan): Plan {
  if (plan.kind !== "pass" || plan.query === undefined) return plan;
  const { lookup, query } = plan;
  if (storesRows(onlyStatement(plan.sql.slice(query.prefixLength)))) return plan;
  return {
    ...plan,
    lookup: {
      always: true,
      onlySupers: false,
      text: async (session) => {
        const sql = lookup === undefined ? plan.sql : await lookup.text(session);
        await refuseCollationConflicts(sql, query, session);
        return sql;
      },
    },
  };
}

/** INSERT … VALUES compares nothing but in subqueries, and may be long. */
function storesRows(statement: Tree): boolean {
  const rows = asTree(asTree(asTree(statement["InsertStmt"])["selectStmt"])["SelectStmt"])["valuesLists"];
  if (rows === undefined) return false;
  let queries = false;
  walk(rows, (key) => {
    queries ||= key === "SubLink";
  });
  return !queries;
}
