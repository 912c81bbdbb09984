import { SqlError } from "../../errors.ts";
import { asList, asTree, walk } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** The fields in which a query stands inside another. */
const inner: ReadonlySet<string> = new Set(["subselect", "subquery", "ctequery"]);

/**
 * What WITH may hold.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html
 */
export function checkWith(key: string, node: Tree): void {
  const clause = asTree(asTree(node["SelectStmt"])["withClause"]);
  if (key === "ctequery" && Object.keys(clause).length > 0)
    throw new SqlError("0A000", "a WITH clause is not supported inside a WITH clause subquery");
  if (inner.has(key) && clause["recursive"] === true)
    throw new SqlError("0A000", "WITH RECURSIVE is not supported in a subquery");
  if (key === "withClause" && node["recursive"] === true)
    for (const item of asList(node["ctes"])) checkRecursion(asTree(asTree(item)["CommonTableExpr"]));
}

function checkRecursion(cte: Tree): void {
  const select = asTree(asTree(cte["ctequery"])["SelectStmt"]);
  let recurs = false;
  walk(select, (_key, node) => {
    if (node["relname"] === cte["ctename"] && node["schemaname"] === undefined) recurs = true;
  });
  if (!recurs) return;
  const detail = `"${String(cte["ctename"])}" reads itself.`;
  if (select["op"] !== "SETOP_UNION" || select["all"] !== true)
    throw new SqlError("0A000", "a recursive common table expression must be a UNION ALL", { detail });
  if (cte["aliascolnames"] === undefined)
    throw new SqlError("42601", "a recursive common table expression needs a list of column names", {
      detail,
    });
  const member = asTree(select["rarg"]);
  if (member["sortClause"] !== undefined || member["limitCount"] !== undefined)
    throw new SqlError("0A000", "ORDER BY and LIMIT are not supported in a recursive query", { detail });
}
