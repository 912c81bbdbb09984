/** What COPY has to be told to read a moment that is written so. */
export interface MomentFormat {
  readonly option: "timeformat" | "dateformat";
  readonly value: string;
}

/** Seconds from 1973 to 5138, milliseconds from 1973 to 5138. */
const seconds = /^-?\d{9,11}(?:\.\d+)?$/;
const milliseconds = /^-?\d{12,14}$/;

const separators = String.raw`[-/. ]`;
const day = new RegExp(
  `^(\\d{1,4}|[A-Za-z]{3,9})(${separators})(\\d{1,2}|[A-Za-z]{3,9})(${separators})(\\d{4}|\\d{2})$`,
);
const clock = /^(\d{1,2}):\d{2}(:\d{2}(?:\.\d{1,6})?)?( ?[AaPp][Mm])?$/;

/**
 * The format that a text is written in, where TIMEFORMAT or DATEFORMAT can say it; undefined where the text shows none,
 * or more than one: `05/06/2026` says nothing of which is the month.
 * @see AWS Database Developer Guide, "DATEFORMAT and TIMEFORMAT strings" (r_DATEFORMAT_and_TIMEFORMAT_strings)
 */
export function momentFormat(text: string, type: string): MomentFormat | undefined {
  const trimmed = text.trim();
  if (type.startsWith("timestamp")) {
    const value = seconds.test(trimmed)
      ? "epochsecs"
      : milliseconds.test(trimmed)
        ? "epochmillisecs"
        : writtenFormat(trimmed);
    return value === undefined ? undefined : { option: "timeformat", value };
  }
  if (type !== "date") return undefined;
  const value = writtenFormat(trimmed);
  return value === undefined ? undefined : { option: "dateformat", value };
}

function writtenFormat(text: string): string | undefined {
  const space = text.search(/\s\d{1,2}:/);
  const days = dayFormat(space === -1 ? text : text.slice(0, space));
  if (days === undefined || space === -1) return days;
  const times = clockFormat(text.slice(space + 1));
  return times === undefined ? undefined : `${days} ${times}`;
}

function dayFormat(text: string): string | undefined {
  const [, first = "", one = "", second = "", two = "", year = ""] = day.exec(text) ?? [];
  if (first === "") return undefined;
  const yearPart = year.length === 4 ? "YYYY" : "YY";
  const monthName = [first, second].findIndex((part) => /^[A-Za-z]/.test(part));
  if (monthName !== -1) {
    const [name = "", number = ""] = monthName === 0 ? [first, second] : [second, first];
    if (!/^\d{1,2}$/.test(number)) return undefined;
    const month = name.length === 3 ? "MON" : "MONTH";
    return monthName === 0 ? `${month}${one}DD${two}${yearPart}` : `DD${one}${month}${two}${yearPart}`;
  }
  if (first.length > 2) return undefined;
  const [a, b] = [Number(first), Number(second)];
  if (a > 12 && a < 32 && b > 0 && b < 13) return `DD${one}MM${two}${yearPart}`;
  if (b > 12 && b < 32 && a > 0 && a < 13) return `MM${one}DD${two}${yearPart}`;
  return undefined;
}

function clockFormat(text: string): string | undefined {
  const match = clock.exec(text);
  if (match === null) return undefined;
  const [, , withSeconds, half] = match;
  const hours = half === undefined ? "HH24" : "HH12";
  const space = half?.startsWith(" ") === true ? " " : "";
  return `${hours}:MI${withSeconds === undefined ? "" : ":SS"}${half === undefined ? "" : `${space}AM`}`;
}
