/** A date and time as it was written: parts, not an instant, because the zone may be left to the session. */
export interface Moment {
  /** Astronomical: 1 BC is 0. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** `+02:00`, or a zone's name; undefined when none was given. */
  readonly zone?: string;
}

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** 1 to 12 for a month's name or its first three letters (`sept` too), else undefined. */
export function monthNumber(name: string): number | undefined {
  const lower = name.toLowerCase();
  const at = lower === "sept" ? 8 : lower.length === 3 ? MONTHS.indexOf(lower) : MONTH_NAMES.indexOf(lower);
  return at === -1 ? undefined : at + 1;
}

/** Two-digit years: 70 to 99 are of the twentieth century, as PostgreSQL reads them. */
export function fullYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year < 70 ? 2000 + year : 1900 + year;
}

export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > (MONTH_DAYS[month - 1] ?? 0)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** Whether the calendar has it and PostgreSQL's types hold it; 24:00:00 and a leap second count as valid times. */
export function isMoment(moment: Moment): boolean {
  const { year, hour, minute, second } = moment;
  if (!isDay(year, moment.month, moment.day) || year < -4711 || year > 9999) return false;
  if (hour === 24) return minute === 0 && second === 0 && moment.micros === 0;
  return hour >= 0 && hour < 24 && minute < 60 && second <= 60;
}

/** The parts of a Julian day number. */
export function fromJulianDay(julian: number): { year: number; month: number; day: number } {
  // Day 2440588 is 1970-01-01; Date's calendar is the proleptic Gregorian one, as PostgreSQL's is.
  const date = new Date((julian - 2440588) * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function fromEpoch(seconds: number, micros: number): Moment | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    micros,
    zone: "+00:00",
  };
}

export function dateText(moment: Moment): string {
  const year = moment.year > 0 ? moment.year : 1 - moment.year;
  const text = `${pad(year, 4)}-${pad(moment.month, 2)}-${pad(moment.day, 2)}`;
  return moment.year > 0 ? text : `${text} BC`;
}

/** As PostgreSQL reads it whatever DateStyle is set. */
export function timestampText(moment: Moment, withZone: boolean): string {
  const year = moment.year > 0 ? moment.year : 1 - moment.year;
  const zone = withZone && moment.zone !== undefined ? moment.zone : "";
  return (
    `${pad(year, 4)}-${pad(moment.month, 2)}-${pad(moment.day, 2)} ${timeText(moment)}` +
    `${/^[A-Za-z]/.test(zone) ? ` ${zone}` : zone}${moment.year > 0 ? "" : " BC"}`
  );
}

export function timeText(moment: Moment): string {
  const fraction = moment.micros === 0 ? "" : `.${pad(moment.micros, 6)}`;
  return `${pad(moment.hour, 2)}:${pad(moment.minute, 2)}:${pad(moment.second, 2)}${fraction}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** Digits of a fraction as microseconds; a seventh digit rounds. */
export function microsOf(digits: string): number {
  return Math.min(999_999, Math.round(Number(`0.${digits || "0"}`) * 1_000_000));
}
