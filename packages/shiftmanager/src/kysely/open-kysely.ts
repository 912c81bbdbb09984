import type {
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  MigrationLockOptions,
  QueryCompiler,
} from "kysely";
import { DialectAdapterBase, Kysely, sql } from "kysely";
import type { WithSession } from "./driver.ts";
import { RedshiftDriver } from "./driver.ts";
import { RedshiftIntrospector } from "./introspector.ts";
import { RedshiftQueryCompiler } from "./query-compiler.ts";

/** A Kysely instance over the connection of a `Redshift` object. This folder is the only one that imports `kysely`. */
export function openKysely<DB>(withSession: WithSession): Kysely<DB> {
  return new Kysely<DB>({ dialect: new RedshiftDialect(withSession) });
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
