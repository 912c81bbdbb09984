import { SqlError } from "../../errors.ts";
import { asTree, strings } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Bits of PostgreSQL's `frameOptions`. */
const given = 0x1;
const rows = 0x4;
const exclusion = 0x38000;

/** Their OVER has PARTITION BY only. */
const unordered: ReadonlySet<string> = new Set(["listagg", "median"]);

/** Aggregates that are written WITHIN GROUP. */
const withinGroup: ReadonlySet<string> = new Set(["percentile_cont", "percentile_disc"]);

/**
 * A window's frame is given in ROWS, and leaves nothing out; some functions take no order.
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
  if (call["agg_within_group"] === true && !withinGroup.has(name))
    throw new SqlError("42601", 'syntax error at or near "within"');
}
