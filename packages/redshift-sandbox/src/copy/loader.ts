import type { Buffer } from "node:buffer";
import { DELIMITER_NOT_FOUND, EXTRA_COLUMNS, MISSING_NOT_NULL } from "./complaint.ts";
import type { Complaint } from "./complaint.ts";
import type { CopyCommand } from "./command/copy-command.ts";
import { isSpace } from "./convert/convert.ts";
import { CsvScanner } from "./csv-scanner.ts";
import { DelimitedScanner } from "./delimited-scanner.ts";
import { IN_SCRATCH, IS_NULL } from "./fields.ts";
import type { JsonMapping } from "./json-mapping.ts";
import { JsonScanner } from "./json-scanner.ts";
import { excerpt } from "./load-error.ts";
import type { LoadError } from "./load-error.ts";
import { readRecords } from "./record-reader.ts";
import type { RecordScanner } from "./record-scanner.ts";
import { RowBuffer } from "./row-buffer.ts";
import type { Target, TargetColumn } from "./target-columns.ts";

/** As many as MAXERROR allows at most. */
const MOST_KEPT_ERRORS = 100_000;

/** Thrown out of the row stream when MAXERROR is reached; the errors are in the loader. */
export class TooManyErrors extends Error {
  override readonly name = "TooManyErrors";
}

/** A row that passed every check here and was refused all the same. */
export interface RefusedRow {
  /** Counted from one, over all files. */
  readonly number: number;
  readonly column: string | undefined;
  readonly reason: string;
}

/** Turns files' bytes into rows for PostgreSQL's COPY, and keeps what could not be loaded. */
export class Loader {
  rows = 0;
  errorCount = 0;
  /** The first of them: IGNOREALLERRORS sets no limit to their number. */
  readonly errors: LoadError[] = [];
  /** Good and bad records by file. */
  readonly lines = new Map<string, { rows: number; errors: number }>();
  readonly #target: Target;
  readonly #command: CopyCommand;
  readonly #mapping: JsonMapping | undefined;
  readonly #out = new RowBuffer();

  readonly #refusedRow: RefusedRow | undefined;

  /** `refusedRow`: a row that PostgreSQL did not take; reading again up to it finds its file and line. */
  constructor(
    target: Target,
    command: CopyCommand,
    mapping: JsonMapping | undefined,
    refusedRow?: RefusedRow,
  ) {
    this.#target = target;
    this.#command = command;
    this.#mapping = mapping;
    this.#refusedRow = refusedRow;
  }

  /** The good rows of one file. Throws TooManyErrors when the load has failed. */
  async *load(chunks: AsyncIterable<Uint8Array>, filename: string): AsyncGenerator<Uint8Array> {
    const scanner = this.#scanner();
    const before = { rows: this.rows, errors: this.errorCount };
    const row = (buffer: Buffer, line: number): void => {
      const complaint = scanner.outcome === "bad" ? scanner.complaint : undefined;
      if (complaint === undefined) this.#row(scanner, buffer, line, filename);
      else this.#refuse(scanner, buffer, line, filename, undefined, complaint);
    };
    for await (const _chunk of readRecords(chunks, scanner, this.#command.ignoreHeaderLines, row)) {
      if (this.#out.full) yield this.#out.take();
    }
    if (this.#out.length > 0) yield this.#out.take();
    // A file listed twice is loaded twice, and counted together.
    const known = this.lines.get(filename) ?? { rows: 0, errors: 0 };
    this.lines.set(filename, {
      rows: known.rows + this.rows - before.rows,
      errors: known.errors + this.errorCount - before.errors,
    });
  }

  #scanner(): RecordScanner {
    const { format, ignoreBlankLines, nullAs } = this.#command;
    const { columns } = this.#target;
    switch (format.kind) {
      case "csv":
        return new CsvScanner(columns.length, { ...format, ignoreBlankLines });
      case "delimited":
        return new DelimitedScanner(columns.length, {
          ...format,
          ignoreBlankLines,
          nullIsBackslashN: nullAs.toString() === "\\N",
        });
      case "json": {
        if (this.#mapping === undefined) throw new Error("a JSON load needs its mapping");
        const asJson = columns.flatMap((column, at) => (column.isSuper ? [at] : []));
        return new JsonScanner(columns.length, this.#mapping, asJson);
      }
    }
  }

  #row(scanner: RecordScanner, buffer: Buffer, line: number, filename: string): void {
    const { columns, unfilled } = this.#target;
    const { fields } = scanner;
    const out = this.#out;
    if (this.#mapping === undefined && fields.count !== columns.length) {
      const complaint =
        fields.count > columns.length
          ? EXTRA_COLUMNS
          : this.#command.fillRecord
            ? undefined
            : DELIMITER_NOT_FOUND;
      if (complaint !== undefined) {
        this.#refuse(
          scanner,
          buffer,
          line,
          filename,
          columns[Math.min(fields.count, columns.length) - 1],
          complaint,
        );
        return;
      }
    }
    if (unfilled !== undefined) {
      this.#refuse(scanner, buffer, line, filename, unfilled, MISSING_NOT_NULL);
      return;
    }
    const mark = out.length;
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) out.byte(0x09);
      const column = columns[i] as TargetColumn;
      const complaint = this.#field(scanner, buffer, i, column);
      if (complaint !== undefined) {
        out.cut(mark);
        this.#refuse(scanner, buffer, line, filename, column, complaint, i);
        return;
      }
    }
    out.byte(0x0a);
    this.rows += 1;
    if (this.rows === this.#refusedRow?.number) {
      const { column, reason } = this.#refusedRow;
      const at = columns.findIndex(({ name }) => name === column);
      const complaint = { code: 1200, reason };
      this.#refuse(scanner, buffer, line, filename, columns[at], complaint, at === -1 ? undefined : at);
      throw new TooManyErrors();
    }
  }

