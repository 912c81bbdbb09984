import type { LoadFailure } from "../../errors.ts";
import { markedText } from "./bad-place.ts";

/** Where it fails, of what, why, and how often: `events.json, row 2, column id (BIGINT): "2o" ("2»o«"): Invalid digit, as in 3 rows`. */
export function failureText(failure: LoadFailure, unit: "row" | "line" = "row"): string {
  const { file, line, column, columnType, value, badPlace, reason, rows = 1, orMore = false } = failure;
  const where = placeText(failure, unit, file === undefined);
  const what =
    column === undefined ? "" : `, column ${column}${columnType === undefined ? "" : ` (${columnType})`}`;
  const marked = value === undefined ? "" : `: ${markedText({ value, ...(badPlace && { badPlace }) })}`;
  const count = rows > 1 || orMore ? `, as in ${countText(rows, orMore)}` : "";
  return `${line === undefined && file === undefined ? "Everywhere" : where}${what}${marked}: ${reason}${count}`;
}

/** The same in brief, to stand after another. */
export function briefFailureText(failure: LoadFailure): string {
  const { column, reason, rows = 1, orMore = false } = failure;
  const what = column === undefined ? "" : `, column ${column}`;
  return `${placeText(failure, "row", false)}${what}: ${reason} (${countText(rows, orMore)})`;
}

function placeText({ file, line }: LoadFailure, unit: "row" | "line", capital: boolean): string {
  if (line === undefined) return file ?? "";
  if (file !== undefined) return `${file}, ${unit} ${line}`;
  return `${capital ? "Row" : "row"} ${line}`;
}

function countText(rows: number, orMore: boolean): string {
  const counted = rows === 1 ? "1 row" : `${rows.toLocaleString("en")} rows`;
  return orMore ? `at least ${counted}` : counted;
}
