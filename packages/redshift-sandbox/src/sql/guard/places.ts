import { SqlError, notImitated } from "../../errors.ts";
import { systemColumns } from "../reserved.ts";
import { systemPrefix } from "../known.ts";
import { asList, asTree, schemaOf, strings, walk } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Functions that only the leader node has. @see facts.md 3.1 */
const leaderOnly: ReadonlySet<string> = new Set([
  "age",
  "current_schema",
  "current_schemas",
  "generate_series",
  "get_byte",
  "has_database_privilege",
  "has_schema_privilege",
  "has_table_privilege",
  "isfinite",
  "now",
  "set_bit",
  "set_byte",
  "to_ascii",
]);
const leaderOnlyValues =
  /^SVFOP_(?:CURRENT_TIME|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP|CURRENT_SCHEMA)(?:_N)?$/;

/**
 * Functions that tell of the catalog, which the leader node may call beside system views too, but not of a user's table.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html
 */
const catalogOnly: ReadonlySet<string> = new Set([
  "col_description",
  "format_type",
  "obj_description",
  "pg_function_is_visible",
  "pg_get_constraintdef",
  "pg_get_expr",
  "pg_get_indexdef",
  "pg_get_ruledef",
  "pg_get_triggerdef",
  "pg_get_userbyid",
  "pg_get_viewdef",
  "pg_table_is_visible",
  "pg_type_is_visible",
]);

/**
 * Types of the catalogs, which tables do not have.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html
 */
const catalogTypes: ReadonlySet<string> = new Set(
  "aclitem char cid int2vector name oid oidvector regclass regoper regoperator regproc regprocedure regtype tid xid".split(
    " ",
  ),
);

/** Functions that only the compute nodes have. */
const computeOnly: ReadonlySet<string> = new Set(["listagg", "median", "percentile_cont", "percentile_disc"]);

/**
 * Where a query runs: one that touches only `pg_…` and information_schema, or nothing, on the leader node; any other on the compute
 * nodes. Each has functions that the other lacks, and tables of the compute nodes have no system columns.
 */
export function checkPlaces(statement: Tree, place: Place): void {
  const relations = relationsOf(statement);
  const computes = place === "compute" || runsOnComputeNodes(statement, relations);
  const mayCompute = computes || relations.some(({ either }) => either);
  const touchesTables = relations.some(({ catalog, system }) => !catalog && !system);
  // The catalogs have arrays, which the leader node knows.
  const arrays = relations.length > 0 && !touchesTables && place === "by names" && !fillsTable(statement);
  walk(statement, (key, node) => {
    const name = key === "FuncCall" ? (strings(node["funcname"]).at(-1) ?? "") : "";
    if (computes && leaderOnly.has(name)) throw notOnTables(name);
    if (touchesTables && catalogOnly.has(name)) throw notOnTables(name);
    if (touchesTables && key === "TypeCast") checkTableType(asTree(node["typeName"]));
    if (!mayCompute && key === "CollateClause" && strings(node["collname"]).includes("case_insensitive"))
      throw new SqlError("0A000", "Case insensitive collation is not supported in leader node only query.");
    if (!mayCompute && computeOnly.has(name))
      throw new SqlError(
        "0A000",
        "One or more of the used functions must be applied on at least one user created table.",
        { detail: `Function "${name}" runs on the compute nodes only.` },
      );
    if (computes && key === "SQLValueFunction" && leaderOnlyValues.test(String(node["op"])))
      throw notOnTables(String(node["op"]).slice(6).replace(/_N$/, "").toLowerCase());
    if (
      touchesTables &&
      key === "A_Expr" &&
      (node["kind"] === "AEXPR_OP_ANY" || node["kind"] === "AEXPR_OP_ALL")
    )
      throw new SqlError("0A000", "arrays are not supported by Redshift", {
        hint: "ANY and ALL take a query there, and IN a list.",
      });
    if (touchesTables && key === "ResTarget" && Object.hasOwn(asTree(node["val"]), "BooleanTest"))
      throw new SqlError("0A000", "Not implemented", {
        detail: "IS TRUE, IS FALSE and IS UNKNOWN stand in conditions only, not in the SELECT list.",
        hint: "Compare with =, as in `flag = true`.",
      });
    if (key === "A_ArrayExpr" && !arrays) throw new SqlError("0A000", "arrays are not supported by Redshift");
    if (key === "A_Indirection" && (!arrays || !isElement(node)))
      throw notImitated("navigation into SUPER values");
    if (touchesTables && key === "ColumnRef") {
      const column = strings(asList(node["fields"]).slice(-1))[0] ?? "";
      if (column !== "oid" && systemColumns.has(column))
        throw new SqlError("42703", `column "${column}" does not exist`);
    }
  });
}

