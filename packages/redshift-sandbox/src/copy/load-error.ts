import { Buffer } from "node:buffer";
import type { Services } from "../services.ts";
import type { Complaint } from "./complaint.ts";
import type { TargetColumn } from "./target-columns.ts";

/** A row that could not be loaded, as STL_LOAD_ERRORS tells of it. */
export interface LoadError {
  readonly filename: string;
  readonly line: number;
  readonly column: TargetColumn | undefined;
  /** Offset of the bad field in the record. */
  readonly position: number;
  readonly rawLine: string;
  readonly rawField: string;
  readonly complaint: Complaint;
}

export interface LoadIdentity {
  readonly database: string;
  readonly userId: number;
  readonly table: number;
  readonly session: number;
  readonly query: string;
}

const MOST_BYTES = 1024;

/** At most 1,024 bytes of it, whole characters; what text cannot hold is shown as `?`. */
export function excerpt(source: Buffer, start: number, end: number): string {
  let stop = Math.min(end, start + MOST_BYTES);
  while (stop > start && stop < end && ((source[stop] as number) & 0xc0) === 0x80) stop -= 1;
  let text = source.toString("utf8", start, stop).replaceAll("\0", "?").replaceAll("\ufffd", "?");
  while (Buffer.byteLength(text) > MOST_BYTES) text = text.slice(0, -1);
  return text;
}

/** Writes the errors where the client's rollback does not reach them. */
export async function recordLoadErrors(
  services: Services,
  load: LoadIdentity,
  errors: readonly LoadError[],
): Promise<void> {
  for (let at = 0; at < errors.length; at += 1000) {
    const rows = errors.slice(at, at + 1000).map((error) => ({
      filename: error.filename.slice(0, 256),
      line_number: error.line,
      colname: error.column?.name ?? "",
      type: error.column?.type ?? "",
      col_length: error.column?.length ?? "",
      position: error.position,
      raw_line: error.rawLine,
      raw_field_value: error.rawField,
      err_code: error.complaint.code,
      err_reason: error.complaint.reason,
    }));
    await services.adminQuery(
      load.database,
      `INSERT INTO redshift_sandbox.load_error (userid, tbl, session, query, filename, line_number, colname, type,
              col_length, position, raw_line, raw_field_value, err_code, err_reason)
       SELECT $1, $2, $3, $4, r.filename, r.line_number, r.colname, r.type,
              r.col_length, r.position, r.raw_line, r.raw_field_value, r.err_code, r.err_reason
         FROM json_to_recordset($5::json) AS r (filename text, line_number bigint, colname text, type text,
              col_length text, position int, raw_line text, raw_field_value text, err_code int, err_reason text)`,
      [load.userId, load.table, load.session, load.query, JSON.stringify(rows)],
    );
  }
}
