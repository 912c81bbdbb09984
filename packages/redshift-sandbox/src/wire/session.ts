import type { Faults } from "../faults.ts";
import type { TranslateContext } from "../sql/plan.ts";
import { isOn } from "../sql/settings.ts";
import { SqlError, notImitated } from "../errors.ts";
import type { BackendConnection, BackendListener, Verdict } from "./backend-connection.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Conversation } from "./conversation.ts";
import { ExtendedQuery } from "./extended-query.ts";
import type { Framing } from "./framing.ts";
import { flush, toClient, toServer } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { parameterForClient, readParameter } from "./parameter-status.ts";
import { Replies } from "./replies.ts";
import type { FullNames } from "./reports.ts";
import { errorReport } from "./reports.ts";
import { SessionValues } from "./session-values.ts";
import { SimpleQuery } from "./simple-query.ts";
import type { Translator } from "./statements.ts";
import { StatementReader } from "./statements.ts";
import { VirtualRunner } from "./virtual-runner.ts";

/** A client may send this much ahead of what can be handled before it is made to wait. */
const mostAheadBytes = 4 << 20;

/** The setting that the translator must know, as the backend holds it. */
const caseSetting = "redshift.enable_case_sensitive_identifier";

export interface SessionOptions {
  readonly client: ClientConnection;
  readonly translator: Translator;
  readonly context: TranslateContext;
  readonly faults: Faults;
  readonly fullNames: FullNames;
  /** Asks PostgreSQL to cancel what this session's backend does; settles when the request has been delivered. */
  cancelBackend(): Promise<void>;
  /** Something failed that no client caused. */
  onProblem(error: unknown): void;
}

