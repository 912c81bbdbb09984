import { execFile } from "node:child_process";
import { lchown, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DATABASE } from "../environment.ts";
import { SandboxError } from "../errors.ts";
import type { Binaries } from "./binaries.ts";
import { installCatalog } from "../catalog/install.ts";
import { startPostgres } from "./postgres-server.ts";
import { connectAdmin } from "./admin-client.ts";
import { CREATE_ADMINISTRATOR } from "./administrator.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { CREATE_SYSTEM_ROLES } from "./system-roles.ts";
import { CLIENT_AUTHENTICATION, INITDB_OPTIONS } from "./settings.ts";

/** template1 is what CREATE DATABASE clones, so what is done to it is done for every database. */
const IN_TEMPLATE1 = [
  "ALTER SCHEMA public OWNER TO rdsdb",
  // PostgreSQL gave this up in version 15; on Redshift everyone may create tables in public.
  "GRANT ALL ON SCHEMA public TO PUBLIC",
];

const CLUSTER_WIDE = [
  ...CREATE_SYSTEM_ROLES,
  CREATE_ADMINISTRATOR,
  // While a client's session shows the proxy how a query is read, the server's log is not to have it too. No client may name the setting.
  "GRANT SET ON PARAMETER log_min_messages TO PUBLIC",
  `CREATE DATABASE ${DATABASE}`,
  "DROP DATABASE postgres",
  // A third of the files that each start copies, and never cloned: locale and encoding are fixed.
  "ALTER DATABASE template0 IS_TEMPLATE false",
  "DROP DATABASE template0",
];

/** Files of WAL kept for later use would be a third of what each start copies. */
const SMALL_WAL = { max_wal_size: "4MB", min_wal_size: "2MB" };

/** The statements that make a template; part of its key. */
export const RECIPE: string = [...IN_TEMPLATE1, ...CLUSTER_WIDE, JSON.stringify(SMALL_WAL)].join(";\n");

/** Makes a new data directory with the catalog and the database `dev` in it, not running, `rdsdb` having the password. */
export async function setUp(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  pgData: string,
  socketDirectory: string,
  password: string,
): Promise<void> {
  await initdb(binaries, identity, pgData, join(socketDirectory, "password"), password);
  const authentication = join(pgData, "pg_hba.conf");
  await rm(authentication);
  await writeForServer(authentication, CLIENT_AUTHENTICATION, identity);
  const server = await startPostgres(binaries, identity, pgData, socketDirectory, SMALL_WAL);
  try {
    const client = await connectAdmin(socketDirectory, "template1", password);
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
  await writeForServer(passwordFile, password, identity);
  try {
    const args = [`--pgdata=${pgData}`, `--pwfile=${passwordFile}`, ...INITDB_OPTIONS];
    await promisify(execFile)(binaries.initdb, args, {
      ...identity,
      cwd: "/",
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    });
  } catch (cause) {
    const said = lastWords(cause);
    if (said.includes("could not look up effective user ID"))
      throw new SandboxError(
        `PostgreSQL needs a name for the user it runs as, and number ${process.geteuid?.()} has none; add it to /etc/passwd or start the sandbox as another user.`,
        { cause },
      );
    throw new SandboxError(`PostgreSQL's initdb failed:\n${said}`, { cause });
  } finally {
    await rm(passwordFile);
  }
}

/** What initdb says went wrong, without the statements of its own that it quotes. */
function lastWords(cause: unknown): string {
  if (!(cause instanceof Error && "stderr" in cause)) return String(cause);
  const lines = String(cause.stderr).trim().split("\n");
  const telling = lines.filter((line) => /^initdb: |\b(?:ERROR|FATAL|PANIC):/.test(line));
  return (telling.length > 0 ? telling : lines.slice(-8)).join("\n");
}

/** Never through a link that is already there: the directory is the server's, and we may be root. */
async function writeForServer(
  path: string,
  text: string,
  identity: ServerIdentity | undefined,
): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  if (identity) await lchown(path, identity.uid, identity.gid);
}