/** Whether what a statement names brings it to the compute nodes. */
export function runsOnComputeNodes(
  statement: Tree,
  relations: readonly Source[] = relationsOf(statement),
): boolean {
  return fillsTable(statement) || relations.some(({ catalog, either }) => !catalog && !either);
}

/** `conkey[1]` */
function isElement({ indirection }: Tree): boolean {
  return asList(indirection).every((step) => {
    const indices = asTree(asTree(step)["A_Indices"]);
    return indices["uidx"] !== undefined && indices["is_slice"] !== true;
  });
}

/** Where a query runs: on the compute nodes at any rate, or where what it names is. */
export type Place = "compute" | "by names";

/** The rows of INSERT … SELECT and SELECT … INTO come from the compute nodes, those of VALUES do not. */
function fillsTable(statement: Tree): boolean {
  const insert = asTree(statement["InsertStmt"]);
  if (insert["selectStmt"] !== undefined)
    return asTree(asTree(insert["selectStmt"])["SelectStmt"])["valuesLists"] === undefined;
  return asTree(statement["SelectStmt"])["intoClause"] !== undefined;
}

/**
 * System views that a script of AWS reads together with CURRENT_TIMESTAMP and LISTAGG.
 * @see https://github.com/awslabs/amazon-redshift-utils, v_get_blocking_locks
 */
const readByBoth: ReadonlySet<string> = new Set(["stv_recents", "svv_transactions"]);

export interface Source {
  /** Of the leader node: `pg_…` and information_schema. */
  readonly catalog: boolean;
  /** A system view or table. */
  readonly system: boolean;
  /** One that stands beside functions of both. */
  readonly either: boolean;
}

/** What the statement reads; what INSERT and INTO write to runs nothing. */
export function relationsOf(statement: Tree): Source[] {
  const known = new Set<string>();
  const targets = new Set<Tree>();
  walk(statement, (key, node) => {
    if (key === "CommonTableExpr") known.add(String(node["ctename"]));
    if (key === "InsertStmt") targets.add(asTree(node["relation"]));
    if (key === "IntoClause" || key === "intoClause" || key === "into") targets.add(asTree(node["rel"]));
  });
  const found: Source[] = [];
  walk(statement, (_key, node) => {
    const name = node["relname"];
    if (typeof name !== "string" || targets.has(node)) return;
    const schema = schemaOf(node);
    if (schema === undefined && known.has(name)) return;
    const system = systemPrefix.test(name) && (schema === undefined || schema === "pg_catalog");
    const catalog =
      !system &&
      (schema === undefined
        ? name.startsWith("pg_")
        : schema === "pg_catalog" || schema === "information_schema");
    found.push({ catalog, system, either: system && readByBoth.has(name) });
  });
  return found;
}

/** `"char"` is a type of its own; CHAR has another name inside. */
function checkTableType(type: Tree): void {
  const name = strings(type["names"]).at(-1) ?? "";
  if (catalogTypes.has(name)) throw notOnTables(name, "Type");
}

/** The INFO message that names the function is a detail here. */
function notOnTables(name: string, what = "Function"): SqlError {
  return new SqlError(
    "0A000",
    "Specified types or functions (one per INFO message) not supported on Amazon Redshift tables.",
    { detail: `${what} "${name}" not supported.` },
  );
}
