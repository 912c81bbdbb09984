import { SqlError } from "../../errors.ts";
import type { LookupSession } from "../plan.ts";
import type { QueryPart } from "./lookup.ts";
import { offsetOfPosition } from "./text-edit.ts";

const savepoint = "redshift_sandbox_lookup";

/** Asks PostgreSQL what it thinks of a query without running it, and leaves the transaction as it was. */
export class Probe {
  readonly #session: LookupSession;
  readonly #prefixLength: number;
  readonly #head: string;

  constructor(session: LookupSession, { prefixLength, types }: QueryPart) {
    this.#session = session;
    this.#prefixLength = prefixLength;
    this.#head = `PREPARE redshift_sandbox_lookup${types ?? ""} AS `;
  }

  async within<Result>(work: (probe: Probe) => Promise<Result>): Promise<Result> {
    if (!this.#session.inTransaction) return work(this);
    await this.#session.query(`SAVEPOINT ${savepoint}`);
    try {
      return await work(this);
    } finally {
      await this.#session.query(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`);
    }
  }

  /** What PostgreSQL finds wrong with a statement. */
  async error(sql: string): Promise<SqlError | undefined> {
    const query = sql.slice(this.#prefixLength);
    // A line break, because the query may end in a comment.
    return this.#try(`${this.#head}${query}\n; DEALLOCATE redshift_sandbox_lookup`);
  }

  /** Where in the statement the error lies; -1 when it does not say. */
  offset(sql: string, error: SqlError): number {
    if (error.sentPosition === undefined) return -1;
    const sent = this.#head + sql.slice(this.#prefixLength);
    return offsetOfPosition(sent, error.sentPosition) - this.#head.length + this.#prefixLength;
  }

  /** The first row of a query; undefined when it fails. */
  async row(sql: string, session: LookupSession): Promise<readonly (string | null)[] | undefined> {
    let row: readonly (string | null)[] | undefined;
    await this.#attempt(async () => {
      row = (await session.query(sql)).rows[0];
    });
    return row;
  }

  #try(sql: string): Promise<SqlError | undefined> {
    return this.#attempt(async () => {
      await this.#session.query(sql);
    });
  }

  async #attempt(work: () => Promise<void>): Promise<SqlError | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (!(error instanceof SqlError) || error.sqlstate.startsWith("57") || error.sqlstate.startsWith("08"))
        throw error;
      if (this.#session.inTransaction) await this.#session.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      return error;
    }
  }
}
