import { SqlError } from "../../errors.ts";
import type { LookupSession, QueryPlace } from "../plan.ts";
import { offsetOfPosition } from "./text-edit.ts";

/** SUPER's number in the catalogs. */
const superOid = 4000;

/** Types that clients give their parameters, by number. Of others PostgreSQL says itself what they are. */
const typeNames: ReadonlyMap<number, string> = new Map([
  [16, "bool"],
  [20, "int8"],
  [21, "int2"],
  [23, "int4"],
  [25, "text"],
  [700, "float4"],
  [701, "float8"],
  [1042, "bpchar"],
  [1043, "varchar"],
  [1082, "date"],
  [1083, "time"],
  [1114, "timestamp"],
  [1184, "timestamptz"],
  [1700, "numeric"],
]);

const savepoint = "redshift_sandbox_lookup";

/** To the session alone: the server's log is for what happens to the server. */
const showTrees = "SET LOCAL log_min_messages = panic; SET LOCAL client_min_messages = log";

/** What stands in a tree for a view: what the view reads, or the view alone. */
export type ViewsInTree = "rewritten" | "parse";

/** Asks PostgreSQL what it thinks of a query without running it, and leaves the transaction as it was. */
export class Probe {
  readonly #session: LookupSession;
  readonly #prefixLength: number;
  readonly #head: string;

  constructor(session: LookupSession, { prefixLength, types }: QueryPlace) {
    this.#session = session;
    this.#prefixLength = prefixLength;
    this.#head = `PREPARE redshift_sandbox_lookup${types ?? parameterList(session.parameterTypes ?? [])} AS `;
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

  /** Which parameters of a statement PostgreSQL takes for SUPER; undefined when it finds something wrong with it. */
  async superParameters(sql: string): Promise<ReadonlySet<number> | undefined> {
    const row = await this.row(
      `${this.#head}${sql.slice(this.#prefixLength)}
; SELECT pg_catalog.to_json(parameter_types::pg_catalog.oid[]::pg_catalog.int8[]) FROM pg_catalog.pg_prepared_statements
WHERE name = 'redshift_sandbox_lookup'`,
      this.#session,
    );
    if (row === undefined) return undefined;
    await this.#session.query("DEALLOCATE redshift_sandbox_lookup");
    const types = JSON.parse(row[0] ?? "[]") as number[];
    return new Set(types.flatMap((type, index) => (type === superOid ? [index + 1] : [])));
  }

  /**
   * The trees of a query as PostgreSQL has analysed it; none when it finds something wrong with it. They come as notices, so that this also
   * works in a transaction that may only read.
   */
  async trees(
    sql: string,
    statement: "EXPLAIN" | "PREPARE" = "PREPARE",
    views: ViewsInTree = "rewritten",
  ): Promise<readonly string[]> {
    const query = sql.slice(this.#prefixLength);
    const analysing =
      statement === "EXPLAIN"
        ? `EXPLAIN ${query}`
        : `${this.#head}${query}\n; DEALLOCATE redshift_sandbox_lookup`;
    let trees: readonly string[] = [];
    await this.#attempt(async () => {
      const show = `SET LOCAL debug_print_${views} =`;
      // Off again before the savepoint is gone, which would otherwise be shown too.
      trees = await this.#session.details(`${showTrees}; ${show} on; ${analysing}\n; ${show} off`);
    });
    return trees;
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
      if (!isRefusal(error)) throw error;
      if (this.#session.inTransaction) await this.#session.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      return error;
    }
  }
}

/** Whether PostgreSQL said this of the statement: not that it was cancelled, nor that the connection is gone. */
export function isRefusal(error: unknown): error is SqlError {
  return error instanceof SqlError && !error.sqlstate.startsWith("57") && !error.sqlstate.startsWith("08");
}

function parameterList(oids: readonly number[]): string {
  if (oids.length === 0) return "";
  return ` (${oids.map((oid) => `pg_catalog.${typeNames.get(oid) ?? "unknown"}`).join(", ")})`;
}
