import type { Column } from "../../catalog/columns.ts";
import { typeName } from "../../ddl/type-name.ts";
import { identifier } from "../../sql/quote.ts";
import { option, wording, type Wording } from "../../wording.ts";
import { momentFormat } from "./moment-format.ts";

/** What is known of rows that cannot be loaded, all in the same way. */
export interface Trouble {
  /** AWS's code of the load error. */
  readonly code: number;
  /** COPY's own words. */
  readonly reason: string;
  /** As SQL names it. */
  readonly table: string;
  /** Undefined where the whole record is bad. */
  readonly column: Column | undefined;
  /** Of the first such row, as COPY saw it. */
  readonly value: string | undefined;
  /** The most bytes that a value of the column has among these rows; undefined where not all could be looked at. */
  readonly mostBytes: number | undefined;
  /** Where the rows come from: what mends them is said to whoever can do it. */
  readonly source: "documents" | "postgres";
}

/** A kind of load error and the one change that mends it. */
export interface Cause {
  readonly code: number;
  /** AWS's description of the code. */
  readonly cause: string;
  /** Narrows a code that means several things; the first row that holds is taken. */
  readonly when?: (trouble: Trouble) => boolean;
  /** A sentence's end, beginning with a verb. */
  readonly mend: (trouble: Trouble) => Wording;
}

/** The most that a VARCHAR holds. @see AWS r_Character_types */
const mostVarcharBytes = 65_535;

/** Columns of these encodings keep their length. @see AWS Database Developer Guide, ALTER TABLE (r_ALTER_TABLE) */
const fixedEncodings = new Set(["bytedict", "runlength", "text255", "text32k"]);

const typeIs =
  (pattern: RegExp) =>
  ({ column }: Trouble) =>
    column !== undefined && pattern.test(column.type);
const reasonIs =
  (pattern: RegExp) =>
  ({ reason }: Trouble) =>
    pattern.test(reason);

/**
 * Every load error that AWS documents, each with its way out.
 * @see AWS Database Developer Guide, "Load error reference" (r_Load_Error_Reference), "Multibyte character load errors"
 * (multi-byte-character-load-errors)
 */
