import type { BatchProgress } from "../errors.ts";
import { BatchError, ConnectionError, ShiftmanagerError, StatementError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type { QueryResult, Session } from "../session.ts";
import type { Batch, Step } from "./batch.ts";
import { retryingConflicts } from "./conflict-retry.ts";
import type { Statement } from "./statement.ts";
import { inWords, wording, type Wording } from "../wording.ts";

/** How a batch is executed. */
export interface ExecuteOptions {
  /**
   * Cancels the running statement on the server and rolls back; the `BatchError` says what was kept and has the signal's
   * reason as its cause. A COMMIT that is under way is not cancelled.
   */
  readonly signal?: AbortSignal;
}

/**
 * Runs a batch in the transactions it states and resolves to the result of each statement. Under the batch's own locks
 * it first proves that the facts the batch was built from still hold.
 * @throws BatchError for everything that stops it: it says which statement, and what was kept.
 */
export async function executeBatch(
  session: Session,
  batch: Batch,
  options: BatchRunOptions = {},
): Promise<readonly QueryResult[]> {
  return new Run(session, batch, options).run();
}

/** The same with what only this library asks for. */
export interface BatchRunOptions extends Omit<ExecuteOptions, "signal"> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventHandler | undefined;
  /** Reads, in the transaction, what will be needed should the answer of its COMMIT be lost. */
  readonly beforeCommit?: (session: Session) => Promise<void>;
  /** How long to wait before a transaction that met another one is run again, by attempt. Default: it is not. */
  readonly conflictDelaysMs?: readonly number[];
}

interface Failure {
  /** What stopped it, as the subject of a sentence. */
  readonly doing: string;
  readonly statement?: number;
  /** Of COMMIT: the last statement it would have kept. */
  readonly last?: number;
  readonly cause: unknown;
}

class Run {
  readonly #session: Session;
  readonly #batch: Batch;
  readonly #signal: AbortSignal | undefined;
  readonly #onEvent: EventHandler | undefined;
  readonly #beforeCommit: ((session: Session) => Promise<void>) | undefined;
  readonly #conflictDelaysMs: readonly number[];
  readonly #statements: readonly Statement[];
  readonly #results: QueryResult[] = [];
  /** How many statements are committed for good. */
  #applied = 0;
  #factsProved = false;

  constructor(session: Session, batch: Batch, options: BatchRunOptions) {
    this.#session = session;
    this.#batch = batch;
    this.#signal = options.signal;
    this.#onEvent = options.onEvent;
    this.#beforeCommit = options.beforeCommit;
    this.#conflictDelaysMs = options.conflictDelaysMs ?? [];
    this.#statements = batch.statements;
  }

  async run(): Promise<readonly QueryResult[]> {
    try {
      await this.#steps();
    } catch (error) {
      await this.#cleanUp(error);
      throw error;
    }
    await this.#cleanUp();
    return this.#results;
  }

  async #steps(): Promise<void> {
    for (const step of this.#batch.steps) {
      // A step without a transaction changes things before any lock is taken, so the facts are proved first as well.
      if (this.#results.length === 0 && !needsTransaction(step, this.#batch)) await this.#proveAlone();
      if (needsTransaction(step, this.#batch)) await this.#inTransactions(step);
      else await this.#alone(step);
    }
  }

  /** What cannot be taken away is told beside what failed first; it is no failure of a batch that has committed. */
  async #cleanUp(failed?: unknown): Promise<void> {
    try {
      await this.#batch.cleanUp?.();
    } catch (error) {
      if (!(error instanceof ShiftmanagerError)) throw error;
      const left = `What it wrote outside the database may be left: ${error.message.replace(/[.\s]+$/, "")}.`;
      if (failed instanceof ShiftmanagerError) failed.message = `${failed.message} ${left}`;
      else this.#onEvent?.({ type: "warning", message: `Everything was committed, but: ${left}` });
    }
  }

  async #proveAlone(): Promise<void> {
    try {
      await this.#proveFacts();
    } catch (cause) {
      throw this.#error({ doing: "The batch", cause }, "nothing to roll back");
    }
  }

