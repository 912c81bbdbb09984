import type { SourceColumn } from "../source-columns.ts";
import { decimalDigits, valueKind, type ValueKind } from "./value-kind.ts";

/** What a type of PostgreSQL becomes: a type that is known by itself, or one whose size the data say. */
export type TypeChoice =
  | { readonly kind: "fixed"; readonly type: string }
  | { readonly kind: "sized"; readonly of: "text" | "bytes" | "decimal" };

const fixed: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  oid: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  date: "date",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  // Eight bytes of cents: what they hold has up to 19 digits.
  money: "numeric(19,2)",
  uuid: "character varying(36)",
  inet: "character varying(43)",
  cidr: "character varying(43)",
  macaddr: "character varying(17)",
  macaddr8: "character varying(23)",
  hstore: "super",
};

const byKind: Partial<Readonly<Record<ValueKind, TypeChoice>>> = {
  json: { kind: "fixed", type: "super" },
  nested: { kind: "fixed", type: "super" },
  bytes: { kind: "sized", of: "bytes" },
};

/**
 * The type of a column that is created for one of PostgreSQL. What is not named here becomes its text in a VARCHAR:
 * enums, ranges, bits, intervals, geometric types, XML, text search and those of extensions.
 * @see docs/postgres-types.md
 */
export function typeChoice(source: SourceColumn): TypeChoice {
  const known = byKind[valueKind(source)];
  if (known !== undefined) return known;
  if (Object.hasOwn(fixed, source.type)) return { kind: "fixed", type: fixed[source.type] ?? "" };
  if (source.type !== "numeric") return { kind: "sized", of: "text" };
  const digits = decimalDigits(source);
  // PostgreSQL knows scales below zero and beyond the precision, and precisions up to 1,000.
  if (digits === undefined || digits.before < 0 || digits.after < 0 || digits.after > mostScale) {
    return { kind: "sized", of: "decimal" };
  }
  const precision = digits.before + digits.after;
  return precision > mostPrecision
    ? { kind: "sized", of: "decimal" }
    : { kind: "fixed", type: `numeric(${precision},${digits.after})` };
}

/** Limits of DECIMAL. @see facts.md 4 */
export const mostPrecision = 38;
export const mostScale = 37;