export const causes: readonly Cause[] = [
  {
    code: 1200,
    cause: "Unknown parse error.",
    mend: (trouble) =>
      wording`look at the value (when it is right, ask AWS support), mend it${again(trouble)}`,
  },
  { code: 1201, cause: "Field delimiter was not found in the input file.", mend: mendFiles },
  { code: 1202, cause: "Input data had more columns than were defined in the DDL.", mend: mendFiles },
  { code: 1203, cause: "Input data had fewer columns than were defined in the DDL.", mend: mendFiles },
  {
    code: 1204,
    cause: "Input data exceeded the acceptable range for the data type: a VARCHAR is too short.",
    when: typeIs(/^character varying/),
    mend: longerVarchar,
  },
  {
    code: 1204,
    cause: "Input data exceeded the acceptable range for the data type: a CHAR is too short.",
    when: typeIs(/^character(?! varying)/),
    mend: (trouble) =>
      retype(trouble, `varchar(${trouble.mostBytes ?? "n"})`, "CHAR columns keep their length"),
  },
  {
    code: 1204,
    cause: "Input data exceeded the acceptable range for the data type.",
    mend: (trouble) => widerType(trouble),
  },
  { code: 1205, cause: "Date format is not valid.", mend: otherFormat },
  { code: 1206, cause: "Timestamp format is not valid.", mend: otherFormat },
  {
    code: 1207,
    cause: "Data contained a value outside of the expected range of 0-9: decimals for a whole number.",
    when: ({ column, value }) =>
      /^(?:smallint|integer|bigint)$/.test(column?.type ?? "") &&
      /^\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/.test(value ?? ""),
    mend: (trouble) =>
      retype(
        trouble,
        "decimal(38,10)",
        "the values have decimals or powers of ten, which whole numbers lack",
      ),
  },
  {
    code: 1207,
    cause: "Data contained a value outside of the expected range of 0-9: separators of thousands.",
    when: ({ value }) => /^\s*-?\d{1,3}(?:[, ']\d{3})+(?:\.\d+)?\s*$/.test(value ?? ""),
    mend: (trouble) =>
      wording`write the number without its separators: ${(trouble.value ?? "").replace(/[, ']/g, "")}${again(trouble)}`,
  },
  {
    code: 1207,
    cause: "Data contained a value outside of the expected range of 0-9.",
    mend: (trouble) => wording`write a number, or null${again(trouble)}`,
  },
  {
    code: 1208,
    cause: "FLOAT data type format error.",
    mend: (trouble) => wording`write a number such as 1.5 or 1e-3, or null${again(trouble)}`,
  },
  {
    code: 1209,
    cause: "DECIMAL data type format error.",
    mend: (trouble) => wording`write a plain number such as 1.50, or null${again(trouble)}`,
  },
  {
    code: 1210,
    cause: "BOOLEAN data type format error.",
    mend: (trouble) =>
      wording`write true or false (t, f, yes, no, y, n, 1 and 0 will do), or null${again(trouble)}`,
  },
  {
    code: 1211,
    cause: "Input line contained no data.",
    mend: (trouble) => wording`remove the empty line${again(trouble)}`,
  },
  {
    code: 1212,
    cause: "Load file was not found.",
    mend: () =>
      "run it again; when files vanish again, look for a lifecycle rule or another program that deletes them.",
  },
  { code: 1213, cause: "A field specified as NOT NULL contained no data.", mend: missingValue },
  { code: 1214, cause: "Delimiter not found.", mend: mendFiles },
  {
    code: 1215,
    cause: "CHAR field error.",
    mend: (trouble) =>
      retype(trouble, `varchar(${trouble.mostBytes ?? "n"})`, "CHAR takes single-byte characters only"),
  },
  {
    code: 1216,
    cause: "Input line is not valid: the record is over 4 MB.",
    when: reasonIs(/4 ?MB|larger than/i),
    mend: (trouble) => wording`split the record, as COPY takes 4 MB at most${again(trouble)}`,
  },
  {
    code: 1216,
    cause: "Input line is not valid: a jsonpath leads into an array that is none, or is too short.",
    when: reasonIs(/array|index out of range/i),
    mend: () =>
      wording`give every document an array there that is long enough (null in place of an array will do), or other ${option("jsonpaths")}.`,
  },
  {
    code: 1216,
    cause: "Input line is not valid.",
    mend: (trouble) => wording`mend the record, which is no JSON object${again(trouble)}`,
  },
  {
    code: 1217,
    cause: "Identity column value is not valid.",
    mend: () =>
      wording`leave the identity column out, so that Redshift numbers the rows (${option("columns")}).`,
  },
  {
    code: 1218,
    cause: "With NULL AS '\\0', a field with a NUL contained more than one byte.",
    mend: (trouble) => wording`remove the NUL characters from the text${again(trouble)}`,
  },
  {
    code: 1219,
    cause: "UTF-8 hexadecimal contains a digit that is not valid.",
    mend: (trouble) => wording`mend the escape: \\u and four hexadecimal digits${again(trouble)}`,
  },
  {
    code: 1220,
    cause: "String contains characters that a CHAR cannot hold: it takes single bytes only.",
    when: (trouble) => typeIs(/^character(?! varying)/)(trouble) || /for CHAR/.test(trouble.reason),
    mend: (trouble) =>
      retype(trouble, `varchar(${trouble.mostBytes ?? "n"})`, "CHAR takes ASCII characters only"),
  },
  {
    code: 1220,
    cause: "String contains invalid or unsupported UTF-8 code points.",
    mend: (trouble) =>
      trouble.source === "documents"
        ? wording`replace the characters, or have COPY do it (${option("acceptinvchars", true)}).`
        : wording`replace the characters${again(trouble)}`,
  },
  {
    code: 1221,
    cause: "The file's encoding is not the one that COPY was told.",
    mend: () => "convert the files to UTF-8 and load them again.",
  },
  { code: 1222, cause: "Integer value overflow error.", mend: (trouble) => widerType(trouble) },
  {
    code: 1223,
    cause: "Data type is not valid.",
    mend: () =>
      wording`leave the column out (${option("columns")}), or give the table a type that COPY loads.`,
  },
  {
    code: 1224,
    cause: "Input data is not correctly formed JSON for the SUPER data type.",
    mend: (trouble) => wording`write one JSON value, or null${again(trouble)}`,
  },
  {
    code: 8001,
    cause: "COPY with the MANIFEST parameter requires the full path of an S3 object.",
    mend: () => "name the manifest itself, not the prefix that it is under.",
  },
  {
    code: 9005,
    cause: "The end key is not valid.",
    mend: () => "check the keys that the files are encrypted with.",
  },
];

/** What mends it; of a code that no source names, the value itself. */
export function mend(trouble: Trouble): Wording {
  const cause = causes.find(({ code, when }) => code === trouble.code && (when?.(trouble) ?? true));
  return cause === undefined ? `mend the value${again(trouble)}` : cause.mend(trouble);
}

function again({ source }: Trouble): string {
  return source === "documents"
    ? ", and run it again."
    : ", in the source or by a query of your own, and run it again.";
}

/** Files of our own making that do not fit their COPY: somebody changed the table or the files meanwhile. */
function mendFiles(): string {
  return "run it again: the table's columns or the files were changed while it ran.";
}

function longerVarchar(trouble: Trouble): Wording {
  const { column, table, mostBytes, source } = trouble;
  const name = identifier(column?.name ?? "").toSQL();
  if (mostBytes !== undefined && mostBytes > mostVarcharBytes) {
    return source === "documents"
      ? wording`shorten the values (no VARCHAR holds ${mostBytes} bytes, ${mostVarcharBytes} are the most), or have COPY cut them (${option("truncatecolumns", true)}).`
      : wording`shorten the values in a query of your own: no VARCHAR holds ${mostBytes} bytes, ${mostVarcharBytes} are the most.`;
  }
  const type = `varchar(${mostBytes ?? "n"})`;
  if (column !== undefined && fixedEncodings.has(column.encoding)) {
    return retype(trouble, type, `a column with ENCODE ${column.encoding} keeps its length`);
  }
  if (column !== undefined && column.default !== null) {
    return retype(trouble, type, "a column with a DEFAULT keeps its length");
  }
  const n = mostBytes === undefined ? "n in bytes" : "the longest value's bytes";
  return `widen the column (ALTER TABLE ${table} ALTER COLUMN ${name} TYPE ${type.toUpperCase().replace("(N)", "(n)")}, ${n}) or shorten the value.`;
}

/** A type that ALTER TABLE cannot give: the table is copied. */
function retype({ column, table }: Trouble, type: string, why: string): Wording {
  if (column === undefined) return `give the column the type ${type}.`;
  const copy = wording`${option("deepCopy")}, ${{ name: "columns", of: "deepCopy" }}`;
  return wording`give the column ${identifier(column.name).toSQL()} of ${table} the type ${type} by a copy of the table (${copy}): ${why}.`;
}

/** The next type of the same kind; where there is none, the value is what is wrong. */
function widerType(trouble: Trouble): Wording {
  const { column } = trouble;
  const now = column?.type ?? "";
  const why = `${typeName(now)} is too small for the value`;
  if (/^(?:smallint|integer)$/.test(now)) return retype(trouble, "bigint", why);
  if (now === "bigint") return retype(trouble, "decimal(38,0)", why);
  if (now === "real") return retype(trouble, "double precision", why);
  const [, precision = "18", scale = "0"] = /^numeric(?:\((\d+),(\d+)\))?$/.exec(now) ?? [];
  if (now.startsWith("numeric") && Number(precision) < 38)
    return retype(trouble, `decimal(38,${scale})`, why);
  return wording`write a value that ${typeName(now)} holds${again(trouble)}`;
}

function otherFormat(trouble: Trouble): Wording {
  const { column, value = "", source } = trouble;
  const type = column?.type ?? "";
  const format = momentFormat(value, type);
  if (source === "documents" && format !== undefined) {
    return wording`say how the values are written (${option(format.option, format.value)}).`;
  }
  const like = type === "date" ? "2026-12-31" : type.startsWith("time ") ? "23:59:59" : "2026-12-31 23:59:59";
  return wording`write it as ${like}, or null${again(trouble)}`;
}

function missingValue({ column, source }: Trouble): Wording {
  if (source === "postgres") return "give the column a value in the query, or allow NULL in the table.";
  const default_ = column?.default ?? null;
  return default_ === null
    ? "give the key a value in every document."
    : "give the key a value in every document, or leave the column out so that its default is used.";
}
