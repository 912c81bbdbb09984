import { doubtful, refused, type Verdict } from "./finding.ts";

/** Of a DATE or a TIMESTAMP. */
export interface MomentRules {
  readonly code: 1205 | 1206;
  /** `auto`, `epochsecs`, `epochmillisecs`, or a format. */
  readonly format: string;
}

const isoMoment =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?(?:Z|[+-](\d\d)(?::?[0-5]\d)?)?)?$/;
const americanMoment = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?)?$/;
const timeOfDay = /^(\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?([+-]\d\d(?::[0-5]\d)?)?$/;
const epoch = /^-?(?:\d{9,11}|\d{13})(?:\.\d+)?$/;
/** Words that PostgreSQL takes for a moment; whether COPY does, no source says. */
const specialWord = /^(?:now|today|tomorrow|yesterday|epoch|allballs|-?infinity|inf)$/i;

/**
 * What COPY does with a date or timestamp. AWS documents which forms it reads; of any other no source says that it does
 * not, so only what can be no moment at all counts as refused.
 * @see AWS Database Developer Guide, "DATEFORMAT and TIMEFORMAT strings" (r_DATEFORMAT_and_TIMEFORMAT_strings),
 * "Using automatic recognition with DATEFORMAT and TIMEFORMAT" (automatic-recognition)
 */
export function momentVerdict(text: string, { code, format }: MomentRules): Verdict {
  if (/^[\s]*$/.test(text)) return "null";
  if (!/\d/.test(text)) {
    return specialWord.test(text.trim())
      ? doubtful(code, "is a word that COPY may or may not take for a moment")
      : refused(code, code === 1205 ? "is no date" : "is no timestamp");
  }
  switch (format) {
    case "auto":
      return autoVerdict(text, code);
    case "epochsecs":
      return epochVerdict(text, code, 11);
    case "epochmillisecs":
      return epochVerdict(text, code, 14);
    default:
      return isWrittenAs(format, text)
        ? "taken"
        : doubtful(code, `is not written as ${format}, so COPY may refuse it`);
  }
}

/** TIME and TIMETZ have no format of their own. */
export function timeVerdict(text: string, withZone: boolean): Verdict {
  if (/^\s*$/.test(text)) return "null";
  if (!/\d/.test(text) && !specialWord.test(text.trim())) return refused(1206, "is no time of day");
  const [, hour = "", minute = "", second = "", zone] = timeOfDay.exec(text) ?? [];
  const fits = hour !== "" && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  return fits && withZone === (zone !== undefined) && Math.abs(Number((zone ?? "0").slice(0, 3))) < 14
    ? "taken"
    : doubtful(1206, `is not written as HH:MI:SS${withZone ? "+00" : ""}, so COPY may refuse it`);
}

function autoVerdict(text: string, code: 1205 | 1206): Verdict {
  const iso = isoMoment.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, offset] = iso.map(Number);
    const isDay = exists(year, month, day);
    if (!isDay && year !== 0) return refused(code, "is a day that no calendar has");
    return isDay && isClock(hour, minute, second) && !((offset ?? 0) >= 14)
      ? "taken"
      : doubtful(code, "has a year, time or offset that COPY may refuse");
  }
  const american = americanMoment.exec(text);
  if (american !== null) {
    const [, month, day, year, hour, minute, second] = american.map(Number);
    return exists(year, month, day) && isClock(hour, minute, second)
      ? "taken"
      : doubtful(code, "is no date with the month first, so COPY may refuse it");
  }
  if (epoch.test(text))
    return refused(code, "is a count of seconds or milliseconds, which 'auto' does not read");
  return doubtful(code, "is in a form that COPY may or may not recognise");
}

/** What stands for no part of an optional group is NaN. */
function isClock(hour = 0, minute = 0, second = 0): boolean {
  return !(hour > 23) && !(minute > 59) && !(second > 59);
}

function epochVerdict(text: string, code: 1205 | 1206, mostDigits: number): Verdict {
  if (!/^-?\d+$/.test(text)) {
    return /^-?[\d.]+$/.test(text)
      ? doubtful(code, "has decimals, which COPY may refuse")
      : doubtful(code, "is no plain count, so COPY may refuse it");
  }
  const digits = text.replace(/^-?0*/, "").length;
  return digits <= mostDigits ? "taken" : doubtful(code, "is so far from 1970 that COPY may refuse it");
}

function exists(year = 0, month = 0, day = 0): boolean {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Longest first: HH24 begins with HH. */
const parts: readonly (readonly [part: string, pattern: string])[] = [
  ["HH24", String.raw`(?<hour>\d\d)`],
  ["HH12", String.raw`(?<hour12>\d\d)`],
  ["YYYY", String.raw`(?<year>\d{4})`],
  ["MON", String.raw`(?<name>[A-Za-z]{3})`],
  ["YY", String.raw`(?<short>\d\d)`],
  ["MM", String.raw`(?<month>\d\d)`],
  ["DD", String.raw`(?<day>\d\d)`],
  ["HH", String.raw`(?<hour>\d\d)`],
  ["MI", String.raw`(?<minute>\d\d)`],
  ["SS", String.raw`(?<second>\d\d)`],
  ["AM", "[AaPp][Mm]"],
  ["PM", "[AaPp][Mm]"],
];

/** Whether a text is surely what a format says: every part as long as AWS writes it, on a day that exists. */
function isWrittenAs(format: string, text: string): boolean {
  let pattern = "";
  const seen = new Set<string>();
  for (let at = 0; at < format.length;) {
    const found = parts.find(([part]) => format.startsWith(part, at));
    if (found === undefined) {
      // A part that is not known here, or that stands there twice, is left to COPY.
      if (/[A-Za-z]/.test(format[at] ?? "")) return false;
      pattern += (format[at] ?? "").replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
      at += 1;
      continue;
    }
    const [part, partPattern] = found;
    const kind = part.slice(0, 2);
    if (seen.has(kind)) return false;
    seen.add(kind);
    pattern += partPattern;
    at += part.length;
  }
  const groups = new RegExp(`^${pattern}$`).exec(text)?.groups;
  if (groups === undefined) return false;
  const { year, short, month, name, day, hour, hour12, minute, second } = groups;
  const monthNumber = name === undefined ? Number(month) : months.indexOf(name.toLowerCase()) + 1;
  const hasDay = (year !== undefined || short !== undefined) && day !== undefined;
  return (
    hasDay &&
    exists(year === undefined ? 2000 + Number(short) : Number(year), monthNumber, Number(day)) &&
    isClock(Number(hour), Number(minute), Number(second)) &&
    (hour12 === undefined
      ? !seen.has("AM") && !seen.has("PM")
      : (seen.has("AM") || seen.has("PM")) && Number(hour12) > 0 && Number(hour12) < 13)
  );
}
