import { asList, asTree, onlyStatement, strings, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { aggregateFunctions } from "../known.ts";
import { columnOf, listItems, relationName } from "../lookup/references.ts";
import { literal } from "../names.ts";
import type { Backend } from "../plan.ts";
import { call, textArray } from "../statements.ts";
import type { TableDesign } from "./table-design.ts";

/** The one table of a simple SELECT, and what was selected of it. */
export interface SelectedTable {
  /** Quoted. */
  readonly relation: string;
  /** Behind each column of the query: `*` for all of the table's, nothing for an expression. */
  readonly columns: readonly string[];
}

/**
 * The table whose distribution style and sort key a CREATE TABLE AS takes on when it names none: that of a simple SELECT from one table.
 * What a cluster chooses for other queries it finds in their plan, which is not imitated.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CTAS_usage_notes.html
 */
export function selectedTable(query: string, design: TableDesign): SelectedTable | undefined {
  // With a distribution of its own it takes no sort key either: eventdisteven of r_CTAS_examples.
  if (design.diststyle !== undefined || design.distkey !== undefined) return undefined;
  const select = asTree(onlyStatement(query)["SelectStmt"]);
  const table = asTree(asTree(asList(select["fromClause"])[0])["RangeVar"]);
  if (table["relname"] === undefined || !isSimple(select)) return undefined;
  return {
    relation: relationName(table),
    columns: listItems(select).map((item) => columnOf(item["val"]) ?? ""),
  };
}

/** The number of the table, asked before a new one of its name may hide it; undefined for what is none. */
export async function numberOf({ relation }: SelectedTable, backend: Backend): Promise<string | undefined> {
  const { rows } = await backend.query(`SELECT pg_catalog.to_regclass(${literal(relation)})::pg_catalog.oid`);
  return rows[0]?.[0] ?? undefined;
}

/** Gives a new table what it takes on. `regclass` finds it. */
export function inheritSql(
  number: string,
  { columns }: SelectedTable,
  regclass: string,
  design: TableDesign,
): string {
  const sorts = design.sortkey === undefined && design.sortAuto === undefined;
  return call("inherit_design", `${number}::regclass`, regclass, textArray(columns), String(sorts));
}

const clauses = [
  "distinctClause",
  "groupClause",
  "havingClause",
  "limitCount",
  "limitOffset",
  "sortClause",
  "withClause",
];

/** Only a scan of its table, with conditions perhaps. */
function isSimple(select: Tree): boolean {
  if (select["op"] !== "SETOP_NONE" || asList(select["fromClause"]).length !== 1) return false;
  if (clauses.some((clause) => select[clause] !== undefined)) return false;
  let simple = true;
  walk(select, (key, node) => {
    if (key === "SubLink") simple = false;
    if (
      key === "FuncCall" &&
      (node["over"] !== undefined || aggregateFunctions.has(strings(node["funcname"]).at(-1) ?? ""))
    )
      simple = false;
  });
  return simple;
}
