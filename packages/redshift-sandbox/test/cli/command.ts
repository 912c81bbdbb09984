import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The installed command; `npm test` builds it first. */
export const BIN = fileURLToPath(new URL("../../bin/redshift-sandbox.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started command: what it has printed so far, and its end. */
export interface Started {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly finished: Promise<Finished>;
}

/** Starts `redshift-sandbox` with the arguments, as its first line does but with the Node that runs the tests. */
export function startCommand(args: readonly string[], options: SpawnOptions = {}): Started {
  const child = spawn(process.execPath, ["--", BIN, ...args], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const finished = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { process: child, output: () => stdout + stderr, finished };
}

/** Runs `redshift-sandbox` to its end. */
export function runCommand(args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  return startCommand(args, options).finished;
}

/** A temporary folder that the server's user can pass through, to be the TMPDIR of what is started. */
export async function makeTmpdir(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "cli-test-"));
  await chmod(path, 0o755);
  return path;
}

/** Waits until the condition holds; fails after half a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`Not within half a minute: ${what}`);
}

/** The run directories of sandboxes below a TMPDIR. */
export async function runDirectories(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.startsWith("redshift-sandbox-"))
    .map((name) => join(folder, name));
}

/** The process number of the PostgreSQL server of a run. */
export async function serverPid(runDirectory: string): Promise<number> {
  const text = await readFile(join(runDirectory, "data", "pgdata", "postmaster.pid"), "utf8");
  return Number(text.split("\n")[0]);
}

/** Whether a process of that number is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
