import {
  BatchError,
  ConnectionError,
  LoadError,
  type LoadFailure,
  ShiftmanagerError,
  StatementError,
} from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type { Session } from "../session.ts";
import type { Batch } from "../sql/batch.ts";
import { executeBatch } from "../sql/execute.ts";
import { qualifiedName } from "../sql/quote.ts";
import { option, wording, type Wording } from "../wording.ts";
import { explainCopyFailure, type LoadedFiles } from "./copy-failure.ts";
import { AlreadyLoaded, type Ledger, type PastLoad } from "./ledger/ledger.ts";
import type { LoadSteps } from "./load-steps.ts";
import { findCommit, readOpenTransaction, type CommitOutcome, type OpenTransaction } from "./lost-commit.ts";
import type { Phases } from "./phases.ts";

/** What running a load needs of the object it is called on. */
export interface LoadSessions {
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/** A transaction that met another one is run again after these waits. */
const conflictDelaysMs = [250, 1000, 4000];

/**
 * Runs a load: all of it or nothing. Resolves to the earlier load when the run id was loaded before.
 * When the answer of COMMIT is lost, what became of it is found out: from the ledger where there is a run id, else from the
 * server's own log.
 * @param files - what COPY reads, so that what it refuses can be found in it
 * @throws LoadError, also when what became of it cannot be found out: then it says that
 */
export async function runLoad(
  load: LoadSteps,
  sessions: LoadSessions,
  files: LoadedFiles,
  { signal, phases }: { readonly signal: AbortSignal | undefined; readonly phases: Phases },
): Promise<PastLoad | undefined> {
  const { onEvent } = sessions;
  let open: OpenTransaction | undefined;
  const { transaction } = load;
  if (transaction.statements.length === 0) return undefined;
  try {
    await sessions.withSession(async (session) => {
      await prepare(session, load, { signal, onEvent });
      try {
        await executeBatch(session, transaction, {
          signal,
          onEvent: phases.ofBatch(transaction),
          conflictDelaysMs,
          ...(load.ledger === undefined
            ? { beforeCommit: async () => void (open = await readOpenTransaction(session)) }
            : {}),
        });
      } catch (error) {
        phases.begin("explain");
        const failed = { ...files, table: load.table, batch: transaction };
        const explained = await explainCopyFailure(session, error, failed);
        await letGo(session, load.dropStaging);
        throw explained;
      }
    }, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    if (error.cause instanceof AlreadyLoaded) return error.cause.past;
    if (error.progress.rolledBack !== "unknown") throw error;
    const outcome = await sessions
      .withSession((session) => lostCommit(session, load.ledger, open))
      .catch(unasked);
    settle(load, error, outcome, onEvent);
    return undefined;
  }
}

/** What stands outside of the transaction: the ledger, which another run may make at the same moment, and temporary tables. */
async function prepare(
  session: Session,
  { ledger, staging }: LoadSteps,
  options: { readonly signal: AbortSignal | undefined; readonly onEvent: EventHandler | undefined },
): Promise<void> {
  if (ledger !== undefined && !(await ledger.exists(session))) {
    try {
      await session.query(ledger.create().sql.toSQL());
    } catch (error) {
      if (!(error instanceof StatementError) || !(await ledger.exists(session))) throw error;
    }
  }
  if (staging.statements.length > 0) await executeBatch(session, staging, options);
}

/** The temporary tables go with the session at the latest, so that they cannot be dropped is nobody's trouble. */
async function letGo(session: Session, drop: Batch): Promise<void> {
  for (const { sql } of drop.statements) {
    try {
      await session.query(sql.toSQL());
    } catch (error) {
      if (!(error instanceof StatementError || error instanceof ConnectionError)) throw error;
    }
  }
}

async function lostCommit(
  session: Session,
  ledger: Ledger | undefined,
  open: OpenTransaction | undefined,
): Promise<CommitOutcome> {
  if (ledger !== undefined) {
    // The lock waits until the lost transaction has ended, however it did.
    await session.query("BEGIN");
    await session.query(ledger.lock().sql.toSQL());
    const past = await ledger.find(session);
    await session.query("ROLLBACK");
    return { state: past === undefined ? "rolled back" : "committed" };
  }
  if (open === undefined)
    return { state: "unknown", why: "the server did not tell the transaction's number" };
  return findCommit(session, open);
}

function unasked(error: unknown): CommitOutcome {
  if (!(error instanceof ShiftmanagerError)) throw error;
  return { state: "unknown", why: `the server could not be asked (${withoutStop(error.message)})` };
}

/** @throws LoadError unless everything was committed */
function settle(
  { table, rows, transaction, ledger }: LoadSteps,
  error: BatchError,
  outcome: CommitOutcome,
  onEvent: EventHandler | undefined,
): void {
  const name = qualifiedName(table).toSQL();
  const lost = "The connection was lost during COMMIT";
  const lostError = (message: Wording, reason: string) => {
    const failures: readonly LoadFailure[] = [{ table: name, reason }];
    return new LoadError(message, failures, { cause: error });
  };
  const { steps } = transaction;
  const before = stepsApplied(transaction, error.progress.applied.length);
  // Of several transactions, each with one COPY, the earlier ones stay.
  const kept = (count: number) =>
    `${count} of the ${steps.length} manifests are loaded into ${name} for good`;
  if (outcome.state === "unknown") {
    const what = steps.length === 1 ? `the ${rows} rows are in ${name}` : "its manifest is loaded";
    const also = before === 0 ? "" : `${kept(before)}; `;
    const next = ledger === undefined ? wording`; with ${option("runId")} it would be known` : "";
    throw lostError(
      wording`${lost}, and whether ${what} could not be found out: ${outcome.why}. ${also}Look before loading anything again${next}.`,
      "the connection was lost during COMMIT",
    );
  }
  const done = before + (outcome.state === "committed" ? 1 : 0);
  if (done === steps.length) {
    onEvent?.({
      type: "warning",
      message: `${lost}; it was found that it had been done, so every row is in ${name}.`,
    });
    return;
  }
  throw lostError(
    done === 0
      ? `${lost}; it was found that it had not been done, so nothing was loaded into ${name}: run it again.`
      : `${lost}; it was found that ${kept(done)}, so load the others only.`,
    "the connection was lost before COMMIT was done",
  );
}

function stepsApplied({ steps }: Batch, statements: number): number {
  let left = statements;
  return steps.findIndex((step) => {
    left -= step.statements.length;
    return left < 0;
  });
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}
