import { SqlError, notImitated } from "../../errors.ts";
import { asList, asTree, strings, walk } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** The tables of a MERGE as its expressions may name them. */
export interface MergeNames {
  readonly target: string;
  readonly source: string;
  readonly alias: string | undefined;
}

/**
 * The form that Redshift has: one WHEN MATCHED with UPDATE or DELETE, then one WHEN NOT MATCHED with INSERT, neither with a condition.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
 */
export function checkMerge(merge: Tree, names: MergeNames): void {
  const [matched, unmatched, ...more] = asList(merge["mergeWhenClauses"]).map((clause) =>
    asTree(asTree(clause)["MergeWhenClause"]),
  );
  if (
    matched?.["matchKind"] !== "MERGE_WHEN_MATCHED" ||
    unmatched?.["matchKind"] !== "MERGE_WHEN_NOT_MATCHED_BY_TARGET" ||
    more.length > 0
  )
    throw new SqlError("42601", "syntax error: MERGE takes WHEN MATCHED, then WHEN NOT MATCHED", {
      hint: "Redshift has one of each, and no BY SOURCE.",
    });
  if (!["CMD_UPDATE", "CMD_DELETE"].includes(String(matched["commandType"])))
    throw new SqlError("42601", "syntax error: WHEN MATCHED THEN takes UPDATE or DELETE");
  if (unmatched["commandType"] !== "CMD_INSERT" || asList(unmatched["values"]).length === 0)
    throw new SqlError("42601", "syntax error: WHEN NOT MATCHED THEN takes INSERT … VALUES");
  for (const clause of [matched, unmatched]) {
    if (clause["condition"] !== undefined)
      throw new SqlError("42601", 'syntax error at or near "and"', {
        hint: "Redshift has no condition on a WHEN of MERGE.",
      });
    if (clause["override"] !== "OVERRIDING_NOT_SET")
      throw new SqlError("42601", 'syntax error at or near "overriding"');
  }
  walk(merge, (key, node) => checkExpression(key, node, names));
}

function checkExpression(key: string, node: Tree, names: MergeNames): void {
  if (key === "SubLink") throw notImitated("subqueries in MERGE");
  if (key === "SetToDefault") throw notImitated("DEFAULT in MERGE");
  if (key === "ParamRef") throw notImitated("parameters in MERGE");
  if (key !== "ColumnRef") return;
  const path = strings(node["fields"]);
  if (path.includes("")) throw new SqlError("42601", 'syntax error at or near "*"');
  const [name = ""] = path;
  if (path.length === 1 && [names.target, names.source, names.alias].includes(name))
    throw notImitated(`whole-row values ("${name}" is a table of the MERGE)`);
}