  async #alone(step: Step): Promise<void> {
    for (const statement of step.statements) {
      const number = this.#results.length + 1;
      try {
        await this.#statement(statement, number);
      } catch (cause) {
        // Autocommit: when the connection went away, the server may have finished the statement all the same.
        const lost = cause instanceof ConnectionError;
        throw this.#error(
          { doing: this.#name(number), statement: number, cause },
          lost ? "unknown" : "nothing to roll back",
        );
      }
      this.#applied += 1;
    }
  }

  /** The whole transaction again when it met another one, as it then left nothing. */
  #inTransactions(step: Step): Promise<void> {
    const [results, proved] = [this.#results.length, this.#factsProved];
    return retryingConflicts(
      () => {
        this.#results.length = results;
        this.#factsProved = proved;
        return this.#inTransaction(step);
      },
      { delaysMs: this.#conflictDelaysMs, onEvent: this.#onEvent, signal: this.#signal },
    );
  }

  async #inTransaction(step: Step): Promise<void> {
    const first = this.#results.length + 1;
    const afterLocks = step.statements.findIndex(({ locks }) => locks !== true);
    let failing: Omit<Failure, "cause"> = { doing: "BEGIN" };
    try {
      this.#signal?.throwIfAborted();
      await this.#session.query("BEGIN");
      for (const [i, statement] of step.statements.entries()) {
        if (i === afterLocks) {
          failing = { doing: "The batch" };
          await this.#proveFactsOnce();
        }
        failing = { doing: this.#name(first + i), statement: first + i };
        await this.#statement(statement, first + i);
      }
      failing = { doing: "The batch" };
      await this.#proveFactsOnce();
      await this.#beforeCommit?.(this.#session);
      this.#signal?.throwIfAborted();
    } catch (cause) {
      await this.#rollBack(cause);
      const more = await this.#afterFailure(failing.statement, cause);
      const error = this.#error({ ...failing, cause }, "yes");
      if (more !== undefined) error.message = `${error.message} ${more}`;
      throw error;
    }
    this.#onEvent?.({ type: "commit", statements: step.statements.length });
    try {
      await this.#session.query("COMMIT");
    } catch (cause) {
      const rolledBack = cause instanceof ConnectionError ? "unknown" : "yes";
      throw this.#error({ doing: "COMMIT", last: this.#results.length, cause }, rolledBack);
    }
    this.#applied += step.statements.length;
  }

  async #statement(statement: Statement, number: number): Promise<void> {
    this.#signal?.throwIfAborted();
    await statement.check?.(this.#session);
    this.#signal?.throwIfAborted();
    const shown = statement.sql.toSQL();
    this.#onEvent?.({
      type: "statement",
      number,
      total: this.#statements.length,
      summary: statement.summary,
      sql: shown,
    });
    const result = await this.#session.query(statement.sql.toSQL({ secrets: "reveal" }), undefined, {
      shown,
      secrets: statement.sql.secretTexts(),
    });
    this.#results.push(result);
  }

  async #proveFactsOnce(): Promise<void> {
    if (this.#factsProved) return;
    await this.#proveFacts();
    this.#factsProved = true;
  }

  async #proveFacts(): Promise<void> {
    const differences = (await this.#batch.facts?.differences(this.#session)) ?? [];
    if (differences.length > 0) throw new ChangedFacts(differences);
  }

  /** The server rolls back by itself what a lost connection leaves; anything else that fails here leaves no doubt either. */
  async #rollBack(cause: unknown): Promise<void> {
    if (cause instanceof ConnectionError) return;
    try {
      await this.#session.query("ROLLBACK");
    } catch (error) {
      // A connection that cannot carry out ROLLBACK is closed by its owner, which rolls back as well.
      if (!(error instanceof ConnectionError || error instanceof StatementError)) throw error;
    }
  }

  async #afterFailure(statement: number | undefined, cause: unknown): Promise<string | undefined> {
    if (statement === undefined || cause instanceof ConnectionError || this.#signal?.aborted === true)
      return undefined;
    try {
      return await this.#statements[statement - 1]?.afterFailure?.(this.#session, cause);
    } catch (error) {
      // The failure itself is what counts; that its circumstances cannot be read is not.
      if (error instanceof ShiftmanagerError) return undefined;
      throw error;
    }
  }

  #name(number: number): string {
    const summary = this.#statements[number - 1]?.summary;
    const of =
      this.#statements.length === 1 ? "The statement" : `Statement ${number} of ${this.#statements.length}`;
    return summary === undefined || summary === "" ? of : `${of} (${lowerFirst(summary)})`;
  }

  #error({ doing, statement, last, cause }: Failure, rolledBack: BatchProgress["rolledBack"]): BatchError {
    const shown = this.#statements.map(({ sql }) => sql.toSQL());
    const progress: BatchProgress = {
      applied: shown.slice(0, this.#applied),
      failed: statement === undefined ? undefined : shown[statement - 1],
      failedNumber: statement,
      pending: shown.filter((_, i) => i >= this.#applied && i + 1 !== statement),
      rolledBack,
    };
    const aborted = this.#signal?.aborted === true;
    const failed = statement === undefined ? undefined : this.#statements[statement - 1];
    const what = aborted ? `${doing} was stopped` : reason(doing, cause, failed);
    const kept = this.#batch.readsOnly
      ? readAgain(aborted, cause)
      : outcome(progress, shown.length, last ?? statement) +
        (this.#applied > 0 || aborted ? "" : wayOn(progress, cause));
    const message = wording`${what}; ${kept}.`;
    if (aborted) return new BatchError(message, progress, { cause: this.#signal?.reason as unknown });
    return new BatchError(message, progress, cause instanceof ChangedFacts ? {} : { cause });
  }
}

/** Carries the differences out of the transaction; never leaves this file. */
class ChangedFacts extends Error {
  constructor(differences: readonly string[]) {
    super(differences.map((difference) => inWords(withoutStop(difference))).join("; "));
  }
}

function needsTransaction(step: Step, batch: Batch): boolean {
  if (step.kind === "alone") return false;
  const [only] = step.statements;
  const single = step.statements.length === 1 && only !== undefined;
  return !(single && only.check === undefined && only.locks === undefined && batch.facts === undefined);
}

function reason(doing: string, cause: unknown, failed?: Statement): Wording {
  const text = withoutStop(ShiftmanagerError.wordingOf(cause));
  if (cause instanceof ChangedFacts)
    return wording`What this batch was built from has changed since: ${text}`;
  if (failed?.proves !== undefined && isDivisionByZero(cause)) {
    return `${withoutSummary(doing)} failed: the proof that ${failed.proves} does not hold`;
  }
  return wording`${doing} failed: ${text}`;
}

/** The summary says what the rest of the sentence says. */
function withoutSummary(doing: string): string {
  return doing.replace(/ \(proves .*\)$/, "");
}

/** How a proof in SQL says no. */
function isDivisionByZero(cause: unknown): boolean {
  if (!(cause instanceof StatementError)) return false;
  return cause.report.sqlstate === "22012" || /divi(?:sion|de) by zero/i.test(cause.message);
}

/** What to do next where nothing of the batch was kept. */
function wayOn({ rolledBack }: BatchProgress, cause: unknown): string {
  if (rolledBack === "unknown") return "";
  return cause instanceof ChangedFacts
    ? ", so review it as it is now and run that"
    : ", so put that right and run it again";
}

/** Of a batch that changes nothing, whatever becomes of it. */
function readAgain(aborted: boolean, cause: unknown): string {
  if (aborted) return "it only reads, so nothing was changed";
  return cause instanceof ConnectionError
    ? "it only reads, so run it again"
    : "it only reads, so nothing was changed: correct it and run it again";
}

/** What was kept and what to do next. `last`: the last statement of which it is not known. */
function outcome(
  { applied, rolledBack, failed }: BatchProgress,
  total: number,
  last: number = total,
): string {
  const first = applied.length + 1;
  const earlier = applied.length === 0 ? "" : `${statements(1, applied.length)} committed for good, `;
  if (rolledBack === "unknown") {
    const doubtful = failed === undefined ? statements(first, last) : "it";
    return `${earlier}whether ${doubtful} took effect is unknown, so look before running anything again`;
  }
  return applied.length === 0
    ? "nothing was kept"
    : `${earlier}${statements(first, total)} left nothing and ${first === total ? "is" : "are"} still to be run`;
}

function statements(from: number, to: number): string {
  return from === to ? `statement ${from}` : `statements ${from} to ${to}`;
}

function withoutStop(text: Wording): Wording {
  if (typeof text === "string") return text.replace(/[.\s]+$/, "");
  return "name" in text ? text : text.map((part, i) => (i === text.length - 1 ? withoutStop(part) : part));
}

function lowerFirst(text: string): string {
  // "ANALYZE" stays as it is, "Creates the table" does not.
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
