import { lstat, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError, exitCodes } from "../cli-error.ts";

/** Bits of a file's mode. */
const mode = { groupWrites: 0o020, othersWrite: 0o002, othersRead: 0o044, sticky: 0o1000 } as const;

/** May others read it: group or anybody. */
export function othersMayRead(fileMode: number): boolean {
  return (fileMode & mode.othersRead) !== 0;
}

/**
 * Refuses a file that somebody else could have written: it belongs to another user, or others may write it, replace it in its
 * folder, or replace that folder. Root is nobody else. On Windows, which has no such modes, nothing is checked.
 * @param config - the config file: this one, or the one that imports it
 * @throws CliError naming what to change
 */
export async function requireOwn(path: string, config = path): Promise<void> {
  if (process.getuid === undefined) return;
  const uid = process.getuid();
  const real = await realpath(path);
  const [it, its] = path === config ? ["it", "its"] : [`the imported file ${path}`, "the imported file's"];
  await check(real, "file", uid, config, it);
  for (const start of new Set([dirname(path), dirname(real)])) {
    for (let folder = start; ; folder = dirname(folder)) {
      const above = folder === start ? "folder" : "folder above";
      await check(folder, above, uid, config, `${its} folder ${folder}`);
      if (dirname(folder) === folder) break;
    }
  }
}

async function check(
  path: string,
  what: "file" | "folder" | "folder above",
  uid: number,
  config: string,
  its: string,
): Promise<void> {
  const found = await lstat(path);
  if (found.uid !== uid && found.uid !== 0) {
    throw untrusted(
      config,
      `${its} belongs to another user`,
      "make it yours, or name another file with --config",
    );
  }
  // A link has no mode of its own; what it leads to is checked by its real path.
  if (found.isSymbolicLink()) return;
  // In a sticky folder, as /tmp, nobody replaces what is not theirs.
  const sticky = what !== "file" && (found.mode & mode.sticky) !== 0;
  const writes = what === "folder above" ? mode.othersWrite : mode.othersWrite | mode.groupWrites;
  if (!sticky && (found.mode & writes) !== 0) {
    throw untrusted(config, `others may write ${its}`, `run chmod go-w ${path}`);
  }
}

function untrusted(config: string, why: string, way: string): CliError {
  return new CliError(exitCodes.failed, `The config file ${config} is not used, because ${why}; ${way}.`);
}
