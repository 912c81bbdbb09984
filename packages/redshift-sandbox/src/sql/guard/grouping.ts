import { SqlError } from "../../errors.ts";
import { asList, asTree, itemPosition, strings } from "./tree.ts";
import type { Tree } from "./tree.ts";

/**
 * GROUP BY and HAVING hold no query, neither by an alias nor by the position of one.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_scalar_subqueries.html
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_correlated_subqueries.html
 */
export function checkGrouping(select: Tree): void {
  const targets = asList(select["targetList"]).map((target) => asTree(asTree(target)["ResTarget"]));
  for (const item of asList(select["groupClause"]))
    if (isScalar(item) || isScalar(targetOf(item, targets)))
      throw new SqlError("0A000", "scalar subqueries are not supported in GROUP BY");
  if (within(select["havingClause"], isScalar))
    throw new SqlError("0A000", "scalar subqueries are not supported in HAVING");
  checkSortedAggregates([...targets, select["havingClause"], select["sortClause"]]);
}

/** What an alias or a position in GROUP BY stands for. */
function targetOf(item: unknown, targets: readonly Tree[]): unknown {
  const position = itemPosition(item);
  if (position >= 0) return targets[position]?.["val"];
  const path = strings(asTree(asTree(item)["ColumnRef"])["fields"]);
  return path.length === 1 ? targets.find((target) => target["name"] === path[0])?.["val"] : undefined;
}

function isScalar(node: unknown): boolean {
  return asTree(asTree(node)["SubLink"])["subLinkType"] === "EXPR_SUBLINK";
}

/**
 * The aggregates of one query that sort must sort alike.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_LISTAGG.html
 */
function checkSortedAggregates(parts: readonly unknown[]): void {
  const orders = new Set<string>();
  within(parts, (node) => {
    const order = orderOf(asTree(asTree(node)["FuncCall"]));
    if (order !== undefined)
      orders.add(JSON.stringify(order, (key, value: unknown) => (key === "location" ? undefined : value)));
    return false;
  });
  if (orders.size > 1)
    throw new SqlError("0A000", "within group ORDER BY clauses for aggregate functions must be the same");
}

/** What LISTAGG, PERCENTILE_CONT and MEDIAN sort by, where they are no window functions. */
function orderOf(call: Tree): unknown {
  if (call["over"] !== undefined) return undefined;
  const name = strings(call["funcname"]).at(-1);
  if (name === "listagg" || name === "percentile_cont") return call["agg_order"];
  if (name !== "median") return undefined;
  return asList(call["args"]).map((node) => ({
    SortBy: { node, sortby_dir: "SORTBY_DEFAULT", sortby_nulls: "SORTBY_NULLS_DEFAULT" },
  }));
}

/** Whether something in the tree is so; queries inside it are looked at by themselves. */
function within(value: unknown, is: (node: unknown) => boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => within(item, is));
  if (is(value)) return true;
  return Object.entries(value).some(([key, child]) => key !== "SelectStmt" && within(child, is));
}
