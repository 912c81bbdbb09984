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

const stlLoadErrors: ErrorView = {
  first: `
SELECT filename, line_number, colname, type, col_length, value, record, code, reason
FROM (
  SELECT
    TRIM(filename) AS filename,
    line_number,
    TRIM(colname) AS colname,
    TRIM(type) AS type,
    TRIM(col_length) AS col_length,
    TRIM(raw_field_value) AS value,
    TRIM(raw_line) AS record,
    err_code AS code,
    TRIM(err_reason) AS reason,
    ROW_NUMBER() OVER (PARTITION BY colname, err_code ORDER BY line_number, filename) AS nth
  FROM stl_load_errors
  WHERE query = $1
) AS errors
WHERE nth = 1
ORDER BY line_number, filename
LIMIT 20`,
  counts: `
SELECT TRIM(colname) AS colname, err_code AS code, COUNT(*) AS n
FROM stl_load_errors
WHERE query = $1
GROUP BY TRIM(colname), err_code`,
  lines: `
SELECT DISTINCT TRIM(filename) AS filename, line_number
FROM stl_load_errors
WHERE query = $1 AND TRIM(colname) = $2 AND err_code = $3
ORDER BY 1, 2`,
};

const sysLoadErrorDetail: ErrorView = {
  first: `
SELECT filename, line_number, colname, type, col_length, '' AS value, '' AS record, code, reason
FROM (
  SELECT
    TRIM(file_name) AS filename,
    line_number,
    TRIM(column_name) AS colname,
    TRIM(column_type) AS type,
    TRIM(column_length) AS col_length,
    error_code AS code,
    TRIM(error_message) AS reason,
    ROW_NUMBER() OVER (PARTITION BY column_name, error_code ORDER BY line_number, file_name) AS nth
  FROM sys_load_error_detail
  WHERE query_id = $1
) AS errors
WHERE nth = 1
ORDER BY line_number, filename
LIMIT 20`,
  counts: `
SELECT TRIM(column_name) AS colname, error_code AS code, COUNT(*) AS n
FROM sys_load_error_detail
WHERE query_id = $1
GROUP BY TRIM(column_name), error_code`,
  lines: `
SELECT DISTINCT TRIM(file_name) AS filename, line_number
FROM sys_load_error_detail
WHERE query_id = $1 AND TRIM(column_name) = $2 AND error_code = $3
ORDER BY 1, 2`,
};

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
