import { OptionsError } from "../errors.ts";

/** What may be assigned to what without thought: types of one family hold the same kind of value. */
export type TypeFamily =
  | "integer"
  | "decimal"
  | "float"
  | "text"
  | "boolean"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "time"
  | "timetz"
  | "other";

/** A type in the catalog's spelling, and what conversions need to know of it. */
export interface ColumnType {
  /** As `format_type` writes it. */
  readonly formatted: string;
  readonly family: TypeFamily;
  /** Decimal digits of an integer type or a DECIMAL; bytes of a text; 0 for others. */
  readonly size: number;
  /** Of a DECIMAL; 0 for others. */
  readonly scale: number;
  /** CHAR, which is padded with blanks. */
  readonly padded: boolean;
}

const plain: Readonly<Record<string, string>> = {
  smallint: "smallint",
  int2: "smallint",
  integer: "integer",
  int: "integer",
  int4: "integer",
  bigint: "bigint",
  int8: "bigint",
  real: "real",
  float4: "real",
  "double precision": "double precision",
  float8: "double precision",
  float: "double precision",
  boolean: "boolean",
  bool: "boolean",
  date: "date",
  timestamp: "timestamp without time zone",
  "timestamp without time zone": "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  "timestamp with time zone": "timestamp with time zone",
  time: "time without time zone",
  "time without time zone": "time without time zone",
  timetz: "time with time zone",
  "time with time zone": "time with time zone",
  super: "super",
  geometry: "geometry",
  geography: "geography",
  hllsketch: "hllsketch",
};

/** Types with a length, what they mean without one, and the most they take. */
const sized: Readonly<
  Record<string, { readonly formatted: string; readonly usual: number; readonly most: number }>
> = {
  varchar: { formatted: "character varying", usual: 256, most: 65535 },
  "character varying": { formatted: "character varying", usual: 256, most: 65535 },
  nvarchar: { formatted: "character varying", usual: 256, most: 65535 },
  text: { formatted: "character varying", usual: 256, most: 65535 },
  char: { formatted: "character", usual: 1, most: 4096 },
  character: { formatted: "character", usual: 1, most: 4096 },
  nchar: { formatted: "character", usual: 1, most: 4096 },
  bpchar: { formatted: "character", usual: 256, most: 4096 },
  varbyte: { formatted: "binary varying", usual: 64000, most: 1024000 },
  varbinary: { formatted: "binary varying", usual: 64000, most: 1024000 },
  "binary varying": { formatted: "binary varying", usual: 64000, most: 1024000 },
};

/**
 * Reads a type as a person writes it: `varchar(100)`, `DECIMAL(12, 4)`, `timestamptz`.
 * @param what - the option's name, which the error begins with
 * @throws OptionsError for what is none of Redshift's types, or out of its bounds
 * @see AWS Database Developer Guide, "Data types" (c_Supported_data_types); facts.md 4
 */
export function parseType(text: string, what: string): ColumnType {
  const match = /^([a-z0-9]+(?: [a-z]+)*?) ?(?:\( ?(\d+|max) ?(?:, ?(\d+) ?)?\))?$/.exec(
    text.trim().toLowerCase().replace(/\s+/g, " "),
  );
  const name = match?.[1] ?? "";
  const [length, scale] = [match?.[2], match?.[3]];
  if (Object.hasOwn(plain, name) && length === undefined) return columnType(plain[name] ?? name);
  const withLength = Object.hasOwn(sized, name) ? sized[name] : undefined;
  if (withLength !== undefined && scale === undefined) {
    const { formatted, usual, most } = withLength;
    const bytes = length === undefined ? usual : length === "max" ? most : Number(length);
    if (bytes < 1 || bytes > most) {
      throw new OptionsError(
        `${what} is "${text}"; ${name.toUpperCase()} takes a length from 1 to ${most} bytes.`,
      );
    }
    return columnType(`${formatted}(${bytes})`);
  }
  if ((name === "decimal" || name === "numeric") && length !== "max") {
    const [precision, digits] = [Number(length ?? 18), Number(scale ?? 0)];
    if (precision < 1 || precision > 38 || digits > Math.min(37, precision)) {
      throw new OptionsError(
        `${what} is "${text}"; DECIMAL takes a precision from 1 to 38 and a scale from 0 to 37 within it.`,
      );
    }
    return columnType(`numeric(${precision},${digits})`);
  }
  throw new OptionsError(
    `${what} is "${text}", which is none of Redshift's types; write one such as BIGINT, VARCHAR(100), DECIMAL(12,4) or TIMESTAMP.`,
  );
}

const families: Readonly<Record<string, readonly [family: TypeFamily, size: number]>> = {
  smallint: ["integer", 5],
  integer: ["integer", 10],
  bigint: ["integer", 19],
  numeric: ["decimal", 18],
  real: ["float", 4],
  "double precision": ["float", 8],
  boolean: ["boolean", 0],
  date: ["date", 0],
  "timestamp without time zone": ["timestamp", 0],
  "timestamp with time zone": ["timestamptz", 0],
  "time without time zone": ["time", 0],
  "time with time zone": ["timetz", 0],
  "character varying": ["text", 65535],
  character: ["text", 1],
  text: ["text", 65535],
};

/** Reads a type of the catalog. */
export function columnType(formatted: string): ColumnType {
  const match = /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(formatted);
  const name = match?.[1] ?? formatted;
  const [family, usual] = families[name] ?? (["other", 0] as const);
  return {
    formatted,
    family,
    size: match?.[2] === undefined ? usual : Number(match[2]),
    scale: Number(match?.[3] ?? 0),
    padded: name === "character",
  };
}

/** The encoding that Redshift gives a column whose encoding is not said; null where its choice is not documented. @see facts.md 1.4 */
export function usualEncoding({ family, formatted }: ColumnType, inSortkey: boolean): string | null {
  if (inSortkey || family === "boolean" || family === "float" || /^geo/.test(formatted)) return "none";
  if (family === "text" || /^binary varying/.test(formatted)) return "lzo";
  return family === "other" ? null : "az64";
}
