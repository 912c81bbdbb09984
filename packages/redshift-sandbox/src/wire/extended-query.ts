import { SqlError } from "../errors.ts";
import type { VirtualPlan } from "../sql/plan.ts";
import type { Conversation } from "./conversation.ts";
import type { BindMessage, NamedMessage } from "./extended-messages.ts";
import {
  parameterTypes,
  readBind,
  readExecute,
  readNamed,
  readParse,
  statementKind,
} from "./extended-messages.ts";
import {
  bindComplete,
  closeComplete,
  noData,
  noParameters,
  parse,
  parseComplete,
  readyForQuery,
  rowDescription,
  sync,
  toServer,
} from "./messages.ts";
import { InOrder } from "./in-order.ts";
import { lookUp, lookupWanted } from "./look-up.ts";
import { errorReport } from "./reports.ts";
import type { SessionValues } from "./session-values.ts";
import { executeSpecial } from "./special-execution.ts";
import { faultOf } from "./sql-faults.ts";
import type { Statement } from "./statements.ts";
import type { Step } from "./super-columns.ts";
import { takeSuperParameters } from "./super-type.ts";
import { failedTransaction } from "./virtual-runner.ts";
import { Portal, resultFormats } from "./virtual-portal.ts";

/** Redshift counts parameters in a signed 16-bit number. @see facts.md 6.4 */
const mostParameters = 32767;

/** A prepared statement: one that PostgreSQL holds too, or a virtual one. No statement when its text was empty. */
type Prepared = Statement | undefined;

/**
 * The extended protocol. What PostgreSQL can run is sent on as it comes; a virtual statement is answered here, once everything sent
 * before it has been answered, so that answers keep their order.
 */
export class ExtendedQuery {
  readonly #talk: Conversation;
  readonly #values: SessionValues;
  readonly #inOrder: InOrder;
  readonly #prepared = new Map<string, Prepared>();
  readonly #portals = new Map<string, Portal>();
  #valuesSet = false;

  constructor(talk: Conversation, values: SessionValues) {
    this.#talk = talk;
    this.#values = values;
    this.#inOrder = new InOrder(talk);
  }

  /** Portals end with their transaction. */
  forgetPortals(): void {
    if (this.#portals.size > 0) this.#portals.clear();
  }

  forgetStatements(names: readonly string[]): void {
    for (const name of names) this.#prepared.delete(name);
  }

  /** One message, whole; a promise when the next must wait. */
  handle(type: number, buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    if (type === toServer.sync) return this.#sync(buffer, start, end);
    if (this.#talk.replies.open?.failed === true) return undefined;
    try {
      return this.#dispatch(type, buffer, start, end);
    } catch (error) {
      const wrong = error instanceof RangeError ? new SqlError("08P01", "invalid message format") : error;
      return this.#inOrder.run(() => this.#inOrder.refuse(wrong));
    }
  }

  #dispatch(type: number, buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    const forward = (step: Step): undefined => {
      this.#expect(step);
      this.#talk.forward(buffer, start, end);
      return undefined;
    };
    switch (type) {
      case toServer.parse:
        return this.#parse(buffer, start, end, forward);
      case toServer.bind:
        return this.#bind(buffer, start, end, forward);
      case toServer.describe:
        return this.#describe(readNamed(buffer, start, end), forward);
      case toServer.execute:
        return this.#execute(readExecute(buffer, start, end), forward);
      case toServer.close:
        return this.#close(readNamed(buffer, start, end), forward);
      default:
        // Flush. The backend needs it only for what it was sent.
        if (!this.#talk.replies.settled) this.#talk.forward(buffer, start, end);
        return undefined;
    }
  }

  /** The backend will answer one message more. */
  #expect(step: Step): void {
    const { replies } = this.#talk;
    replies.ensureOpen().pending += 1;
    replies.superColumns.sent(step);
  }

