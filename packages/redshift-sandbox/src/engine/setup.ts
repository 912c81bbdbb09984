import { execFile } from "node:child_process";
import { chown, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { DATABASE } from "../environment.ts";
import { SandboxError } from "../errors.ts";
import type { Binaries } from "./binaries.ts";
import { installCatalog } from "../catalog/install.ts";
import { startPostgres } from "./postgres-server.ts";
import { CREATE_ADMINISTRATOR } from "./administrator.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { CLIENT_AUTHENTICATION, INITDB_OPTIONS } from "./settings.ts";

/** template1 is what CREATE DATABASE clones, so what is done to it is done for every database. */
const IN_TEMPLATE1 = [
  "ALTER SCHEMA public OWNER TO rdsdb",
  // PostgreSQL gave this up in version 15; on Redshift everyone may create tables in public.
  "GRANT ALL ON SCHEMA public TO PUBLIC",
];

const CLUSTER_WIDE = [
  CREATE_ADMINISTRATOR,
  `CREATE DATABASE ${DATABASE}`,
  "DROP DATABASE postgres",
  // A third of the files that each start copies, and never cloned: locale and encoding are fixed.
  "ALTER DATABASE template0 IS_TEMPLATE false",
  "DROP DATABASE template0",
];

/** The statements that make a template; part of its key. */
export const RECIPE: string = [...IN_TEMPLATE1, ...CLUSTER_WIDE].join(";\n");

/** Makes a new data directory with the catalog and the database `dev` in it, not running, `rdsdb` having the password. */
export async function setUp(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  pgData: string,
  socketDirectory: string,
  password: string,
): Promise<void> {
  await initdb(binaries, identity, pgData, join(socketDirectory, "password"), password);
  await writeFile(join(pgData, "pg_hba.conf"), CLIENT_AUTHENTICATION);
  const server = await startPostgres(binaries, identity, pgData, socketDirectory);
  try {
    const client = new pg.Client({
      host: socketDirectory,
      port: 5432,
      user: "rdsdb",
      password,
      database: "template1",
    });
    await client.connect();
    try {
      await installCatalog(client);
      for (const statement of [...IN_TEMPLATE1, ...CLUSTER_WIDE]) await client.query(statement);
    } finally {
      await client.end();
    }
  } finally {
    await server.stop();
  }
}

async function initdb(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  pgData: string,
  passwordFile: string,
  password: string,
): Promise<void> {
  await writeFile(passwordFile, password, { mode: 0o600, flag: "wx" });
  if (identity) await chown(passwordFile, identity.uid, identity.gid);
  try {
    const args = [`--pgdata=${pgData}`, `--pwfile=${passwordFile}`, ...INITDB_OPTIONS];
    await promisify(execFile)(binaries.initdb, args, {
      ...identity,
      cwd: "/",
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new SandboxError(`PostgreSQL's initdb failed:\n${said}`, { cause });
  } finally {
    await rm(passwordFile);
  }
}
