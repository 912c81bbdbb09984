import type { Client } from "pg";
import { PgConnection } from "./adapters/pg-connection.ts";
import type { RelationInput } from "./catalog/relation-name.ts";
import { readCurrentSchema } from "./catalog/session-user.ts";
import type { FindOptions } from "./catalog/tables.ts";
import { findTable, readTables } from "./catalog/tables.ts";
import { OptionsError } from "./errors.ts";
import type { EventHandler } from "./events.ts";
import type { AwsAuthorization } from "./s3/credentials.ts";
import { authorizationClause } from "./s3/credentials.ts";
import type { QueryResult, Session } from "./session.ts";
import type { RedshiftOptions } from "./settings/options.ts";
import type { AwsSettings } from "./settings/resolve.ts";
import { awsSettings, connectionSettings } from "./settings/resolve.ts";
import type { Batch } from "./sql/batch.ts";
import type { ExecuteOptions } from "./sql/execute.ts";
import { executeBatch } from "./sql/execute.ts";
import type { Fragment } from "./sql/fragment.ts";
import type { TextOptions } from "./sql/from-text.ts";
import { batchFromText } from "./sql/from-text.ts";
import type { Parameters } from "./sql/mogrify.ts";
import { preparer } from "./sql/quote.ts";
import type { AlterUserOptions } from "./users/alter-user.ts";
import { alterUser } from "./users/alter-user.ts";
import type { CreateUserOptions } from "./users/create-user.ts";
import { createUser } from "./users/create-user.ts";
import { randomPassword } from "./users/random-password.ts";

/** What every method that builds SQL takes beside its own options. */
export interface RunOptions extends ExecuteOptions {
  /** Runs the batch as well as returning it. Default false. */
  readonly execute?: boolean;
}

/** What every method that only reads takes beside its own options. */
export interface ReadOptions {
  /** Cancels the query on the server; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A Redshift database to administer. Methods that change something resolve to a `Batch` to review, and run it only with
 * `execute: true` or by `execute(batch)`. The connection opens at its first use and is kept; calls made at once wait
 * their turn, so that two transactions never mix. `close()` it, or declare it with `await using`.
 *
 * @example
 * const redshift = new Redshift({ host: "localhost", database: "dev", user: "awsuser" });
 * const batch = await redshift.createUser("chad", randomPassword());
 * console.log(String(batch));
 * await redshift.execute(batch);
 */
export class Redshift {
  readonly #connection: PgConnection;
  readonly #onEvent: EventHandler | undefined;
  readonly #aws: AwsSettings;
  /** What `setAwsRole` or `setAwsCredentials` said last; a role comes before keys. */
  #role: AwsAuthorization | undefined;
  #keys: AwsAuthorization | undefined;

  /** @throws OptionsError for settings that can never work; missing ones are told when connecting */
  constructor(options: RedshiftOptions = {}) {
    this.#onEvent = options.onEvent;
    this.#connection = new PgConnection(connectionSettings(options, process.env), options.onEvent);
    this.#aws = awsSettings(options, process.env);
  }

  /**
   * The `pg` client, connected. What it is given does not wait its turn: while a call of this object is under way, it
   * lands in that call's transaction.
   */
  get connection(): Promise<Client> {
    return this.#connection.client();
  }

  /** Closes the connection after the calls made before; may be called again. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Runs a batch in the transactions it states, or SQL text in one transaction; resolves to one result a statement.
   * A batch that was built from catalog facts first proves, under its own locks, that they still hold.
   *
   * Text takes `$1…` with an array or `:name` with an object. A statement in it that commits (TRUNCATE), cannot join a
   * transaction (VACUUM) or controls one (BEGIN) is refused before anything is sent; such a statement runs alone when it
   * is the only one, and `transaction: "split"` runs them apart.
   * @throws BatchError saying which statement failed and what was kept
   * @throws OptionsError for text or parameters that can never work
   * @throws ConnectionError when no connection can be made
   */
  async execute(
    batch: Batch | string,
    parameters?: Parameters,
    options: ExecuteOptions & TextOptions = {},
  ): Promise<readonly QueryResult[]> {
    return this.#run(this.#toBatch(batch, parameters, options), options);
  }

  /**
   * Binds parameters into text as `execute` would, to review it. Values are quoted by Redshift's rules; `%` and anything
   * inside literals, names and comments is left alone.
   * @throws OptionsError as `execute`
   */
  async mogrify(
    text: string,
    parameters?: Parameters,
    options: RunOptions & TextOptions = {},
  ): Promise<Batch> {
    return this.#finish(batchFromText(text, parameters, options), options);
  }

