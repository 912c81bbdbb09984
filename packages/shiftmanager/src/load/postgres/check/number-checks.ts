import { option, wording, type Wording } from "../../../wording.ts";
import { decimalDigits, valueKind } from "../types/value-kind.ts";
import type { TableTransfer } from "../column-transfer.ts";
import type { Refusal, ValueCheck } from "./refusal.ts";

const whole: Readonly<Record<string, { readonly least: string; readonly most: string }>> = {
  int2: { least: "-32768", most: "32767" },
  int4: { least: "-2147483648", most: "2147483647" },
  int8: { least: "-9223372036854775808", most: "9223372036854775807" },
  oid: { least: "0", most: "4294967295" },
};

const wholeTypes: Readonly<Record<string, string>> = { smallint: "int2", integer: "int4", bigint: "int8" };

/** Texts longer than this are no numbers that any column holds, and PostgreSQL itself has a limit. */
const longestNumber = 1000;

/** The check for SMALLINT, INTEGER and BIGINT. @see facts.md 4 */
export function wholeNumberCheck({ source, expression, target }: TableTransfer): ValueCheck | undefined {
  const bounds = whole[wholeTypes[target.type] ?? ""];
  if (bounds === undefined) return undefined;
  const { least, most } = bounds;
  const name = target.type.toUpperCase();
  const outside = (value: string): Refusal => ({
    when: `${value} NOT BETWEEN ${least} AND ${most}`,
    reason: `is outside ${name} (${least} to ${most})`,
  });
  if (valueKind(source) === "whole") {
    const own = whole[source.type];
    const fits = own !== undefined && BigInt(own.least) >= BigInt(least) && BigInt(own.most) <= BigInt(most);
    // An oid cannot be compared with numbers.
    const input = source.type === "oid" ? `(${expression})::text::bigint` : expression;
    return fits ? undefined : { input, refusals: (value) => [outside(value)] };
  }
  return {
    input: numberOr(expression, "^-?[0-9]+$"),
    refusals: (value) => [
      { when: `${value} = 'NaN'`, reason: `is not a whole number, which ${name} takes` },
      { ...outside(value), when: `${value} <> 'NaN' AND ${outside(value).when}` },
    ],
  };
}

/** The check for DECIMAL(precision,scale). @see facts.md 4 */
export function decimalCheck(
  { source, expression }: TableTransfer,
  precision: number,
  scale: number,
): ValueCheck | undefined {
  const type = `DECIMAL(${precision},${scale})`;
  const kind = valueKind(source);
  const isNumber = kind === "decimal" || kind === "float" || kind === "whole" || source.type === "money";
  const digits = valueKind(source) === "whole" ? wholeDigits(source.type) : decimalDigits(source);
  const cut = digits === undefined || digits.after > scale;
  // What is rounded may come to have one digit more.
  const grows = cut || digits.before > precision - scale;
  const refusals = (value: string): readonly Refusal[] => [
    ...(kind === "whole" || source.type === "money" ? [] : [notPlain(value, type)]),
    ...(cut ? [surplusDecimals(value, type, scale)] : []),
    ...(grows ? [tooManyDigits(value, type, precision - scale)] : []),
    ...(precision === 19 && (grows || digits.before + scale === 19)
      ? [beyondEightBytes(value, type, scale)]
      : []),
  ];
  if (refusals("v").length === 0) return undefined;
  if (isNumber) {
    const input = kind === "whole" ? `(${expression})::text::numeric` : expression;
    return { input, refusals };
  }
  return { input: numberOr(expression, "^-?([0-9]+[.]?[0-9]*|[.][0-9]+)$"), refusals };
}

function wholeDigits(type: string): { readonly before: number; readonly after: number } {
  return { before: (whole[type]?.most ?? "").length, after: 0 };
}

function notPlain(value: string, type: string): Refusal {
  return {
    when: `${value} = 'NaN'`,
    reason: wording`is not a plain number, which ${type} takes; select another, or let NaN become NULL (${option("nan", "null")})`,
  };
}

