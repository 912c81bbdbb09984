import { NotFoundError } from "../../errors.ts";
import { nearestName } from "../../nearest-name.ts";
import type { SourceSession } from "../../session.ts";
import { pgIdentifier, type SourceQuery } from "./source-query.ts";

interface NameRow {
  readonly schema_name: string;
  readonly name: string;
  readonly visible: boolean;
}

/** The tables and views that the role could name. */
const namesQuery = `
SELECT n.nspname::text AS schema_name, c.relname::text AS name, pg_catalog.pg_table_is_visible(c.oid) AS visible
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')    -- table, view, materialized view, foreign table, partitioned table
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2`;

/** What is said of a table that the source does not have; the failed transaction is ended. */
export async function missingSource(
  session: SourceSession,
  { name: wanted }: SourceQuery,
  cause: unknown,
): Promise<NotFoundError> {
  await session.query("ROLLBACK");
  const { rows } = await session.query<NameRow>(namesQuery);
  // With and without its schema, as it may be asked for.
  const spelled = new Map<string, string>();
  for (const { schema_name, name, visible } of rows) {
    if (visible && !wanted.includes(".")) spelled.set(name, asTyped(name));
    spelled.set(`${schema_name}.${name}`, `${asTyped(schema_name)}.${asTyped(name)}`);
  }
  const elsewhere = rows.find(({ name }) => name === wanted);
  const nearest =
    elsewhere === undefined
      ? nearestName(wanted, [...spelled.keys()])
      : `${elsewhere.schema_name}.${elsewhere.name}`;
  const hint =
    nearest === undefined
      ? "check the name, its schema and the database."
      : `did you mean ${spelled.get(nearest) ?? nearest}?`;
  return new NotFoundError(`The source has no table or view "${wanted}"; ${hint}`, { cause });
}

/** As PostgreSQL reads it: a bare name is folded to lower case, any other needs its quotes. */
function asTyped(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : pgIdentifier(name);
}
