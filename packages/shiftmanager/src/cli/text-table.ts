/**
 * Lays rows out in columns for a terminal: two spaces between, a rule under the names, no tabs. Numbers stand to the
 * right. A line break or tab inside a value is written as its escape, so that every row is one line.
 */
export function textTable(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const widths = columns.map((column, i) =>
    Math.max(width(cellText(column)), ...cells.map((row) => width(row[i] ?? ""))),
  );
  const right = columns.map((column) => rows.length > 0 && rows.every((row) => isNumeric(row[column])));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => pad(text, widths[i] ?? 0, right[i] === true))
      .join("  ")
      .trimEnd();
  return [line(columns.map(cellText)), widths.map((w) => "-".repeat(w)).join("  "), ...cells.map(line)].join(
    "\n",
  );
}

/** One value as text: NULL is said, because an empty text looks the same. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/[\t\n\r\v\f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

function isNumeric(value: unknown): boolean {
  if (value === null || typeof value === "number") return true;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
}

function width(text: string): number {
  return [...text].length;
}

function pad(text: string, to: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}
