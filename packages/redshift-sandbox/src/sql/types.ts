import { SqlError, notImitated } from "../errors.ts";
import { positionOf } from "./lexer.ts";
import type { Token } from "./lexer.ts";

/** Redshift's types, without lengths. */
export type TypeFamily =
  | "smallint"
  | "integer"
  | "bigint"
  | "decimal"
  | "real"
  | "double precision"
  | "boolean"
  | "char"
  | "varchar"
  | "date"
  | "time"
  | "timetz"
  | "timestamp"
  | "timestamptz"
  | "super";

export interface TypeSpec {
  readonly family: TypeFamily;
  /** PostgreSQL's type with its modifier. */
  readonly sql: string;
}

/** In a column every type has a length; in an expression a character type without one takes its input's. */
export type TypePlace = "column" | "expression";

const fixedTypes: Readonly<Record<string, readonly [TypeFamily, string]>> = {
  smallint: ["smallint", "smallint"],
  int2: ["smallint", "smallint"],
  integer: ["integer", "integer"],
  int: ["integer", "integer"],
  int4: ["integer", "integer"],
  bigint: ["bigint", "bigint"],
  int8: ["bigint", "bigint"],
  real: ["real", "real"],
  float4: ["real", "real"],
  float8: ["double precision", "double precision"],
  float: ["double precision", "double precision"],
  "double precision": ["double precision", "double precision"],
  boolean: ["boolean", "boolean"],
  bool: ["boolean", "boolean"],
  date: ["date", "date"],
  time: ["time", "time"],
  "time without time zone": ["time", "time"],
  timetz: ["timetz", "timetz"],
  "time with time zone": ["timetz", "timetz"],
  timestamp: ["timestamp", "timestamp"],
  "timestamp without time zone": ["timestamp", "timestamp"],
  datetime: ["timestamp", "timestamp"],
  timestamptz: ["timestamptz", "timestamptz"],
  "timestamp with time zone": ["timestamptz", "timestamptz"],
  super: ["super", "super"],
};

const charTypes: ReadonlySet<string> = new Set([
  "char",
  "character",
  "nchar",
  "national character",
  "national char",
]);
const varcharTypes: ReadonlySet<string> = new Set([
  "varchar",
  "character varying",
  "char varying",
  "nvarchar",
  "national character varying",
  "national char varying",
]);
const notYet: ReadonlySet<string> = new Set([
  "varbyte",
  "varbinary",
  "binary varying",
  "geometry",
  "geography",
  "hllsketch",
  "interval",
]);

/** Types of PostgreSQL that Redshift has no tables of. */
const unsupported: ReadonlySet<string> = new Set(
  `bit varbit bytea box circle cidr cube hstore inet int4range int8range json jsonb jsonpath line lseg macaddr macaddr8
  money numrange path pg_lsn point polygon serial serial2 serial4 serial8 bigserial smallserial tsquery tsrange tstzrange
  daterange tsvector txid_snapshot uuid xml name oid regclass regproc regtype`.split(/\s+/),
);

const longNames = [
  ["national", "character", "varying"],
  ["national", "char", "varying"],
  ["national", "character"],
  ["national", "char"],
  ["character", "varying"],
  ["char", "varying"],
  ["binary", "varying"],
  ["double", "precision"],
];
const zones = [
  ["without", "time", "zone"],
  ["with", "time", "zone"],
];

/**
 * Reads a type at a token: its PostgreSQL form and the index behind it; undefined when no Redshift type starts there.
 * @throws SqlError for types that Redshift lacks, or that the sandbox does.
 */
export function readType(
  text: string,
  tokens: readonly Token[],
  start: number,
  place: TypePlace,
): { readonly type: TypeSpec; readonly end: number } | undefined {
  const words = (at: number, wanted: readonly string[]): boolean =>
    wanted.every((word, ahead) => tokens[at + ahead]?.kind === "word" && tokens[at + ahead]?.value === word);
  const mark = (at: number, wanted: string): boolean =>
    tokens[at]?.kind === "punctuation" && tokens[at]?.value === wanted;

  let at = start;
  // pg_catalog.int4 is how PostgreSQL's own deparser qualifies it.
  if (words(at, ["pg_catalog"]) && mark(at + 1, ".")) at += 2;
  const first = tokens[at];
  if (first?.kind !== "word") return undefined;
  const position = positionOf(text, first.start);
  const long = longNames.find((wanted) => words(at, wanted));
  let name = long?.join(" ") ?? first.value;
  at += long?.length ?? 1;

  const modifiers: string[] = [];
  if (mark(at, "(") && (place === "column" || isSized(name))) {
    at += 1;
    for (;;) {
      const token = tokens[at];
      if (token === undefined || !(token.kind === "number" || token.value === "max"))
        throw new SqlError("42601", `syntax error at or near "${token?.text ?? ""}"`, { position });
      modifiers.push(token.value);
      at += 1;
      if (mark(at, ")")) break;
      if (!mark(at, ","))
        throw new SqlError("42601", `syntax error in the size of type ${name}`, { position });
      at += 1;
    }
    at += 1;
  }
  if (name === "time" || name === "timestamp") {
    const zone = zones.find((wanted) => words(at, wanted));
    if (zone !== undefined) {
      name = `${name} ${zone.join(" ")}`;
      at += zone.length;
    }
  }

  const type = specify(name, modifiers, place, position);
  if (type === undefined) return undefined;
  if (tokens[at]?.value === "[" && tokens[at]?.kind === "punctuation")
    throw new SqlError("0A000", "arrays are not supported by Redshift", { position });
  return { type, end: at };
}

