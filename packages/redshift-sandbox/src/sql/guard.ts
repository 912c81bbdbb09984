import { SqlError, notImitated } from "../errors.ts";
import { checkNode, queryStatements } from "./guard/clauses.ts";
import { checkGrouping } from "./guard/grouping.ts";
import { checkLimits } from "./guard/limits.ts";
import { checkMerge } from "./guard/merge.ts";
import type { MergeNames } from "./guard/merge.ts";
import { checkNames } from "./guard/names.ts";
import { checkPlaces } from "./guard/places.ts";
import type { Place } from "./guard/places.ts";
import { asList, asTree, onlyStatement, walk } from "./guard/tree.ts";
import type { Tree } from "./guard/tree.ts";
import { checkWindow } from "./guard/window.ts";
import { checkWith } from "./guard/with.ts";
import { checkWrites } from "./guard/writes.ts";
import type { Edition } from "./plan.ts";

/**
 * Reads what is about to be sent with PostgreSQL's own parser and refuses what Redshift does not have:
 * allowed is what is known. Nothing that a client wrote reaches PostgreSQL without passing here.
 * @throws SqlError 42601 for syntax, 42883 and its like for what Redshift lacks, 0A000 for what is not imitated.
 */
export function guardQuery(sql: string, edition: Edition): Tree {
  const statement = onlyStatement(sql);
  const kind = Object.keys(statement)[0] ?? "";
  if (!queryStatements.has(kind)) throw notImitated(`this statement (${kind})`);
  checkStatement(statement, edition);
  return statement;
}

/** Like `guardQuery`, where only a SELECT may stand. */
export function guardSelect(sql: string, edition: Edition, place: Place = "by names"): Tree {
  const statement = onlyStatement(sql);
  const select = asTree(statement["SelectStmt"]);
  if (!Object.hasOwn(statement, "SelectStmt") || Object.hasOwn(select, "intoClause"))
    throw new SqlError("42601", "syntax error: a SELECT is expected");
  checkStatement(statement, edition, { place });
  return statement;
}

/** One expression without columns or queries, as a DEFAULT must be. */
export function guardConstant(sql: string, edition: Edition): void {
  const statement = onlyStatement(`SELECT (${sql}\n)`);
  const select = asTree(statement["SelectStmt"]);
  const targets = asList(select["targetList"]);
  const keys = Object.keys(select).sort().join();
  if (targets.length !== 1 || keys !== "limitOption,op,targetList" || select["op"] !== "SETOP_NONE")
    throw new SqlError("42601", "syntax error in the DEFAULT expression");
  if (Object.hasOwn(asTree(asTree(targets[0])["ResTarget"]), "name"))
    throw new SqlError("42601", "syntax error in the DEFAULT expression");
  checkStatement(statement, edition, { place: "compute" });
  walk(statement, (key) => {
    if (key === "ColumnRef")
      throw new SqlError("42P10", "cannot use column references in default expression");
    if (key === "SubLink") throw new SqlError("0A000", "cannot use subquery in default expression");
    if (key === "ParamRef") throw new SqlError("42P02", "there is no parameter in a default expression");
  });
}

const mergeNodes: ReadonlySet<string> = new Set(["MergeStmt", "MergeWhenClause"]);

/** A MERGE, in the form that Redshift has. */
export function guardMerge(sql: string, edition: Edition, names: MergeNames): void {
  const statement = onlyStatement(sql);
  if (!Object.hasOwn(statement, "MergeStmt")) throw new SqlError("42601", "syntax error in MERGE");
  checkMerge(asTree(statement["MergeStmt"]), names);
  checkStatement(statement, edition, { nodes: mergeNodes });
}

function checkStatement(
  statement: Tree,
  edition: Edition,
  { place = "by names", nodes }: { readonly place?: Place; readonly nodes?: ReadonlySet<string> } = {},
): void {
  checkWrites(statement);
  walk(statement, (key, node, parent) => {
    checkNode(key, node, parent, nodes);
    checkNames(node, edition);
    checkWindow(key, node);
    checkWith(key, node);
    checkLimits(node);
    checkGrouping(node);
  });
  checkPlaces(statement, place);
}
