import type { SourceFormat } from "../copy-out-statement.ts";
import { mostTextBytes, valueKind } from "../types/value-kind.ts";
import type { ColumnCheck } from "./column-checks.ts";
import type { TableTransfer } from "../column-transfer.ts";
import type { Refusal } from "./refusal.ts";

/** Redshift's limit on one row of a COPY. @see facts.md 1.8 */
const maxRowBytes = 4 * 1024 * 1024;

/** More than any value has that is no text, JSON or bytes. */
const otherBytes = 64;

/**
 * What is refused of whole rows: those over COPY's limit. Undefined where no row can come near it.
 * @param checks - of the columns: what they look at is what has a size
 */
export function rowSizeRefusal(
  columns: readonly TableTransfer[],
  checks: readonly ColumnCheck[],
  format: SourceFormat,
): Refusal | undefined {
  if (sum(columns.map(mostBytes)) <= maxRowBytes) return undefined;
  const sized = columns.flatMap((column) => {
    const name = checks.find((check) => check.column === column && check.input.name.startsWith("value"));
    const most = mostBytes(column);
    return name === undefined || most <= otherBytes ? [] : [{ column, name: name.input.name }];
  });
  const rest = sum(columns.filter((column) => !sized.some((one) => one.column === column)).map(mostBytes));
  const size = sized
    .map(({ column, name }) => `COALESCE(octet_length(${name}), 0)${isBytes(column) ? " * 2" : ""}`)
    .join(" + ");
  const quotes = sized
    .filter(({ column }) => !isBytes(column) && !(column.json && format === "json"))
    .map(({ name }) => ` + COALESCE(octet_length(${name}) - octet_length(replace(${name}, '"', '')), 0)`)
    .join("");
  const written = `${rest} + ${size}${quotes}`;
  return {
    // Quotes are written twice, so at most they double a row.
    when: `${rest} + ${size} > ${maxRowBytes / 2} AND ${written} > ${maxRowBytes}`,
    detail: `(${written})::text`,
    reason: (bytes) =>
      `has ${Number(bytes).toLocaleString("en")} bytes; COPY takes 4 MB for one row, so shorten it`,
  };
}

/** Most bytes of a value as it is written, its quotes included. */
function mostBytes({ source, target }: TableTransfer): number {
  if (target.type === "super") return Infinity;
  const [, length] = /^(?:character|binary)(?: varying)?\((\d+)\)$/.exec(target.type) ?? [];
  if (length === undefined) return otherBytes;
  return 2 * Math.min(Number(length), mostTextBytes(source) ?? Infinity) + 2;
}

function isBytes({ source }: TableTransfer): boolean {
  return valueKind(source) === "bytes";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
