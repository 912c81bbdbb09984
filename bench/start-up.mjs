// @ts-check
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startSandbox } from "redshift-sandbox";
import { findBinaries } from "../packages/redshift-sandbox/dist/engine/binaries.js";
import { findServerIdentity } from "../packages/redshift-sandbox/dist/engine/server-identity.js";
import { median, report, time } from "./measure.mjs";

const run = promisify(execFile);

/** Starting a sandbox (PostgreSQL, proxy, S3 endpoint, catalogs) against `initdb` and a server start alone. */
export async function measureStartUp() {
  const identity = await findServerIdentity();
  const { initdb, postgres } = await findBinaries(identity);
  const owner = identity === undefined ? {} : { uid: identity.uid, gid: identity.gid };

  const bare = async () => {
    const directory = await mkdtemp(join(tmpdir(), "bench-"));
    if (identity !== undefined) await chown(directory, identity.uid, identity.gid);
    await chmod(directory, 0o700);
    try {
      return await time(async () => {
        await run(initdb, ["-D", join(directory, "data"), "-U", "rdsdb", "-A", "trust", "-N"], {
          ...owner,
          cwd: directory,
        });
        // What `pg_ctl start -w` does: the package has it, but waits in steps of 100 ms, which would flatter the sandbox.
        const server = spawn(
          postgres,
          ["-D", join(directory, "data"), "-k", directory, "-c", "listen_addresses="],
          { ...owner, cwd: directory, stdio: ["ignore", "ignore", "pipe"] },
        );
        for await (const text of server.stderr) {
          if (String(text).includes("ready to accept connections")) break;
        }
        server.kill("SIGQUIT");
        await once(server, "exit");
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
  const sandbox = async () => {
    /** @type {Awaited<ReturnType<typeof startSandbox>> | undefined} */
    let started;
    const ms = await time(async () => {
      started = await startSandbox();
    });
    await started?.stop();
    return ms;
  };

  await sandbox(); // makes the template in the cache folder
  const bares = [];
  const sandboxes = [];
  for (let round = 0; round < 5; round += 1) {
    bares.push(await bare());
    sandboxes.push(await sandbox());
  }
  report(
    "start of a sandbox",
    median(sandboxes),
    "initdb and the server's start",
    median(bares),
    "at most 2",
  );
}
