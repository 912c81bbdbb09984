// @ts-check
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findBinaries } from "../packages/redshift-sandbox/dist/engine/binaries.js";
import { findServerIdentity } from "../packages/redshift-sandbox/dist/engine/server-identity.js";
import { said } from "./said.mjs";

const run = promisify(execFile);

/**
 * The sandbox's PostgreSQL with nothing of the sandbox: `initdb` and the server alone, on a Unix socket and, when asked, on TCP.
 * @typedef {object} BareEngine
 * @property {string} socketDirectory
 * @property {number} port
 * @property {() => Promise<void>} stop
 */

/**
 * @param {{ readonly tcp?: boolean, readonly settings?: Readonly<Record<string, string>> }} [options]
 * @returns {Promise<BareEngine>}
 */
export async function startBareEngine({ tcp = false, settings = {} } = {}) {
  const identity = await findServerIdentity();
  const { initdb, postgres } = await findBinaries(identity);
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  if (identity !== undefined) await chown(directory, identity.uid, identity.gid);
  await chmod(directory, 0o700);
  const data = join(directory, "data");
  const owner = { ...identity, cwd: directory };
  await run(initdb, ["-D", data, "-U", "rdsdb", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], owner);
  const port = tcp ? await freePort() : 5432;
  const all = {
    ...settings,
    // The sandbox's template has smaller WAL files than initdb makes by itself, and its settings are for those.
    ...("min_wal_size" in settings ? { min_wal_size: "80MB" } : {}),
    port: String(port),
    unix_socket_directories: directory,
    listen_addresses: tcp ? "127.0.0.1" : "",
  };
  const given = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(postgres, ["-D", data, ...given], { ...owner, stdio: ["ignore", "ignore", "pipe"] });
  await said(server.stderr, "ready to accept connections");
  return {
    socketDirectory: directory,
    port,
    stop: async () => {
      server.kill("SIGQUIT");
      if (server.exitCode === null) await once(server, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL takes no 0 for "any". @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
