import { isUtf8 } from "node:buffer";
import { typeName } from "../../ddl/type-name.ts";
import { LoadError } from "../../errors.ts";
import type { CopiedRows } from "../../session.ts";
import type { ColumnTransfer } from "./column-transfer.ts";
import { jsonQuote, type SourceFormat } from "./copy-out-statement.ts";
import { csvFields } from "./csv-fields.ts";

/** Redshift's limit on one row of a COPY. @see facts.md 1.8 */
const maxRowBytes = 4 * 1024 * 1024;

/** What the rows are read as, and what they must meet. */
export interface RowRules {
  readonly format: SourceFormat;
  readonly nullMarker: string;
  /** In the order of the rows; undefined where nothing but files is written, which any value may go into. */
  readonly columns: readonly ColumnTransfer[] | undefined;
  /** Of the target, for messages. */
  readonly table: string;
}

/** Rows as they go into a file. */
export interface FileRows extends CopiedRows {
  /** A row has a line break in it, so that lines are not rows. */
  readonly brokenLines: boolean;
}

/**
 * Checks rows on their way from PostgreSQL, each before it reaches a file.
 * @throws LoadError naming row and column of the first value that would not arrive as it is
 */
export class RowReader {
  readonly #rules: RowRules;
  /** Rows seen so far. */
  #count = 0;

  constructor(rules: RowRules) {
    this.#rules = rules;
  }

  read(rows: CopiedRows): FileRows {
    const bytes = Buffer.from(rows.bytes.buffer, rows.bytes.byteOffset, rows.bytes.byteLength);
    if (this.#rules.format === "json") {
      const lines = this.#json(bytes, rows.ends);
      rows.release();
      return lines;
    }
    if (this.#rules.columns === undefined) {
      this.#count += rows.ends.length;
      return { ...rows, bytes, brokenLines: true };
    }
    return { ...rows, bytes, brokenLines: this.#csv(bytes, rows.ends, this.#rules.columns) };
  }

  #csv(bytes: Buffer, ends: readonly number[], columns: readonly ColumnTransfer[]): boolean {
    const { nullMarker } = this.#rules;
    const valid = isUtf8(bytes);
    let brokenLines = false;
    let start = 0;
    for (const end of ends) {
      this.#count += 1;
      this.#checkSize(end - start);
      // PostgreSQL ends each row with a line feed.
      const row = bytes.toString("utf8", start, end - 1);
      brokenLines ||= row.includes("\n");
      const fields = csvFields(row, nullMarker);
      columns.forEach((column, i) => this.#check(column, fields[i] ?? null, fields));
      if (!valid && !isUtf8(bytes.subarray(start, end))) {
        const at = columns.findIndex((_, i) => fields[i]?.includes("\ufffd") === true);
        this.#refuse(columns[at], fields[at] ?? "", "is not valid UTF-8; mend it in the source", fields);
      }
      start = end;
    }
    return brokenLines;
  }

  #json(bytes: Buffer, ends: readonly number[]): FileRows {
    const { columns } = this.#rules;
    const pieces: Buffer[] = [];
    const newEnds: number[] = [];
    const wrapped = bytes.includes(jsonQuote);
    let start = 0;
    let size = 0;
    for (const end of ends) {
      this.#count += 1;
      let line = bytes.subarray(start, end - 1);
      if (wrapped && line.includes(jsonQuote)) {
        // Only blanks between the tokens of a json value can be line breaks: one object is one line.
        const text = line
          .toString("utf8")
          .replaceAll(jsonQuote, "")
          .replace(/[\r\n]/g, " ");
        line = Buffer.from(text);
      }
      if (columns !== undefined) this.#checkDocument(line, columns);
      pieces.push(line, lineFeed);
      size += line.length + 1;
      newEnds.push(size);
      start = end;
    }
    return {
      bytes: Buffer.concat(pieces, size),
      ends: newEnds,
      brokenLines: false,
      release: () => undefined,
    };
  }

  #checkDocument(line: Buffer, columns: readonly ColumnTransfer[]): void {
    this.#checkSize(line.length);
    const document = JSON.parse(line.toString("utf8")) as Readonly<Record<string, unknown>>;
    // Values of SUPER columns are JSON themselves; the numbers in them are checked as they are written.
    const spans = columns.some(({ json }) => json) ? topLevelValues(line.toString("utf8")) : undefined;
    const fields = columns.map(({ name, json }) => {
      const value = document[name];
      if (json) {
        const text = spans?.get(name);
        return text === undefined || text === "null" ? null : text;
      }
      return typeof value === "string" ? value : null;
    });
    columns.forEach((column, i) => this.#check(column, fields[i] ?? null, fields));
  }

  #checkSize(bytes: number): void {
    if (bytes <= maxRowBytes) return;
    throw new LoadError(
      `Row ${this.#count} has ${bytes} bytes; COPY takes 4 MB for one row, so shorten it. ${this.#nothing()}`,
      [{ table: this.#rules.table, line: this.#count, reason: "a row over 4 MB" }],
    );
  }

  #check(column: ColumnTransfer, value: string | null, fields: readonly (string | null)[]): void {
    if (value === null) {
      if (!column.nullable) this.#refuse(column, null, "is NULL, which the column does not take", fields);
      return;
    }
    const reason = column.check?.(value);
    if (reason !== undefined) this.#refuse(column, value, reason, fields);
  }

  #refuse(
    column: ColumnTransfer | undefined,
    value: string | null,
    reason: string,
    fields: readonly (string | null)[],
  ): never {
    const first = this.#rules.columns?.[0];
    const key = fields[0];
    // The first column is most often the key, and says more to its owner than a number does.
    const also =
      first === undefined || first === column || key === undefined || key === null
        ? ""
        : ` (${first.name} ${shortened(key)})`;
    const where = column === undefined ? "" : `, column ${column.name} (${typeName(column.type)})`;
    const shown = value === null ? "the value" : JSON.stringify(shortened(value));
    throw new LoadError(`Row ${this.#count}${also}${where}: ${shown} ${reason}. ${this.#nothing()}`, [
      {
        table: this.#rules.table,
        line: this.#count,
        ...(column === undefined ? {} : { column: column.name }),
        ...(value === null ? {} : { value: shortened(value) }),
        reason,
      },
    ]);
  }

  #nothing(): string {
    return `Nothing was loaded into ${this.#rules.table}.`;
  }
}

const lineFeed = Buffer.from("\n");

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

/** The texts of an object's values by key, as they are written: JSON.parse would round their numbers. */
function topLevelValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  let depth = 0;
  let key = "";
  let start = 0;
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === "{" || found === "[") {
      depth += 1;
      if (depth === 1) start = index + 1;
    } else if (found === "}" || found === "]" || (found === "," && depth === 1)) {
      if (depth === 1) values.set(key, text.slice(start, index).trim());
      if (found !== ",") depth -= 1;
      if (depth === 1 && found === ",") start = index + 1;
    } else if (found === ":" && depth === 1) {
      key = JSON.parse(text.slice(start, index).trim()) as string;
      start = index + 1;
    }
  }
  return values;
}
