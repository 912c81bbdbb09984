import type { SourceColumn } from "../source-columns.ts";

/** What a value of PostgreSQL is, as far as writing, checking and mapping it depends on it. */
export type ValueKind =
  | "whole"
  | "decimal"
  | "float"
  | "boolean"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "time"
  | "timetz"
  | "text"
  | "bytes"
  | "json"
  | "nested"
  | "other";

const kinds: Readonly<Record<string, ValueKind>> = {
  int2: "whole",
  int4: "whole",
  int8: "whole",
  oid: "whole",
  numeric: "decimal",
  float4: "float",
  float8: "float",
  bool: "boolean",
  date: "date",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  time: "time",
  timetz: "timetz",
  text: "text",
  varchar: "text",
  bpchar: "text",
  name: "text",
  bytea: "bytes",
  json: "json",
  jsonb: "json",
};

/** Arrays and row types are `nested`; what is not known by name is `other`, and travels as its text. */
export function valueKind({ type, composite }: Pick<SourceColumn, "type" | "composite">): ValueKind {
  if (composite) return "nested";
  return Object.hasOwn(kinds, type) ? (kinds[type] ?? "other") : "other";
}

/** Most bytes of a character in UTF-8, as PostgreSQL allows them. */
const bytesOfCharacter = 4;

const textBytes: Readonly<Record<string, number>> = {
  int2: 6,
  int4: 11,
  int8: 20,
  oid: 10,
  bool: 1,
  float4: 15,
  float8: 24,
  uuid: 36,
  macaddr: 17,
  macaddr8: 23,
  inet: 43,
  cidr: 43,
  date: 16,
  timestamp: 32,
  timestamptz: 38,
  time: 15,
  timetz: 24,
  pg_lsn: 17,
  name: 63 * bytesOfCharacter,
};

/** Most bytes of a value's text, where the type itself says so. */
export function mostTextBytes({ type, modifier, composite }: SourceColumn): number | undefined {
  if (composite) return undefined;
  // The length of a text stands four above itself in ATTTYPMOD, that of bits stands as it is.
  if (type === "varchar" || type === "bpchar") {
    return modifier < 4 ? undefined : (modifier - 4) * bytesOfCharacter;
  }
  if (type === "bit" || type === "varbit") return modifier < 1 ? undefined : modifier;
  return Object.hasOwn(textBytes, type) ? textBytes[type] : undefined;
}

/** Digits in front of and behind the point of a `numeric(p,s)`; undefined for one without precision. */
export function decimalDigits({
  type,
  modifier,
}: SourceColumn): { readonly before: number; readonly after: number } | undefined {
  if (type !== "numeric" || modifier < 4) return undefined;
  const precision = ((modifier - 4) >> 16) & 0xffff;
  // The scale has eleven bits with a sign, since PostgreSQL 15.
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  return { before: precision - scale, after: scale };
}
