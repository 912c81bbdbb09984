/**
 * Lays rows out in columns for a terminal: two spaces between, a rule under the names, no tabs. Numbers stand to the
 * right. A line break, tab or other control character inside a value is written as its escape, so that every row is one
 * line and no value commands the terminal.
 */
export function textTable(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const widths = columns.map((column, i) =>
    cells.reduce((most, row) => Math.max(most, width(row[i] ?? "")), width(cellText(column))),
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
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1);
  return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : short;
}

function isNumeric(value: unknown): boolean {
  if (value === null || typeof value === "number") return true;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
}

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/gu;
const joined = /[\p{Mn}\p{Me}\p{Cf}]/gu;

/** The columns of a terminal that a text takes: East Asian characters and emoji take two, accents of their own none. */
function width(text: string): number {
  // Nearly every text is plain.
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  return [...text].length + (text.match(wide)?.length ?? 0) - (text.match(joined)?.length ?? 0);
}

function pad(text: string, to: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}
