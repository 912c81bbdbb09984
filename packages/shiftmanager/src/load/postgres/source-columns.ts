import { LoadError, OptionsError, StatementError } from "../../errors.ts";
import type { SourceSession } from "../../session.ts";
import { missingSource } from "./missing-source.ts";
import type { SourceQuery } from "./source-query.ts";

/** A column of the source, as far as writing it out depends on it. */
export interface SourceColumn {
  readonly name: string;
  /** Name of the type in PG_TYPE: `timestamptz`, `_int4`. */
  readonly type: string;
  /** What it was declared with, as ATTTYPMOD has it: 84 for `varchar(80)`; -1 for nothing. */
  readonly modifier: number;
  /** Arrays and composite types: written as JSON. */
  readonly composite: boolean;
}

interface TypeRow {
  readonly type_id: number;
  readonly type_name: string;
  readonly composite: boolean;
}

const typesQuery = `
SELECT
  t.oid AS type_id,
  t.typname::text AS type_name,
  (t.typcategory = 'A' OR t.typtype = 'c' OR t.typname = 'record') AS composite    -- A array, c row type
FROM pg_catalog.pg_type t
WHERE t.oid = ANY ($1::oid[])`;

/**
 * Reads the columns of the source, as the reading role sees them.
 * @throws OptionsError for a result without columns or with two of one name; NotFoundError for a table that is not there
 */
export async function readSourceColumns(
  session: SourceSession,
  query: SourceQuery,
): Promise<readonly SourceColumn[]> {
  const described = await session
    .describe(`SELECT * FROM ${query.from} LIMIT 0`)
    .catch(async (error: unknown) => {
      // 42P01: undefined_table, 3F000: invalid_schema_name. A query names tables of its own.
      const missing = error instanceof StatementError && /^(42P01|3F000)$/.test(error.report.sqlstate ?? "");
      throw missing && query.wholeTable ? await missingSource(session, query, error) : error;
    });
  const ids = [...new Set(described.map(({ typeId }) => typeId))];
  const { rows } = await session.query<TypeRow>(typesQuery, [ids]);
  const types = new Map(rows.map((row) => [Number(row.type_id), row]));
  if (described.length === 0) throw new OptionsError(`${query.name} has no columns to read; select some.`);
  const names = described.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new OptionsError(
      `${query.name} has two columns named "${twice}"; rows are loaded by name, so give each its own with AS.`,
    );
  }
  return described.map(({ name, typeId, typeModifier }) => {
    const type = types.get(typeId);
    if (type === undefined) {
      throw new LoadError(`The type of the source's column "${name}" is not in its pg_type; cast it.`, [
        { column: name, reason: "unknown type" },
      ]);
    }
    return { name, type: type.type_name, modifier: typeModifier, composite: type.composite };
  });
}
