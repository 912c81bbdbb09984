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
  /** Undefined for JSON of whatever the source has. */
  readonly columns: readonly ColumnTransfer[] | undefined;
}

/** Begins a transaction that sees one moment throughout; read only, which a standby allows as well. */
export const beginSnapshot = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/** Settings of the reading transactions: how values are written, whatever the role's own settings are. */
export function sourceSettings({ wholeTable }: Pick<SourceQuery, "wholeTable">): readonly string[] {
  return [
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL client_encoding = 'UTF8'",
    // A policy that hides rows is an error then, not a shorter table.
    ...(wholeTable ? ["SET LOCAL row_security = off"] : []),
  ];
}

/** Writes the COPY that sends the rows; `from` in place of the whole source, a part of it. */
export function copyOut({ query, format, nullMarker, columns }: SourceCopy, from = query.from): string {
  if (format === "csv" && columns !== undefined) return copyOutCsv({ from }, columns, nullMarker);
  return copyOutJson({ from }, columns);
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

/** What stands around a JSON text with line breaks in it: characters that no JSON text holds. */
export const jsonQuote = "\u0001";
const jsonDelimiter = "\u0002";

/**
 * Writes the COPY that sends each row as a JSON object. For a table of Redshift every value but those of SUPER columns is
 * text, which COPY reads with all its digits; else values are as row_to_json writes them.
 */
export function copyOutJson(
  query: Pick<SourceQuery, "from">,
  columns: readonly ColumnTransfer[] | undefined,
): string {
  const rows =
    columns === undefined
      ? `SELECT row_to_json(source_row)\nFROM (SELECT * FROM ${query.from}) AS source_row`
      : `SELECT row_to_json(source_row)\nFROM (\nSELECT\n  ${columns
          .map(({ expression, name, json }) => aliased(`(${expression})${json ? "::json" : "::text"}`, name))
          .join(",\n  ")}\nFROM ${query.from}\n) AS source_row`;
  // CSV with a quote and a delimiter that JSON cannot hold: the rows come out as they are, not escaped.
  return `COPY (\n${rows}\n) TO STDOUT (FORMAT csv, QUOTE ${pgLiteral(jsonQuote)}, DELIMITER ${pgLiteral(jsonDelimiter)})`;
}

function aliased(expression: string, name: string): string {
  const alias = pgIdentifier(name);
  return expression === alias ? alias : `${expression} AS ${alias}`;
}
