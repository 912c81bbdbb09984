import { SqlError } from "../../errors.ts";
import { isSystem } from "../system-relations.ts";
import { asList, asTree, schemaOf, walk } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** The rules for INSERT, UPDATE and DELETE, and for VALUES, which stands in INSERT only. */
export function checkWrites(statement: Tree): void {
  const inserted = new Set<Tree>();
  walk(statement, (key, node) => {
    if (key === "InsertStmt") {
      const select = asTree(asTree(node["selectStmt"])["SelectStmt"]);
      inserted.add(select);
      refuseSubqueries(asList(select["valuesLists"]));
    }
    refuseWrite(key, node);
    if (key === "UpdateStmt") refuseOuterJoins(node["fromClause"]);
  });
  walk(statement, (key, _node, parent) => {
    if (key === "valuesLists" && !inserted.has(parent))
      throw new SqlError("42601", 'syntax error at or near "values"', {
        hint: "Redshift has VALUES only in INSERT.",
      });
  });
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/c_Examples_of_INSERT_30.html */
function refuseSubqueries(valuesLists: readonly unknown[]): void {
  if (valuesLists.length < 2) return;
  walk(valuesLists, (key) => {
    if (key === "SubLink") throw new SqlError("0A000", "can't use subqueries in multi-row VALUES");
  });
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/r_UPDATE.html */
function refuseOuterJoins(source: unknown): void {
  for (const item of asList(source)) {
    const join = asTree(asTree(item)["JoinExpr"]);
    if (["JOIN_LEFT", "JOIN_RIGHT", "JOIN_FULL"].includes(String(join["jointype"])))
      throw new SqlError("0A000", "Target table must be part of an equijoin predicate", {
        detail: "The FROM clause of an UPDATE holds no outer join.",
      });
    if (join["jointype"] !== undefined) refuseOuterJoins([join["larg"], join["rarg"]]);
  }
}

function refuseWrite(key: string, node: Tree): void {
  if (key !== "InsertStmt" && key !== "UpdateStmt" && key !== "DeleteStmt") return;
  const relation = asTree(node["relation"]);
  if (key === "InsertStmt" && relation["alias"] !== undefined)
    throw new SqlError("42601", 'syntax error at or near "as"', {
      hint: "Redshift has no alias for the table of an INSERT.",
    });
  if (isSystem(schemaOf(relation), String(relation["relname"])))
    throw new SqlError("42501", `permission denied for relation ${String(relation["relname"])}`);
  if (node["override"] !== undefined && node["override"] !== "OVERRIDING_NOT_SET")
    throw new SqlError("42601", 'syntax error at or near "overriding"');
}
