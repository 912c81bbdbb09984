import { SqlError } from "../../errors.ts";
import { relationsOf, runsOnComputeNodes } from "../guard/places.ts";
import { asList, asTree, hasNode, onlyStatement, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { isList, readTree } from "./analysed-tree.ts";
import type { Node, Value } from "./analysed-tree.ts";
import type { Probe } from "./probe.ts";

/**
 * Whether a query of the compute nodes holds a subquery that could be one of those which Redshift cannot decorrelate: only PostgreSQL's
 * analysed tree tells which of its columns belong to which query.
 */
export function mayCorrelate(statement: Tree): boolean {
  let suspicious = false;
  walk(statement, (key, node) => {
    if (key === "SubLink") suspicious ||= isIntricate(node);
    if (key === "JoinExpr" && node["jointype"] !== "JOIN_INNER")
      suspicious ||= hasNode(node["quals"], "SubLink");
  });
  return suspicious && runsOnComputeNodes(statement);
}

/** A subquery that holds another query, a window function, groups, or that may be a list for NOT IN. */
function isIntricate(link: Tree): boolean {
  const query = asTree(asTree(link["subselect"])["SelectStmt"]);
  return (
    link["subLinkType"] === "ANY_SUBLINK" ||
    ["SelectStmt", "over", "groupClause"].some((key) => hasNode(query, key))
  );
}

/**
 * @throws SqlError 0A000 for a correlated subquery of a pattern that Redshift does not support
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_correlated_subqueries.html
 */
export async function refuseCorrelated(sql: string, probe: Probe): Promise<void> {
  const ofSystem = listsSystem(onlyStatement(sql));
  for (const tree of await probe.trees(sql, "PREPARE", "parse")) {
    const pattern = unsupported(readTree(tree), ofSystem);
    if (pattern !== undefined)
      throw new SqlError("0A000", "This type of correlated subquery pattern is not supported yet", {
        detail: pattern,
      });
  }
}

function unsupported(value: Value, ofSystem: boolean): string | undefined {
  if (typeof value === "string") return undefined;
  if (isList(value)) return first(value, ofSystem);
  return patternOf(value, ofSystem) ?? first([...value.fields.values()], ofSystem);
}

function first(values: readonly Value[], ofSystem: boolean): string | undefined {
  for (const value of values) {
    const found = unsupported(value, ofSystem);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether NOT IN takes a query of a system table somewhere in a statement, which the analysed tree does not tell. */
function listsSystem(statement: Tree): boolean {
  let found = false;
  walk(statement, (key, node) => {
    if (key !== "BoolExpr" || node["boolop"] !== "NOT_EXPR") return;
    for (const item of asList(node["args"])) {
      const link = asTree(asTree(item)["SubLink"]);
      found ||=
        link["subLinkType"] === "ANY_SUBLINK" &&
        relationsOf(asTree(link["subselect"])).some(({ catalog, system }) => catalog || system);
    }
  });
  return found;
}

/** The numbers of PostgreSQL's SubLinkType. */
const any = "2";
/** Those of its JoinType: JOIN_INNER. */
const inner = "0";

function patternOf(node: Node, ofSystem: boolean): string | undefined {
  if (node.kind === "VAR" && Number(word(node, "varlevelsup")) > 1)
    return "A column is referred to from a subquery inside a subquery: the reference skips a query block.";
  if (node.kind === "JOINEXPR" && word(node, "jointype") !== inner && correlated(node.fields.get("quals")))
    return "The ON clause of an outer join holds a correlated subquery.";
  if (node.kind === "SUBLINK") return patternOfLink(node);
  if (ofSystem && node.kind === "BOOLEXPR" && word(node, "boolop") === "not" && isCorrelatedList(node))
    return "NOT IN takes a correlated subquery on a system table.";
  return undefined;
}

function patternOfLink(link: Node): string | undefined {
  const [query] = nodesIn(link.fields.get("subselect") ?? [], "QUERY");
  if (query === undefined || !correlated([query])) return undefined;
  if (word(query, "hasWindowFuncs") === "true") return "A correlated subquery holds a window function.";
  const groups = nodesIn(query.fields.get("groupClause") ?? [], "SORTGROUPCLAUSE").length > 0;
  if (word(link, "subLinkType") === any && groups && hasOtherAggregate(query))
    return "IN takes a correlated subquery with an aggregate function and GROUP BY.";
  return undefined;
}

/** Whether something in a query's part refers to a column of a query outside of it; `depth` is how many queries lie between. */
function correlated(value: Value | undefined, depth = 0): boolean {
  if (value === undefined || typeof value === "string") return false;
  if (isList(value)) return value.some((item) => correlated(item, depth));
  if (value.kind === "VAR") return depth > 0 && Number(word(value, "varlevelsup")) >= depth;
  const inside = value.kind === "QUERY" ? depth + 1 : depth;
  return [...value.fields.values()].some((held) => correlated(held, inside));
}

/** `NOT (x IN (SELECT …))` of a column of the outer query. */
function isCorrelatedList(not: Node): boolean {
  return nodesIn(not.fields.get("args") ?? [], "SUBLINK").some(
    (link) =>
      word(link, "subLinkType") === any && correlated(nodesIn(link.fields.get("subselect") ?? [], "QUERY")),
  );
}

/** Whether a query itself has an aggregate other than MIN and MAX. */
function hasOtherAggregate(query: Node): boolean {
  return ["targetList", "havingQual"].some((field) =>
    nodesIn(query.fields.get(field) ?? [], "AGGREF").some(
      (aggregate) => !isMinOrMax(Number(word(aggregate, "aggfnoid"))),
    ),
  );
}

/** The numbers of PostgreSQL's own, of each type. */
function isMinOrMax(number: number): boolean {
  return (number >= 2115 && number <= 2146) || [2050, 2051, 2244, 2245].includes(number);
}

/** The nodes of a kind in a value, but for what lies inside those. */
function nodesIn(value: Value, kind: string): Node[] {
  if (typeof value === "string") return [];
  if (isList(value)) return value.flatMap((item) => nodesIn(item, kind));
  return value.kind === kind ? [value] : nodesIn([...value.fields.values()], kind);
}

function word(node: Node, field: string): string | undefined {
  const value = node.fields.get(field)?.[0];
  return typeof value === "string" ? value : undefined;
}
