/**
 * Why a value, as PostgreSQL wrote it, would not arrive in a column as it is; undefined when it would. What COPY itself
 * refuses is refused here as well, because here the row is known.
 */
export type ValueCheck = (text: string) => string | undefined;

const whole: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

const day = String.raw`\d{4}-\d\d-\d\d`;
const time = String.raw`\d\d:\d\d:\d\d(?:\.\d{1,6})?`;
const zone = String.raw`[+-]\d\d(?::\d\d){0,2}`;

/**
 * The check for a column of Redshift; undefined for a type that cannot be loaded this way.
 * @param type - as the catalog writes it: `numeric(10,2)`
 * @see facts.md 1.8 and 4
 */
export function valueCheck(type: string): ValueCheck | undefined {
  const [, name = "", first, second] = /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?$/.exec(type) ?? [];
  switch (name) {
    case "smallint":
    case "integer":
    case "bigint":
      return wholeNumber(name);
    case "numeric":
      return decimal(Number(first ?? 18), Number(second ?? 0));
    case "real":
      return (text) => floating(text, Math.fround(Number(text)));
    case "double precision":
      return (text) => floating(text, Number(text));
    case "boolean":
      return (text) => (/^(?:t|f|true|false|1|0)$/.test(text) ? undefined : "is no boolean");
    case "character":
      return characters(Number(first ?? 1), true);
    case "character varying":
      return characters(Number(first ?? 256), false);
    case "date":
      return moment(new RegExp(`^${day}$`), "a DATE (YYYY-MM-DD); a time would be cut off, so cast it");
    case "timestamp without time zone":
      return moment(new RegExp(`^${day} ${time}$`), "a TIMESTAMP (YYYY-MM-DD HH:MI:SS)");
    case "timestamp with time zone":
      return moment(new RegExp(`^${day} ${time}${zone}$`), "a TIMESTAMPTZ (YYYY-MM-DD HH:MI:SS+00)");
    case "time without time zone":
      return moment(new RegExp(`^${time}$`), "a TIME (HH:MI:SS)");
    case "time with time zone":
      return moment(new RegExp(`^${time}${zone}$`), "a TIMETZ (HH:MI:SS+00)");
    case "binary varying":
      return bytes(Number(first ?? 64_000));
    case "super":
      return json;
    default:
      return undefined;
  }
}

function wholeNumber(name: string): ValueCheck {
  const [least, most] = whole[name] ?? [0n, 0n];
  const surelyFits = String(most).length - 1;
  return (text) => {
    if (!/^-?\d+$/.test(text)) return `is not a whole number, which ${name.toUpperCase()} takes`;
    if (text.length <= surelyFits) return undefined;
    const value = BigInt(text);
    return value < least || value > most
      ? `is outside ${name.toUpperCase()} (${least} to ${most})`
      : undefined;
  };
}

function decimal(precision: number, scale: number): ValueCheck {
  const type = `DECIMAL(${precision},${scale})`;
  return (text) => {
    const parts = /^-?0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
    if (parts === null || !/\d/.test(text)) return `is not a plain number, which ${type} takes`;
    const [, before = "", after = ""] = parts;
    if (after.length > scale) return `has ${after.length} decimals, and COPY would cut them to ${type}`;
    if (before.length > precision - scale) return `has too many digits for ${type}`;
    // AWS stores up to 19 digits in eight bytes, so the largest of them do not fit.
    const digits = before + after.padEnd(scale, "0");
    if (precision === 19 && digits.length === 19 && BigInt(digits) > 2n ** 63n - 1n) {
      return `is beyond 9223372036854775807 units, the most that ${type} holds`;
    }
    return undefined;
  };
}

function floating(text: string, value: number): string | undefined {
  if (!/^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    return /nan/i.test(text)
      ? "is NaN, which COPY does not load; select NULLIF(column, 'NaN')"
      : "is no finite number";
  }
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(text.replace(/e.*$/i, "")))) {
    return "is beyond what the column's type can hold";
  }
  return undefined;
}

function moment(pattern: RegExp, what: string): ValueCheck {
  return (text) => {
    if (pattern.test(text)) return undefined;
    if (/infinity/i.test(text))
      return "is infinite, which Redshift has no date for; select NULL or a far date";
    if (/ BC$/.test(text))
      return "is before the year 1, which COPY does not load; select NULL or another date";
    if (/^\d{5,}-/.test(text))
      return "has a year over 9999, which COPY does not load; select NULL or another date";
    return `is not ${what}`;
  };
}

function characters(most: number, singleByte: boolean): ValueCheck {
  return (text) => {
    // Blanks beyond the length mean nothing and are cut by Redshift. @see AWS r_Character_types
    const size = Buffer.byteLength(text);
    if (singleByte && size !== text.length) {
      return "has characters beyond ASCII, which CHAR does not take; load into VARCHAR";
    }
    if (text.includes("\0")) return "holds a NUL character, which Redshift cannot store";
    if (size <= most) return undefined;
    return Buffer.byteLength(text.replace(/ +$/, "")) <= most
      ? undefined
      : `has ${size} bytes, and the column holds ${most} (lengths count bytes); widen it or shorten the value`;
  };
}

function bytes(most: number): ValueCheck {
  return (text) => {
    if (text.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(text)) return "is not written in hexadecimal digits";
    return text.length / 2 > most ? `has ${text.length / 2} bytes, and the column holds ${most}` : undefined;
  };
}

const jsonString = /"(?:[^"\\]|\\.)*"/g;

/** SUPER keeps 64-bit integers and doubles exactly; what decimals it would keep beyond them no source says. */
function json(text: string): string | undefined {
  if (text.includes("\\u")) {
    if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) return "holds \\u0000, which Redshift cannot store";
    for (const [string] of text.matchAll(jsonString)) {
      if (/\\u[dD][89a-fA-F]/.test(string) && !(JSON.parse(string) as string).isWellFormed()) {
        return "holds half of a surrogate pair, which is not text";
      }
    }
  }
  if (!/[\d.]{16}|\d[eE][+-]?\d/.test(text)) return undefined;
  for (const [number] of text.replace(jsonString, '""').matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    if (!isExact(number)) {
      return `holds the number ${number.length > 60 ? `${number.slice(0, 60)}…` : number}, which SUPER may round; make it text`;
    }
  }
  return undefined;
}

function isExact(number: string): boolean {
  if (/^-?\d{1,19}$/.test(number)) {
    const value = BigInt(number);
    return value >= -(2n ** 63n) && value < 2n ** 63n;
  }
  const value = Number(number);
  return Number.isFinite(value) && sameDecimal(number, String(value));
}

function sameDecimal(a: string, b: string): boolean {
  return normal(a) === normal(b);
}

/** A decimal number as its digits without zeros at either end, and the power of ten of the last one. */
function normal(number: string): string {
  const [, sign = "", before = "", after = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${before}${after}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  return `${sign}${kept}e${BigInt(power) - BigInt(after.length) + BigInt(digits.length - kept.length)}`;
}
