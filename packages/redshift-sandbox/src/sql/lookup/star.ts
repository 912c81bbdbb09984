import { asList, asTree, schemaOf, strings, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { quoted } from "../names.ts";
import { isSelect, listItems, locationOf, relationName } from "./references.ts";
import type { TranslatedText } from "./text-edit.ts";

/** A table whose columns a `*` of the SELECT list stands for. */
export interface StarTable {
  /** Quoted, qualified as it was written. */
  readonly sql: string;
  readonly name: string;
  readonly aliased: boolean;
  /** In bytes. */
  readonly location: number;
}

/** The tables behind every `*` and `t.*` of a statement. */
export function starTables(statement: Tree): StarTable[] {
  const found = new Map<number, StarTable>();
  const ctes = new Set<string>();
  const visit = (node: Tree): void => {
    const stars = listItems(node).flatMap(({ val }) => {
      const { fields } = asTree(asTree(val)["ColumnRef"]);
      const isStar = asList(fields).some((field) => Object.hasOwn(asTree(field), "A_Star"));
      return isStar ? [strings(asList(fields).slice(0, -1)).at(-1)] : [];
    });
    if (stars.length === 0) return;
    for (const range of rangesOf(node)) {
      const name = String(range["relname"]);
      const alias = asTree(range["alias"])["aliasname"];
      if (schemaOf(range) === undefined && ctes.has(name)) continue;
      if (!stars.some((star) => star === undefined || star === (alias ?? name))) continue;
      found.set(locationOf(range), {
        sql: relationName(range),
        name,
        aliased: alias !== undefined,
        location: locationOf(range),
      });
    }
  };
  walk(statement, (key, node) => {
    if (key === "CommonTableExpr") ctes.add(String(node["ctename"]));
  });
  walk(statement, (_key, node) => {
    if (isSelect(node)) visit(node);
  });
  if (isSelect(statement)) visit(statement);
  return [...found.values()];
}

function rangesOf(select: Tree): Tree[] {
  const ranges: Tree[] = [];
  const add = (item: Tree): void => {
    if (Object.hasOwn(item, "RangeVar")) ranges.push(asTree(item["RangeVar"]));
    const join = asTree(item["JoinExpr"]);
    for (const side of ["larg", "rarg"]) if (join[side] !== undefined) add(asTree(join[side]));
  };
  for (const item of asList(select["fromClause"])) add(asTree(item));
  return ranges;
}

/** The question which columns of each table the user may read, for those of which not all: one row, a list or NULL for each. */
export function readableQuestion(tables: readonly StarTable[], literal: (text: string) => string): string {
  const calls = tables.map(
    ({ sql }) => `redshift_sandbox.readable_columns(pg_catalog.to_regclass(${literal(sql)}))`,
  );
  return `SELECT ${calls.join(", ")}`;
}

/** The text in which such a table is a query of the columns that may be read. */
export function withReadable(
  text: TranslatedText,
  tables: readonly StarTable[],
  columns: readonly (string | null)[],
): string {
  return text.replaced(
    tables.flatMap((table, index) => {
      const list = columns[index];
      if (list === null || list === undefined) return [];
      const at = text.tokenAt(table.location);
      const alias = table.aliased ? "" : ` AS ${quoted(table.name)}`;
      return [
        {
          start: text.offset(table.location),
          end: text.nameEnd(at),
          sql: `(SELECT ${list} FROM ${table.sql})${alias}`,
        },
      ];
    }),
  );
}
