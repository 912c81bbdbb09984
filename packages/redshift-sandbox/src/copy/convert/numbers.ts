import type { Buffer } from "node:buffer";
import { BAD_BOOLEAN } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import type { RowBuffer } from "../row-buffer.ts";
import type { Convert } from "./convert.ts";
import { invalidDigit } from "./convert.ts";

const LIMITS = {
  smallint: { digits: "32768", name: "Short" },
  integer: { digits: "2147483648", name: "Integer" },
  bigint: { digits: "9223372036854775808", name: "Long" },
} as const;

/** SMALLINT, INTEGER, BIGINT: digits with a sign; the text goes on as it is. */
export function integer(kind: keyof typeof LIMITS): Convert {
  const { digits: limit, name } = LIMITS[kind];
  return (source, start, end, _flags, out) => {
    const negative = source[start] === 0x2d;
    let at = negative || source[start] === 0x2b ? start + 1 : start;
    const first = at;
    while (at < end && source[at] === 0x30) at += 1;
    const significant = at;
    for (; at < end; at++) {
      const byte = source[at] as number;
      if (byte < 0x30 || byte > 0x39) return invalidDigit(source, start, at, end, name);
    }
    if (first === end) return invalidDigit(source, start, end, end, name);
    const size = end - significant;
    if (size >= limit.length && exceeds(source, significant, size, limit, negative)) {
      return overflow(source, start, end, name);
    }
    out.raw(source, start, end);
    return undefined;
  };
}

/** `limit` is the least magnitude that only a negative number may have. */
function exceeds(source: Buffer, at: number, size: number, limit: string, negative: boolean): boolean {
  if (size !== limit.length) return size > limit.length;
  for (let i = 0; i < size; i++) {
    const difference = (source[at + i] as number) - limit.charCodeAt(i);
    if (difference !== 0) return difference > 0;
  }
  return !negative;
}

function overflow(source: Buffer, start: number, end: number, type: string): Complaint {
  const value = source.toString("latin1", start, Math.min(end, start + 40));
  return { code: 1222, reason: `Overflow, Value '${value}', Type: ${type}` };
}

const MOST_IN_EIGHT_BYTES = 9_223_372_036_854_775_807n;

/**
 * DECIMAL(p,s): digits beyond the scale are cut off, or rounded half away from zero with ROUNDEC.
 * The digits never pass through a JavaScript number. One of 19 digits is kept in eight bytes, which ends it earlier.
 * @see AWS copy-parameters-data-conversion (ROUNDEC), r_Numeric_types201
 */
export function decimal(precision: number, scale: number, round: boolean): Convert {
  const wholeLimit = precision - scale;
  const inEightBytes = precision === 19;
  return (source, start, end, _flags, out) => {
    let at = source[start] === 0x2d || source[start] === 0x2b ? start + 1 : start;
    const whole = at;
    while (at < end && isDigit(source[at] as number)) at += 1;
    const wholeEnd = at;
    let fraction = at;
    if (at < end && source[at] === 0x2e) {
      fraction = ++at;
      while (at < end && isDigit(source[at] as number)) at += 1;
    }
    const digits = wholeEnd - whole + (at - fraction);
    if (digits > 0 && at < end && ((source[at] as number) | 0x20) === 0x65) {
      return scientific(source, start, end, precision, scale, round, out);
    }
    if (digits === 0 || at < end) return invalidDigit(source, start, at, end, "Decimal");
    const surplus = at - fraction - scale;
    if (
      (inEightBytes && digits >= 19) ||
      (surplus > 0 && round && (source[fraction + scale] as number) >= 0x35)
    ) {
      return rounded(source.toString("latin1", start, end), precision, scale, round, out);
    }
    let significant = whole;
    while (significant < wholeEnd && source[significant] === 0x30) significant += 1;
    if (wholeEnd - significant > wholeLimit) return overflow(source, start, end, "Decimal");
    out.raw(source, start, surplus > 0 ? fraction + scale : end);
    return undefined;
  };
}

function scientific(
  source: Buffer,
  start: number,
  end: number,
  precision: number,
  scale: number,
  round: boolean,
  out: RowBuffer,
): Complaint | undefined {
  const text = source.toString("latin1", start, end);
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?[eE]([+-]?\d{1,6})$/.exec(text);
  if (parts === null) {
    const mark = text.search(/[eE]/);
    return invalidDigit(source, start, start + mark, end, "Decimal");
  }
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
  const exponent = Number(exponentText);
  // Beyond what any DECIMAL holds: no need to write the zeros out.
  if (exponent > 200) {
    if (/[1-9]/.test(whole + fraction)) return overflow(source, start, end, "Decimal");
    out.ascii("0");
    return undefined;
  }
  if (exponent < -400) {
    out.ascii("0");
    return undefined;
  }
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const plain =
    point <= 0
      ? `0.${"0".repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + "0".repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return rounded(sign + plain, precision, scale, round, out);
}

function rounded(
  text: string,
  precision: number,
  scale: number,
  round: boolean,
  out: RowBuffer,
): Complaint | undefined {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  const [, sign = "", whole = "", fraction = ""] = parts ?? [];
  const kept = fraction.slice(0, scale).padEnd(scale, "0");
  let units = BigInt(`${whole}${kept}` || "0");
  if (round && (fraction[scale] ?? "0") >= "5") units += 1n;
  const digits = units.toString().padStart(scale + 1, "0");
  if (digits.replace(/^0+/, "").length > precision || (precision === 19 && units > MOST_IN_EIGHT_BYTES)) {
    return { code: 1222, reason: `Overflow, Value '${text.slice(0, 40)}', Type: Decimal` };
  }
  const cut = digits.length - scale;
  out.ascii(`${sign === "-" ? "-" : ""}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : ""}`);
  return undefined;
}

/** REAL and DOUBLE PRECISION; the text goes on as it is. */
export function float(kind: "real" | "double"): Convert {
  return (source, start, end, _flags, out) => {
    if (isShortNumber(source, start, end)) {
      out.raw(source, start, end);
      return undefined;
    }
    const text = source.toString("latin1", start, end);
    if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)$/i.test(text)) {
      return { code: 1208, reason: `Invalid floating point value '${text.slice(0, 40)}'` };
    }
    if (/^[+-]?[\d.]/.test(text)) {
      const value = kind === "real" ? Math.fround(Number(text)) : Number(text);
      if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(text.replace(/e.*$/i, "")))) {
        return overflow(source, start, end, kind === "real" ? "Float" : "Double");
      }
    }
    out.ascii(text);
    return undefined;
  };
}

/** Digits with at most one point, and so few of them that no float type overflows or underflows: nearly every value. */
function isShortNumber(source: Buffer, start: number, end: number): boolean {
  let at = source[start] === 0x2d ? start + 1 : start;
  if (end - at > 30) return false;
  let digits = 0;
  let points = 0;
  for (; at < end; at++) {
    const byte = source[at] as number;
    if (isDigit(byte)) digits += 1;
    else if (byte === 0x2e) points += 1;
    else return false;
  }
  return digits > 0 && points < 2;
}

/** @see AWS r_Boolean_type: the words it lists, in any case. */
export const boolean: Convert = (source, start, end, _flags, out) => {
  switch (source.toString("latin1", start, Math.min(end, start + 6)).toLowerCase()) {
    case "t":
    case "true":
    case "y":
    case "yes":
    case "1":
      out.byte(0x74);
      return undefined;
    case "f":
    case "false":
    case "n":
    case "no":
    case "0":
      out.byte(0x66);
      return undefined;
    default:
      return BAD_BOOLEAN;
  }
};

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