function isSized(name: string): boolean {
  return (
    charTypes.has(name) ||
    varcharTypes.has(name) ||
    ["decimal", "numeric", "dec", "float", "bpchar", "text", "time", "timestamp"].includes(name)
  );
}

function specify(
  name: string,
  modifiers: readonly string[],
  place: TypePlace,
  position: number,
): TypeSpec | undefined {
  if (name === "float" && modifiers.length === 1) return floatOf(modifiers, position);
  const fixed = Object.hasOwn(fixedTypes, name) ? fixedTypes[name] : undefined;
  if (fixed !== undefined) {
    if (modifiers.length > 0) throw notImitated(`a precision for type ${name}`, position);
    return { family: fixed[0], sql: fixed[1] };
  }
  if (name === "decimal" || name === "numeric" || name === "dec") return decimalOf(modifiers, position);
  if (charTypes.has(name)) return charOf(modifiers, place, position);
  if (name === "bpchar") {
    if (modifiers.length > 0) return charOf(modifiers, place, position);
    return { family: "char", sql: place === "column" ? "character(256)" : "bpchar" };
  }
  if (varcharTypes.has(name)) return varcharOf(modifiers, place, position);
  if (name === "text") {
    if (modifiers.length > 0) return varcharOf(modifiers, place, position);
    return { family: "varchar", sql: place === "column" ? "character varying(256)" : "text" };
  }
  if (notYet.has(name) && (place === "column" || name !== "interval"))
    throw notImitated(`type ${name}`, position);
  if (place === "column" && unsupported.has(name))
    throw new SqlError("0A000", `type "${name}" is not supported by Redshift`, { position });
  return undefined;
}

function floatOf(modifiers: readonly string[], position: number): TypeSpec {
  const bits = sizeOf("float", modifiers[0], 1, 53, position);
  return bits <= 24
    ? { family: "real", sql: "real" }
    : { family: "double precision", sql: "double precision" };
}

function decimalOf(modifiers: readonly string[], position: number): TypeSpec {
  if (modifiers.length > 2)
    throw new SqlError("42601", "syntax error in the precision of DECIMAL", { position });
  const precision =
    modifiers[0] === undefined ? 18 : sizeOf("DECIMAL precision", modifiers[0], 1, 38, position);
  const scale = modifiers[1] === undefined ? 0 : sizeOf("DECIMAL scale", modifiers[1], 0, 37, position);
  if (scale > precision)
    throw new SqlError("22023", `DECIMAL scale ${scale} must be between 0 and precision ${precision}`, {
      position,
    });
  return { family: "decimal", sql: `numeric(${precision},${scale})` };
}

function charOf(modifiers: readonly string[], place: TypePlace, position: number): TypeSpec {
  if (modifiers.length > 1) throw new SqlError("42601", "syntax error in the length of CHAR", { position });
  if (modifiers[0] === undefined)
    return { family: "char", sql: place === "column" ? "character(1)" : "character" };
  return { family: "char", sql: `character(${lengthOf("char", modifiers[0], 4096, position)})` };
}

function varcharOf(modifiers: readonly string[], place: TypePlace, position: number): TypeSpec {
  if (modifiers.length > 1)
    throw new SqlError("42601", "syntax error in the length of VARCHAR", { position });
  if (modifiers[0] === undefined)
    return { family: "varchar", sql: place === "column" ? "character varying(256)" : "character varying" };
  return {
    family: "varchar",
    sql: `character varying(${lengthOf("varchar", modifiers[0], 65_535, position)})`,
  };
}

function lengthOf(type: string, modifier: string, max: number, position: number): number {
  if (modifier === "max") return max;
  const length = Number(modifier);
  if (!Number.isInteger(length)) throw new SqlError("42601", `invalid length for type ${type}`, { position });
  if (length < 1) throw new SqlError("22023", `length for type ${type} must be at least 1`, { position });
  if (length > max) throw new SqlError("22023", `length for type ${type} cannot exceed ${max}`, { position });
  return length;
}

function sizeOf(
  what: string,
  modifier: string | undefined,
  min: number,
  max: number,
  position: number,
): number {
  const size = Number(modifier);
  if (!Number.isInteger(size) || size < min || size > max)
    throw new SqlError("22023", `${what} ${modifier ?? ""} must be between ${min} and ${max}`, { position });
  return size;
}
