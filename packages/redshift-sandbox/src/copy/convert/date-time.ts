import type { Buffer } from "node:buffer";
import type { Complaint } from "../complaint.ts";
import type { ConversionOptions, Convert } from "./convert.ts";
import { compileFormat } from "./date-format.ts";
import { recognise } from "./date-recognition.ts";
import { dateText, fromEpoch, isDay, microsOf, timeText, timestampText } from "./moment.ts";
import type { Moment } from "./moment.ts";

const DEFAULT_TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?$/;
const DEFAULT_OFFSET = /[+-]\d{1,2}(?::?\d{2})?$/;
const TIME_OF_DAY = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([AaPp][Mm])?$/;

type Read = (text: string) => Moment | undefined;

/** DATE. Time information is read and dropped. @see AWS copy-parameters-data-conversion (DATEFORMAT) */
export function date(options: ConversionOptions): Convert {
  const format = options.dateFormat;
  const read: Read | undefined =
    format === undefined ? undefined : format === "auto" ? recognise : compileFormat(format);
  const complaint: Complaint = {
    code: 1205,
    reason: `Invalid Date Format - length must be 10 or more`,
  };
  return (source, start, end, _flags, out) => {
    if (isIsoDay(source, start, end)) {
      if (read === undefined || read === recognise) {
        out.raw(source, start, end);
        return undefined;
      }
    }
    const text = source.toString("latin1", start, end);
    const moment = read === undefined ? defaultDate(text) : read(text);
    if (moment !== undefined) {
      out.ascii(dateText(moment));
      return undefined;
    }
    if (options.acceptAnyDate) return null;
    if (text.length < 10 && read === undefined) return complaint;
    return {
      code: 1205,
      reason: `Invalid date format or value [${format === undefined || format === "auto" ? "YYYY-MM-DD" : format}]`,
    };
  };
}

/** TIMESTAMP, TIMESTAMPTZ. @see AWS copy-parameters-data-conversion (TIMEFORMAT), automatic-recognition */
export function timestamp(withZone: boolean, options: ConversionOptions): Convert {
  const format = options.timeFormat;
  const read = timestampReader(format, withZone);
  const shown =
    format === undefined || format === "auto" ? `YYYY-MM-DD HH24:MI:SS${withZone ? "OF" : ""}` : format;
  return (source, start, end, _flags, out) => {
    if ((format === undefined || format === "auto") && isIsoSecond(source, start, end)) {
      out.raw(source, start, end);
      return undefined;
    }
    const text = source.toString("latin1", start, end);
    const moment = read(text);
    if (moment !== undefined) {
      out.ascii(timestampText(moment, withZone));
      return undefined;
    }
    if (options.acceptAnyDate) return null;
    return { code: 1206, reason: `Invalid timestamp format or value [${shown}]` };
  };
}

/** TIME, TIMETZ: `HH:MI[:SS[.ffffff]]`, with an offset for the latter. */
export function time(withZone: boolean): Convert {
  return (source, start, end, _flags, out) => {
    const text = source.toString("latin1", start, end);
    const offset = withZone ? (DEFAULT_OFFSET.exec(text)?.[0] ?? "") : "";
    const match = TIME_OF_DAY.exec(text.slice(0, text.length - offset.length).trim());
    const moment = match === null ? undefined : recognise(`2000-01-01 ${match[0]}`);
    if (moment === undefined) return { code: 1206, reason: "Invalid time format or value [HH:MI:SS]" };
    out.ascii(timeText(moment) + offset);
    return undefined;
  };
}

function timestampReader(format: string | undefined, withZone: boolean): Read {
  switch (format) {
    case undefined:
      return withZone ? defaultTimestamptz : defaultTimestamp;
    case "auto":
      return recognise;
    case "epochsecs":
      return (text) => epoch(text, 1);
    case "epochmillisecs":
      return (text) => epoch(text, 1000);
    default:
      return compileFormat(format);
  }
}

function epoch(text: string, unitsPerSecond: 1 | 1000): Moment | undefined {
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const micros = Math.round((Number(`${match[1] ?? ""}${match[2] ?? ""}`) * 1_000_000) / unitsPerSecond);
  const fraction = unitsPerSecond === 1 ? microsOf(match[3] ?? "") * (match[1] === "-" ? -1 : 1) : 0;
  const total = micros + fraction;
  const seconds = Math.floor(total / 1_000_000);
  return fromEpoch(seconds, total - seconds * 1_000_000);
}

function defaultDate(text: string): Moment | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(?:[ T].*)?$/.test(text)) return undefined;
  return recognise(text);
}

function defaultTimestamp(text: string): Moment | undefined {
  return DEFAULT_TIMESTAMP.test(text) ? recognise(text) : undefined;
}

function defaultTimestamptz(text: string): Moment | undefined {
  const offset = DEFAULT_OFFSET.exec(text.slice(19))?.[0] ?? "";
  return DEFAULT_TIMESTAMP.test(text.slice(0, text.length - offset.length))
    ? recognise(offset.length === 2 ? `${text.slice(0, -1)}0${text.slice(-1)}` : text)
    : undefined;
}

/** Exactly `YYYY-MM-DD HH:MI:SS`, a moment that exists. */
function isIsoSecond(source: Buffer, start: number, end: number): boolean {
  if (end - start !== 19 || source[start + 10] !== 0x20 || !isIsoDay(source, start, start + 10)) return false;
  if (source[start + 13] !== 0x3a || source[start + 16] !== 0x3a) return false;
  const hour = digits(source, start + 11, start + 13);
  const minute = digits(source, start + 14, start + 16);
  const second = digits(source, start + 17, start + 19);
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

/** Exactly `YYYY-MM-DD`, a day that exists. */
function isIsoDay(source: Buffer, start: number, end: number): boolean {
  if (end - start !== 10 || source[start + 4] !== 0x2d || source[start + 7] !== 0x2d) return false;
  const year = digits(source, start, start + 4);
  const month = digits(source, start + 5, start + 7);
  const day = digits(source, start + 8, start + 10);
  return year > 0 && month > 0 && day > 0 && isDay(year, month, day);
}

function digits(source: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (source[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
