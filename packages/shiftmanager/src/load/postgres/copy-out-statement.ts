import type { ColumnTransfer } from "./column-transfer.ts";
import { pgIdentifier, pgLiteral, type SourceQuery } from "./source-query.ts";

/** What the files hold. */
export type SourceFormat = "csv" | "json";

/** What is read, and how it is written. */
export interface SourceCopy {
  readonly query: SourceQuery;
  readonly format: SourceFormat;
  /** What stands for NULL in CSV. */
  readonly nullMarker: string;
  readonly columns: readonly ColumnTransfer[];
  /** JSON for a table of Redshift: values are texts, with all their digits. */
  readonly forTable: boolean;
}

/** Begins a transaction that sees one moment throughout; read only, which a standby allows as well. */
export const beginSnapshot = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/** Settings of the reading transactions: how values are written, whatever the role's own settings are. */
export function readingSettings({ wholeTable }: Pick<SourceQuery, "wholeTable">): readonly string[] {
  return [
    // What is written here relies on backslashes in texts meaning themselves.
    "SET LOCAL standard_conforming_strings = on",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL client_encoding = 'UTF8'",
    // A long COPY is not to end by a limit meant for others, nor a session that waits for its neighbours, as with pg_dump.
    `SELECT set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`,
    // A policy that hides rows is an error then, not a shorter table.
    ...(wholeTable ? ["SET LOCAL row_security = off"] : []),
  ];
}

/** Writes the COPY that sends the rows; `from` in place of the whole source, a part of it. */
export function copyOut(copy: SourceCopy, from = copy.query.from): string {
  const { format, nullMarker, columns, forTable } = copy;
  if (format === "csv") return copyOutCsv({ from }, columns, nullMarker);
  return forTable ? copyOutJsonTexts({ from }, columns) : copyOutJson({ from }, columns);
}

/**
 * Writes the COPY that sends rows as CSV. NULL is a marker that no value is, and text always stands in quotes, so that
 * neither an empty text nor one that reads like the marker becomes NULL.
 * @see PostgreSQL's manual, COPY
 */
export function copyOutCsv(
  query: Pick<SourceQuery, "from">,
  columns: readonly ColumnTransfer[],
  nullMarker: string,
): string {
  const quoted = columns.filter((column) => column.quoted).map(({ name }) => pgIdentifier(name));
  const options = [
    "FORMAT csv",
    `NULL ${pgLiteral(nullMarker)}`,
    ...(quoted.length === 0 ? [] : [`FORCE_QUOTE (${quoted.join(", ")})`]),
  ];
  const list = columns.map(({ expression, name }) => aliased(expression, name));
  return `COPY (\nSELECT\n  ${list.join(",\n  ")}\nFROM ${query.from}\n) TO STDOUT (${options.join(", ")})`;
}

/** A quote and a delimiter that no JSON text holds: CSV with them leaves every text as it is. */
const jsonQuote = "\u0001";
const jsonDelimiter = "\u0002";

/**
 * Writes the COPY that sends each row as a JSON object on a line of its own, with values as row_to_json writes them.
 * @see PostgreSQL's manual, COPY and "JSON Functions and Operators" (functions-json)
 */
export function copyOutJson(query: Pick<SourceQuery, "from">, columns: readonly ColumnTransfer[]): string {
  return jsonLines(`(SELECT * FROM ${query.from}) AS source_row`, columns);
}

/**
 * The same for a table of Redshift: every value but those of SUPER columns is text, which COPY reads with all its digits.
 */
export function copyOutJsonTexts(
  query: Pick<SourceQuery, "from">,
  columns: readonly ColumnTransfer[],
): string {
  const list = columns.map(({ expression, name, json }) =>
    aliased(`(${expression})${json ? "::json" : "::text"}`, name),
  );
  return jsonLines(`(\nSELECT\n  ${list.join(",\n  ")}\nFROM ${query.from}\n) AS source_row`, columns);
}

function jsonLines(rows: string, columns: readonly ColumnTransfer[]): string {
  // A json value is sent as it was written. What breaks a line stands between its tokens, where a blank says the same.
  const asWritten = columns.some(({ source }) => source.composite || source.type === "json");
  const object = asWritten
    ? "replace(replace(row_to_json(source_row)::text, chr(10), ' '), chr(13), ' ')"
    : "row_to_json(source_row)";
  return `COPY (\nSELECT ${object}\nFROM ${rows}\n) TO STDOUT (FORMAT csv, QUOTE ${pgLiteral(jsonQuote)}, DELIMITER ${pgLiteral(jsonDelimiter)})`;
}

function aliased(expression: string, name: string): string {
  const alias = pgIdentifier(name);
  return expression === alias ? alias : `${expression} AS ${alias}`;
}