  #field(scanner: RecordScanner, buffer: Buffer, index: number, column: TargetColumn): Complaint | undefined {
    const { fields } = scanner;
    const out = this.#out;
    const flags = fields.flags[index] as number;
    let isNull = (flags & IS_NULL) !== 0;
    if (flags === 0) {
      // FILLRECORD: a missing VARCHAR of a text file is an empty string.
      if (this.#mapping === undefined && column.type === "varchar" && !this.#command.conversion.emptyAsNull) {
        return undefined;
      }
      isNull = true;
    }
    if (!isNull) {
      const source = (flags & IN_SCRATCH) === 0 ? buffer : fields.scratch;
      let start = fields.starts[index] as number;
      let end = fields.ends[index] as number;
      if (this.#mapping === undefined && this.#isNullString(source, start, end)) isNull = true;
      else {
        if (!column.isText) {
          while (start < end && isSpace(source[start] as number)) start += 1;
          while (end > start && isSpace(source[end - 1] as number)) end -= 1;
          if (start === end) isNull = true;
        }
        if (!isNull) {
          const outcome = column.convert(source, start, end, flags, out);
          if (outcome === undefined) return undefined;
          if (outcome !== null) return outcome;
        }
      }
    }
    if (column.notNull) return MISSING_NOT_NULL;
    out.null();
    return undefined;
  }

  #isNullString(source: Buffer, start: number, end: number): boolean {
    const { nullAs } = this.#command;
    if (end - start !== nullAs.length || end === start) return false;
    for (let i = 0; i < nullAs.length; i++) if (source[start + i] !== nullAs[i]) return false;
    return true;
  }

  #refuse(
    scanner: RecordScanner,
    buffer: Buffer,
    line: number,
    filename: string,
    column: TargetColumn | undefined,
    complaint: Complaint,
    index?: number,
  ): void {
    this.errorCount += 1;
    if (this.errors.length === MOST_KEPT_ERRORS) return;
    const { fields, recordStart, recordEnd } = scanner;
    const flags = index === undefined ? 0 : (fields.flags[index] as number);
    const inScratch = (flags & IN_SCRATCH) !== 0;
    const start = index === undefined ? 0 : (fields.starts[index] as number);
    const end = index === undefined ? 0 : (fields.ends[index] as number);
    this.errors.push({
      filename,
      line,
      column,
      position: flags === 0 || inScratch ? 0 : start - recordStart,
      rawLine: excerpt(buffer, recordStart, recordEnd),
      rawField: flags === 0 ? "" : excerpt(inScratch ? fields.scratch : buffer, start, end),
      complaint,
    });
    if (this.errorCount >= this.#command.maxErrors) throw new TooManyErrors();
  }
}
