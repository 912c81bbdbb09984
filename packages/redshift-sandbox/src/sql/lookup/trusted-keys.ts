import { asList, asTree, itemPosition, onlyStatement, walk } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { literal, quoted } from "../names.ts";
import type { LookupSession } from "../plan.ts";
import { columnOf, isSelect, listItems, locationOf, relationName } from "./references.ts";
import { TranslatedText } from "./text-edit.ts";

/** A SELECT from one table that makes its rows unique. */
interface UniqueSelect {
  readonly relation: string;
  readonly alias: string;
  readonly distinct: { readonly at: number; readonly columns: ReadonlySet<string> } | undefined;
  readonly group: { readonly last: number; readonly columns: ReadonlySet<string> } | undefined;
}

/**
 * The statement as a planner would run it that takes declared keys for unique: without DISTINCT where the list holds a key, and with a group
 * of its own for each row where GROUP BY holds one.
 */
export async function trustingKeys(sql: string, session: LookupSession): Promise<string> {
  const text = new TranslatedText(sql);
  const pieces: { start: number; end: number; sql: string }[] = [];
  for (const { relation, alias, distinct, group } of uniqueSelects(onlyStatement(sql))) {
    const keys = await keysOf(relation, session);
    const isHeld = (columns: ReadonlySet<string>): boolean =>
      keys.some((key) => columns.has("*") || key.every((column) => columns.has(column)));
    if (distinct !== undefined && isHeld(distinct.columns)) {
      // The word stands before the first item of the list.
      const word = text.tokens[text.tokenAt(distinct.at) - 1];
      if (word?.value === "distinct") pieces.push({ start: word.start, end: word.end, sql: "" });
    }
    if (group !== undefined && isHeld(group.columns)) {
      const end = text.nameEnd(text.tokenAt(group.last));
      pieces.push({ start: end, end, sql: `, ${quoted(alias)}.ctid` });
    }
  }
  return text.replaced(pieces);
}

function uniqueSelects(statement: Tree): UniqueSelect[] {
  const found: UniqueSelect[] = [];
  const read = (select: Tree): void => {
    const from = asList(select["fromClause"]);
    const table = asTree(asTree(from[0])["RangeVar"]);
    const name = table["relname"];
    if (from.length !== 1 || typeof name !== "string") return;
    const alias = asTree(table["alias"])["aliasname"];
    const items = listItems(select);
    const columns = items.map((item) => columnOf(item["val"]));
    const plain = asList(select["distinctClause"]);
    const groups = asList(select["groupClause"]);
    const grouped = groups.map((item) => columnOf(item) ?? columns[itemPosition(item)]);
    const first = items[0];
    found.push({
      relation: relationName(table),
      alias: typeof alias === "string" ? alias : name,
      // DISTINCT ON has expressions there.
      distinct:
        plain.length === 1 && Object.keys(asTree(plain[0])).length === 0 && first !== undefined
          ? { at: locationOf(first), columns: namesOf(columns) }
          : undefined,
      group:
        groups.length > 0 && grouped.every((column) => column !== undefined)
          ? { last: expressionLocation(groups.at(-1)), columns: namesOf(grouped) }
          : undefined,
    });
  };
  walk(statement, (_, node) => {
    if (isSelect(node)) read(node);
  });
  return found;
}

const namesOf = (columns: readonly (string | undefined)[]): ReadonlySet<string> =>
  new Set(columns.filter((column) => column !== undefined));

function expressionLocation(expression: unknown): number {
  const tree = asTree(expression);
  return locationOf(asTree(tree["ColumnRef"] ?? tree["A_Const"]));
}

async function keysOf(relation: string, session: LookupSession): Promise<readonly (readonly string[])[]> {
  const { rows } = await session.query(`SELECT pg_catalog.to_json(ARRAY(
  SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)))
FROM pg_catalog.pg_constraint c
WHERE c.conrelid = pg_catalog.to_regclass(${literal(relation)}) AND c.contype IN ('p', 'u')`);
  return rows.map(([names = null]) => JSON.parse(names ?? "[]") as string[]);
}
