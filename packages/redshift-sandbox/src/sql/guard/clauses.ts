import { SqlError, notImitated } from "../../errors.ts";
import { asList, asTree, strings } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Statements that may go to PostgreSQL as a client wrote them. DDL never does: its text is the sandbox's own. */
export const queryStatements: ReadonlySet<string> = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "ExplainStmt",
  "DeclareCursorStmt",
  "PrepareStmt",
  "ExecuteStmt",
]);

/** Every other kind of node that a query may hold. What is not here is refused by name. */
const queryNodes: ReadonlySet<string> = new Set([
  "A_ArrayExpr",
  "A_Const",
  "A_Expr",
  "A_Indices",
  "A_Indirection",
  "A_Star",
  "BoolExpr",
  "BooleanTest",
  "CaseExpr",
  "CaseWhen",
  "CollateClause",
  "CoalesceExpr",
  "ColumnDef",
  "ColumnRef",
  "CommonTableExpr",
  "DefElem",
  "Float",
  "FuncCall",
  "GroupingFunc",
  "GroupingSet",
  "Integer",
  "JoinExpr",
  "List",
  "MinMaxExpr",
  "NullTest",
  "ParamRef",
  "RangeFunction",
  "RangeSubselect",
  "RangeVar",
  "ResTarget",
  "RowExpr",
  "SQLValueFunction",
  "SetToDefault",
  "SortBy",
  "String",
  "SubLink",
  "TypeCast",
  "TypeName",
  "WindowDef",
  "CreateTableAsStmt",
]);

const nodeNames: Readonly<Record<string, string>> = {
  A_ArrayExpr: "ARRAY[…]",
  CurrentOfExpr: "WHERE CURRENT OF",
  MergeStmt: "MERGE",
  MultiAssignRef: "UPDATE … SET (a, b) =",
  RangeTableSample: "TABLESAMPLE",
  RangeTableFunc: "XMLTABLE",
  XmlExpr: "XML",
};

/** What PostgreSQL has added to clauses since 8.0: the node, its field, and the word that Redshift stumbles over. */
const foreignClauses = [
  ["SelectStmt", "windowClause", "window"],
  ["SelectStmt", "groupDistinct", "distinct"],
  ["RangeFunction", "is_rowsfrom", "from"],
  ["RangeFunction", "ordinality", "with"],
  ["JoinExpr", "join_using_alias", "as"],
  ["CommonTableExpr", "search_clause", "search"],
  ["CommonTableExpr", "cycle_clause", "cycle"],
] as const;

/** `t.*`, which is a list of columns only as an item of a SELECT list. */
function isStar(node: unknown): boolean {
  return asList(asTree(asTree(node)["ColumnRef"])["fields"]).some((field) =>
    Object.hasOwn(asTree(field), "A_Star"),
  );
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/r_comparison_condition.html */
function checkQuantifier(link: Tree): void {
  const [all, operator] = [link["subLinkType"] === "ALL_SUBLINK", strings(link["operName"]).at(-1)];
  if (operator !== (all ? "<>" : "="))
    throw new SqlError("0A000", `${String(operator)} ${all ? "ALL" : "ANY"} is not supported`, {
      hint: "ANY and SOME take = only, and ALL takes <> only.",
    });
}

/** A node wears its kind as a key (`{"FuncCall": …}`), or is the value of a field; so both keys and fields are looked at. */
export function checkNode(
  key: string,
  node: Tree,
  parent: Tree,
  more: ReadonlySet<string> = new Set(),
): void {
  if (/^[A-Z]/.test(key) && !queryNodes.has(key) && !queryStatements.has(key) && !more.has(key)) {
    if (key === "LockingClause") return;
    throw notImitated(nodeNames[key] ?? key);
  }
  if (key === "lockingClause")
    throw new SqlError("42601", 'syntax error at or near "for"', {
      hint: "Redshift has no SELECT … FOR UPDATE.",
    });
  if (key === "onConflictClause")
    throw new SqlError("42601", 'syntax error at or near "on"', { hint: "Redshift has no ON CONFLICT." });
  if (key === "returningList")
    throw new SqlError("42601", 'syntax error at or near "returning"', {
      hint: "Redshift has no RETURNING.",
    });
  if (key === "agg_filter") throw notImitated("FILTER on an aggregate");
  if (
    key === "agg_order" &&
    parent["agg_within_group"] !== true &&
    // So render.ts writes its WITHIN GROUP.
    strings(parent["funcname"]).join() !== "listagg"
  )
    throw new SqlError("42601", 'syntax error at or near "order"', {
      hint: "Redshift has no ORDER BY inside an aggregate.",
    });
  if (
    key === "distinctClause" &&
    asList(parent["distinctClause"]).some((item) => Object.keys(asTree(item)).length > 0)
  )
    throw new SqlError("0A000", "SELECT DISTINCT ON is not supported");
  if (key === "CommonTableExpr") {
    if (!Object.hasOwn(asTree(node["ctequery"]), "SelectStmt"))
      throw new SqlError("0A000", "INSERT, UPDATE and DELETE are not supported in WITH");
    if (node["ctematerialized"] !== "CTEMaterializeDefault") throw notImitated("MATERIALIZED in WITH");
  }
  if (key === "RangeSubselect" && node["lateral"] === true) throw notImitated("LATERAL");
  for (const [clause, field, word] of foreignClauses)
    if (key === clause && node[field] !== undefined && node[field] !== false)
      throw new SqlError("42601", `syntax error at or near "${word}"`);
  if (typeof node["relname"] === "string" && node["inh"] !== true)
    throw new SqlError("42601", 'syntax error at or near "only"', { hint: "Redshift has no inheritance." });
  if (key === "SelectStmt" && node["op"] === "SETOP_NONE" && !node["targetList"] && !node["valuesLists"])
    throw new SqlError("42601", "syntax error: a SELECT list is expected");
  // @see https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html
  if (node["all"] === true && (node["op"] === "SETOP_INTERSECT" || node["op"] === "SETOP_EXCEPT"))
    throw new SqlError("0A000", `${String(node["op"]).slice("SETOP_".length)} ALL is not supported`);
  if (node["subLinkType"] === "ARRAY_SUBLINK")
    throw new SqlError("0A000", "arrays are not supported by Redshift");
  if (node["relpersistence"] === "u") throw new SqlError("42601", 'syntax error at or near "unlogged"');
  for (const [field, value] of Object.entries(node))
    if (!(key === "ResTarget" && field === "val") && (isStar(value) || asList(value).some(isStar)))
      throw notImitated("whole-row values (t.*)");
  if (key === "SortBy" && node["sortby_dir"] === "SORTBY_USING")
    throw new SqlError("42601", 'syntax error at or near "using"');
  if (Array.isArray(node["operName"])) checkQuantifier(node);
  if (key === "ResTarget" && Object.hasOwn(asTree(node["val"]), "RowExpr"))
    throw new SqlError("0A000", "composite values are not supported by Redshift");
}
