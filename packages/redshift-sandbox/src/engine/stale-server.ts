import { execFile } from "node:child_process";
import { readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { SandboxError } from "../errors.ts";

const ORDERLY_LIMIT_MS = 10_000;
const POLL_MS = 50;

/**
 * Makes sure that no server runs on a data directory whose sandbox is gone, and removes its pid file.
 * A killed sandbox's guard has already asked the server to stop, so it is first given time; then it is stopped at once.
 */
export async function reapServer(pgData: string): Promise<void> {
  const pid = await readPid(pgData);
  if (pid === undefined) return;
  for (const signal of [undefined, "SIGQUIT", "SIGKILL"] as const) {
    if (signal !== undefined && (await serves(pid, pgData))) process.kill(pid, signal);
    for (let waited = 0; waited < ORDERLY_LIMIT_MS; waited += POLL_MS) {
      if (!(await serves(pid, pgData))) {
        // PostgreSQL would refuse to start when another process has been given the number since.
        await rm(join(pgData, "postmaster.pid"), { force: true });
        return;
      }
      await sleep(POLL_MS);
    }
  }
  throw new SandboxError(`The PostgreSQL server ${pid} of ${pgData} cannot be stopped; stop it by hand.`);
}

async function readPid(pgData: string): Promise<number | undefined> {
  const text = await readFile(join(pgData, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Whether the process of that number is the server of this directory, and not one that was given the number later. */
async function serves(pid: number, pgData: string): Promise<boolean> {
  if (process.platform === "linux") {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    return cwd !== undefined && cwd === (await realpath(pgData).catch(() => pgData));
  }
  const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes(pgData);
}
