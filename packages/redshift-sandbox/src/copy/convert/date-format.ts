import { SqlError } from "../../errors.ts";
import { fullYear, isMoment, microsOf, monthNumber } from "./moment.ts";
import type { Moment } from "./moment.ts";

type Part = "YYYY" | "YY" | "MM" | "MON" | "DD" | "HH" | "HH12" | "MI" | "SS" | "AM";

/** Longest first, because HH24 starts with HH. In COPY, HH is HH24. */
const PARTS: readonly (readonly [string, Part, string])[] = [
  ["MONTH", "MON", "([A-Za-z]{3,9})"],
  ["HH24", "HH", "(\\d{1,2})"],
  ["HH12", "HH12", "(\\d{1,2})"],
  ["YYYY", "YYYY", "(\\d{4})"],
  ["MON", "MON", "([A-Za-z]{3,9})"],
  ["YY", "YY", "(\\d{2})"],
  ["MM", "MM", "(\\d{1,2})"],
  ["DD", "DD", "(\\d{1,2})"],
  ["HH", "HH", "(\\d{1,2})"],
  ["MI", "MI", "(\\d{1,2})"],
  ["SS", "SS", "(\\d{1,2}(?:\\.\\d{1,9})?)"],
  ["AM", "AM", "([AP]M)"],
  ["PM", "AM", "([AP]M)"],
];

/**
 * Compiles a DATEFORMAT or TIMEFORMAT string into a reader of values.
 * @throws SqlError for a format without any part, and for zone specifiers, which AWS forbids in one.
 * @see AWS r_DATEFORMAT_and_TIMEFORMAT_strings
 */
export function compileFormat(format: string): (text: string) => Moment | undefined {
  const order: Part[] = [];
  let pattern = "";
  for (let at = 0; at < format.length;) {
    const rest = format.slice(at).toUpperCase();
    if (/^(?:TZ|OF)/.test(rest)) {
      throw new SqlError("22007", `a time zone specifier is not allowed in the format '${format}'`);
    }
    const part = PARTS.find(([name]) => rest.startsWith(name));
    if (part === undefined) {
      pattern += (format[at] ?? "").replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
      at += 1;
    } else {
      order.push(part[1]);
      pattern += part[2];
      at += part[0].length;
    }
  }
  if (order.length === 0) throw new SqlError("22007", `Invalid date format: '${format}'`);
  const expression = new RegExp(`^${pattern}$`, "i");
  return (text) => {
    const match = expression.exec(text);
    return match === null ? undefined : assemble(order, match);
  };
}

function assemble(order: readonly Part[], match: readonly string[]): Moment | undefined {
  const found = new Map<Part, string>();
  order.forEach((part, i) => found.set(part, match[i + 1] ?? ""));
  const number = (part: Part, missing: number): number => {
    const text = found.get(part);
    return text === undefined ? missing : Number(text);
  };
  const monthName = found.get("MON");
  const month = monthName === undefined ? number("MM", 1) : monthNumber(monthName);
  if (month === undefined) return undefined;
  const [seconds = "0", fraction = ""] = (found.get("SS") ?? "0").split(".");
  let hour = number("HH", 0);
  const twelve = found.get("HH12") ?? (found.has("AM") ? found.get("HH") : undefined);
  if (twelve !== undefined) {
    hour = Number(twelve);
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (found.get("AM")?.toUpperCase() === "PM" ? 12 : 0);
  }
  const moment: Moment = {
    year: found.has("YYYY") ? number("YYYY", 0) : fullYear(found.get("YY") ?? "1900"),
    month,
    day: number("DD", 1),
    hour,
    minute: number("MI", 0),
    second: Number(seconds),
    micros: microsOf(fraction),
  };
  return isMoment(moment) ? moment : undefined;
}
