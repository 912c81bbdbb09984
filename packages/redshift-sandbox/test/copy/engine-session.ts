import type pg from "pg";
import { copyPlan } from "../../src/copy/copy-plan.ts";
import { startCluster } from "../../src/engine/cluster.ts";
import type { Cluster } from "../../src/engine/cluster.ts";
import { SqlError } from "../../src/errors.ts";
import { Faults } from "../../src/faults.ts";
import type { Services } from "../../src/services.ts";
import { lex } from "../../src/sql/lexer.ts";
import type { Backend, Column, TranslateContext } from "../../src/sql/plan.ts";
import { unloadPlan } from "../../src/unload/unload-plan.ts";
import { MemoryStore } from "./memory-store.ts";

/** What node-postgres calls on a query object; its types leave the COPY messages out. */
interface CopyConnection {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  readonly stream: NodeJS.WritableStream & { pause(): void; resume(): void };
}

interface PgError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly where?: string;
}

function sqlError(error: PgError): SqlError {
  const converted = new SqlError(error.code ?? "XX000", error.message, {
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
  return Object.assign(converted, { fields: new Map([["W", error.where ?? ""]]) });
}

/** COPY and UNLOAD against a real engine through node-postgres: what the wire does, without a client. */
export class EngineSession implements Backend {
  readonly user = "awsuser";
  readonly database = "dev";
  readonly state = new Map<string, string>();
  readonly store = new MemoryStore("bucket");
  readonly faults = new Faults();
  readonly notices: string[] = [];
  readonly signal = new AbortController().signal;
  readonly services: Services;
  readonly processId: number;
  readonly #cluster: Cluster;
  readonly #client: pg.Client;
  readonly #admin: pg.Client;

  private constructor(cluster: Cluster, client: pg.Client, admin: pg.Client, processId: number) {
    this.#cluster = cluster;
    this.#client = client;
    this.#admin = admin;
    this.processId = processId;
    this.services = {
      edition: "provisioned",
      region: "eu-central-1",
      store: this.store,
      faults: this.faults,
      accessKey: { id: "AKIDSANDBOX", secret: "secret/key" },
      switches: {},
      iamRoles: ["arn:aws:iam::123456789012:role/sandbox"],
      adminQuery: async (_database, sql, values) => {
        const { rows } = await admin.query<Record<string, unknown>>(
          sql,
          values === undefined ? [] : [...values],
        );
        return rows;
      },
    };
  }

  static async start(): Promise<EngineSession> {
    const cluster = await startCluster();
    const admin = await cluster.connect("dev");
    const client = await cluster.connect("dev");
    client.on("error", () => undefined);
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return new EngineSession(cluster, client, admin, rows[0]?.pid ?? 0);
  }

  async stop(): Promise<void> {
    await this.#client.end();
    await this.#admin.end();
    await this.#cluster.stop();
  }

  /** Runs a COPY or UNLOAD in a transaction of its own, as the wire does. */
  async run(text: string): Promise<string | undefined> {
    const context: TranslateContext = {
      user: this.user,
      database: this.database,
      edition: "provisioned",
      caseSensitiveIdentifiers: false,
    };
    const plan = /^\s*unload/i.test(text)
      ? unloadPlan(lex(text), text, context, this.services, (sql) => ({
          sql,
          text: () => Promise.resolve(sql),
        }))
      : copyPlan(lex(text), text, context, this.services);
    this.notices.length = 0;
    await this.#client.query("BEGIN");
    try {
      const tag = await plan.run(this);
      await this.#client.query("COMMIT");
      return tag ?? plan.tag;
    } catch (error) {
      await this.#client.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  /** Rows as text, NULL as null. */
  async rows(sql: string): Promise<readonly (readonly (string | null)[])[]> {
    return (await this.query(sql)).rows;
  }

  async query(sql: string): Promise<{
    readonly columns: readonly Column[];
    readonly rows: readonly (readonly (string | null)[])[];
  }> {
    try {
      const result = await this.#client.query<(string | null)[]>({
        text: sql,
        rowMode: "array",
        types: { getTypeParser: () => (value: unknown) => value },
      });
      const last = Array.isArray(result) ? (result.at(-1) as pg.QueryArrayResult<(string | null)[]>) : result;
      return {
        columns: last.fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })),
        rows: last.rows,
      };
    } catch (error) {
      throw sqlError(error as PgError);
    }
  }

  async details(sql: string): Promise<readonly string[]> {
    const details: string[] = [];
    const listener = (notice: { readonly detail?: string | undefined }): void => {
      details.push(notice.detail ?? "");
    };
    this.#client.on("notice", listener);
    try {
      await this.query(sql);
    } finally {
      this.#client.off("notice", listener);
    }
    return details;
  }

  copyIn(sql: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      let cause: unknown;
      let count = 0;
      const query = {
        submit: (connection: CopyConnection) => connection.query(sql),
        handleCopyInResponse: async (connection: CopyConnection) => {
          try {
            for await (const chunk of source) connection.sendCopyFromChunk(Buffer.from(chunk));
            connection.endCopyFrom();
          } catch (error) {
            cause = error;
            connection.sendCopyFail("source failed");
          }
        },
        handleRowDescription: () => undefined,
        handleCommandComplete: ({ text }: { text: string }) => {
          count = Number(text.split(" ").at(-1));
        },
        handleError: (error: PgError) => reject((cause as Error | undefined) ?? sqlError(error)),
        handleReadyForQuery: () => resolve(count),
      };
      this.#client.query(query as unknown as pg.Submittable);
    });
  }

  async *copyOut(sql: string): AsyncGenerator<Uint8Array> {
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const query = {
        submit: (connection: CopyConnection) => connection.query(sql),
        // A copy: node-postgres writes what comes next over the bytes that it gave.
        handleCopyData: ({ chunk }: { chunk: Buffer }) => chunks.push(Buffer.from(chunk)),
        handleRowDescription: () => undefined,
        handleCommandComplete: () => undefined,
        handleError: (error: PgError) => reject(sqlError(error)),
        handleReadyForQuery: () => resolve(),
      };
      this.#client.query(query as unknown as pg.Submittable);
    });
    yield* chunks;
  }

  row(): void {
    throw new Error("COPY and UNLOAD send no rows");
  }

  notice(severity: string, message: string): void {
    this.notices.push(`${severity}: ${message}`);
  }
}
