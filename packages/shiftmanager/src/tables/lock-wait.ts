import { readLockHolders } from "../catalog/lock-holders.ts";
import { OptionsError, StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Fragment } from "../sql/fragment.ts";
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
  return [
    {
      sql: boundedWait(timeoutMs),
      summary: `Waits for the lock no longer than ${timeoutMs} ms`,
      locks: true,
    },
    named,
    {
      sql: usualWait(before),
      summary: "Lets the copy take as long as the session allows",
      locks: true,
    },
  ];
}

/**
 * Reads a table itself with the same bound on the wait: for a table that another session holds exclusively, reading waits
 * as LOCK does.
 * @param first - a statement that takes the lock and is quick
 * @param rest - what is read while it is held, for as long as it takes
 * @throws StatementError naming the holders; OptionsError as `boundedLock`
 */
export async function readWithBoundedWait<First, Rest>(
  session: Session,
  table: { readonly id: number; readonly schema: string; readonly name: string },
  { timeoutMs, before }: { readonly timeoutMs: number | undefined; readonly before: string },
  first: () => Promise<First>,
  rest: () => Promise<Rest>,
): Promise<readonly [First, Rest]> {
  if (timeoutMs === undefined) return [await first(), await rest()];
  const bound = String(boundedWait(timeoutMs));
  // The lock lasts as long as the transaction, and so does the bound.
  await session.query("BEGIN");
  try {
    await session.query(bound);
    const locked = await first();
    await session.query(String(usualWait(before)));
    const read = await rest();
    await session.query("COMMIT");
    return [locked, read];
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    await session.query("ROLLBACK");
    const holders = await holdersOf([table.id])(session, error);
    if (holders === undefined) throw error;
    throw new StatementError(
      `${table.schema}.${table.name} could not be read within ${timeoutMs} ms, because it is locked. ${holders}`,
      { cause: error },
    );
  }
}

function boundedWait(timeoutMs: number): Fragment {
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) {
    throw new OptionsError(
      wording`${option("lockTimeoutMs")} is ${String(timeoutMs)}; it must be a whole number of milliseconds from 1.`,
    );
  }
  return sql`SET LOCAL statement_timeout TO ${literal(timeoutMs)}`;
}

function usualWait(before: string): Fragment {
  return sql`SET LOCAL statement_timeout TO ${/^\d+$/.test(before) ? literal(Number(before)) : literal(before)}`;
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
