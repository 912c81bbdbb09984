import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

/** A process as it can be recognised later: numbers are used again, so its start goes with it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it started, in the system's own words; only ever compared for equality. */
  readonly started: string;
}

/** Who this process is. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const started = await startOf(process.pid);
  return { pid: process.pid, host: hostname(), started: started ?? "unknown" };
}

/**
 * Whether the process still runs. One of another host (a container that shares the folder) cannot be asked,
 * so the answer for it is yes.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  return (await startOf(identity.pid)) === identity.started;
}

/** When a process started; undefined when there is none of that number. */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") return linuxStart(pid);
  const out = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
    env: { LC_ALL: "C" },
  }).then(
    ({ stdout }) => stdout.trim(),
    () => "", // ps exits with 1 when there is no such process
  );
  return out === "" ? undefined : out.replaceAll(/\s+/g, " ");
}

async function linuxStart(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
  ]);
  // The command name in brackets may hold blanks and brackets; the fields are counted after the last one.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie (state Z) has ended: it waits for its parent only.
  if (fields === undefined || fields[0] === "Z") return undefined;
  return `${fields[19] ?? ""}@${boot.trim()}`;
}
