import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { findBinaries } from "../../../redshift-sandbox/src/engine/binaries.ts";
import { findServerIdentity } from "../../../redshift-sandbox/src/engine/server-identity.ts";
import type { PgConnectionOptions } from "../../src/index.ts";

/** A PostgreSQL of its own to read from: nothing of the sandbox is in it. */
export interface PostgresSource {
  readonly version: string;
  /** Of `reader`, who has CONNECT, USAGE and SELECT and nothing else. */
  readonly options: PgConnectionOptions & { readonly host: string; readonly port: number };
  /** The same as a URL. */
  readonly url: string;
  /** Runs SQL as the owner, and lets `reader` select from what is there; in the database `shop` unless another is named. */
  run(sql: string, database?: string): Promise<pg.QueryResult>;
  /** Makes another database that `reader` may connect to, in an encoding of its own. */
  createDatabase(name: string, encoding: string): Promise<void>;
  /** Inserts one row of texts, which the server reads as the columns' types. */
  insert(table: string, row: Readonly<Record<string, string | number | null>>): Promise<void>;
  /** Queries as the owner with UTC and ISO dates. */
  inUtc(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Where Debian keeps PostgreSQL 15. */
export const debian15 = "/usr/lib/postgresql/15/bin";

/** Why there is no test with it on this machine; undefined when there is. */
export const no15 = existsSync(join(debian15, "postgres"))
  ? undefined
  : `no PostgreSQL 15 in ${debian15}: install postgresql-15 to run these`;

const password = "owner's password";
const readerPassword = "reader \\ password";

/** The server ends when its standard input does: also when this process is killed. */
const guard = `"$@" </dev/null & server=$!; read -r _; kill -INT "$server"; wait "$server"`;

/** @param bin - directory of the programs; those of the npm package when absent */
export async function startPostgresSource(bin?: string): Promise<PostgresSource> {
  const identity = await findServerIdentity();
  const programs =
    bin === undefined
      ? await findBinaries(identity)
      : { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
  const folder = await mkdtemp(join(tmpdir(), "shiftmanager-source-"));
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password);
  if (identity !== undefined) {
    await chown(folder, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }
  const data = join(folder, "data");
  const env = { LC_ALL: "C", PATH: "/usr/bin:/bin" };
  await promisify(execFile)(
    programs.initdb,
    [
      `--pgdata=${data}`,
      `--pwfile=${passwordFile}`,
      "--username=owner",
      "--encoding=UTF8",
      "--locale=C",
      "--auth=scram-sha-256",
      "--no-sync",
    ],
    { ...identity, cwd: "/", env },
  );
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: "20",
    max_wal_senders: "0",
    shared_buffers: "16MB",
    log_min_messages: "log",
    // Not what we set ourselves, so that a setting we forget shows.
    DateStyle: "German, DMY",
    TimeZone: "Asia/Kathmandu",
    bytea_output: "escape",
    extra_float_digits: "0",
    IntervalStyle: "sql_standard",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", guard, "guard", programs.postgres, "-D", data, ...args], {
    ...identity,
    cwd: "/",
    env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = `${log}${text}`.slice(-8192);
      if (log.includes("database system is ready to accept connections")) resolve();
    });
    void closed.then(() => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  });
  const asOwner = async <T>(database: string, work: (owner: pg.Client) => Promise<T>): Promise<T> => {
    const owner = new pg.Client({ host: "127.0.0.1", port, user: "owner", password, database });
    await owner.connect();
    try {
      return await work(owner);
    } finally {
      await owner.end();
    }
  };
  await asOwner("postgres", (owner) => owner.query("CREATE DATABASE shop"));
  const client = new pg.Client({ host: "127.0.0.1", port, user: "owner", password, database: "shop" });
  await client.connect();
  await client.query(`CREATE ROLE reader LOGIN PASSWORD '${readerPassword}'`);
  await client.query("REVOKE ALL ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO reader");
  await client.query("REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO reader");
  const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
  return {
    version: rows[0]?.server_version ?? "",
    options: {
      host: "127.0.0.1",
      port,
      user: "reader",
      password: readerPassword,
      database: "shop",
      ssl: "disable",
    },
    url: `postgresql://reader:${encodeURIComponent(readerPassword)}@127.0.0.1:${port}/shop?sslmode=disable`,
    run(sql, database) {
      const work = async (owner: pg.Client): Promise<pg.QueryResult> => {
        const result = await owner.query(sql);
        await owner.query("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
        return result;
      };
      return database === undefined ? work(client) : asOwner(database, work);
    },
    async createDatabase(name, encoding) {
      await client.query(`CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
    },
    async insert(table, row) {
      const names = Object.keys(row);
      const marks = names.map((_, i) => `$${i + 1}`);
      await client.query(
        `INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks.join(", ")})`,
        Object.values(row),
      );
    },
    async inUtc(sql) {
      await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET extra_float_digits = 3");
      return (await client.query<Record<string, unknown>>(sql)).rows;
    },
    async stop() {
      await client.end();
      child.stdin.end();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
