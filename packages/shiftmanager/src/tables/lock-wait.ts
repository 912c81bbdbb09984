import { readLockHolders } from "../catalog/lock-holders.ts";
import { OptionsError, StatementError } from "../errors.ts";
import { literal } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { option, wording } from "../wording.ts";

/**
 * Puts a bound on the wait for a lock: the statement's timeout, for this transaction alone, before it and the session's
 * own again after it. Whoever holds the tables is named when it runs out.
 * @param before - the session's own `statement_timeout`, as it shows it
 * @throws OptionsError for a timeout that is no number of milliseconds
 * @see AWS Database Developer Guide, SET (r_SET), statement_timeout (r_statement_timeout)
 */
export function boundedLock(
  lock: Statement,
  tableIds: readonly number[],
  timeoutMs: number | undefined,
  before: string,
): readonly Statement[] {
  const named: Statement = { ...lock, afterFailure: holdersOf(tableIds) };
  if (timeoutMs === undefined) return [named];
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) {
    throw new OptionsError(
      wording`${option("lockTimeoutMs")} is ${String(timeoutMs)}; it must be a whole number of milliseconds from 1.`,
    );
  }
  return [
    {
      sql: sql`SET LOCAL statement_timeout TO ${literal(timeoutMs)}`,
      summary: `Waits for the lock no longer than ${timeoutMs} ms`,
      locks: true,
    },
    named,
    {
      sql: sql`SET LOCAL statement_timeout TO ${/^\d+$/.test(before) ? literal(Number(before)) : literal(before)}`,
      summary: "Lets the copy take as long as the session allows",
      locks: true,
    },
  ];
}

function holdersOf(tableIds: readonly number[]): NonNullable<Statement["afterFailure"]> {
  return async (session, cause) => {
    if (!(cause instanceof StatementError) || !isTimeout(cause)) return undefined;
    const holders = await readLockHolders(session, tableIds);
    if (holders.length === 0) return "Whoever held it has let go since; run it again.";
    const who = holders.map(
      ({ pid, user, since }) => `process ${pid} of ${user}${since === null ? "" : ` since ${since}`}`,
    );
    return `It is held by ${who.join(", ")}; wait until they end, or end them with pg_terminate_backend.`;
  };
}

function isTimeout({ report, message }: StatementError): boolean {
  return report.sqlstate === "57014" || /timeout|cancel/i.test(message);
}
