import { SqlError } from "../errors.ts";
import type { TypeFamily } from "./types.ts";

/** Compression encodings by their names in SQL. */
export type Encoding =
  | "raw"
  | "az64"
  | "bytedict"
  | "delta"
  | "delta32k"
  | "lzo"
  | "mostly8"
  | "mostly16"
  | "mostly32"
  | "runlength"
  | "text255"
  | "text32k"
  | "zstd";

const integers: readonly TypeFamily[] = ["smallint", "integer", "bigint", "decimal"];
const all: readonly TypeFamily[] = [
  ...integers,
  "real",
  "double precision",
  "boolean",
  "char",
  "varchar",
  "date",
  "time",
  "timetz",
  "timestamp",
  "timestamptz",
];
const without = (...families: readonly TypeFamily[]): readonly TypeFamily[] =>
  all.filter((family) => !families.includes(family));

/** Which types each encoding is for. @see facts.md 1.4, "Encodings by type" */
const encodings: Readonly<Record<Encoding, readonly TypeFamily[]>> = {
  raw: [...all, "super"],
  az64: [...integers, "date", "time", "timetz", "timestamp", "timestamptz"],
  bytedict: without("boolean"),
  delta: [...integers, "date", "timestamp"],
  delta32k: ["integer", "bigint", "decimal", "date", "timestamp"],
  lzo: [...without("boolean", "real", "double precision"), "super"],
  mostly8: integers,
  mostly16: ["integer", "bigint", "decimal"],
  mostly32: ["bigint", "decimal"],
  runlength: all,
  text255: ["varchar"],
  text32k: ["varchar"],
  zstd: [...all, "super"],
};

/** Types that a distribution or sort key may have: all but SUPER. */
export function isKeyType(family: TypeFamily): boolean {
  return family !== "super";
}

/** @throws SqlError when there is no such encoding, or not for this type (unknown when undefined). */
export function encodingFor(name: string, column: string, family: TypeFamily | undefined): Encoding {
  if (!isEncoding(name)) throw new SqlError("42601", `encoding "${name}" is not supported`);
  if (family !== undefined && !encodings[name].includes(family))
    throw new SqlError("42P16", `invalid encoding type specified for column "${column}"`, {
      detail: `${name} is not for type ${family}.`,
    });
  return name;
}

/** How the catalog stores an encoding: what SQL calls RAW is `none` there. */
export function storedEncoding(encoding: Encoding): string {
  return encoding === "raw" ? "none" : encoding;
}

function isEncoding(name: string): name is Encoding {
  return Object.hasOwn(encodings, name);
}

export type DistStyle = "auto" | "even" | "key" | "all";

/** `reldiststyle` of pg_class. */
export const distStyleCodes: Readonly<Record<DistStyle, number>> = { even: 0, key: 1, all: 8, auto: 9 };

export const maxColumns = 1600;
export const maxSortColumns = 400;
export const maxInterleavedColumns = 8;

/** @throws SqlError for more columns than a sort key may have. */
export function checkSortKey(columns: readonly string[], interleaved: boolean): void {
  const limit = interleaved ? maxInterleavedColumns : maxSortColumns;
  if (columns.length > limit)
    throw new SqlError(
      "54011",
      interleaved
        ? `Interleaved sort key can have at most ${limit} columns`
        : `Sort key can have at most ${limit} columns`,
    );
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column)) throw new SqlError("42701", `column "${column}" appears twice in the sort key`);
    seen.add(column);
  }
}
