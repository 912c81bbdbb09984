import type { SourceSession } from "../../../session.ts";
import { written } from "../column-transfer.ts";
import type { SourceColumn } from "../source-columns.ts";
import { pgIdentifier, type SourceQuery } from "../source-query.ts";
import { textSize } from "../truncated-text.ts";
import { typeChoice } from "./redshift-type.ts";
import { valueKind } from "./value-kind.ts";

/** The largest values of a column; null where it has none. */
export interface ColumnSize {
  /** Of the longest text or bytes. */
  readonly bytes: number | null;
  /** Digits of a number in front of its point. */
  readonly before: number | null;
  /** Behind it, without zeros at the end. */
  readonly after: number | null;
}

/** Writes the one pass over the source that measures the columns whose types need a size; undefined when none does. */
export function measureStatement(
  { from }: Pick<SourceQuery, "from">,
  columns: readonly SourceColumn[],
  encoding: string,
): string | undefined {
  const measured = columns.flatMap((column, i) => {
    const choice = typeChoice(column);
    if (choice.kind === "fixed") return [];
    const name = pgIdentifier(column.name);
    if (choice.of === "bytes") return [`max(octet_length(${name})) AS bytes${i}`];
    const text = `(${written(valueKind(column), name)})::text`;
    if (choice.of === "text") {
      // The size of what is a text already is known without reading it.
      const plain = column.type === "text" || column.type === "varchar";
      return [`max(${textSize(plain ? name : text, encoding)}) AS bytes${i}`];
    }
    return [
      `max(length(trunc(abs(${name}))::text)) FILTER (WHERE ${text} ~ '[0-9]') AS before${i}`,
      `max(length(rtrim(split_part(${text}, '.', 2), '0'))) AS after${i}`,
    ];
  });
  return measured.length === 0 ? undefined : `SELECT\n  ${measured.join(",\n  ")}\nFROM ${from}`;
}

/** Measures the columns, in their order. */
export async function measureColumns(
  session: SourceSession,
  query: SourceQuery,
  columns: readonly SourceColumn[],
  encoding: string,
): Promise<readonly ColumnSize[]> {
  const statement = measureStatement(query, columns, encoding);
  const { rows } = statement === undefined ? { rows: [] } : await session.query<Found>(statement);
  const size = (name: string): number | null => {
    const value = rows[0]?.[name];
    return value === undefined || value === null ? null : Number(value);
  };
  return columns.map((_, i) => ({
    bytes: size(`bytes${i}`),
    before: size(`before${i}`),
    after: size(`after${i}`),
  }));
}

type Found = Readonly<Record<string, string | number | null>>;