  /** Redshift-aware quoting of names and values. */
  get preparer(): typeof preparer {
    return preparer;
  }

  /** The same as the export `randomPassword`. */
  randomPassword(length?: number): string {
    return randomPassword(length);
  }

  /**
   * Creates a user; parameters are set by further statements of the same transaction.
   * @param password - null disables the password
   * @throws OptionsError for a password or option that Redshift would refuse
   */
  async createUser(
    name: string,
    password: string | null,
    options: CreateUserOptions & RunOptions = {},
  ): Promise<Batch> {
    return this.#finish(createUser(name, password, options), options);
  }

  /**
   * Changes a user: RENAME, then options, then one statement for each group, SET and RESET.
   * @throws OptionsError when there is nothing to change
   */
  async alterUser(name: string, options: AlterUserOptions & RunOptions): Promise<Batch> {
    return this.#finish(alterUser(name, options), options);
  }

  /** Is there a table or view of that name: `table` or `schema.table`, in one schema, by default the session's current one. */
  async tableExists(name: RelationInput, options: FindOptions & ReadOptions = {}): Promise<boolean> {
    return this.#withSession(
      async (session) => (await findTable(session, name, options)) !== null,
      options.signal,
    );
  }

  /** The names of a schema's tables and views, in order; by default of the session's current schema. */
  async getTableNames({ schema, signal }: FindOptions & ReadOptions = {}): Promise<readonly string[]> {
    return this.#withSession(async (session) => {
      const tables = await readTables(session, schema ?? (await readCurrentSchema(session)));
      return tables.map(({ name }) => name);
    }, signal);
  }

  /** The keys that COPY and UNLOAD are given from now on; a role set by `setAwsRole` comes before them. */
  setAwsCredentials(accessKeyId: string, secretAccessKey: string, sessionToken?: string): void {
    this.#keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }

  /**
   * The role that COPY and UNLOAD assume from now on.
   * @param role - its ARN, several chained, or `default`; or the account's number, with the role's name after it
   * @throws OptionsError for what is no role
   */
  setAwsRole(role: string | readonly string[], roleName?: string): void {
    if (roleName !== undefined && typeof role !== "string") {
      throw new OptionsError("A role's name goes with one account number, not with several ARNs.");
    }
    const authorization = {
      iamRole: roleName === undefined ? role : `arn:aws:iam::${String(role)}:role/${roleName}`,
    };
    authorizationClause(authorization); // refuses what is no role now, not in the middle of a load
    this.#role = authorization;
  }

  /**
   * What COPY and UNLOAD are given, as SQL with its secrets masked: `setAwsRole`, `setAwsCredentials`, then the
   * configuration's role, then its keys. Undefined when there is none.
   */
  get awsCredentials(): Fragment | undefined {
    const authorization = this.#authorization();
    return authorization === undefined ? undefined : authorizationClause(authorization);
  }

  #authorization(): AwsAuthorization | undefined {
    const { iamRole, accessKeyId, secretAccessKey, sessionToken } = this.#aws;
    const configured: AwsAuthorization | undefined =
      iamRole !== undefined
        ? { iamRole }
        : accessKeyId !== undefined && secretAccessKey !== undefined
          ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
          : undefined;
    return this.#role ?? this.#keys ?? configured;
  }

  /** Lends the connection to one feature for as long as it works; every other call waits. */
  #withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#connection.exclusive(work, signal);
  }

  #toBatch(batch: Batch | string, parameters: Parameters | undefined, options: TextOptions): Batch {
    if (typeof batch === "string") return batchFromText(batch, parameters, options);
    if (parameters !== undefined) {
      throw new OptionsError("A batch has its values in it already; parameters go with text.");
    }
    return batch;
  }

  #run(batch: Batch, { signal }: ExecuteOptions): Promise<readonly QueryResult[]> {
    return this.#withSession(
      (session) =>
        executeBatch(session, batch, {
          ...(signal === undefined ? {} : { signal }),
          onEvent: this.#onEvent,
        }),
      signal,
    );
  }

  /** The last step of everything that builds: run it when asked, and hand it back. */
  async #finish(batch: Batch, options: RunOptions): Promise<Batch> {
    if (options.execute === true) await this.#run(batch, options);
    return batch;
  }
}
