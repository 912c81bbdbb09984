import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type pg from "pg";
import { SandboxError } from "../errors.ts";
import { connectAdmin, SOCKET_PORT } from "./admin-client.ts";
import { restoreAdministrator } from "./administrator.ts";
import { findBinaries } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import { cacheFolder } from "./cache-folder.ts";
import { openDataDirectory } from "./data-directory.ts";
import type { DataDirectory } from "./data-directory.ts";
import { catalogFingerprint } from "../catalog/install.ts";
import { startPostgres } from "./postgres-server.ts";
import type { PostgresServer } from "./postgres-server.ts";
import { randomPassword } from "./random.ts";
import { createRunDirectory } from "./run-directory.ts";
import type { RunDirectory } from "./run-directory.ts";
import { findServerIdentity } from "./server-identity.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { RECIPE, setUp } from "./setup.ts";
import { reapServer } from "./stale-server.ts";
import { isSystemError } from "./system-error.ts";
import { copyTemplate, keepTemplate, templateName } from "./template.ts";

export interface ClusterOptions {
  /** Kept between runs; a temporary one, removed by `stop`, when absent. */
  readonly dataDir?: string;
  /** The directory of PostgreSQL 17's programs; those of the npm package when absent. */
  readonly pgBin?: string;
}

/** The PostgreSQL under the sandbox: reachable through a Unix socket that only its owner and root can open. */
export interface Cluster {
  readonly socketDir: string;
  /** Names the socket file; nothing listens on TCP. */
  readonly port: number;
  /** Of `rdsdb`, the owner of the server. */
  readonly adminPassword: string;
  /** Of `awsuser`, the administrator as clients know it. */
  readonly password: string;
  readonly data: DataDirectory;
  readonly run: RunDirectory;
  /** Resolves to the end of the server's log when the server ends, asked to or not. */
  readonly exited: Promise<string>;
  /** A connected session of `rdsdb`; the caller ends it. */
  connect(database: string): Promise<pg.Client>;
  /** Stops the server and removes what was temporary. May be called again. */
  stop(this: void): Promise<void>;
}

/**
 * Starts a PostgreSQL server with the sandbox's catalog. The first start on a machine takes a few seconds and leaves a template
 * in the user's cache folder; later ones copy that.
 *
 * @throws SandboxError with one sentence on what is wrong and the way out
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const identity = await findServerIdentity();
  const binaries = await findBinaries(identity, options.pgBin);
  const run = await createRunDirectory(identity);
  let data: DataDirectory | undefined;
  let server: PostgresServer | undefined;
  const stop = async () => {
    try {
      await server?.stop();
    } finally {
      await data?.release();
      await run.remove();
    }
  };
  try {
    data = await openDataDirectory(options.dataDir ?? join(run.path, "data"), identity);
    await reapServer(data.pgData);
    const fresh = await provide(data, binaries, identity, run.socketDirectory);
    server = await startPostgres(binaries, identity, data.pgData, run.socketDirectory);
    await makeOwn(data, fresh, run.socketDirectory);
    const { adminPassword, password } = data.state;
    return {
      socketDir: run.socketDirectory,
      port: SOCKET_PORT,
      adminPassword,
      password,
      data,
      run,
      exited: server.exited,
      connect: (database) => connectAdmin(run.socketDirectory, database, adminPassword),
      stop: once(stop),
    };
  } catch (error) {
    await stop();
    if (isDiskFull(error))
      throw new SandboxError(
        `There is no room for the database in ${options.dataDir ?? dirname(run.path)}; it needs some 60 MB. Free some, or name another ${options.dataDir === undefined ? "temporary folder with TMPDIR" : "--data directory"}.`,
        { cause: error },
      );
    throw error;
  }
}

/** Files of a new data directory that still have the template's password. */
interface Fresh {
  readonly template: string;
  readonly password: string;
}

/** Sees to it that PostgreSQL's files are there: from the template, or by making them and keeping them as the template. */
async function provide(
  data: DataDirectory,
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  socketDirectory: string,
): Promise<Fresh | undefined> {
  const [fingerprint, cache] = await Promise.all([catalogFingerprint(), cacheFolder()]);
  const template = templateName(binaries, fingerprint, RECIPE);
  if (data.state.template === template) return undefined;
  if (data.state.template !== undefined)
    throw new SandboxError(
      `${data.path} was made by another version of the sandbox or of PostgreSQL; use that version, or name a new --data directory.`,
    );
  // The state names the template last, so that a first start that was interrupted begins again.
  await rm(data.pgData, { recursive: true, force: true });
  const copied = cache === undefined ? undefined : await copyTemplate(cache, template, data.pgData, identity);
  if (copied !== undefined) return { template, password: copied };
  const password = randomPassword();
  await setUp(binaries, identity, data.pgData, socketDirectory, password);
  if (cache !== undefined) await keepTemplate(cache, template, data.pgData, password);
  return { template, password };
}

/**
 * Gives the server this directory's passwords. The template's one is known to whoever can read the cache, so a server in use
 * never has it; the administrator's is set at each start, because clients may change it and the environment must hold.
 */
async function makeOwn(
  data: DataDirectory,
  fresh: Fresh | undefined,
  socketDirectory: string,
): Promise<void> {
  const { state } = data;
  // template1: a client may have dropped every other database.
  const client = await connectAdmin(socketDirectory, "template1", fresh?.password ?? state.adminPassword);
  try {
    await restoreAdministrator(client, state.password);
    if (fresh === undefined) return;
    const { rows } = await client.query<{ rolname: string }>("SELECT rolname FROM pg_roles ORDER BY rolname");
    await client.query(`ALTER ROLE rdsdb PASSWORD ${client.escapeLiteral(state.adminPassword)}`);
    const reservedRoles = rows.map(({ rolname }) => rolname);
    await data.saveState({ ...state, template: fresh.template, reservedRoles });
  } finally {
    await client.end();
  }
}

/** Said by the system to us, or by it to PostgreSQL. */
function isDiskFull(error: unknown): boolean {
  if (isSystemError(error) && (error.code === "ENOSPC" || error.code === "EDQUOT")) return true;
  return error instanceof Error && /No space left on device|Disk quota exceeded/.test(error.message);
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
