import type { Column } from "../catalog/columns.ts";
import { columnType } from "../ddl/parse-type.ts";
import { typeFragment, typeName } from "../ddl/type-name.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, qualifiedName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { areAsTheyWere, type CarriedColumn } from "./carried-columns.ts";
import { nullKeyTests, rowsToTake, selectCarried, type RowChoice, type RowSource } from "./deduplicate.ts";
import type { CarriedIdentity } from "./identity.ts";
import {
  identityProof,
  knownRowsProof,
  nullKeyProof,
  rowProof,
  sameValueProof,
  type ComparedColumn,
} from "./proofs.ts";
import { carryThroughFiles, type Staging } from "./staging.ts";

/** What carries the rows of the old table into the new one. */
export interface CopiedRows {
  readonly source: RowSource;
  readonly rows: RowChoice;
  readonly columns: readonly Column[];
  readonly carried: readonly CarriedColumn[];
  readonly identities: readonly CarriedIdentity[];
  /** Compare values as well as rows. */
  readonly contents: boolean;
  /** By way of S3, where an IDENTITY column keeps its numbers; `no rows` for a table that has none to carry. */
  readonly staging: Staging | "no rows" | undefined;
  /** Runs with the proof of the rows. */
  readonly check: NonNullable<Statement["check"]> | undefined;
}

/** The statements that copy the rows, between proofs. */
export function copyRows(copied: CopiedRows): readonly Statement[] {
  const { source, rows, columns, carried, identities, staging } = copied;
  const old = { schema: source.schema, name: source.outgoing };
  const table = { schema: source.schema, name: source.name };
  const isNull = rows.kind === "first of each group" && rows.nullKeys === "error" ? nullKeyTests(rows) : null;
  const select = selectCarried(source, rows, areAsTheyWere(carried, columns) ? "as they were" : carried);
  const insert: Statement = {
    sql: sql`
      INSERT INTO ${qualifiedName(table)} (${list(carried.map(({ name }) => identifier(name)))})
      ${select}
    `,
    summary: copySummary(rows),
  };
  return [
    ...(isNull === null ? [] : [nullKeyProof(old, source.name, isNull)]),
    ...identities.flatMap(({ column, next }) =>
      next === null ? [] : [identityProof(old, source.name, column.name, next.seed, next.step)],
    ),
    ...carried.flatMap(({ name, type, changes }) =>
      changes === null ? [] : [sameValueProof(old, source.name, { name, type, changes })],
    ),
    ...(staging === "no rows"
      ? []
      : staging === undefined
        ? [insert]
        : carryThroughFiles(staging, table, select, carried)),
    ...proofs(copied),
  ];
}

function proofs({ source, rows, carried, contents, check }: CopiedRows): readonly Statement[] {
  const old = sql`${qualifiedName({ schema: source.schema, name: source.outgoing })}`;
  const table = qualifiedName({ schema: source.schema, name: source.name });
  const compared = contents ? comparable(carried) : [];
  const more = check === undefined ? {} : { check };
  // Which rows of a group were kept cannot be told again, but each must have been there.
  if (rows.kind !== "all") {
    return [
      rowProof(rowsToTake(source, rows), table, [], more),
      ...(compared.length === 0 ? [] : [knownRowsProof(asTable(old, source), table, compared)]),
    ];
  }
  const from = compared.some(({ name, expected }) => String(expected) !== String(identifier(name)))
    ? asTable(old, source)
    : old;
  return [rowProof(from, table, compared, more)];
}

/** Expressions of the caller's may name the table. */
function asTable(old: Fragment, source: RowSource): Fragment {
  return sql`${old} AS ${identifier(source.name)}`;
}

function comparable(carried: readonly CarriedColumn[]): readonly ComparedColumn[] {
  return carried.filter(isComparable).map(({ name, kind, value, formatted }) => ({
    name,
    // Hashes are of a value's bytes, so both sides must be of the same type.
    expected: kind === "as it is" ? value : sql`CAST(${value} AS ${typeFragment(formatted)})`,
  }));
}

function isComparable({ formatted }: CarriedColumn): boolean {
  return columnType(formatted).family !== "other";
}

/** The columns that `verify: "content"` does not compare, with their types. */
export function uncompared(carried: readonly CarriedColumn[]): readonly string[] {
  return carried
    .filter((column) => !isComparable(column))
    .map(({ name, formatted }) => `${name} (${typeName(formatted)})`);
}

function copySummary(rows: RowChoice): string {
  if (rows.kind === "all") return "Copies every row";
  return rows.kind === "distinct" ? "Copies each different row once" : "Copies one row for each key";
}
