import { asTree, onlyStatement } from "./guard/tree.ts";
import type { Tree } from "./guard/tree.ts";
import { refuseCollationConflicts } from "./lookup/collation-conflict.ts";
import type { Plan } from "./plan.ts";

const queries: ReadonlySet<string> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);

/**
 * The plan of a query that is refused when it mixes collations. To ask costs as much as a short query does, so it is done only where
 * there may be a case-insensitive column.
 */
export function collationsChecked(plan: Plan): Plan {
  if (plan.kind !== "pass" || !/^\s*[(]*(?:select|with|insert|update|delete)\b/i.test(plan.sql)) return plan;
  const statement = onlyStatement(plan.sql);
  if (!queries.has(Object.keys(statement)[0] ?? "") || storesRows(statement)) return plan;
  return {
    ...plan,
    lookup: {
      always: true,
      onlySupers: false,
      text: async (session) => {
        const sql = plan.lookup === undefined ? plan.sql : await plan.lookup.text(session);
        await refuseCollationConflicts(sql, session);
        return sql;
      },
    },
  };
}

/** INSERT … VALUES compares nothing, and may be long. */
function storesRows(statement: Tree): boolean {
  const select = asTree(asTree(asTree(statement["InsertStmt"])["selectStmt"])["SelectStmt"]);
  return select["valuesLists"] !== undefined;
}
