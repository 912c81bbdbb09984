import { SqlError } from "../../errors.ts";
import { asList, asTree, strings } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Bits of PostgreSQL's `frameOptions`. */
const given = 0x1;
const rows = 0x4;
const exclusion = 0x38000;

/** Their OVER has PARTITION BY only. */
const unordered: ReadonlySet<string> = new Set(["listagg", "median"]);

/** They number and look about, and have no frame. */
const ranking: ReadonlySet<string> = new Set([
  "cume_dist",
  "dense_rank",
  "lag",
  "lead",
  "ntile",
  "percent_rank",
  "rank",
  "row_number",
]);

/** Their OVER needs an ORDER BY. */
const ordered: ReadonlySet<string> = new Set(["lag", "lead"]);

/** Aggregates that are written WITHIN GROUP. */
const withinGroup: ReadonlySet<string> = new Set(["percentile_cont", "percentile_disc"]);

/**
 * A window's frame is given in ROWS, and leaves nothing out; some functions take no order, some no frame, and others need one.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_Window_function_synopsis.html
 */
export function checkWindow(key: string, node: Tree): void {
  if (key === "FuncCall") checkFunction(node);
  const options = node["frameOptions"];
  if (key !== "over" || typeof options !== "number" || (options & given) === 0) return;
  if ((options & rows) === 0) throw new SqlError("0A000", "window frames other than ROWS are not supported");
  if ((options & exclusion) !== 0) throw new SqlError("42601", 'syntax error at or near "exclude"');
}

function checkFunction(call: Tree): void {
  const name = strings(call["funcname"]).at(-1) ?? "";
  const over = asTree(call["over"]);
  const frame = typeof over["frameOptions"] === "number" ? over["frameOptions"] & given : 0;
  if (unordered.has(name) && (over["orderClause"] !== undefined || frame !== 0))
    throw new SqlError("0A000", `the OVER of ${name.toUpperCase()} takes PARTITION BY only`);
  if (call["over"] !== undefined) checkOver(name, over, frame !== 0);
  if (call["agg_within_group"] === true && !withinGroup.has(name))
    throw new SqlError("42601", 'syntax error at or near "within"');
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html */
function checkOver(name: string, over: Tree, framed: boolean): void {
  const order = asList(over["orderClause"]);
  if (framed && ranking.has(name))
    throw new SqlError("0A000", `the OVER of ${name.toUpperCase()} takes no frame`);
  if (order.length === 0 && ordered.has(name))
    throw new SqlError("42601", `the OVER of ${name.toUpperCase()} requires ORDER BY`);
  if (order.length > 0 && !framed && !ranking.has(name))
    throw new SqlError("0A000", "Aggregate window functions with an ORDER BY clause require a frame clause");
  if (order.some((item) => isConstant(asTree(asTree(item)["SortBy"])["node"])))
    throw new SqlError("0A000", "constants are not supported in the ORDER BY of a window function");
  if (asList(over["partitionClause"]).some((item) => isConstant(item) && isString(item)))
    throw new SqlError("0A000", "string literals are not supported in the PARTITION BY of a window function");
}

/** A constant, and an expression of nothing else. */
function isConstant(node: unknown): boolean {
  const { A_Const: constant, A_Expr: expression, TypeCast: cast } = asTree(node);
  if (constant !== undefined) return true;
  if (cast !== undefined) return isConstant(asTree(cast)["arg"]);
  const { lexpr, rexpr } = asTree(expression);
  return expression !== undefined && (lexpr === undefined || isConstant(lexpr)) && isConstant(rexpr);
}

function isString(node: unknown): boolean {
  const { A_Const: constant, TypeCast: cast } = asTree(node);
  if (cast !== undefined) return isString(asTree(cast)["arg"]);
  return asTree(constant)["sval"] !== undefined;
}
