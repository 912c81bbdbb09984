import type { Column } from "../../catalog/columns.ts";
import { ruledValue } from "./ruled-value.ts";
import type { SourceColumn } from "./source-columns.ts";
import { pgIdentifier } from "./source-query.ts";
import { truncatedText } from "./truncated-text.ts";
import { valueKind, type ValueKind } from "./types/value-kind.ts";
import type { ValueRules } from "./value-rules.ts";

/** How one column is written out by PostgreSQL. */
export interface ColumnTransfer {
  /** Of the column in Redshift; of the source where only files are written. */
  readonly name: string;
  /** The expression that PostgreSQL evaluates. */
  readonly expression: string;
  /** Its values are text that needs quotes around it, so that an empty one is not a NULL. */
  readonly quoted: boolean;
  /** The value is JSON and stays so in a JSON file. */
  readonly json: boolean;
  readonly source: SourceColumn;
}

/** A column that goes into one of Redshift. */
export interface TableTransfer extends ColumnTransfer {
  /** The source's column with the named rules applied, before it is converted: SQL of the kind of value it had. */
  readonly value: string;
  readonly target: Pick<Column, "name" | "type" | "notNull">;
}

const needsNoQuotes: ReadonlySet<ValueKind> = new Set([
  "whole",
  "decimal",
  "float",
  "boolean",
  "date",
  "timestamp",
  "timestamptz",
  "time",
  "timetz",
  "bytes",
]);

/** How a column goes into a file that nobody of us loads: as it is, with arrays as JSON and bytea as hexadecimal digits. */
export function fileTransfer(source: SourceColumn): ColumnTransfer {
  return {
    name: source.name,
    expression: written(valueKind(source), pgIdentifier(source.name)),
    quoted: !needsNoQuotes.has(valueKind(source)),
    json: false,
    source,
  };
}

/** Types of Redshift that nothing from PostgreSQL is loaded into. */
const notLoaded = /^(?:geometry|geography|hllsketch|interval)/;

/**
 * How a column goes into one of Redshift; undefined when the target's type cannot be loaded this way.
 * @param encoding - of the source's database
 */
export function tableTransfer(
  source: SourceColumn,
  target: Column,
  rules: ValueRules,
  encoding: string,
): TableTransfer | undefined {
  if (notLoaded.test(target.type)) return undefined;
  const value = ruledValue(source, target.type, rules);
  return {
    name: target.name,
    expression: converted(source, value, target.type, rules, encoding),
    quoted: target.type === "super" || !needsNoQuotes.has(valueKind(source)),
    json: target.type === "super",
    source,
    value,
    target,
  };
}

function converted(
  source: SourceColumn,
  value: string,
  target: string,
  rules: ValueRules,
  encoding: string,
): string {
  const kind = valueKind(source);
  if (target === "super") return toJson(source, value, rules);
  if (target.startsWith("numeric")) {
    const [, scale] = /,(\d+)\)$/.exec(target) ?? [];
    return toDecimal(source, value, Number(scale ?? 0), rules);
  }
  const [, length] = /^character(?: varying)?\((\d+)\)$/.exec(target) ?? [];
  if (length !== undefined && kind === "text" && rules.longText === "truncate") {
    return truncatedText(`(${value})::text`, Number(length), encoding);
  }
  if (target === "timestamp with time zone" && (kind === "timestamp" || kind === "date")) {
    // What has no zone is meant as UTC, not as the zone of whichever session loads it.
    return `(${value})::timestamp AT TIME ZONE 'UTC'`;
  }
  if (target === "timestamp without time zone") {
    if (kind === "timestamptz") return `(${value}) AT TIME ZONE 'UTC'`;
    if (kind === "date") return `(${value})::timestamp`;
  }
  // CSV and JSON write a boolean differently.
  if (kind === "boolean" && target !== "boolean") return `left((${value})::text, 1)`;
  return written(kind, value);
}

function toJson(source: SourceColumn, value: string, { nulCharacters }: ValueRules): string {
  if (source.type === "json" && nulCharacters === "remove") {
    // An escape begins behind an even number of backslashes.
    return String.raw`regexp_replace((${value})::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1', 'g')::json`;
  }
  const kind = valueKind(source);
  return kind === "json" ? value : `to_json(${kind === "bytes" ? written(kind, value) : value})`;
}

function toDecimal(
  source: SourceColumn,
  value: string,
  scale: number,
  { surplusDecimals = "refuse" }: ValueRules,
): string {
  const kind = valueKind(source);
  let number = value;
  if (source.type === "money") number = `(${value})::numeric`;
  else if (kind === "float") {
    // As few digits as tell the value, and none of them as a power of ten; infinity is no numeric before PostgreSQL 14.
    number = `(CASE WHEN ${value} IN ('Infinity', '-Infinity') THEN 'NaN' ELSE (${value})::text END)::numeric`;
  } else if (kind !== "decimal") return written(kind, value);
  if (surplusDecimals === "refuse") return number;
  return `${surplusDecimals === "round" ? "round" : "trunc"}(${number}, ${scale})`;
}

function written(kind: ValueKind, value: string): string {
  if (kind === "nested") return `to_json(${value})`;
  return kind === "bytes" ? `encode(${value}, 'hex')` : value;
}
