import { OptionsError } from "../../errors.ts";
import type { SourceSession } from "../../session.ts";
import { sourceSettingsStatements } from "./copy-out-statement.ts";
import { readSourceColumns, type SourceColumn } from "./source-columns.ts";
import type { SourceQuery } from "./source-query.ts";

/**
 * Reads from PostgreSQL in one read-only transaction, so that columns and rows are of one moment.
 * @throws OptionsError when the server is Redshift itself, under whatever name it was reached
 */
export async function readSource<T>(
  session: SourceSession,
  query: SourceQuery,
  work: (columns: readonly SourceColumn[]) => Promise<T>,
): Promise<T> {
  const { rows } = await session.query<{ readonly version: string }>("SELECT version() AS version");
  if (/redshift/i.test(rows[0]?.version ?? "")) {
    throw new OptionsError(
      "The source is a Redshift database, which cannot send rows to a client in bulk; name a PostgreSQL database, or UNLOAD the table to S3 and COPY it from there.",
    );
  }
  for (const statement of sourceSettingsStatements(query)) await session.query(statement);
  const result = await work(await readSourceColumns(session, query));
  await session.query("COMMIT");
  return result;
}
