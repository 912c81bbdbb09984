import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from "kysely";
import { ConnectionError, OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";
import { splitStatements } from "../sql/lexer.ts";
import type { ParameterValue } from "../sql/mogrify.ts";
import { bindParameters } from "../sql/mogrify.ts";

/** Lends the one connection of a `Redshift` object for as long as `work` takes; everyone else waits. */
export type WithSession = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/**
 * Runs Kysely's queries on the connection of a `Redshift` object, each in its turn; a transaction, or `connection()`, holds
 * the turn until it ends.
 */
export class RedshiftDriver implements Driver {
  readonly #withSession: WithSession;

  constructor(withSession: WithSession) {
    this.#withSession = withSession;
  }

  async init(): Promise<void> {
    // The connection opens at its first use.
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return new Promise((resolve, reject) => {
      this.#withSession(
        (session) =>
          new Promise<void>((release) => {
            resolve(new SessionConnection(session, release));
          }),
      ).catch(reject);
    });
  }

  async beginTransaction(
    connection: DatabaseConnection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    if (isolationLevel === "snapshot") {
      throw new OptionsError(
        "SNAPSHOT is a setting of the whole database in Redshift; leave the isolation level out.",
      );
    }
    const words = [
      "BEGIN",
      ...(isolationLevel === undefined ? [] : [`ISOLATION LEVEL ${isolationLevel.toUpperCase()}`]),
      ...(accessMode === undefined ? [] : [accessMode.toUpperCase()]),
    ];
    await ours(connection).begin(words.join(" "));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).rollBack();
  }

  savepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  rollbackToSavepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  releaseSavepoint(): Promise<void> {
    return Promise.reject(noSavepoints());
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    ours(connection).release();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    // The connection belongs to the Redshift object, whose close() ends it.
  }
}

class SessionConnection implements DatabaseConnection {
  readonly #session: Session;
  readonly release: () => void;
  #inTransaction = false;

  constructor(session: Session, release: () => void) {
    this.#session = session;
    this.release = release;
  }

  async begin(text: string): Promise<void> {
    await this.#session.query(text);
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    try {
      await this.#session.query("COMMIT");
    } catch (error) {
      throw lost(error, "whether the transaction was committed is unknown, so look before running it again");
    } finally {
      this.#inTransaction = false;
    }
  }

  /** What is already rolled back, because the connection is gone, is no error: the one before it tells. */
  async rollBack(): Promise<void> {
    this.#inTransaction = false;
    try {
      await this.#session.query("ROLLBACK");
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
    }
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const bound = bindParameters(
      sql,
      splitStatements(sql, "The query"),
      parameters as readonly ParameterValue[],
    );
    const text = (secrets: "mask" | "reveal") =>
      bound.map((statement) => statement.toSQL({ secrets })).join(";\n");
    try {
      const { rows, columns, rowCount } = await this.#session.query<R>(text("reveal"), undefined, {
        shown: text("mask"),
        secrets: bound.flatMap((statement) => statement.secretTexts()),
      });
      const changed = columns === undefined && rowCount !== null ? { numAffectedRows: BigInt(rowCount) } : {};
      return { rows: [...rows], ...changed };
    } catch (error) {
      throw lost(
        error,
        this.#inTransaction
          ? "the transaction is rolled back"
          : "whether the statement took effect is unknown, so look before running it again",
      );
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new OptionsError(
      "Redshift gathers a whole result before it sends the first row, so stream() would save nothing; unload large results to S3 (unloadTableToS3), or read them by key in several queries.",
    );
  }
}

function noSavepoints(): OptionsError {
  return new OptionsError(
    "Redshift has no savepoints; use several transactions, each of which is whole or absent.",
  );
}

/** Adds to the loss of a connection what became of the work; other errors pass. */
function lost(error: unknown, outcome: string): unknown {
  if (!(error instanceof ConnectionError)) return error;
  return new ConnectionError(`${error.message.replace(/\.$/, "")}; ${outcome}.`, { cause: error.cause });
}

function ours(connection: DatabaseConnection): SessionConnection {
  if (connection instanceof SessionConnection) return connection;
  throw new OptionsError("This connection is another driver's; use the Kysely instance that it came from.");
}
