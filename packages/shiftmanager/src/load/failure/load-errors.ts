import { StatementError } from "../../errors.ts";
import type { Session } from "../../session.ts";

/** One row that COPY could not load, as the server keeps it. */
export interface LoadErrorRow {
  readonly file: string;
  /** One-based; -1 or 0 where COPY split the file and does not know it. */
  readonly line: number;
  /** Empty where the whole record is bad. */
  readonly column: string;
  readonly type: string;
  readonly length: string;
  /** At most 1,024 bytes of the value and of the whole record; empty on Serverless, which keeps neither. */
  readonly value: string;
  readonly record: string;
  readonly code: number;
  readonly reason: string;
}

/** Rows of one COPY that fail in the same way. */
export interface LoadErrorCount {
  readonly column: string;
  readonly code: number;
  readonly rows: number;
}

const lastCopyQuery = `SELECT pg_last_copy_id() AS id`;

interface ErrorView {
  /** The first row of each kind of a COPY's errors. */
  readonly first: string;
  /** How many there are of each kind. */
  readonly counts: string;
  /** The lines of one kind. */
  readonly lines: string;
}

/** Where a view has what is read of it: names of columns. */
interface ErrorColumns {
  readonly view: string;
  readonly query: string;
  readonly file: string;
  readonly column: string;
  readonly type: string;
  readonly length: string;
  readonly code: string;
  readonly reason: string;
  /** Absent where it is not kept. */
  readonly value?: string;
  readonly record?: string;
}

function errorView(of: ErrorColumns): ErrorView {
  const trimmed = (name: string | undefined) => (name === undefined ? "''" : `TRIM(${name})`);
  const { view, query, code } = of;
  const file = trimmed(of.file);
  const column = trimmed(of.column);
  return {
    first: `
SELECT filename, line_number, colname, type, col_length, value, record, code, reason
FROM (
  SELECT
    ${file} AS filename,
    line_number,
    ${column} AS colname,
    ${trimmed(of.type)} AS type,
    ${trimmed(of.length)} AS col_length,
    ${trimmed(of.value)} AS value,
    ${trimmed(of.record)} AS record,
    ${code} AS code,
    ${trimmed(of.reason)} AS reason,
    ROW_NUMBER() OVER (PARTITION BY ${of.column}, ${code} ORDER BY line_number, ${of.file}) AS nth
  FROM ${view}
  WHERE ${query} = $1
) AS errors
WHERE nth = 1
ORDER BY line_number, filename
LIMIT 20`,
    counts: `
SELECT ${column} AS colname, ${code} AS code, COUNT(*) AS n
FROM ${view}
WHERE ${query} = $1
GROUP BY ${column}, ${code}`,
    lines: `
SELECT DISTINCT ${file} AS filename, line_number
FROM ${view}
WHERE ${query} = $1 AND ${column} = $2 AND ${code} = $3
ORDER BY 1, 2`,
  };
}

const stlLoadErrors = errorView({
  view: "stl_load_errors",
  query: "query",
  file: "filename",
  column: "colname",
  type: "type",
  length: "col_length",
  code: "err_code",
  reason: "err_reason",
  value: "raw_field_value",
  record: "raw_line",
});

const sysLoadErrorDetail = errorView({
  view: "sys_load_error_detail",
  query: "query_id",
  file: "file_name",
  column: "column_name",
  type: "column_type",
  length: "column_length",
  code: "error_code",
  reason: "error_message",
});

/**
 * What the server keeps of the errors of a session's last COPY. STL_LOAD_ERRORS keeps the value as well, but Serverless
 * refuses it to everyone.
 * @see AWS Database Developer Guide, STL_LOAD_ERRORS (r_STL_LOAD_ERRORS), SYS_LOAD_ERROR_DETAIL, PG_LAST_COPY_ID
 */
export class LoadErrors {
  readonly #session: Session;
  readonly #id: string | number;
  #view = stlLoadErrors;

  private constructor(session: Session, id: string | number) {
    this.#session = session;
    this.#id = id;
  }

  static async ofLastCopy(session: Session): Promise<LoadErrors> {
    const { rows } = await session.query<{ readonly id: string | number }>(lastCopyQuery);
    return new LoadErrors(session, rows[0]?.id ?? -1);
  }

  async first(): Promise<readonly LoadErrorRow[]> {
    const rows = await this.#read<{
      readonly filename: string;
      readonly line_number: string | number;
      readonly colname: string;
      readonly type: string;
      readonly col_length: string;
      readonly value: string;
      readonly record: string;
      readonly code: number;
      readonly reason: string;
    }>("first");
    return rows.map((row) => ({
      file: row.filename,
      line: Number(row.line_number),
      column: row.colname,
      type: row.type,
      length: row.col_length,
      value: row.value,
      record: row.record,
      code: Number(row.code),
      reason: row.reason,
    }));
  }

  async counts(): Promise<readonly LoadErrorCount[]> {
    const rows = await this.#read<{
      readonly colname: string;
      readonly code: number;
      readonly n: string | number;
    }>("counts");
    return rows.map(({ colname, code, n }) => ({ column: colname, code: Number(code), rows: Number(n) }));
  }

  /** The lines of the rows that fail in this column with this code, by file. */
  async lines(column: string, code: number): Promise<ReadonlyMap<string, readonly number[]>> {
    const rows = await this.#read<{ readonly filename: string; readonly line_number: string | number }>(
      "lines",
      [column, code],
    );
    const byFile = new Map<string, number[]>();
    for (const { filename, line_number } of rows) {
      const known = byFile.get(filename);
      if (known === undefined) byFile.set(filename, [Number(line_number)]);
      else known.push(Number(line_number));
    }
    return byFile;
  }

  async #read<R>(what: keyof ErrorView, values: readonly unknown[] = []): Promise<readonly R[]> {
    try {
      return (await this.#session.query<R>(this.#view[what], [this.#id, ...values])).rows;
    } catch (error) {
      if (!(error instanceof StatementError) || this.#view === sysLoadErrorDetail) throw error;
      this.#view = sysLoadErrorDetail;
      return this.#read(what, values);
    }
  }
}
