import type pg from "pg";
import { ConnectionError, OptionsError, StatementError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type {
  CopiedRows,
  DescribedColumn,
  Notice,
  QueryOptions,
  QueryResult,
  SourceSession,
} from "../session.ts";
import type { ConnectionSettings } from "../settings/resolve.ts";
import { completeSettings, requireDatabase } from "../settings/resolve.ts";
import { Turns } from "../turns.ts";
import { sendCancelRequest } from "./cancel-request.ts";
import { Cancellation, cancelGraceMs } from "./cancellation.ts";
import { connectError, MissingPassword } from "./connect-error.ts";
import { CopyOut } from "./copy-out.ts";
import type { IamLogin } from "./iam-login.ts";
import { orAborted } from "./or-aborted.ts";
import { tlsOptions } from "./tls-options.ts";

/** Statements that are never cancelled: what became of the transaction would be unknown. */
const endsTransaction = new Set(["COMMIT", "ROLLBACK"]);

/** Says what went wrong while connecting, in one sentence that ends with the way out. */
export type DescribeConnectError = typeof connectError;

/** Where to connect and as whom. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** One connection to Redshift or PostgreSQL over `pg`: opened at its first use, kept, opened again after a loss, lent to one caller at a time. */
export class PgConnection {
  readonly #settings: ConnectionSettings;
  readonly #onEvent: EventHandler | undefined;
  readonly #iam: IamLogin | undefined;
  readonly #describeError: DescribeConnectError;
  readonly #turns = new Turns();
  #opening: Promise<pg.Client> | undefined;
  /** The client of `#opening`, once it is connected. */
  #client: pg.Client | undefined;
  /** The client of `#opening`, until it is connected. */
  #connecting: pg.Client | undefined;
  #password: string | undefined;
  /** The answer of `askPassword`, kept for the connections that follow. */
  #typedPassword: string | undefined;
  #connectedBefore = false;
  #closing: Promise<void> | undefined;
  #notices: Notice[] = [];

  constructor(
    settings: ConnectionSettings,
    onEvent: EventHandler | undefined,
    iam?: IamLogin,
    describeError: DescribeConnectError = connectError,
  ) {
    this.#iam = iam;
    this.#settings = settings;
    this.#onEvent = onEvent;
    this.#describeError = describeError;
  }

  /** The driver's client, connected. @throws ConnectionError; OptionsError when settings are missing */
  async client(): Promise<pg.Client> {
    if (this.#closing !== undefined) throw closedError();
    return this.#connected();
  }

  /**
   * Gives `work` the connection for itself, after everyone who asked before. A transaction that it leaves open is rolled
   * back. When `signal` aborts, the running statement is cancelled on the server; COMMIT and ROLLBACK are not.
   */
  async exclusive<T>(work: (session: SourceSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closing !== undefined) throw closedError();
    const giveBack = await this.#turns.take(signal);
    try {
      const client = await orAborted(this.#connected(), signal);
      let ended = false;
      const check = () => {
        if (ended)
          throw new OptionsError("This session has ended; query inside the function it was given to.");
      };
      const session: SourceSession = {
        query: (text, values, options) => {
          check();
          return this.#query(client, text, values, options, signal);
        },
        describe: (text) => {
          check();
          return this.#describe(client, text);
        },
        copyOut: (text) => {
          check();
          return this.#copyOut(client, text, signal);
        },
      };
      try {
        return await work(session);
      } finally {
        ended = true;
        await this.#cleanUp(client);
      }
    } finally {
      giveBack();
    }
  }

  /** Ends the connection after those who wait for it; a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const giveBack = await this.#turns.take();
    try {
      const opening = this.#opening;
      // One that is still being opened, because whoever wanted it gave up, is not waited for.
      if (this.#client === undefined && this.#connecting !== undefined) destroy(this.#connecting);
      this.#client = undefined;
      this.#opening = undefined;
      // Whoever asked for a connection that did not come about has been told.
      const client = await opening?.catch(() => undefined);
      await client?.end();
    } finally {
      giveBack();
    }
  }

  #connected(): Promise<pg.Client> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<pg.Client> {
    const { host, port, database, user } = await this.#login();
    const place = { host, port, database, user };
    this.#onEvent?.({ type: "connecting", ...place, again: this.#connectedBefore });
    const { askPassword } = this.#settings;
    try {
      return await this.#connect(place);
    } catch (error) {
      if (!(error instanceof MissingPassword) || askPassword === undefined)
        throw this.#described(error, place);
    }
    // Between two attempts: neither the server's patience nor `connectTimeoutMs` is for a person who types.
    this.#typedPassword = await askPassword();
    try {
      return await this.#connect(place);
    } catch (error) {
      this.#typedPassword = undefined;
      throw this.#described(error, place);
    }
  }

  async #connect({ host, port, database, user }: Place): Promise<pg.Client> {
    const { pg: driver, GuardedConnection, typeParsers } = await import("./driver.ts");
    const config: pg.ClientConfig = {
      host,
      port,
      database,
      user,
      password: () => this.#findPassword(),
      ssl: tlsOptions(this.#settings.ssl),
      types: typeParsers,
      keepAlive: true,
      connectionTimeoutMillis: this.#settings.connectTimeoutMs,
      fallback_application_name: "shiftmanager",
      ...this.#settings.pg,
    };
    const client = new driver.Client({
      connection: new GuardedConnection(config),
      ...config,
    } as pg.ClientConfig);
    // Between two statements the loss of a connection is no error yet: the next call opens another.
    client.on("error", () => this.#forget(client));
    client.on("end", () => this.#forget(client));
    client.on("notice", (message) => {
      const notice = { severity: message.severity ?? "NOTICE", message: message.message ?? "" };
      this.#notices.push(notice);
      this.#onEvent?.({ type: "notice", ...notice });
    });
    this.#connecting = client;
    try {
      await client.connect();
    } catch (error) {
      // A server that waits for a password which nobody has would keep the process from ending.
      destroy(client);
      // Perhaps because it was withdrawn: the next connection asks AWS for another.
      this.#iam?.forget();
      throw error;
    } finally {
      this.#connecting = undefined;
    }
    this.#connectedBefore = true;
    this.#client = client;
    return client;
  }

  #described(error: unknown, place: Place): ReturnType<DescribeConnectError> {
    return this.#describeError(error, { ...this.#settings, ...place }, this.#secrets());
  }

  /** Where to connect and as whom; through IAM with the user name that AWS returns, not the one that was asked for. */
  async #login(): Promise<Place> {
    if (this.#iam === undefined) return completeSettings(this.#settings);
    const database = requireDatabase(this.#settings);
    const { password, ...login } = await this.#iam.next(database);
    this.#password = password;
    return { ...login, database };
  }

  async #findPassword(): Promise<string> {
    if (this.#iam !== undefined && this.#password !== undefined) return this.#password;
    const { findPassword } = await import("./driver.ts");
    this.#password = this.#typedPassword ?? (await findPassword(this.#settings, this.#onEvent));
    if (this.#password === undefined) throw new MissingPassword();
    return this.#password;
  }

  #forget(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#opening = undefined;
  }

  async #query<R>(
    client: pg.Client,
    text: string,
    values: readonly unknown[] | undefined,
    { secrets = [], shown = text }: QueryOptions = {},
    signal: AbortSignal | undefined,
  ): Promise<QueryResult<R>> {
    const cancellable = !endsTransaction.has(text);
    if (cancellable) signal?.throwIfAborted();
    const notices: Notice[] = [];
    this.#notices = notices;
    const cancellation = this.#cancellation(client);
    const cancel = () => cancellation.start();
    if (cancellable) signal?.addEventListener("abort", cancel, { once: true });
    try {
      const { queryRows } = await import("./driver.ts");
      const answer = await queryRows(client, text, values);
      const result = "rows" in answer ? answer : answer.at(-1);
      if (result === undefined) return { rows: [], rowCount: null, notices };
      if (text === "COMMIT" && result.command === "ROLLBACK") {
        throw new StatementError("the server rolled the transaction back in place of COMMIT", {
          statement: text,
        });
      }
      const columns = result.fields.map(({ name }) => name);
      return {
        rows: result.rows as R[],
        rowCount: result.rowCount,
        notices,
        ...(columns.length === 0 ? {} : { columns }),
      };
    } catch (error) {
      if (error instanceof StatementError) throw error;
      const ours = await this.#statementError(client, error, shown, secrets);
      // 57014: query_canceled
      const cancelled = ours instanceof StatementError && ours.report.sqlstate === "57014";
      if (cancellable && signal?.aborted === true && cancelled) throw signal.reason;
      throw ours;
    } finally {
      signal?.removeEventListener("abort", cancel);
      await cancellation.end();
    }
  }

  async #describe(client: pg.Client, text: string): Promise<readonly DescribedColumn[]> {
    try {
      const { fields } = await client.query({ text });
      return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
        name,
        typeId: dataTypeID,
        typeModifier: dataTypeModifier,
      }));
    } catch (error) {
      throw await this.#statementError(client, error, text);
    }
  }

  async *#copyOut(
    client: pg.Client,
    text: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<CopiedRows> {
    signal?.throwIfAborted();
    const copy = new CopyOut(text);
    client.query(copy);
    const cancellation = this.#cancellation(client);
    const cancel = () => {
      copy.discard();
      cancellation.start();
    };
    signal?.addEventListener("abort", cancel, { once: true });
    let ended = false;
    try {
      for (;;) {
        const rows = await copy.next();
        signal?.throwIfAborted();
        if (rows === undefined) break;
        yield rows;
      }
      ended = true;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      ended = true;
      throw await this.#statementError(client, error, text);
    } finally {
      if (!ended) cancel();
      await copy.settled();
      signal?.removeEventListener("abort", cancel);
      await cancellation.end();
    }
  }

  async #statementError(
    client: pg.Client,
    error: unknown,
    shown: string,
    secrets: readonly string[] = [],
  ): Promise<StatementError | ConnectionError> {
    const { statementError } = await import("./driver.ts");
    const ours = statementError(error, shown, [...secrets, ...this.#secrets()]);
    if (ours instanceof ConnectionError) this.#forget(client);
    return ours;
  }

  #cancellation(client: pg.Client): Cancellation {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const { host, port } = client;
    const tls = tlsOptions(this.#settings.ssl);
    return new Cancellation({
      ask: () => sendCancelRequest({ host, port, tls, processId: processID, secretKey }, cancelGraceMs),
      giveUp: () => destroy(client),
    });
  }

  async #cleanUp(client: pg.Client): Promise<void> {
    if (this.#client !== client || transactionStatus(client) === "I") return;
    try {
      await client.query("ROLLBACK");
    } catch {
      // The session is in no state to be used again; closing it makes the server roll back.
      this.#forget(client);
      destroy(client);
    }
  }

  #secrets(): readonly string[] {
    const given = typeof this.#settings.password === "string" ? [this.#settings.password] : [];
    const used = this.#password === undefined ? [] : [this.#password];
    const fromUrl = this.#settings.urlPassword === undefined ? [] : [this.#settings.urlPassword];
    return [...given, ...used, ...fromUrl];
  }
}

/** What the server said with the last ReadyForQuery: `I` idle, `T` in a transaction, `E` in a failed one. */
function transactionStatus(client: pg.Client): string | null {
  return (client as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();
}

function destroy(client: pg.Client): void {
  client.connection.stream.destroy();
}

function closedError(): ConnectionError {
  return new ConnectionError("This Redshift object is closed; make a new one.");
}
