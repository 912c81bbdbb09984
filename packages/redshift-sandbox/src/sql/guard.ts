import { parseSync } from "libpg-query";
import { SqlError, notImitated } from "../errors.ts";
import { knownFunctions, knownOperators, knownTypes, missingFunctions } from "./known.ts";
import { isSystem, refuseHidden } from "./system-relations.ts";

type Tree = Readonly<Record<string, unknown>>;

/** Statements that may go to PostgreSQL as a client wrote them. DDL never does: its text is the sandbox's own. */
const queryStatements: ReadonlySet<string> = new Set([
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
  "A_Const",
  "A_Expr",
  "A_Star",
  "BoolExpr",
  "BooleanTest",
  "CaseExpr",
  "CaseWhen",
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
  A_Indirection: "navigation into SUPER values",
  CollateClause: "COLLATE in an expression",
  CurrentOfExpr: "WHERE CURRENT OF",
  MergeStmt: "MERGE",
  MultiAssignRef: "UPDATE … SET (a, b) =",
  RangeTableSample: "TABLESAMPLE",
  RangeTableFunc: "XMLTABLE",
  XmlExpr: "XML",
};

const valueFunctions: ReadonlySet<string> = new Set([
  "SVFOP_CURRENT_DATE",
  "SVFOP_CURRENT_TIME",
  "SVFOP_CURRENT_TIMESTAMP",
  "SVFOP_LOCALTIME",
  "SVFOP_LOCALTIMESTAMP",
  "SVFOP_CURRENT_USER",
  "SVFOP_USER",
  "SVFOP_SESSION_USER",
  "SVFOP_CURRENT_SCHEMA",
]);

const expressionKinds: ReadonlySet<string> = new Set([
  "AEXPR_OP",
  "AEXPR_OP_ANY",
  "AEXPR_OP_ALL",
  "AEXPR_IN",
  "AEXPR_LIKE",
  "AEXPR_ILIKE",
  "AEXPR_SIMILAR",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_NULLIF",
]);

/**
 * Reads what is about to be sent with PostgreSQL's own parser and refuses what Redshift does not have:
 * allowed is what is known. Nothing that a client wrote reaches PostgreSQL without passing here.
 * @throws SqlError 42601 for syntax, 42883 and its like for what Redshift lacks, 0A000 for what is not imitated.
 */
export function guardQuery(sql: string): void {
  const statement = onlyStatement(sql);
  const kind = Object.keys(statement)[0] ?? "";
  if (!queryStatements.has(kind)) throw notImitated(`this statement (${kind})`);
  checkStatement(statement);
}

/** Like `guardQuery`, for a place where only a SELECT may stand. */
export function guardSelect(sql: string): void {
  const statement = onlyStatement(sql);
  const select = asTree(statement["SelectStmt"]);
  if (!Object.hasOwn(statement, "SelectStmt") || Object.hasOwn(select, "intoClause"))
    throw new SqlError("42601", "syntax error: a SELECT is expected");
  checkStatement(statement);
}

/** One expression without columns or queries, as a DEFAULT must be. */
export function guardConstant(sql: string): void {
  const statement = onlyStatement(`SELECT (${sql}\n)`);
  const select = asTree(statement["SelectStmt"]);
  const targets = asList(select["targetList"]);
  const keys = Object.keys(select).sort().join();
  if (targets.length !== 1 || keys !== "limitOption,op,targetList" || select["op"] !== "SETOP_NONE")
    throw new SqlError("42601", "syntax error in the DEFAULT expression");
  if (Object.hasOwn(asTree(asTree(targets[0])["ResTarget"]), "name"))
    throw new SqlError("42601", "syntax error in the DEFAULT expression");
  checkStatement(statement);
  walk(statement, (key) => {
    if (key === "ColumnRef")
      throw new SqlError("42P10", "cannot use column references in default expression");
    if (key === "SubLink") throw new SqlError("0A000", "cannot use subquery in default expression");
    if (key === "ParamRef") throw new SqlError("42P02", "there is no parameter in a default expression");
  });
}

function checkStatement(statement: Tree): void {
  const inserted = new Set<Tree>();
  walk(statement, (key, node) => {
    if (key === "InsertStmt") {
      const select = asTree(asTree(node["selectStmt"])["SelectStmt"]);
      inserted.add(select);
      refuseSubqueries(asList(select["valuesLists"]));
    }
    refuseWrite(key, node);
  });
  walk(statement, (key, node, parent) => {
    if (key === "valuesLists" && !inserted.has(parent))
      throw new SqlError("42601", 'syntax error at or near "values"', {
        hint: "Redshift has VALUES only in INSERT.",
      });
    checkNode(key, node, parent);
  });
}

function onlyStatement(sql: string): Tree {
  const statements = asList(asTree(parse(sql))["stmts"]);
  const first = statements[0];
  if (first === undefined || statements.length !== 1) throw new SqlError("42601", "syntax error");
  return asTree(asTree(first)["stmt"]);
}

function parse(sql: string): unknown {
  try {
    return parseSync(sql) as unknown;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const details = asTree((cause as { readonly sqlDetails?: unknown }).sqlDetails);
    const at = details["cursorPosition"];
    throw new SqlError("42601", cause.message, typeof at === "number" ? { position: at + 1 } : {});
  }
}

/** Visits every keyed value of the tree, outermost first. */
function walk(value: unknown, visit: (key: string, node: Tree, parent: Tree) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const tree = asTree(value);
  for (const [key, child] of Object.entries(tree)) {
    if (typeof child === "object" && child !== null)
      visit(key, Array.isArray(child) ? {} : asTree(child), tree);
    walk(child, visit);
  }
}

/** A node wears its kind as a key (`{"FuncCall": …}`), or is the value of a field; so both keys and fields are looked at. */
function checkNode(key: string, node: Tree, parent: Tree): void {
  if (/^[A-Z]/.test(key) && !queryNodes.has(key) && !queryStatements.has(key)) {
    if (key === "A_ArrayExpr") throw new SqlError("0A000", "arrays are not supported by Redshift");
    if (key === "LockingClause") return;
    throw notImitated(nodeNames[key] ?? key);
  }
  checkFields(node);
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
}

function checkFields(node: Tree): void {
  if (typeof node["relname"] === "string") checkRelation(node);
  if (Array.isArray(node["funcname"])) checkFunction(node);
  if (Array.isArray(node["names"]) && node["typemod"] !== undefined) checkType(node);
  if (typeof node["kind"] === "string" && node["kind"].startsWith("AEXPR")) checkOperator(node);
  if (
    typeof node["op"] === "string" &&
    node["op"].startsWith("SVFOP") &&
    !valueFunctions.has(node["op"].replace(/_N$/, ""))
  )
    throw new SqlError("42601", `syntax error at or near "${node["op"].slice(6).toLowerCase()}"`);
  if (node["limitOption"] === "LIMIT_OPTION_WITH_TIES") throw notImitated("FETCH FIRST … WITH TIES");
}

function checkRelation(node: Tree): void {
  refuseHidden(schemaOf(node), String(node["relname"]));
}

function schemaOf(node: Tree): string | undefined {
  return typeof node["schemaname"] === "string" ? node["schemaname"] : undefined;
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/c_Examples_of_INSERT_30.html */
function refuseSubqueries(valuesLists: readonly unknown[]): void {
  if (valuesLists.length < 2) return;
  walk(valuesLists, (key) => {
    if (key === "SubLink") throw new SqlError("0A000", "can't use subqueries in multi-row VALUES");
  });
}

function refuseWrite(key: string, node: Tree): void {
  if (key !== "InsertStmt" && key !== "UpdateStmt" && key !== "DeleteStmt") return;
  const relation = asTree(node["relation"]);
  if (isSystem(schemaOf(relation), String(relation["relname"])))
    throw new SqlError("42501", `permission denied for relation ${String(relation["relname"])}`);
  if (node["override"] !== undefined && node["override"] !== "OVERRIDING_NOT_SET")
    throw new SqlError("42601", 'syntax error at or near "overriding"');
}

function checkFunction(node: Tree): void {
  const names = strings(node["funcname"]);
  const name = names.at(-1) ?? "";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  if (schema === "redshift_sandbox")
    throw new SqlError("42501", "permission denied for schema redshift_sandbox");
  if (missingFunctions.has(name) || name.startsWith("st_")) throw notImitated(`function ${name}`);
  if ((schema !== undefined && schema !== "pg_catalog") || !knownFunctions.has(name))
    throw new SqlError("42883", `function ${names.join(".")} does not exist`, {
      hint: "The sandbox knows the functions of Redshift's manual only; user-defined functions are not imitated.",
    });
  if (node["func_variadic"] === true) throw new SqlError("42601", 'syntax error at or near "variadic"');
}

function checkType(node: Tree): void {
  const names = strings(node["names"]);
  const name = names.at(-1) ?? "";
  if (!knownTypes.has(name) || (names.length > 1 && names[0] !== "pg_catalog"))
    throw new SqlError("42704", `type "${names.join(".").replace(/^pg_catalog\./, "")}" does not exist`);
  if (asList(node["arrayBounds"]).length > 0 && name !== "aclitem" && name !== "text")
    throw new SqlError("0A000", "arrays are not supported by Redshift");
}

function checkOperator(node: Tree): void {
  const kind = String(node["kind"]);
  if (!expressionKinds.has(kind)) {
    if (kind === "AEXPR_DISTINCT" || kind === "AEXPR_NOT_DISTINCT")
      throw new SqlError("42601", 'syntax error at or near "distinct"', {
        hint: "Redshift has no IS DISTINCT FROM.",
      });
    throw notImitated(`this expression (${kind})`);
  }
  const names = strings(node["name"]);
  const operator = names.at(-1) ?? "";
  if (kind.startsWith("AEXPR_OP") && !knownOperators.has(operator))
    throw new SqlError("42883", `operator does not exist: ${operator}`);
}

function strings(list: unknown): string[] {
  return asList(list).map((item) => textOf(asTree(asTree(item)["String"])["sval"]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
