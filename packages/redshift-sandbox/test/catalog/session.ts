import type pg from "pg";
import { startCluster } from "../../src/engine/cluster.ts";
import type { Cluster } from "../../src/engine/cluster.ts";

/** A session of `rdsdb` on the bare engine with the catalog; what a test does is rolled back by `reset`. */
export class CatalogSession {
  readonly cluster: Cluster;
  readonly client: pg.Client;

  private constructor(cluster: Cluster, client: pg.Client) {
    this.cluster = cluster;
    this.client = client;
  }

  static async start(): Promise<CatalogSession> {
    const cluster = await startCluster();
    const client = await cluster.connect("dev");
    await client.query("BEGIN");
    return new CatalogSession(cluster, client);
  }

  async reset(): Promise<void> {
    await this.client.query("ROLLBACK; RESET SESSION AUTHORIZATION; BEGIN");
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.cluster.stop();
  }

  /** Rows as arrays of values. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
    const { rows } = await this.client.query<unknown[]>({ text: sql, values: [...values], rowMode: "array" });
    return rows;
  }

  /** Every value of every row, in one list. */
  async values(sql: string, values: readonly unknown[] = []): Promise<unknown[]> {
    return (await this.rows(sql, values)).flat();
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.client.query(statement);
  }

  /** The message and SQLSTATE with which a statement fails; the transaction goes on. */
  async refusal(sql: string): Promise<string> {
    await this.client.query("SAVEPOINT before");
    try {
      await this.client.query(sql);
    } catch (error) {
      await this.client.query("ROLLBACK TO before");
      const { code, message } = error as pg.DatabaseError;
      return `${code ?? ""} ${message}`;
    }
    throw new Error(`not refused: ${sql}`);
  }
}
