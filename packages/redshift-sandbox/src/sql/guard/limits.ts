import { SqlError } from "../../errors.ts";
import { asTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

const most = 2_147_483_647;

/**
 * LIMIT, OFFSET and TOP: up to 2147483647 rows, and of no part of a UNION and its like.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_ORDER_BY_clause.html
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html
 */
export function checkLimits(node: Tree): void {
  checkCount("LIMIT", "2201W", node["limitCount"]);
  checkCount("OFFSET", "2201X", node["limitOffset"]);
  for (const part of [asTree(node["larg"]), asTree(node["rarg"])])
    if (part["limitCount"] !== undefined || part["limitOffset"] !== undefined)
      throw new SqlError("0A000", "LIMIT may not be used within input to set operations.", {
        hint: "Put it into a subquery: SELECT * FROM (SELECT … LIMIT 1) AS a UNION …",
      });
}

function checkCount(clause: string, sqlstate: string, value: unknown): void {
  if (Object.hasOwn(asTree(value), "SubLink"))
    throw new SqlError("0A000", `a subquery is not supported in ${clause}`);
  const constant = asTree(asTree(value)["A_Const"]);
  const text = asTree(constant["fval"])["fval"] ?? asTree(constant["sval"])["sval"];
  if (typeof text !== "string") return;
  throw new SqlError(sqlstate, `${clause} must be a whole number of up to ${most}`, {
    detail: `It is ${text}.`,
  });
}
