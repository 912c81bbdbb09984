import { option, wording } from "../../../wording.ts";
import type { TableTransfer } from "../column-transfer.ts";
import { textSize } from "../truncated-text.ts";
import { mostTextBytes, valueKind } from "../types/value-kind.ts";
import type { Refusal, ValueCheck } from "./refusal.ts";

/** The check for VARCHAR(bytes) and, with `singleByte`, CHAR(bytes). @see facts.md 4 */
export function textCheck(
  { source, expression, value }: TableTransfer,
  bytes: number,
  singleByte: boolean,
  encoding: string,
): ValueCheck | undefined {
  const kind = valueKind(source);
  if (kind === "bytes") {
    return {
      input: value,
      refusals: (binary) => [
        tooLong(`2 * octet_length(${binary})`, `octet_length(${binary}) > ${bytes / 2}`, bytes),
      ],
    };
  }
  const most = mostTextBytes(source);
  const fits = most !== undefined && most <= bytes;
  const letters = kind === "text" || kind === "json" || kind === "nested" || most === undefined;
  if (fits && !(singleByte && letters)) return undefined;
  const size = (text: string) => textSize(text, encoding);
  const refusals = (text: string): readonly Refusal[] => [
    ...(singleByte && letters ? [beyondAscii(text, encoding)] : []),
    // Blanks beyond the length mean nothing and are cut by Redshift. @see AWS r_Character_types
    ...(fits
      ? []
      : [
          tooLong(
            size(text),
            `${size(text)} > ${bytes} AND ${size(`rtrim(${text}, ' ')`)} > ${bytes}`,
            bytes,
          ),
        ]),
  ];
  // The blanks that fill up a CHAR are no part of its text.
  const isText = source.type === "text" || source.type === "varchar";
  return { input: isText ? expression : `(${expression})::text`, refusals };
}

function tooLong(size: string, when: string, bytes: number): Refusal {
  return {
    when,
    detail: `(${size})::text`,
    reason: (found) =>
      wording`has ${found} bytes, and the column holds ${bytes} (lengths count bytes); widen it, shorten the value, or let texts be cut (${option("longText", "truncate")})`,
  };
}

function beyondAscii(text: string, encoding: string): Refusal {
  return {
    // Every character of ASCII is one byte in each encoding that a database of PostgreSQL can have.
    when: encoding === "UTF8" ? `octet_length(${text}) <> length(${text})` : `${text} ~ '[^\\u0001-\\u007f]'`,
    reason: "has characters beyond ASCII, which CHAR does not take; load into VARCHAR",
  };
}

/** The check for VARBYTE(bytes), which takes hexadecimal digits. @see facts.md 4 */
export function bytesCheck({ source, expression, value }: TableTransfer, bytes: number): ValueCheck {
  if (valueKind(source) === "bytes") {
    return {
      input: value,
      refusals: (binary) => [tooManyBytes(`octet_length(${binary})`, bytes)],
    };
  }
  return {
    input: `(${expression})::text`,
    refusals: (text) => [
      {
        when: `${text} !~ '^([0-9A-Fa-f]{2})*$'`,
        reason: "is not written in hexadecimal digits",
      },
      tooManyBytes(`octet_length(${text}) / 2`, bytes),
    ],
  };
}

function tooManyBytes(size: string, bytes: number): Refusal {
  return {
    when: `${size} > ${bytes}`,
    detail: `(${size})::text`,
    reason: (found) => `has ${found} bytes, and the column holds ${bytes}`,
  };
}

/** The check for BOOLEAN; undefined for what is a boolean. */
export function booleanCheck({ source, expression }: TableTransfer): ValueCheck | undefined {
  if (valueKind(source) === "boolean") return undefined;
  return {
    input: `(${expression})::text`,
    refusals: (text) => [
      { when: `${text} NOT IN ('t', 'f', 'true', 'false', '1', '0')`, reason: "is no boolean" },
    ],
  };
}
