import type { Column } from "../catalog/columns.ts";
import { OptionsError } from "../errors.ts";
import { flag, nameOrNames, text, type Kinds } from "../kinds.ts";
import { checkExpression } from "../sql/check-text.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, qualifiedName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { CarriedColumn } from "./carried-columns.ts";
import { columnName } from "../catalog/column-name.ts";
import { columnList, expressionList } from "./expression-list.ts";
import { option, wording } from "../wording.ts";

/** Which rows a deep copy takes over. */
export type RowChoice =
  | { readonly kind: "all" }
  | { readonly kind: "distinct" }
  | {
      readonly kind: "first of each group";
      readonly keys: readonly Key[];
      /** Null: any row of the group. */
      readonly orderBy: Fragment | null;
      readonly nullKeys: "error" | "keep" | "merge";
    };

interface Key {
  readonly sql: Fragment;
  readonly nullable: boolean;
}

/** The options that choose rows. */
export interface DeduplicateOptions {
  /** Takes over each different row once. Excludes `deduplicatePartitionBy`. */
  readonly distinct?: boolean;
  /**
   * Takes over one row for each value of these columns (an array of names) or expressions (SQL text, comma separated).
   * Needs `deduplicateOrderBy`.
   */
  readonly deduplicatePartitionBy?: string | readonly string[];
  /** Which row of a group is kept: the first in this order, as SQL text; or `any`. */
  readonly deduplicateOrderBy?: string;
  /**
   * Rows whose key is NULL would all be one group. `error` (the default) proves that there are none, `keep` takes over
   * every one of them, `merge` treats NULL as a value.
   */
  readonly nullKeys?: "error" | "keep" | "merge";
}

export const deduplicateKinds: Kinds<DeduplicateOptions> = {
  distinct: flag,
  deduplicatePartitionBy: nameOrNames,
  deduplicateOrderBy: text,
  nullKeys: text,
};

const notComparable = /^(super|geometry|geography|hllsketch)\b/;

/**
 * Reads the options that choose rows.
 * @throws OptionsError for choices that exclude each other or lack their other half, and for types without equality.
 */
export function chooseRows(columns: readonly Column[], options: DeduplicateOptions): RowChoice {
  const { distinct = false, deduplicatePartitionBy: partitionBy, deduplicateOrderBy: orderBy } = options;
  if (partitionBy === undefined) {
    if (orderBy !== undefined)
      throw new OptionsError(
        wording`${option("deduplicateOrderBy")} needs ${option("deduplicatePartitionBy")}; give the columns that make rows the same.`,
      );
    if (options.nullKeys !== undefined)
      throw new OptionsError(
        wording`${option("nullKeys")} needs ${option("deduplicatePartitionBy")}; leave it out.`,
      );
    if (!distinct) return { kind: "all" };
    const unable = columns.filter(({ type }) => notComparable.test(type));
    if (unable.length > 0) {
      throw new OptionsError(
        wording`${option("distinct")} cannot compare ${unable.map(({ name, type }) => `${name} (${type.toUpperCase()})`).join(", ")}; deduplicate by key columns instead.`,
      );
    }
    return { kind: "distinct" };
  }
  if (distinct) {
    throw new OptionsError(
      wording`${option("distinct")} and ${option("deduplicatePartitionBy")} exclude each other; leave one of them out.`,
    );
  }
  if (orderBy === undefined) {
    throw new OptionsError(
      wording`${option("deduplicatePartitionBy")} needs ${option("deduplicateOrderBy")}, which says the row to keep; "any" keeps any of them.`,
    );
  }
  const { nullKeys = "error" } = options;
  if (!["error", "keep", "merge"].includes(nullKeys)) {
    throw new OptionsError(
      wording`${option("nullKeys")} is "${String(nullKeys)}"; it must be error, keep or merge.`,
    );
  }
  return {
    kind: "first of each group",
    keys: readKeys(columns, partitionBy),
    orderBy: orderBy.trim() === "any" ? null : checkExpression(orderBy, option("deduplicateOrderBy")),
    nullKeys,
  };
}

function readKeys(columns: readonly Column[], partitionBy: string | readonly string[]): readonly Key[] {
  const what = option("deduplicatePartitionBy");
  const listed =
    typeof partitionBy === "string"
      ? expressionList(partitionBy, what)
      : columnList(partitionBy.map((name) => columnName(columns, name, what)));
  if (listed.length === 0) throw new OptionsError(wording`${what} names no column.`);
  return listed.map((expression) => {
    const column = columns.find(({ name }) => name === expression.column);
    if (column !== undefined && notComparable.test(column.type)) {
      throw new OptionsError(
        wording`${what} cannot compare ${column.name} (${column.type.toUpperCase()}); name another column.`,
      );
    }
    // Of an expression it is not known, so it is proved like a nullable column.
    return { sql: expression.sql, nullable: column?.notNull !== true };
  });
}