/** One client after its login: reads its messages one after the other and answers in their order. */
export class Session implements BackendListener {
  readonly #options: SessionOptions;
  readonly #client: ClientConnection;
  readonly #reader: StatementReader;
  readonly #replies: Replies;
  readonly #values = new SessionValues();
  #backend: BackendConnection | undefined;
  #runner: VirtualRunner | undefined;
  #simple: SimpleQuery | undefined;
  #extended: ExtendedQuery | undefined;
  #input: Framing | undefined;
  readonly #outbox = new Outbox();
  #busy: Promise<void> | undefined;
  #ahead = false;
  #backendFull = false;
  #settingsFresh = false;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#reader = new StatementReader(options.translator, options.context);
    this.#replies = new Replies(options.fullNames, {
      setState: (state) => {
        if (this.#backend !== undefined) this.#backend.state = state;
      },
      idle: () => this.#extended?.forgetPortals(),
      failed: (group) => this.#extended?.forgetStatements(group.parsed),
      toBackend: (bytes) => this.#backend?.write(bytes),
    });
  }

  /** The session owns the connection from now on, while the login still goes on. */
  adopt(backend: BackendConnection): void {
    this.#backend = backend;
    if (this.#closed) backend.destroy();
  }

  /** The login is done: messages of the client are read from `input`. */
  start(input: Framing, processId: number): void {
    const { faults, fullNames } = this.#options;
    const backend = this.#backend;
    if (backend === undefined || this.#closed) return;
    this.#input = input;
    const runner = (this.#runner = new VirtualRunner({
      client: this.#client,
      backend,
      reader: this.#reader,
      values: this.#values,
      fullNames,
      processId,
      cancelBackend: () => this.#options.cancelBackend(),
    }));
    const talk: Conversation = {
      client: this.#client,
      backend,
      replies: this.#replies,
      reader: this.#reader,
      runner,
      faults,
      fullNames,
      toBackend: (bytes) => this.#outbox.add(bytes),
      forward: (buffer, start, end) => this.#outbox.forward(buffer, start, end),
      flushBackend: () => this.#flushBackend(),
      settle: () => this.#settle(),
      drop: () => this.#drop(),
    };
    this.#simple = new SimpleQuery(talk, this.#values);
    this.#extended = new ExtendedQuery(talk, this.#values);
    this.pump();
  }

  /** More of the client's bytes are in the input. */
  pump(): void {
    const input = this.#input;
    const backend = this.#backend;
    if (input === undefined || backend === undefined || this.#closed) return;
    while (this.#busy === undefined) {
      let next: Promise<void> | undefined;
      try {
        if (!input.next()) break;
        if (this.#mustLookAtSettings(input.type)) {
          input.unread();
          next = this.#lookAtSettings(backend);
        } else {
          this.#settingsFresh = false;
          next = this.#message(input);
        }
      } catch (error) {
        this.#fatal(error);
        return;
      }
      if (this.#closed) return;
      if (next !== undefined) this.#wait(next);
    }
    this.#flushBackend();
    this.#client.flush();
    if (this.#busy !== undefined && input.pendingBytes > mostAheadBytes) {
      this.#ahead = true;
      this.#client.pause();
    }
  }

  /** A CancelRequest has come, and goes to PostgreSQL beside this. */
  cancel(): void {
    this.#runner?.cancel();
  }

  /** The client has gone, or the sandbox stops. Settles when nothing of the session runs any more. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#runner?.cancel();
      const working = this.#busy !== undefined || !this.#replies.settled;
      if (working && this.#backend?.closed === false) await this.#options.cancelBackend();
      this.#backend?.destroy();
      this.#client.destroy();
      this.#replies.abandon();
    }
    await this.#busy;
  }

  /** The login has failed, which the client is being told. */
  abandon(): void {
    this.#closed = true;
    this.#backend?.destroy();
  }

  get rewrittenColumns(): readonly number[] | undefined {
    return this.#replies.superColumns.now;
  }

  relay(bytes: Buffer): void {
    this.#client.send(bytes);
  }

  message(type: number, buffer: Buffer, start: number, end: number): Verdict {
    if (type !== toClient.parameterStatus) return this.#replies.message(type, buffer, start, end);
    const parameter = readParameter(buffer.subarray(start + 5, end));
    if (parameter.name === "is_superuser" && this.#backend !== undefined)
      this.#backend.superuser = parameter.value === "on";
    if (parameter.name === "session_authorization") this.#userIs(this.#options.fullNames(parameter.value));
    return parameterForClient(parameter) ?? "drop";
  }

  #userIs(user: string): void {
    if (user !== this.#reader.context.user) this.#reader.changeContext({ user });
  }

  chunkEnd(): void {
    if (!this.#client.flush() && this.#backend !== undefined) {
      const backend = this.#backend;
      backend.pause();
      this.#client.onDrain(() => backend.resume());
    }
    this.#replies.chunkEnd();
  }

  closed(): void {
    // Until the login is done it is the login that tells the client.
    if (this.#closed || this.#input === undefined) return;
    this.#closed = true;
    this.#runner?.cancel();
    this.#replies.abandon();
    this.#client.end();
  }

  #message(input: Framing): Promise<void> | undefined {
    const { type, buffer, start, end } = input;
    switch (type) {
      case toServer.query:
        return this.#simple?.handle(buffer, start, end);
      case toServer.parse:
      case toServer.bind:
      case toServer.describe:
      case toServer.execute:
      case toServer.close:
      case toServer.flush:
      case toServer.sync:
        return this.#extended?.handle(type, buffer, start, end);
      case toServer.terminate:
        this.#drop();
        return undefined;
      case toServer.copyData:
      case toServer.copyDone:
      case toServer.copyFail:
        // As PostgreSQL does when no COPY is going on: it may have failed while these were on their way.
        return undefined;
      case toServer.functionCall:
        return this.#simple?.refuse(notImitated("the protocol's FunctionCall"));
      default:
        throw new SqlError("08P01", `invalid frontend message type ${type}`);
    }
  }

  /** Whether a statement is about to be read under a setting that an earlier one may have changed. */
  #mustLookAtSettings(type: number): boolean {
    return (
      this.#reader.settingsTouched &&
      !this.#settingsFresh &&
      (type === toServer.query || type === toServer.parse)
    );
  }

  async #lookAtSettings(backend: BackendConnection): Promise<void> {
    await this.#settle();
    this.#settingsFresh = true;
    if (backend.state === "E" || this.#replies.open?.failed === true) return;
    const { rows } = await backend.query(`SELECT pg_catalog.current_setting('${caseSetting}', false)`);
    const caseSensitiveIdentifiers = isOn(rows[0]?.[0] ?? "");
    if (caseSensitiveIdentifiers !== this.#reader.context.caseSensitiveIdentifiers)
      this.#reader.changeContext({ caseSensitiveIdentifiers });
    // Until the transaction ends it may still be undone.
    if (backend.state === "I") this.#reader.settingsTouched = false;
  }

  #wait(next: Promise<void>): void {
    this.#busy = next.then(
      () => {
        this.#busy = undefined;
        this.#ahead = false;
        this.#resumeClient();
        this.pump();
      },
      (error: unknown) => {
        this.#busy = undefined;
        this.#fatal(error);
      },
    );
  }

  #flushBackend(): void {
    const bytes = this.#outbox.take();
    const backend = this.#backend;
    if (bytes === undefined || backend === undefined || backend.write(bytes)) return;
    this.#backendFull = true;
    this.#client.pause();
    backend.onDrain(() => {
      this.#backendFull = false;
      this.#resumeClient();
    });
  }

  async #settle(): Promise<void> {
    if (!this.#replies.settled) {
      // In the extended protocol PostgreSQL holds its answers back until it is told to send them.
      if (this.#replies.open !== undefined) this.#outbox.add(flush);
      this.#flushBackend();
      await this.#replies.whenSettled();
    } else this.#flushBackend();
    if (this.#closed) throw new SqlError("08006", "connection closed");
  }

  #resumeClient(): void {
    if (!this.#ahead && !this.#backendFull) this.#client.resume();
  }

  #drop(): void {
    this.#closed = true;
    this.#runner?.cancel();
    this.#backend?.destroy();
    this.#client.destroy();
    this.#replies.abandon();
  }

  #fatal(error: unknown): void {
    if (this.#closed) return;
    const known = error instanceof RangeError ? new SqlError("08P01", error.message) : error;
    if (!(known instanceof SqlError)) this.#options.onProblem(known);
    this.#client.send(errorReport(known, this.#options.fullNames, "FATAL"));
    this.#closed = true;
    this.#client.end();
    this.#backend?.destroy();
    this.#replies.abandon();
  }
}
