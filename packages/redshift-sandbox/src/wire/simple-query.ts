import { setTimeout as sleep } from "node:timers/promises";
import type { PassPlan, VirtualPlan } from "../sql/plan.ts";
import type { Conversation } from "./conversation.ts";
import { lookUp, lookupWanted } from "./look-up.ts";
import { dataRow, readyForQuery, rowDescription, textMessage, toClient, toServer } from "./messages.ts";
import { errorReport, noticeReport } from "./reports.ts";
import type { StatementFault } from "./sql-faults.ts";
import { faultError, faultOf, slowMs } from "./sql-faults.ts";
import type { SessionValues } from "./session-values.ts";
import type { Request, Statement } from "./statements.ts";

/** The simple protocol: one Query, one or more statements, one ReadyForQuery. */
export class SimpleQuery {
  readonly #talk: Conversation;
  readonly #values: SessionValues;

  constructor(talk: Conversation, values: SessionValues) {
    this.#talk = talk;
    this.#values = values;
  }

  /** A Query, whole. What PostgreSQL can take as a whole is sent on at once; a promise when the next message must wait. */
  handle(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    const { reader, replies } = this.#talk;
    if (replies.open !== undefined) return this.#afterOpenGroup(buffer, start, end);
    let request: Request;
    try {
      request = reader.request(buffer, start + 5, Math.max(start + 5, end - 1));
    } catch (error) {
      return this.refuse(error);
    }
    const faults = this.#faults(request);
    const asked = request.looksUp && request.statements.some((one) => lookupWanted(one, this.#talk.backend));
    if (request.whole !== undefined && faults === undefined && !asked && !this.#values.wanted(request.text)) {
      replies.expectQuery(request.unchanged);
      this.#talk.toBackend(request.whole);
      return undefined;
    }
    return this.#oneByOne(request, faults);
  }

  /** A Query may follow extended messages without a Sync; PostgreSQL skips it after an error. */
  async #afterOpenGroup(buffer: Buffer, start: number, end: number): Promise<void> {
    const { replies } = this.#talk;
    await this.#talk.settle();
    if (replies.open?.failed === true) return;
    replies.discardOpen();
    await this.handle(buffer, start, end);
  }

  #faults(request: Request): readonly (StatementFault | undefined)[] | undefined {
    if (!this.#talk.faults.armed) return undefined;
    const found = request.statements.map(({ text }) => faultOf(this.#talk.faults, text));
    return found.some((fault) => fault !== undefined) ? found : undefined;
  }

  /** Answers a request with an error and ReadyForQuery. */
  async refuse(error: unknown): Promise<void> {
    await this.#talk.settle();
    await this.#fail(error);
    this.#ready();
  }

  async #oneByOne(
    request: Request,
    faults: readonly (StatementFault | undefined)[] | undefined,
  ): Promise<void> {
    const { runner, backend } = this.#talk;
    await this.#talk.settle();
    const { statements } = request;
    const shared = statements.length > 1;
    try {
      for (const [index, statement] of statements.entries()) {
        const fault = faults?.[index];
        if (fault?.before !== undefined && (await this.#meet(fault.before, statement))) return;
        if (this.#values.wanted(statement.text)) await this.#values.apply(backend);
        if (fault?.dropAfter === true) {
          await this.#runUnheard(statement, shared);
          this.#talk.drop();
          return;
        }
        if (statement.plan.kind === "virtual") await this.#virtual(statement.plan, shared);
        else if (!(await this.#pass(statement, statement.plan, shared))) {
          await runner.end("ROLLBACK");
          this.#ready();
          return;
        }
      }
      await runner.end("COMMIT");
    } catch (error) {
      if (backend.closed) throw error;
      await this.#fail(error);
    }
    this.#ready();
  }

  async #virtual(plan: VirtualPlan, shared: boolean): Promise<void> {
    const { client, runner } = this.#talk;
    let described = plan.columns === undefined;
    const describe = (): void => {
      if (!described) client.send(rowDescription(plan.columns ?? []));
      described = true;
    };
    const tag = await runner.run(plan, shared, (values) => {
      describe();
      client.send(dataRow(values));
    });
    describe();
    client.send(textMessage(toClient.commandComplete, tag));
  }

  /** One statement that PostgreSQL runs; false when it failed, which the client has been told. */
  async #pass(statement: Statement, plan: PassPlan, shared: boolean): Promise<boolean> {
    const { backend, client, replies, runner, fullNames } = this.#talk;
    const { control } = statement;
    if (control === "begin" && runner.implicit) {
      // The transaction that the sandbox opened becomes the client's own.
      runner.implicit = false;
      client.send(textMessage(toClient.commandComplete, "BEGIN"));
      return true;
    }
    if (control !== undefined && runner.implicit) {
      runner.implicit = false;
      client.send(noticeReport("WARNING", "there is no transaction in progress", undefined, fullNames));
    }
    if (control === undefined && shared) await runner.begin();
    const sql = lookupWanted(statement, backend) ? await lookUp(plan, backend) : plan.sql;
    client.flush();
    const group = replies.expectQuery(false, "ready");
    const done = replies.done(group);
    this.#talk.toBackend(textMessage(toServer.query, sql));
    this.#talk.flushBackend();
    await done;
    return !group.failed;
  }

  async #runUnheard(statement: Statement, shared: boolean): Promise<void> {
    const { backend, runner } = this.#talk;
    if (statement.plan.kind === "pass") await backend.query(await lookUp(statement.plan, backend));
    else await runner.run(statement.plan, shared, () => undefined);
    await runner.end("COMMIT");
  }

  /** True when the connection is gone. */
  async #meet(action: NonNullable<StatementFault["before"]>, statement: Statement): Promise<boolean> {
    const { backend, runner } = this.#talk;
    if (action === "drop") {
      this.#talk.drop();
      return true;
    }
    if (action === "slow") {
      await sleep(slowMs);
      return false;
    }
    if (statement.control === "commit" && backend.state !== "I") {
      // A COMMIT that fails has ended the transaction.
      runner.implicit = false;
      await backend.query("ROLLBACK");
    }
    throw faultError(action);
  }

  /** Tells the client, and leaves the transaction as PostgreSQL would after an error of its own. */
  async #fail(error: unknown): Promise<void> {
    const { backend, client, runner, fullNames } = this.#talk;
    client.send(errorReport(error, fullNames));
    if (runner.implicit) await runner.end("ROLLBACK");
    else if (backend.state === "T") await backend.spoil();
  }

  #ready(): void {
    const { backend, client } = this.#talk;
    client.send(readyForQuery(backend.state));
    client.flush();
  }
}
