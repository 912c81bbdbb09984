import { asList, asTree, schemaOf } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { quoted } from "../names.ts";
import { listItems } from "./references.ts";
import type { TranslatedText } from "./text-edit.ts";
import { untypedAt } from "./untyped.ts";
import type { Untyped } from "./untyped.ts";

/** A literal or a parameter that stands by itself where a column of the target gets its value. */
interface StoredValue extends Untyped {
  /** A name, or a place from zero among the table's columns. */
  readonly column: string | number;
}

/** A statement that stores literals or parameters: which table, and where they stand. */
export interface StoreTarget {
  /** Quoted and qualified as it was written. */
  readonly relation: string;
  readonly values: readonly StoredValue[];
}

/**
 * The literals and parameters that an INSERT, UPDATE or MERGE stores as they are. For a SUPER column each is a string, whatever it holds;
 * PostgreSQL would read it as a document.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/ingest-super.html
 */
export function storedValues(statement: Tree): StoreTarget | undefined {
  const insert = asTree(statement["InsertStmt"]);
  const update = asTree(statement["UpdateStmt"]);
  const merge = asTree(statement["MergeStmt"]);
  const change = [insert, update].find((one) => one["relation"] !== undefined) ?? merge;
  const relation = asTree(change["relation"]);
  if (typeof relation["relname"] !== "string") return undefined;
  const values = [
    ...listItems(update).flatMap(assigned),
    ...inserted(insert),
    ...asList(merge["mergeWhenClauses"]).flatMap((clause) =>
      merged(asTree(asTree(clause)["MergeWhenClause"])),
    ),
  ];
  if (values.length === 0) return undefined;
  const schema = schemaOf(relation);
  const name = quoted(relation["relname"]);
  return { relation: schema === undefined ? name : `${quoted(schema)}.${name}`, values };
}

function assigned(item: Tree): StoredValue[] {
  return storedAt(item["val"], String(item["name"]));
}

/** WHEN MATCHED assigns to names, WHEN NOT MATCHED gives names and values apart, or values alone. */
function merged(clause: Tree): StoredValue[] {
  const items = listItems(clause);
  const values = asList(clause["values"]);
  if (values.length === 0) return items.flatMap(assigned);
  return valuesOf(
    values,
    items.map((item) => String(item["name"])),
  );
}

function inserted(insert: Tree): StoredValue[] {
  const names = asList(insert["cols"]).map((column) => String(asTree(asTree(column)["ResTarget"])["name"]));
  const select = asTree(asTree(insert["selectStmt"])["SelectStmt"]);
  const rows = asList(select["valuesLists"]).map((row) => asList(asTree(asTree(row)["List"])["items"]));
  const lists = rows.length > 0 ? rows : [listItems(select).map(({ val }) => val)];
  return lists.flatMap((values) => valuesOf(values, names));
}

function valuesOf(values: readonly unknown[], names: readonly string[]): StoredValue[] {
  return values.flatMap((value, index) => storedAt(value, names[index] ?? index));
}

function storedAt(value: unknown, column: string | number): StoredValue[] {
  return untypedAt(value).map((untyped) => ({ ...untyped, column }));
}

/** The question which columns of a table are SUPER: one row, places and names. */
export function superQuestion(relation: string, literal: (text: string) => string): string {
  return `SELECT pg_catalog.to_json(ARRAY(SELECT a.place || ' ' || a.attname FROM (
  SELECT attname, atttypid, pg_catalog.row_number() OVER (ORDER BY attnum) - 1 AS place FROM pg_catalog.pg_attribute
  WHERE attrelid = pg_catalog.to_regclass(${literal(relation)}) AND attnum > 0 AND NOT attisdropped) a
WHERE a.atttypid = 4000)) -- super`;
}

/** The text in which the values for these columns are strings, but for parameters to which the client gave a type. */
export function asStrings(
  text: TranslatedText,
  target: StoreTarget,
  columns: readonly string[],
  parameterTypes: readonly number[],
): string {
  const known = new Set<string | number>(
    columns.flatMap((column) => {
      const space = column.indexOf(" ");
      return [Number(column.slice(0, space)), column.slice(space + 1)];
    }),
  );
  return text.replaced(
    target.values.flatMap(({ location, column, parameter }) => {
      const typed = parameter !== undefined && (parameterTypes[parameter - 1] ?? 0) !== 0;
      const end = known.has(column) && !typed ? text.tokens[text.tokenAt(location)]?.end : undefined;
      return end === undefined ? [] : [{ start: end, end, sql: "::pg_catalog.varchar" }];
    }),
  );
}
