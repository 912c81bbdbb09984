import { fromJulianDay, fullYear, isDay, isMoment, microsOf, monthNumber } from "./moment.ts";
import type { Moment } from "./moment.ts";

const ZONES: Readonly<Record<string, string>> = {
  z: "+00:00",
  utc: "+00:00",
  gmt: "+00:00",
  zulu: "+00:00",
  est: "-05:00",
  edt: "-04:00",
  cst: "-06:00",
  cdt: "-05:00",
  mst: "-07:00",
  mdt: "-06:00",
  pst: "-08:00",
  pdt: "-07:00",
  cet: "+01:00",
  cest: "+02:00",
  eet: "+02:00",
  eest: "+03:00",
  wet: "+00:00",
  bst: "+01:00",
  jst: "+09:00",
  msk: "+03:00",
};
const WEEKDAY =
  /^(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day)$/;

const TIME = /(?:^|[\sT])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm](?![A-Za-z]))?/;
const OFFSET = /^\s*([+-])(\d{2})(?::?(\d{2}))?(?![\d-])/;
const COMPACT_TIME = /^(\d{8}|\d{6})[\sT](\d{2})(\d{2})(\d{2})?(?:\.(\d{1,9}))?$/;

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * Reads a date or timestamp as DATEFORMAT and TIMEFORMAT `'auto'` do: AWS's two tables, and names of months in any place
 * (`Jun 12 1998`). Between equals the month comes first, except that `DD.MM.YYYY` is tried when that gives no date.
 * @see AWS automatic-recognition, r_DATEFORMAT_and_TIMEFORMAT_strings
 */
export function recognise(given: string): Moment | undefined {
  let text = given.trim();
  let zone: string | undefined;
  let time = { hour: 0, minute: 0, second: 0, micros: 0 };

  const compact = COMPACT_TIME.exec(text);
  const clock = compact === null ? TIME.exec(text) : null;
  if (compact !== null) {
    time = clockOf(compact[2], compact[3], compact[4], compact[5], undefined);
    text = compact[1] ?? "";
  } else if (clock !== null) {
    if (clock[5] !== undefined && (Number(clock[1]) < 1 || Number(clock[1]) > 12)) return undefined;
    time = clockOf(clock[1], clock[2], clock[3], clock[4], clock[5]);
    const before = text.slice(0, clock.index);
    let after = text.slice(clock.index + clock[0].length);
    const offset = OFFSET.exec(after);
    if (offset !== null) {
      zone = `${offset[1] ?? "+"}${offset[2] ?? "00"}:${offset[3] ?? "00"}`;
      after = after.slice(offset[0].length);
    }
    text = `${before} ${after}`.trim();
  }
  let beforeChrist = false;
  const words: string[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const lower = word.toLowerCase();
    if (lower === "bc") beforeChrist = true;
    else if (lower === "ad" || WEEKDAY.test(lower)) continue;
    else if (zone === undefined && ZONES[lower] !== undefined) zone = ZONES[lower];
    else if (zone === undefined && /^[A-Za-z_]+\/[A-Za-z_/]+$/.test(word)) {
      if (!isZoneName(word)) return undefined;
      zone = word;
    } else words.push(word);
  }
  // Before Christ, two digits are the whole year.
  const day = readDay(words.join(" "), beforeChrist ? Number : fullYear);
  if (day === undefined) return undefined;
  const moment: Moment = {
    year: beforeChrist ? 1 - day.year : day.year,
    month: day.month,
    day: day.day,
    ...time,
    ...(zone === undefined ? {} : { zone }),
  };
  return isMoment(moment) ? moment : undefined;
}

function clockOf(
  hours: string | undefined,
  minutes: string | undefined,
  seconds: string | undefined,
  fraction: string | undefined,
  half: string | undefined,
): { hour: number; minute: number; second: number; micros: number } {
  let hour = Number(hours);
  if (half !== undefined) hour = (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  return { hour, minute: Number(minutes), second: Number(seconds ?? 0), micros: microsOf(fraction ?? "") };
}

function readDay(text: string, yearOf: (digits: string) => number): Day | undefined {
  let match = /^(\d{4,})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text);
  if (match !== null) return day(Number(match[1]), match[2], match[3]);
  match = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (match !== null) return day(Number(match[1]), match[2], match[3]);
  match = /^(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (match !== null) return day(yearOf(match[1] ?? ""), match[2], match[3]);
  match = /^J(\d{1,7})$/i.exec(text);
  if (match !== null) return fromJulianDay(Number(match[1]));
  match = /^(\d{4})[.-](\d{3})$/.exec(text);
  if (match !== null) return dayOfYear(Number(match[1]), Number(match[2]));
  match = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})$/.exec(text);
  if (match !== null) {
    const year = yearOf(match[4] ?? "");
    return day(year, match[1], match[3]) ?? (match[2] === "." ? day(year, match[3], match[1]) : undefined);
  }
  return withMonthName(text, yearOf);
}

function withMonthName(text: string, yearOf: (digits: string) => number): Day | undefined {
  const parts = text.split(/[\s/.-]+/).filter((part) => part !== "");
  if (parts.length !== 3) return undefined;
  const at = parts.findIndex((part) => /^[A-Za-z]+$/.test(part));
  const month = monthNumber(parts[at] ?? "");
  if (month === undefined) return undefined;
  const [first = "", second = ""] = parts.filter((_, i) => i !== at);
  if (!/^\d{1,4}$/.test(first) || !/^\d{1,4}$/.test(second)) return undefined;
  return first.length > 2
    ? day(Number(first), String(month), second)
    : day(yearOf(second), String(month), first);
}

function day(year: number, month: string | undefined, dayOfMonth: string | undefined): Day | undefined {
  const found = { year, month: Number(month), day: Number(dayOfMonth) };
  return isDay(year, found.month, found.day) ? found : undefined;
}

function dayOfYear(year: number, ordinal: number): Day | undefined {
  const date = new Date(Date.UTC(year, 0, ordinal));
  if (ordinal < 1 || date.getUTCFullYear() !== year) return undefined;
  return { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function isZoneName(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}
