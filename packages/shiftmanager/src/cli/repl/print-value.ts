import { inspect } from "node:util";
import type { QueryResult, TokenKind } from "../../index.ts";
import type { Library } from "../context.ts";
import { textTable } from "../text-table.ts";
import type { Colour, Paint } from "./colours.ts";

/** More rows than this are counted, not printed. */
const mostRows = 500;

type Row = Readonly<Record<string, unknown>>;

/**
 * How values show at the prompt: a batch as its script, results and rows as tables, everything else as Node shows it.
 * @param coloured - whether Node's own rendering is in colour as well
 */
export function valuePrinter(library: Library, paint: Paint, coloured: boolean): (value: unknown) => string {
  return (value) => {
    if (value instanceof library.Batch) return highlightSql(library, value.toScript(), paint).trimEnd();
    if (value instanceof library.Fragment) return highlightSql(library, String(value), paint);
    if (isResult(value)) return resultText(value);
    if (isListOf(value, isResult)) return value.map(resultText).join("\n\n");
    if (isListOf(value, isRow)) return rowsText(Object.keys(value[0] ?? {}), value);
    return inspect(value, { colors: coloured });
  };
}

const colours: Partial<Record<TokenKind, Colour>> = {
  comment: "grey",
  string: "green",
  dollar: "green",
  number: "yellow",
};

/** SQL in colour. Keywords are what the library writes in capitals. */
export function highlightSql({ tokenize }: Library, sql: string, paint: Paint): string {
  return tokenize(sql, "The text")
    .map(({ kind, text }) => {
      const keyword = kind === "word" && /^[A-Z]/.test(text) && text === text.toUpperCase();
      const colour = keyword ? "blue" : colours[kind];
      return colour === undefined ? text : paint(text, colour);
    })
    .join("");
}

function resultText({ columns = [], rows, rowCount }: QueryResult): string {
  if (columns.length > 0) return rowsText(columns, rows);
  return rowCount === null ? "(done)" : `(done, ${counted(rowCount)})`;
}

function rowsText(columns: readonly string[], rows: readonly Row[]): string {
  const table = textTable(columns, rows.slice(0, mostRows));
  const more = rows.length > mostRows ? `, the first ${mostRows} shown` : "";
  return `${table}\n(${counted(rows.length)}${more})`;
}

function counted(count: number): string {
  return count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`;
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.length > 0 && value.every(is);
}

function isResult(value: unknown): value is QueryResult {
  return (
    isPlain(value) && Array.isArray(value["rows"]) && Array.isArray(value["notices"]) && "rowCount" in value
  );
}

/** Named values of which none has an inside of its own. */
function isRow(value: unknown): value is Row {
  return (
    isPlain(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every(
      (item) => !isPlain(item) && typeof item !== "function" && !isListOf(item, isPlain),
    )
  );
}

function isPlain(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
