import { OptionsError } from "../../errors.ts";
import type { SourceSession } from "../../session.ts";
import { sourceSettingsStatements } from "./copy-out-statement.ts";
import { readSourceColumns, type SourceColumn } from "./source-columns.ts";
import { readSourceFacts, type SourceFacts } from "./source-facts.ts";
import type { SourceQuery } from "./source-query.ts";
import type { TransferContext } from "./transfer-options.ts";

/** One moment of the source: whatever is read through it is of that moment, whoever writes meanwhile. */
export interface Snapshot {
  /** Each in a read-only transaction that sees this moment. */
  readonly sessions: readonly [SourceSession, ...SourceSession[]];
  /** What the query returns. */
  readonly columns: readonly SourceColumn[];
  readonly facts: SourceFacts;
}

/**
 * Opens a snapshot of the source and ends it after `work`.
 * @throws OptionsError when the server is Redshift itself, under whatever name it was reached
 */
export function withSnapshot<T>(
  context: TransferContext,
  query: SourceQuery,
  work: (snapshot: Snapshot) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return context.withSource(async (session) => {
    await refuseRedshift(session);
    for (const statement of sourceSettingsStatements(query)) await session.query(statement);
    const columns = await readSourceColumns(session, query);
    const facts = await readSourceFacts(session, query);
    const result = await work({ sessions: [session], columns, facts });
    await session.query("COMMIT");
    return result;
  }, signal);
}

async function refuseRedshift(session: SourceSession): Promise<void> {
  const { rows } = await session.query<{ readonly version: string }>("SELECT version() AS version");
  if (!/redshift/i.test(rows[0]?.version ?? "")) return;
  throw new OptionsError(
    "The source is a Redshift database, which cannot send rows to a client in bulk; name a PostgreSQL database, or UNLOAD the table to S3 and COPY it from there.",
  );
}
