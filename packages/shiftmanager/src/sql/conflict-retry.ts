import { setTimeout as sleep } from "node:timers/promises";
import { BatchError, StatementError } from "../errors.ts";
import type { EventHandler } from "../events.ts";

/** How often a transaction is run again, and who is told. */
export interface ConflictRetry {
  /** What is waited before each further attempt. */
  readonly delaysMs: readonly number[];
  readonly onEvent: EventHandler | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs a whole transaction again when the server rolled it back because of another one.
 * @throws BatchError of the last attempt
 */
export async function retryingConflicts(
  transaction: () => Promise<void>,
  { delaysMs, onEvent, signal }: ConflictRetry,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await transaction();
      return;
    } catch (error) {
      if (!isConflict(error) || signal?.aborted === true) throw error;
      const delayMs = delaysMs[attempt - 1];
      if (delayMs === undefined) {
        if (attempt > 1) error.message += ` It was tried ${attempt} times.`;
        throw error;
      }
      const reason = `another transaction came between (${error.cause.message.replace(/[.\s]+$/, "")})`;
      onEvent?.({ type: "retry", reason, attempt: attempt + 1, delayMs });
      // Stopped meanwhile, the next attempt says so as every transaction does.
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Error 1023, and what DELETE and UPDATE say under snapshot isolation. Which SQLSTATE they have no source tells, so their words
 * count; 40001 is the standard's for the same.
 * @see facts.md 2
 */
function isConflict(error: unknown): error is BatchError & { readonly cause: StatementError } {
  if (!(error instanceof BatchError) || error.progress.rolledBack !== "yes") return false;
  const { cause } = error;
  if (!(cause instanceof StatementError)) return false;
  return (
    cause.report.sqlstate === "40001" ||
    /\b1023\b.*serializable isolation|conflict with concurrent transaction/is.test(cause.message)
  );
}
