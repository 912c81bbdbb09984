import { SqlError } from "../../errors.ts";
import { walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { isList, readTree } from "./analysed-tree.ts";
import type { Value } from "./analysed-tree.ts";
import type { Probe } from "./probe.ts";

/** Whether a statement has a RIGHT or FULL JOIN, in which SUPER may not be used. */
export function joinsOutwards(statement: Tree): boolean {
  let found = false;
  walk(statement, (_key, node) => {
    found ||= node["jointype"] === "JOIN_RIGHT" || node["jointype"] === "JOIN_FULL";
  });
  return found;
}

/**
 * @throws SqlError 0A000 for a query with a RIGHT or FULL JOIN that uses a SUPER column
 * @see https://docs.aws.amazon.com/redshift/latest/dg/limitations-super.html
 */
export async function refuseSuperInOuterJoins(sql: string, probe: Probe): Promise<void> {
  const trees = await probe.trees(sql);
  if (trees.some((tree) => mixes(readTree(tree))))
    throw new SqlError("0A000", "SUPER columns are not supported in RIGHT and FULL OUTER JOIN");
}

function mixes(value: Value): boolean {
  if (typeof value === "string") return false;
  if (isList(value)) return value.some(mixes);
  const fields = [...value.fields];
  if (value.kind === "QUERY") {
    // The range table lists every column of the joined tables, used or not, and holds the subqueries, which are looked at by themselves.
    const own = fields.flatMap(([name, held]) => (name === "rtable" || name === "cteList" ? [] : [held]));
    if (own.some(hasOuterJoin) && own.some(hasSuper)) return true;
  }
  return fields.some(([, held]) => mixes(held));
}

/** The numbers of PostgreSQL's JoinType: JOIN_FULL, JOIN_RIGHT. */
const outer: ReadonlySet<unknown> = new Set(["2", "3"]);
/** SUPER is kept as jsonb. */
const superOid = "3802";

function hasOuterJoin(value: Value): boolean {
  return someNode(value, "JOINEXPR", "jointype", (type) => outer.has(type));
}

function hasSuper(value: Value): boolean {
  return someNode(value, "VAR", "vartype", (type) => type === superOid);
}

function someNode(value: Value, kind: string, field: string, matches: (held: unknown) => boolean): boolean {
  if (typeof value === "string") return false;
  if (isList(value)) return value.some((item) => someNode(item, kind, field, matches));
  if (value.kind === kind && matches(value.fields.get(field)?.[0])) return true;
  return [...value.fields.values()].some((held) => someNode(held, kind, field, matches));
}
