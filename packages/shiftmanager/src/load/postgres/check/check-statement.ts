import { pgIdentifier } from "../source-query.ts";
import type { ColumnCheck } from "./column-checks.ts";
import type { Refusal } from "./refusal.ts";
import type { RowName } from "./row-name.ts";

/** Everything that is looked for in one source. */
export interface SourceCheck {
  /** Of the source's database. */
  readonly encoding: string;
  readonly columns: readonly ColumnCheck[];
  readonly rows: readonly Refusal[];
}

/** Every refusal, those of columns before those of rows. */
export function refusalsOf({ columns, rows }: SourceCheck): readonly Refusal[] {
  return [...columns.flatMap(({ refusals }) => refusals), ...rows];
}

/**
 * Writes a pass over rows that counts what is refused, a number for each refusal in their order. Almost every row is in
 * order, so the counting is behind a condition that one such row meets none of.
 * @param from - what stands after FROM: the source, or a part of it
 */
export function countRefusals(check: SourceCheck, from: string): string {
  const conditions = refusalsOf(check).map(({ when }) => `(${when})`);
  const counts = conditions.map((when, i) => `count(*) FILTER (WHERE ${when}) AS n${i}`);
  return `SELECT
  ${counts.join(",\n  ")}
FROM ${inputs(check, from)}
WHERE ${conditions.join("\n   OR ")}`;
}

/** Writes the search for the first row, by its name, that one refusal is of: its name, the value and the detail. */
export function findRefused(
  check: SourceCheck,
  from: string,
  refusal: Refusal,
  column: ColumnCheck["column"] | undefined,
  name: RowName,
): string {
  const keys = name.columns.map((key, i) => ({ expression: key, name: `key${i}` }));
  const readable = (value: string) => readableText(value, check.encoding);
  const shown = column === undefined ? "NULL" : pgIdentifier(column.source.name);
  return `SELECT
  ARRAY[${keys.map((key) => readable(key.name)).join(", ")}]::text[] AS key,
  ${readable("shown")} AS value,
  ${refusal.detail ?? "NULL"} AS detail
FROM ${inputs(check, from, [...keys, { expression: shown, name: "shown" }])}
WHERE ${refusal.when}
${name.sorted ? `ORDER BY ${keys.map((key) => key.name).join(", ")}\n` : ""}LIMIT 1`;
}

/** A value as a message may show it. From a database that takes any bytes only those of ASCII can be sent as they are. */
function readableText(value: string, encoding: string): string {
  const beginning = `left((${value})::text, 101)`;
  return encoding === "SQL_ASCII" ? `encode(convert_to(${beginning}, 'SQL_ASCII'), 'escape')` : beginning;
}

/** OFFSET 0 keeps the inputs from being evaluated again for each condition that reads them. */
function inputs({ columns }: SourceCheck, from: string, more: readonly ColumnCheck["input"][] = []): string {
  const list = [...columns.map(({ input }) => input), ...more];
  return `(
  SELECT
    ${list.map(({ expression, name }) => `${expression} AS ${name}`).join(",\n    ")}
  FROM ${from}
  OFFSET 0
) AS looked_at`;
}