  /** `found`: the statement's text, once it has been looked up. */
  #parse(
    buffer: Buffer,
    start: number,
    end: number,
    forward: (step: Step) => undefined,
    found?: string,
  ): Promise<void> | undefined {
    const { backend, reader, replies } = this.#talk;
    const message = readParse(buffer, start, end);
    const { name, nameEnd, textEnd } = message;
    const request = reader.request(buffer, nameEnd, textEnd - 1);
    if (request.statements.length > 1)
      throw new SqlError("42601", "cannot insert multiple commands into a prepared statement");
    if (message.typeCount > mostParameters) throw tooManyParameters();
    takeSuperParameters(buffer, end, message);
    const [statement] = request.statements;
    const replaced = this.#prepared.get(name);
    if (this.#values.wanted(statement?.text ?? "") && !this.#valuesSet)
      return this.#inOrder.run(() => this.#setValues(() => this.#parse(buffer, start, end, forward)));
    if (request.looksUp && found === undefined && lookupWanted(statement, backend))
      return this.#inOrder.run(async () => {
        const sql = await this.#lookUp(statement, parameterTypes(buffer, message));
        await this.#parse(buffer, start, end, forward, sql);
      });
    if (statement?.plan.kind !== "virtual" && replaced?.plan.kind !== "virtual") {
      this.#prepared.set(name, statement);
      const group = replies.ensureOpen();
      if (name !== "") group.parsed.push(name);
      const sql = found ?? (statement?.plan.kind === "pass" ? statement.plan.sql : "");
      const step: Step = { kind: "parse", statement: name };
      if (request.unchanged && (found === undefined || found === request.text)) return forward(step);
      group.keepPosition = false;
      this.#expect(step);
      this.#talk.toBackend(
        parse(buffer.subarray(message.nameStart, nameEnd), sql, buffer.subarray(textEnd, end)),
      );
      return undefined;
    }
    return this.#inOrder.run(() => {
      if (name !== "" && this.#prepared.has(name))
        throw new SqlError("42P05", `prepared statement "${name}" already exists`);
      if (statement?.plan.kind !== "virtual") {
        this.#prepared.delete(name);
        return this.#parse(buffer, start, end, forward, found);
      }
      this.#refuseInFailed();
      this.#prepared.set(name, statement);
      return this.#answer(parseComplete);
    });
  }

  /** In a transaction of its own making when something has run that is not committed: a Query would commit it, or lose it. */
  async #lookUp(statement: Statement | undefined, types: readonly number[]): Promise<string> {
    const { backend, replies, runner } = this.#talk;
    if (statement?.plan.kind !== "pass") return "";
    if (replies.open?.executed === true) await runner.begin();
    return lookUp(statement.plan, backend, types);
  }

  #bind(
    buffer: Buffer,
    start: number,
    end: number,
    forward: (step: Step) => undefined,
  ): Promise<void> | undefined {
    let message = readBind(buffer, start, end, false);
    const statement = this.#prepared.get(message.statement);
    if (message.statement !== "" && this.#values.wanted(statement?.text ?? "") && !this.#valuesSet)
      return this.#inOrder.run(() => this.#setValues(() => this.#bind(buffer, start, end, forward)));
    if (statement?.plan.kind !== "virtual" && !this.#virtualPortal(message.portal)) {
      if (message.parameterCount > mostParameters) throw tooManyParameters();
      if (statement !== undefined) this.#portals.set(message.portal, new Portal(statement, []));
      return forward({ kind: "bind", portal: message.portal, statement: message.statement });
    }
    message = readBind(buffer, start, end, true);
    return this.#inOrder.run(() => {
      if (statement?.plan.kind !== "virtual") {
        if (message.portal !== "") throw portalExists(message.portal);
        this.#portals.delete("");
        return this.#bind(buffer, start, end, forward);
      }
      this.#refuseInFailed();
      return this.#bindVirtual(message, statement, statement.plan);
    });
  }

  #bindVirtual(message: BindMessage, statement: Statement, plan: VirtualPlan): undefined {
    if (message.parameterCount > 0)
      throw new SqlError(
        "08P01",
        `bind message supplies ${message.parameterCount} parameters, but prepared statement "${message.statement}" requires 0`,
      );
    if (message.portal !== "" && this.#portals.has(message.portal)) throw portalExists(message.portal);
    const formats = resultFormats(plan, message.resultFormats);
    this.#portals.set(message.portal, new Portal(statement, formats));
    return this.#answer(bindComplete);
  }

  #describe(message: NamedMessage, forward: (step: Step) => undefined): Promise<void> | undefined {
    const step: Step = {
      kind: "describe",
      key: `${message.kind === statementKind ? "S" : "P"}${message.name}`,
    };
    if (message.kind === statementKind) {
      const plan = this.#prepared.get(message.name)?.plan;
      if (plan?.kind !== "virtual") return forward(step);
      return this.#inOrder.run(() =>
        this.#answer(noParameters, plan.columns === undefined ? noData : rowDescription(plan.columns)),
      );
    }
    const portal = this.#portals.get(message.name);
    const plan = portal?.statement.plan;
    if (portal === undefined || plan?.kind !== "virtual") return forward(step);
    return this.#inOrder.run(() => {
      if (!this.#stillThere(message.name, portal)) return forward(step);
      return this.#answer(plan.columns === undefined ? noData : rowDescription(plan.columns, portal.formats));
    });
  }

  #execute(
    message: { readonly portal: string; readonly maxRows: number },
    forward: (step: Step) => undefined,
  ): Promise<void> | undefined {
    const portal = this.#portals.get(message.portal);
    const step: Step = { kind: "execute", portal: message.portal };
    const forwardStep = (): undefined => forward(step);
    if (portal === undefined) return forwardStep();
    const { statement } = portal;
    const fault = portal.met ? undefined : faultOf(this.#talk.faults, statement.text);
    portal.met = true;
    if (statement.plan.kind === "pass" && fault === undefined) return this.#send(statement, forwardStep);
    return this.#inOrder.run(() =>
      this.#stillThere(message.portal, portal)
        ? executeSpecial(this.#talk, portal, fault, message.maxRows, () => this.#send(statement, forwardStep))
        : forwardStep(),
    );
  }

  #send(statement: Statement, forward: () => undefined): undefined {
    forward();
    const group = this.#talk.replies.ensureOpen();
    if (statement.control === undefined) group.executed = true;
    else this.#talk.runner.implicit = false;
    return undefined;
  }

  #close(message: NamedMessage, forward: (step: Step) => undefined): Promise<void> | undefined {
    const virtual =
      message.kind === statementKind
        ? this.#prepared.get(message.name)?.plan.kind === "virtual"
        : this.#virtualPortal(message.name);
    const known: Map<string, unknown> = message.kind === statementKind ? this.#prepared : this.#portals;
    if (!virtual) {
      known.delete(message.name);
      return forward({ kind: "close" });
    }
    return this.#inOrder.run(() => {
      known.delete(message.name);
      return this.#answer(closeComplete);
    });
  }

  #sync(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    const { replies, runner } = this.#talk;
    if (runner.implicit) return this.#syncImplicit();
    replies.ensureOpen().closed = true;
    replies.superColumns.sent({ kind: "sync" });
    this.#talk.forward(buffer, start, end);
    return undefined;
  }

  /** Ends the transaction that virtual statements of this pipeline have opened. */
  async #syncImplicit(): Promise<void> {
    const { backend, client, replies, runner, fullNames } = this.#talk;
    await this.#talk.settle();
    const failed = replies.open?.failed === true;
    replies.discardOpen();
    // PostgreSQL may be skipping up to a Sync, and would ignore a Query.
    await backend.exchange(sync);
    try {
      await runner.end(failed ? "ROLLBACK" : "COMMIT");
    } catch (error) {
      if (backend.closed) throw error;
      client.send(errorReport(error, fullNames));
    }
    this.forgetPortals();
    client.send(readyForQuery(backend.state));
  }

  /** At Parse and Bind, not at Execute: setting them takes a Query, and that ends the unnamed statement and portal. */
  async #setValues(then: () => Promise<void> | undefined): Promise<void> {
    await this.#values.apply(this.#talk.backend);
    this.#valuesSet = true;
    try {
      await then();
    } finally {
      this.#valuesSet = false;
    }
  }

  /** The Sync that was waited for may have ended the portal; PostgreSQL, which never had it, says so. */
  #stillThere(name: string, portal: Portal): boolean {
    return portal.statement.plan.kind === "pass" || this.#portals.get(name) === portal;
  }

  #virtualPortal(name: string): boolean {
    return this.#portals.get(name)?.statement.plan.kind === "virtual";
  }

  #refuseInFailed(): void {
    if (this.#talk.backend.state === "E") throw failedTransaction();
  }

  #answer(...messages: readonly Buffer[]): undefined {
    for (const message of messages) this.#talk.client.send(message);
    return undefined;
  }
}

function tooManyParameters(): SqlError {
  return new SqlError("42P02", "there is no parameter $-32768");
}

function portalExists(name: string): SqlError {
  return new SqlError("42P03", `cursor "${name}" already exists`);
}
