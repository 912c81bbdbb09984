import { SqlError } from "../errors.ts";
import type { Backend, VirtualPlan } from "../sql/plan.ts";
import type { BackendConnection } from "./backend-connection.ts";
import type { ClientConnection } from "./client-connection.ts";
import { copyIn } from "./copy-in.ts";
import { copyOut } from "./copy-out.ts";
import type { FullNames } from "./reports.ts";
import { noticeReport } from "./reports.ts";
import type { SessionValues } from "./session-values.ts";
import type { StatementReader } from "./statements.ts";

/** What the runner needs of the session. */
export interface RunnerSession {
  readonly client: ClientConnection;
  readonly backend: BackendConnection;
  readonly reader: StatementReader;
  readonly values: SessionValues;
  readonly fullNames: FullNames;
  readonly processId: number;
  /** Cancels what the backend does now, as a client's CancelRequest would. */
  cancelBackend(): Promise<void>;
}

/** Runs virtual statements in the client's session and sees to their transactions. */
export class VirtualRunner {
  /** The sandbox has opened the transaction, and ends it with the request (Query, or Sync). */
  implicit = false;
  readonly #session: RunnerSession;
  #abort: AbortController | undefined;

  constructor(session: RunnerSession) {
    this.#session = session;
  }

  /** Tells the running statement, if any, that its client has cancelled or gone. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** Opens the transaction of a request with several statements, when none is open. */
  async begin(): Promise<void> {
    if (this.#session.backend.state !== "I") return;
    await this.#session.backend.query("BEGIN");
    this.implicit = true;
  }

  /** Ends the transaction that the sandbox has opened, if it is still open. */
  async end(outcome: "COMMIT" | "ROLLBACK"): Promise<void> {
    if (!this.implicit) return;
    this.implicit = false;
    await this.#session.backend.query(outcome);
  }

  /**
   * Runs the statement. `shared`: other statements of the request are in the same transaction, so it stays open.
   * @returns the command tag
   */
  async run(
    plan: VirtualPlan,
    shared: boolean,
    row: (values: readonly (string | null)[]) => void,
  ): Promise<string> {
    const { backend, values } = this.#session;
    if (backend.state === "E") throw failedTransaction();
    if (plan.transaction === "forbidden") {
      if (shared || backend.state === "T")
        throw new SqlError("25001", `${plan.tag} cannot run inside a transaction block`);
    } else await this.begin();
    const tag = (await this.#attempt(plan, row)) ?? plan.tag;
    // A plan that met an error of PostgreSQL must fail: COMMIT would quietly roll back.
    if ((backend.state as string) === "E")
      throw new Error(`${plan.tag} reported success in a transaction that had failed`);
    if (values.state.size > 0) await values.apply(backend);
    if (plan.transaction === "commits" && (shared || !this.implicit)) await backend.query("COMMIT AND CHAIN");
    if (!shared) await this.end("COMMIT");
    return tag;
  }

  async #attempt(
    plan: VirtualPlan,
    row: (values: readonly (string | null)[]) => void,
  ): Promise<string | undefined> {
    const abort = (this.#abort = new AbortController());
    try {
      return await plan.run(this.#adapter(row, abort.signal));
    } catch (error) {
      if (abort.signal.aborted && !(error instanceof SqlError))
        throw new SqlError("57014", "canceling statement due to user request");
      throw error;
    } finally {
      this.#abort = undefined;
    }
  }

  #adapter(row: (values: readonly (string | null)[]) => void, signal: AbortSignal): Backend {
    const { backend, client, reader, values, fullNames, processId } = this.#session;
    return {
      user: reader.context.user,
      database: reader.context.database,
      processId,
      query: (sql) => backend.query(sql),
      details: (sql) => backend.details(sql),
      copyIn: (sql, source) => copyIn(backend, sql, source),
      copyOut: (sql) => copyOut(backend, sql, () => this.#session.cancelBackend()),
      row,
      notice: (severity, text, detail) => {
        client.send(noticeReport(severity, text, detail, fullNames));
        client.flush();
      },
      state: values.state,
      signal,
    };
  }
}

export function failedTransaction(): SqlError {
  return new SqlError(
    "25P02",
    "current transaction is aborted, commands ignored until end of transaction block",
  );
}
