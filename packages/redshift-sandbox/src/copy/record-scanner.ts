import type { Buffer } from "node:buffer";
import type { Complaint } from "./complaint.ts";
import type { Fields } from "./fields.ts";

/** More bytes are needed to see the end of the record. */
export const NEED_MORE = -1;

/** @see AWS r_COPY: "The maximum size of a single input row from any source is 4 MB" */
export const MOST_RECORD_BYTES = 4 * 1024 * 1024;

/** Finds one record after the other in a file's bytes. Knows nothing of columns' types, nor of chunks. */
export interface RecordScanner {
  /** Of the record last found. */
  readonly fields: Fields;
  /** What it was: a row, a bad row (`complaint` says why), or nothing to load. */
  readonly outcome: "row" | "bad" | "nothing";
  readonly complaint: Complaint | undefined;
  /** Line breaks in the record last found, its ending included. */
  readonly lineBreaks: number;
  /** Whether STL_LOAD_ERRORS names the record's last line (JSON) or its first. */
  readonly reportsLastLine: boolean;
  /** Where the record proper starts and ends, for `raw_line`. */
  readonly recordStart: number;
  readonly recordEnd: number;
  /**
   * Scans one record of `buffer[at, end)` and returns where the next begins, or NEED_MORE.
   * `last` says that no more bytes will come; then it always makes progress.
   */
  next(buffer: Buffer, at: number, end: number, last: boolean): number;
}