function surplusDecimals(value: string, type: string, scale: number): Refusal {
  return {
    when: `${value} <> trunc(${value}, ${scale})`,
    detail: `length(rtrim(split_part(${value}::text, '.', 2), '0'))::text`,
    reason: (decimals) =>
      wording`has ${decimals} decimals, and COPY would cut them to ${type}; widen the scale, or say what is to become of them (${option("surplusDecimals", "round")})`,
  };
}

function tooManyDigits(value: string, type: string, before: number): Refusal {
  return {
    when: `abs(${value}) >= 1e${before} AND ${value} <> 'NaN'`,
    detail: `left(${value}::text, 9)`,
    reason: (text) => (/^-?Infinity$/.test(text) ? infinite : `has too many digits for ${type}`),
  };
}

/** AWS stores up to 19 digits in eight bytes, so the largest of them do not fit. */
function beyondEightBytes(value: string, type: string, scale: number): Refusal {
  return {
    when: `abs(${value}) > 9223372036854775807 * 1e-${scale} AND abs(${value}) < 1e${19 - scale}`,
    reason: `is beyond 9223372036854775807 units, the most that ${type} holds`,
  };
}

const infinite: Wording = wording`is infinite, which COPY does not load; select another value, or say what is to become of it (${option("infinity", "null")})`;

const floats = {
  real: {
    // Halfway between the greatest value and the next power of two: from here on it rounds to infinity.
    most: "3.4028235677973366e38",
    // Half of the least value: up to here it rounds to zero.
    least: "7.006492321624085e-46",
  },
  "double precision": { most: "1.7976931348623158e308", least: "2.4703282292062328e-324" },
};

/** The check for REAL and DOUBLE PRECISION. @see facts.md 4 */
export function floatCheck({ source, expression, target }: TableTransfer): ValueCheck | undefined {
  const bounds = floats[target.type === "real" ? "real" : "double precision"];
  const kind = valueKind(source);
  if (kind === "whole") return undefined;
  const nan: Wording = wording`is NaN, which COPY does not load; select NULLIF(column, 'NaN'), or let it become NULL (${option("nan", "null")})`;
  const beyond = (value: string): Refusal => ({
    when: `${value} <> 'NaN' AND (abs(${value}) >= ${bounds.most} OR ${value} <> 0 AND abs(${value}) <= ${bounds.least})`,
    reason: "is beyond what the column's type can hold",
  });
  if (kind === "float") {
    const narrower = source.type === "float8" && target.type === "real";
    return {
      input: expression,
      refusals: (value) => [
        { when: `${value} = 'NaN'`, reason: nan },
        { when: `${value} IN ('Infinity', '-Infinity')`, reason: infinite },
        ...(narrower
          ? [
              {
                ...beyond(value),
                when: `${value} NOT IN ('Infinity', '-Infinity') AND ${beyond(value).when}`,
              },
            ]
          : []),
      ],
    };
  }
  if (kind === "decimal") {
    const digits = decimalDigits(source);
    // No float is too small for a number with so few digits, and none too large.
    const fits = digits !== undefined && digits.before <= 38 && digits.after <= 38;
    return {
      input: expression,
      refusals: (value) => [{ when: `${value} = 'NaN'`, reason: nan }, ...(fits ? [] : [beyond(value)])],
    };
  }
  return {
    input: numberOr(expression, "^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$"),
    refusals: (value) => [{ when: `${value} = 'NaN'`, reason: "is no finite number" }, beyond(value)],
  };
}

/** SQL of a text as a number, or of NaN where it is none. */
function numberOr(expression: string, pattern: string): string {
  const text = `(${expression})::text`;
  return `CASE WHEN length(${text}) <= ${longestNumber} AND ${text} ~ '${pattern}' THEN ${text}::numeric WHEN ${text} IS NOT NULL THEN 'NaN' END`;
}
