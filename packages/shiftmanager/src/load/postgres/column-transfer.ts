import type { Column } from "../../catalog/columns.ts";
import type { SourceColumn } from "./source-columns.ts";
import { pgIdentifier } from "./source-query.ts";
import { valueCheck, type ValueCheck } from "./value-checks.ts";

/** How one column is written out by PostgreSQL and checked on its way. */
export interface ColumnTransfer {
  /** Of the column in Redshift; of the source where only files are written. */
  readonly name: string;
  /** The expression that PostgreSQL evaluates. */
  readonly expression: string;
  /** Its values are text that needs quotes around it, so that an empty one is not a NULL. */
  readonly quoted: boolean;
  /** The value is JSON and stays so in a JSON file. */
  readonly json: boolean;
  /** False: a NULL is refused. */
  readonly nullable: boolean;
  /** As a message names it: `VARCHAR(20)`; empty where only files are written. */
  readonly type: string;
  readonly check: ValueCheck | undefined;
}

const numbers = new Set(["int2", "int4", "int8", "float4", "float8", "numeric", "oid"]);
const moments = new Set(["date", "time", "timetz", "timestamp", "timestamptz"]);
const needsNoQuotes = new Set([...numbers, ...moments, "bool", "bytea"]);

/** How a column goes into a file that nobody of us loads: as it is, with arrays as JSON and bytea as hexadecimal digits. */
export function fileTransfer(source: SourceColumn): ColumnTransfer {
  return {
    name: source.name,
    expression: written(source, pgIdentifier(source.name)),
    quoted: !needsNoQuotes.has(source.type),
    json: false,
    nullable: true,
    type: "",
    check: undefined,
  };
}

/** How a column goes into one of Redshift; undefined when the target's type cannot be loaded this way. */
export function tableTransfer(source: SourceColumn, target: Column): ColumnTransfer | undefined {
  const check = valueCheck(target.type);
  if (check === undefined) return undefined;
  return {
    name: target.name,
    expression: converted(source, target.type),
    quoted: target.type === "super" || !needsNoQuotes.has(source.type),
    json: target.type === "super",
    nullable: !target.notNull,
    type: target.type,
    check,
  };
}

function converted(source: SourceColumn, target: string): string {
  const column = pgIdentifier(source.name);
  if (target === "super") {
    if (source.type === "json" || source.type === "jsonb") return column;
    return `to_json(${source.type === "bytea" ? written(source, column) : column})`;
  }
  if (target.startsWith("numeric") && source.type === "money") return `${column}::numeric`;
  if (target === "timestamp with time zone" && (source.type === "timestamp" || source.type === "date")) {
    // What has no zone is meant as UTC, not as the zone of whichever session loads it.
    return `${column}::timestamp AT TIME ZONE 'UTC'`;
  }
  if (target === "timestamp without time zone") {
    if (source.type === "timestamptz") return `${column} AT TIME ZONE 'UTC'`;
    if (source.type === "date") return `${column}::timestamp`;
  }
  return written(source, column);
}

function written({ type, composite }: SourceColumn, column: string): string {
  if (composite) return `to_json(${column})`;
  return type === "bytea" ? `encode(${column}, 'hex')` : column;
}
