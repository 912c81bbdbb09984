import { BatchError, LoadError, StatementError, type LoadFailure } from "../errors.ts";
import type { Session } from "../session.ts";
import { identifier, qualifiedName } from "../sql/quote.ts";

interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Finds the source row of a line in an uploaded file. */
export type RowLocator = (
  file: string,
  line: number,
) => { readonly row: number; readonly file?: string } | undefined;

const lastCopyQuery = `SELECT pg_last_copy_id() AS id`;

const loadErrorsQuery = `
SELECT
  TRIM(filename) AS filename,
  line_number,
  TRIM(colname) AS colname,
  TRIM(type) AS type,
  TRIM(col_length) AS col_length,
  TRIM(raw_field_value) AS raw_field_value,
  TRIM(err_reason) AS err_reason
FROM stl_load_errors
WHERE query = $1
ORDER BY filename, line_number
LIMIT 10`;

const detailQuery = `
SELECT
  TRIM(file_name) AS filename,
  line_number,
  TRIM(column_name) AS colname,
  TRIM(column_type) AS type,
  TRIM(column_length) AS col_length,
  '' AS raw_field_value,
  TRIM(error_message) AS err_reason
FROM sys_load_error_detail
WHERE query_id = $1
ORDER BY file_name, line_number
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
 * Turns the failure of a COPY into a LoadError that names row, column and value, as the server keeps them. Returns the error
 * it was given when there is no more to say.
 * @see AWS Database Developer Guide, STL_LOAD_ERRORS (r_STL_LOAD_ERRORS), SYS_LOAD_ERROR_DETAIL, PG_LAST_COPY_ID (PG_LAST_COPY_ID)
 */
export async function explainCopyFailure(
  session: Session,
  error: unknown,
  table: TableName,
  locate: RowLocator,
): Promise<unknown> {
  const name = qualifiedName(table).toSQL();
  const found = await readLoadErrors(session, error, locate);
  const [first] = found;
  if (first === undefined) return error;
  const failures = found.map((row) => failure(row, name, locate));
  const { file, line, column, value, reason } = failures[0] ?? { reason: first.err_reason };
  const where = file === undefined ? `Row ${line}` : `${file}, row ${line}`;
  const what = column === undefined ? "" : `, column ${column} (${typeOf(first)})`;
  const shown = value === undefined ? "" : `: ${JSON.stringify(value)}`;
  return new LoadError(
    `${where}${what}${shown}: ${reason}. Nothing was loaded into ${name}; ${wayOut(first, name)}`,
    failures,
    { cause: error },
  );
}

/** None when COPY did not fail of its data, or the server cannot be asked any more: then the failure is all there is to tell. */
async function readLoadErrors(
  session: Session,
  error: unknown,
  locate: RowLocator,
): Promise<readonly LoadErrorRow[]> {
  if (!(error instanceof BatchError && error.cause instanceof StatementError)) return [];
  if (!/^COPY\b/.test(error.progress.failed ?? "")) return [];
  try {
    const last = await session.query<{ readonly id: string | number }>(lastCopyQuery);
    const id = last.rows[0]?.id;
    const rows = id === undefined ? [] : await readEitherView(session, id);
    // A COPY that never came to its data leaves the number of an earlier one, whose errors are not this one's.
    const ofData = /stl_load_errors|sys_load_error_detail/i.test(error.cause.message);
    return ofData ? rows : rows.filter(({ filename, line_number }) => locate(filename, Number(line_number)));
  } catch {
    // A lost connection, a signal: what failed first is passed on as it is.
    return [];
  }
}

/** STL_LOAD_ERRORS keeps the value as well, but Serverless refuses it to everyone. */
async function readEitherView(session: Session, id: string | number): Promise<readonly LoadErrorRow[]> {
  try {
    return (await session.query<LoadErrorRow>(loadErrorsQuery, [id])).rows;
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    return (await session.query<LoadErrorRow>(detailQuery, [id])).rows;
  }
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
    return `widen the column (ALTER TABLE ${table} ALTER COLUMN ${identifier(colname).toSQL()} TYPE VARCHAR(n), n in bytes) or shorten the value.`;
  }
  if (/not.?null/i.test(err_reason))
    return "give the key a value in every document, or leave the column out so that its default is used.";
  return "mend the document and run it again.";
}
