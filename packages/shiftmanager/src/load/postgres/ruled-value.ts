import type { SourceColumn } from "./source-columns.ts";
import { pgIdentifier } from "./source-query.ts";
import { valueKind } from "./types/value-kind.ts";
import type { ValueRules } from "./value-rules.ts";

const finite = { first: "0001-01-01", last: "9999-12-31" };

/** First and last value that COPY loads, by kind. @see facts.md 4 */
const moments = {
  date: { cast: "date", least: finite.first, most: finite.last },
  timestamp: {
    cast: "timestamp",
    least: `${finite.first} 00:00:00`,
    most: `${finite.last} 23:59:59.999999`,
  },
  timestamptz: {
    cast: "timestamptz",
    least: `${finite.first} 00:00:00+00`,
    most: `${finite.last} 23:59:59.999999+00`,
  },
} as const;

/** Bounds of dates and times as SQL; undefined for values of other kinds. */
export function momentBounds(
  kind: string,
): { readonly least: string; readonly most: string; readonly cast: string } | undefined {
  if (kind !== "date" && kind !== "timestamp" && kind !== "timestamptz") return undefined;
  const { cast, least, most } = moments[kind];
  return { cast, least: `'${least}'::${cast}`, most: `'${most}'::${cast}` };
}

/**
 * The column as PostgreSQL reads it, with the rules for its values applied: SQL of the same kind of value.
 * @param target - type of the column in Redshift, as the catalog writes it
 */
export function ruledValue(source: SourceColumn, target: string, rules: ValueRules): string {
  const column = pgIdentifier(source.name);
  const kind = valueKind(source);
  const bounds = momentBounds(kind);
  if (bounds !== undefined && !isText(target)) return ruledMoment(column, bounds, rules);
  if ((kind === "float" || kind === "decimal") && !isText(target)) {
    return ruledNumber(column, kind, target, rules);
  }
  return column;
}

/** @param kind - of the column: only float and decimal values can be infinite or NaN */
function ruledNumber(
  column: string,
  kind: "float" | "decimal",
  target: string,
  { infinity = "refuse", nan = "refuse" }: ValueRules,
): string {
  const most = mostNumber(target);
  // Before PostgreSQL 14 a numeric could not even be compared with infinity; its text always can.
  const value = kind === "float" ? column : `(${column})::text`;
  const cases = [
    ...(nan === "null" ? [`WHEN ${value} = 'NaN' THEN NULL`] : []),
    ...(infinity === "null" ? [`WHEN ${value} IN ('Infinity', '-Infinity') THEN NULL`] : []),
    ...(infinity === "clamp" && most !== undefined
      ? [`WHEN ${value} = 'Infinity' THEN ${most}`, `WHEN ${value} = '-Infinity' THEN -${most}`]
      : []),
  ];
  return caseOr(cases, column);
}

/** The greatest number of a type, as SQL; undefined where the type holds no numbers. */
function mostNumber(target: string): string | undefined {
  if (target === "real") return "3.4028235e38";
  if (target === "double precision") return "1.7976931348623157e308";
  if (target === "smallint") return "32767";
  if (target === "integer") return "2147483647";
  if (target === "bigint") return "9223372036854775807";
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(target) ?? [];
  if (precision === undefined || scale === undefined) return undefined;
  // AWS stores up to 19 digits in eight bytes, so the largest of them do not fit.
  const digits = precision === "19" ? "9223372036854775807" : "9".repeat(Number(precision));
  const point = digits.length - Number(scale);
  return Number(scale) === 0 ? digits : `${digits.slice(0, point) || "0"}.${digits.slice(point)}`;
}

function ruledMoment(
  column: string,
  { least, most }: { readonly least: string; readonly most: string },
  { infinity = "refuse", farDates = "refuse" }: ValueRules,
): string {
  const becomes = (rule: "null" | "clamp", bound: string) => (rule === "null" ? "NULL" : bound);
  const cases = [
    ...(infinity === "refuse"
      ? []
      : [
          `WHEN ${column} = 'infinity' THEN ${becomes(infinity, most)}`,
          `WHEN ${column} = '-infinity' THEN ${becomes(infinity, least)}`,
        ]),
    ...(farDates === "refuse"
      ? []
      : [
          `WHEN ${column} > ${most} AND ${column} <> 'infinity' THEN ${becomes(farDates, most)}`,
          `WHEN ${column} < ${least} AND ${column} <> '-infinity' THEN ${becomes(farDates, least)}`,
        ]),
  ];
  return caseOr(cases, column);
}

function caseOr(cases: readonly string[], column: string): string {
  return cases.length === 0 ? column : `CASE ${cases.join(" ")} ELSE ${column} END`;
}

/** Texts hold infinity and far dates as they are written. */
function isText(target: string): boolean {
  return target.startsWith("character") || target === "super";
}
