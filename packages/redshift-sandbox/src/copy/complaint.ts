/**
 * Why a row cannot be loaded: a code of AWS's load error reference and the reason's text.
 *
 * AWS documents the codes; of the texts only some. The others are as users have reported them.
 * @see AWS r_Load_Error_Reference, multi-byte-character-load-errors
 */
export interface Complaint {
  readonly code: number;
  readonly reason: string;
}

export const EXTRA_COLUMNS: Complaint = { code: 1202, reason: "Extra column(s) found" };
export const DELIMITER_NOT_FOUND: Complaint = { code: 1214, reason: "Delimiter not found" };
export const MISSING_END_QUOTE: Complaint = { code: 1214, reason: "Delimited value missing end quote" };
export const BAD_CSV_QUOTE: Complaint = { code: 1214, reason: "Invalid quote formatting for CSV" };
export const CHAR_TOO_LONG: Complaint = { code: 1204, reason: "Char length exceeds DDL length" };
export const STRING_TOO_LONG: Complaint = { code: 1204, reason: "String length exceeds DDL length" };
export const MISSING_NOT_NULL: Complaint = { code: 1213, reason: "Missing data for not-null field" };
export const BAD_BOOLEAN: Complaint = { code: 1210, reason: "Unknown boolean format" };
export const NOT_ARRAY: Complaint = {
  code: 1216,
  reason: "Invalid JSONPath format: Not an array or index out of range.",
};
export const RECORD_TOO_LARGE: Complaint = { code: 1216, reason: "Record is larger than the 4 MB limit" };
/** PostgreSQL's text types cannot hold it; Redshift's can. */
export const NUL_BYTE: Complaint = {
  code: 1220,
  reason: "redshift-sandbox cannot store a NUL byte in a string",
};
export const BAD_SUPER: Complaint = { code: 1224, reason: "Invalid JSON format for SUPER" };
