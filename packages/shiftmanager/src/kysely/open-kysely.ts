import type {
  ConnectionProvider,
  DatabaseConnection,
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  MigrationLockOptions,
  QueryCompiler,
} from "kysely";
import { DefaultConnectionProvider, DefaultQueryExecutor, DialectAdapterBase, Kysely, sql } from "kysely";
import type { WithSession } from "./driver.ts";
import { RedshiftDriver } from "./driver.ts";
import { RedshiftIntrospector } from "./introspector.ts";
import { RedshiftQueryCompiler } from "./query-compiler.ts";

/** What a Kysely instance needs of the `Redshift` object whose connection it uses. */
export interface KyselyAccess {
  readonly withSession: WithSession;
  /** Does work that holds the turn until it ends: calls of the object made inside are refused. */
  readonly holdingTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A Kysely instance over the connection of a `Redshift` object. This folder is the only one that imports `kysely`. */
export function openKysely<DB>({ withSession, holdingTurn }: KyselyAccess): Kysely<DB> {
  const dialect = new RedshiftDialect(withSession);
  const driver = dialect.createDriver();
  const connections = new TurnConnections(driver, holdingTurn);
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    connections,
  );
  return new Kysely<DB>({ config: { dialect }, dialect, driver, executor });
}

/** Lets what a caller does in a transaction or with `connection()` be known as such. */
class TurnConnections implements ConnectionProvider {
  readonly #connections: ConnectionProvider;
  readonly #holdingTurn: KyselyAccess["holdingTurn"];

  constructor(driver: Driver, holdingTurn: KyselyAccess["holdingTurn"]) {
    this.#connections = new DefaultConnectionProvider(driver);
    this.#holdingTurn = holdingTurn;
  }

  provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return this.#connections.provideConnection((connection) => this.#holdingTurn(() => consumer(connection)));
  }
}

class RedshiftDialect implements Dialect {
  readonly #withSession: WithSession;

  constructor(withSession: WithSession) {
    this.#withSession = withSession;
  }

  createDriver(): Driver {
    return new RedshiftDriver(this.#withSession);
  }

  createQueryCompiler(): QueryCompiler {
    return new RedshiftQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new RedshiftAdapter();
  }

  createIntrospector(): DatabaseIntrospector {
    return new RedshiftIntrospector(this.#withSession);
  }
}

class RedshiftAdapter extends DialectAdapterBase {
  /** Migrations run in one transaction. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** There are no advisory locks; the lock on Kysely's own table lasts as long as the migrations' transaction. */
  override async acquireMigrationLock(
    db: Kysely<unknown>,
    { lockTable, lockTableSchema }: MigrationLockOptions,
  ): Promise<void> {
    const table = lockTableSchema === undefined ? sql.id(lockTable) : sql.id(lockTableSchema, lockTable);
    await sql`lock ${table}`.execute(db);
  }

  override async releaseMigrationLock(): Promise<void> {
    // The end of the transaction does it.
  }
}
