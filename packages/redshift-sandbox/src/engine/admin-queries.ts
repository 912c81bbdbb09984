import { SqlError } from "../errors.ts";
import type { Cluster } from "./cluster.ts";
import { INTERNAL_CONNECTIONS } from "./settings.ts";

/**
 * Runs statements as `rdsdb`, each on a connection of its own, so that what it writes stays when the client's transaction is
 * rolled back. Connections are not kept: an idle one would stand in the way of DROP DATABASE and ALTER DATABASE. Only a few
 * are open at once, because as many as want to log in at a time would find PostgreSQL full.
 */
export class AdminQueries {
  readonly #cluster: Pick<Cluster, "connect">;
  readonly #waiting: (() => void)[] = [];
  // Half of the internal connections: the others are for `reset()`, and for backends that are on their way out.
  #free = INTERNAL_CONNECTIONS / 2;

  constructor(cluster: Pick<Cluster, "connect">) {
    this.#cluster = cluster;
  }

  async run(
    database: string,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Record<string, unknown>[]> {
    await this.#enter();
    try {
      return await this.#run(database, sql, values);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "57P01") throw error;
      // `reset()` disconnects whoever uses a database: no failure of the sandbox.
      throw new SqlError("57P01", "terminating connection due to administrator command");
    } finally {
      this.#leave();
    }
  }

  async #run(
    database: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<readonly Record<string, unknown>[]> {
    const client = await this.#cluster.connect(database);
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The place goes to who has waited longest, or back. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
