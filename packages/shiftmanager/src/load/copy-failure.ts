import { BatchError, LoadError, StatementError, type LoadFailure } from "../errors.ts";
import type { Session } from "../session.ts";

/** Finds the source row of a line in an uploaded file. */
export type RowLocator = (
  file: string,
  line: number,
) => { readonly row: number; readonly file?: string } | undefined;

const lastCopyQuery = `SELECT pg_last_copy_id() AS id`;

const loadErrorsQuery = `
  SELECT TRIM(filename) AS filename, line_number, TRIM(colname) AS colname, TRIM(type) AS type,
         TRIM(col_length) AS col_length, TRIM(raw_field_value) AS raw_field_value, TRIM(err_reason) AS err_reason
    FROM stl_load_errors
   WHERE query = $1
   ORDER BY filename, line_number
   LIMIT 10`;

interface LoadErrorRow {
  readonly filename: string;
  readonly line_number: string | number;
  readonly colname: string;
  readonly type: string;
  readonly col_length: string;
  readonly raw_field_value: string;
  readonly err_reason: string;
}

/**
 * Turns the failure of a COPY into a LoadError that names row, column and value, as STL_LOAD_ERRORS has them.
 * Returns the error it was given when that view says nothing of it.
 * @see AWS Database Developer Guide, STL_LOAD_ERRORS (r_STL_LOAD_ERRORS), PG_LAST_COPY_ID (PG_LAST_COPY_ID)
 */
export async function explainCopyFailure(
  session: Session,
  error: unknown,
  table: string,
  locate: RowLocator,
): Promise<unknown> {
  if (!pointsAtLoadErrors(error)) return error;
  const last = await session.query<{ readonly id: string | number }>(lastCopyQuery);
  const id = last.rows[0]?.id;
  if (id === undefined) return error;
  const { rows } = await session.query<LoadErrorRow>(loadErrorsQuery, [id]);
  const first = rows[0];
  if (first === undefined) return error;
  const failures = rows.map((row) => failure(row, table, locate));
  const { file, line, column, value, reason } = failures[0] ?? { reason: first.err_reason };
  const where = file === undefined ? `Row ${line}` : `${file}, row ${line}`;
  const what = column === undefined ? "" : `, column ${column} (${typeOf(first)})`;
  const shown = value === undefined ? "" : `: ${JSON.stringify(value)}`;
  return new LoadError(
    `${where}${what}${shown}: ${reason}. Nothing was loaded into ${table}; ${wayOut(first, table)}`,
    failures,
    { cause: error },
  );
}

function pointsAtLoadErrors(error: unknown): boolean {
  const cause = error instanceof BatchError ? error.cause : error;
  return cause instanceof StatementError && /stl_load_errors|sys_load_error/i.test(cause.message);
}

function failure(row: LoadErrorRow, table: string, locate: RowLocator): LoadFailure {
  const line = Number(row.line_number);
  const found = locate(row.filename, line);
  return {
    table,
    ...(found === undefined
      ? { file: row.filename, line }
      : { line: found.row, ...(found.file === undefined ? {} : { file: found.file }) }),
    ...(row.colname === "" ? {} : { column: row.colname }),
    ...(row.raw_field_value === "" ? {} : { value: row.raw_field_value }),
    reason: row.err_reason,
  };
}

function typeOf({ type, col_length }: LoadErrorRow): string {
  const length = Number(col_length);
  return /char/i.test(type) && length > 0 ? `${type}(${length})` : type;
}

function wayOut({ err_reason, colname }: LoadErrorRow, table: string): string {
  if (/length exceeds/i.test(err_reason)) {
    return `widen the column (ALTER TABLE ${table} ALTER COLUMN ${colname} TYPE VARCHAR(n), n in bytes) or shorten the value.`;
  }
  if (/not.?null/i.test(err_reason))
    return "give the key a value in every document, or leave the column out so that its default is used.";
  return "mend the document and run it again.";
}
