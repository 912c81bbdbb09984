import { rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { SandboxError } from "../errors.ts";
import { findBinaries } from "./binaries.ts";
import { cacheFolder } from "./cache-folder.ts";
import { openDataDirectory } from "./data-directory.ts";
import type { DataDirectory } from "./data-directory.ts";
import { catalogFingerprint } from "./installed-catalog.ts";
import { startPostgres } from "./postgres-server.ts";
import { randomPassword } from "./random.ts";
import { createRunDirectory } from "./run-directory.ts";
import type { RunDirectory } from "./run-directory.ts";
import { findServerIdentity } from "./server-identity.ts";
import { RECIPE, setUp } from "./setup.ts";
import { reapServer } from "./stale-server.ts";
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

const PORT = 5432;

/**
 * Starts a PostgreSQL server with the sandbox's catalog. The first start on a machine takes a few seconds and leaves a template
 * in the user's cache folder; later ones copy that.
 *
 * @throws SandboxError with one sentence on what is wrong and the way out
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const identity = await findServerIdentity();
  const [binaries, fingerprint, cache] = await Promise.all([
    findBinaries(identity, options.pgBin),
    catalogFingerprint(),
    cacheFolder(),
  ]);
  const run = await createRunDirectory(identity);
  let data: DataDirectory | undefined;
  try {
    data = await openDataDirectory(options.dataDir ?? join(run.path, "data"), identity);
    await reapServer(data.pgData);
    const name = templateName(binaries, fingerprint, RECIPE);
    let adminPassword = data.state.adminPassword;
    if (data.state.template === undefined) {
      // A first start that was interrupted left files without a template's name in the state.
      await rm(data.pgData, { recursive: true, force: true });
      const copied = cache === undefined ? undefined : await copyTemplate(cache, name, data.pgData, identity);
      adminPassword = copied ?? randomPassword();
      if (copied === undefined) {
        await setUp(binaries, identity, data.pgData, run.socketDirectory, adminPassword);
        if (cache !== undefined) await keepTemplate(cache, name, data.pgData, adminPassword);
      }
    } else if (data.state.template !== name) {
      throw new SandboxError(
        `${data.path} was made by another version of the sandbox or of PostgreSQL; use that version, or name a new --data directory.`,
      );
    }
    const server = await startPostgres(binaries, identity, data.pgData, run.socketDirectory);
    const { state } = data;
    const connect = (database: string, password = state.adminPassword) =>
      connectAs(run.socketDirectory, database, password);
    try {
      if (state.template === undefined) {
        await setPasswords(await connect("dev", adminPassword), state.adminPassword, state.password);
        await data.saveState({ ...state, template: name });
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      socketDir: run.socketDirectory,
      port: PORT,
      adminPassword: state.adminPassword,
      password: state.password,
      data,
      run,
      exited: server.exited,
      connect: (database) => connect(database),
      stop: once(() => stopAll(server.stop, data, run)),
    };
  } catch (error) {
    await data?.release();
    await run.remove();
    throw error;
  }
}

async function connectAs(socketDir: string, database: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({ host: socketDir, port: PORT, user: "rdsdb", password, database });
  await client.connect();
  return client;
}

/** The template's password is known to whoever can read the cache; a running server never has it. */
async function setPasswords(client: pg.Client, admin: string, user: string): Promise<void> {
  try {
    await client.query(`ALTER ROLE rdsdb PASSWORD ${client.escapeLiteral(admin)}`);
    await client.query(`ALTER ROLE awsuser PASSWORD ${client.escapeLiteral(user)}`);
  } finally {
    await client.end();
  }
}

async function stopAll(
  stopServer: () => Promise<void>,
  data: DataDirectory | undefined,
  run: RunDirectory,
): Promise<void> {
  try {
    await stopServer();
  } finally {
    await data?.release();
    await run.remove();
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= action());
}
