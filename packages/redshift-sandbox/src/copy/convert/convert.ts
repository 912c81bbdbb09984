import type { Buffer } from "node:buffer";
import type { Complaint } from "../complaint.ts";
import type { RowBuffer } from "../row-buffer.ts";

/**
 * Checks one value and writes it in COPY's text form: undefined when that was done, null when the value means NULL,
 * else why it cannot be loaded. May have written something before it complains: the row is cut off then.
 */
export type Convert = (
  source: Buffer,
  start: number,
  end: number,
  flags: number,
  out: RowBuffer,
) => Complaint | null | undefined;

/** How a load treats values, from the COPY command's conversion parameters. */
export interface ConversionOptions {
  readonly blanksAsNull: boolean;
  readonly emptyAsNull: boolean;
  readonly trimBlanks: boolean;
  readonly truncateColumns: boolean;
  /** ASCII code of the replacement; undefined when bad characters are errors. */
  readonly replacement: number | undefined;
  readonly acceptAnyDate: boolean;
  readonly roundDecimals: boolean;
  /** `auto`, or a format; undefined for the default. */
  readonly dateFormat: string | undefined;
  /** `auto`, `epochsecs`, `epochmillisecs`, or a format; undefined for the default. */
  readonly timeFormat: string | undefined;
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** `Invalid digit, Value 'x', Pos 0, Type: Integer`: what users see in stl_load_errors for a number that is none. */
export function invalidDigit(
  source: Buffer,
  start: number,
  at: number,
  end: number,
  type: string,
): Complaint {
  const value = at < end ? source.toString("utf8", at, Math.min(end, at + 1)) : "";
  return { code: 1207, reason: `Invalid digit, Value '${value}', Pos ${String(at - start)}, Type: ${type}` };
}