/** Where the rows come from. */
export interface RowSource {
  readonly schema: string;
  /** The outgoing table. */
  readonly outgoing: string;
  /** What the table is called in expressions of the caller's: its own name. */
  readonly name: string;
  readonly columns: readonly string[];
}

/** The SELECT that yields the rows to take over, columns in the table's order. */
export function selectRows(source: RowSource, choice: RowChoice): Fragment {
  const columns = list(source.columns.map(identifier));
  const from = qualifiedName({ schema: source.schema, name: source.outgoing });
  if (choice.kind === "all") return sql`SELECT ${columns}\nFROM ${from}`;
  if (choice.kind === "distinct") return sql`SELECT DISTINCT ${columns}\nFROM ${from}`;
  const number = identifier(unusedName(source.columns, "row_of_key"));
  const nullKey = identifier(unusedName(source.columns, "key_is_null"));
  const isNull = choice.nullKeys === "keep" ? nullKeyTests(choice) : null;
  const order = choice.orderBy === null ? nothing : sql` ORDER BY ${choice.orderBy}`;
  const numbered = [
    columns,
    sql`ROW_NUMBER() OVER (PARTITION BY ${list(choice.keys.map((key) => key.sql))}${order}) AS ${number}`,
    isNull === null ? nothing : sql`CASE WHEN ${isNull} THEN 1 ELSE 0 END AS ${nullKey}`,
  ];
  const orNull = isNull === null ? nothing : sql` OR numbered.${nullKey} = 1`;
  return sql`
    SELECT ${columns}
    FROM (
      SELECT
        ${join(numbered, ",\n    ")}
      FROM ${from} AS ${identifier(source.name)}
    ) AS numbered
    WHERE numbered.${number} = 1${orNull}
  `;
}

/**
 * The SELECT that yields the rows to take over as the new table has them. Which rows is settled first, on the values
 * of old.
 */
export function selectCarried(
  source: RowSource,
  choice: RowChoice,
  carried: readonly CarriedColumn[] | "as they were",
): Fragment {
  const rows = selectRows(source, choice);
  if (carried === "as they were") return rows;
  const values = list(carried.map(({ value }) => value));
  const alias = identifier(source.name);
  return choice.kind === "all"
    ? sql`SELECT ${values}\nFROM ${qualifiedName({ schema: source.schema, name: source.outgoing })} AS ${alias}`
    : sql`SELECT ${values}\nFROM (\n${rows}\n) AS ${alias}`;
}

/** A derived table with one row for each row that is to be taken over, for counting. Groups by GROUP BY, not as the copy does. */
export function rowsToTake(source: RowSource, choice: RowChoice): Fragment {
  const from = qualifiedName({ schema: source.schema, name: source.outgoing });
  const alias = identifier(source.name);
  if (choice.kind === "all") return from;
  if (choice.kind === "distinct") {
    return sql`(SELECT 1 AS one FROM ${from} GROUP BY ${list(source.columns.map(identifier))}) AS taken`;
  }
  const keys = list(choice.keys.map((key) => key.sql));
  const isNull = nullKeyTests(choice);
  if (choice.nullKeys !== "keep" || isNull === null) {
    return sql`(SELECT 1 AS one FROM ${from} AS ${alias} GROUP BY ${keys}) AS taken`;
  }
  return sql`(SELECT 1 AS one FROM ${from} AS ${alias} WHERE NOT (${isNull}) GROUP BY ${keys} UNION ALL SELECT 1 AS one FROM ${from} AS ${alias} WHERE ${isNull}) AS taken`;
}

/** The rows whose key is NULL, one test for each key that may be; null when none may. */
export function nullKeyTests(choice: RowChoice): Fragment | null {
  if (choice.kind !== "first of each group") return null;
  const tests = choice.keys.filter(({ nullable }) => nullable).map((key) => sql`(${key.sql}) IS NULL`);
  if (tests.length === 0) return null;
  return join(tests, " OR ");
}

/** A name that no column has. */
function unusedName(columns: readonly string[], name: string): string {
  return columns.includes(name) ? unusedName(columns, `${name}_`) : name;
}
