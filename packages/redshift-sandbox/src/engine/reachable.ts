import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServerIdentity } from "./server-identity.ts";

/**
 * Names the first directory on the way to `path` that `identity` may not pass through, undefined when it can reach it.
 * Read from the mode bits: access lists are not considered, so a wrong "yes" still ends in PostgreSQL's own message.
 */
export async function findBarrier(path: string, identity: ServerIdentity): Promise<string | undefined> {
  const parents: string[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    parents.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const directory of parents) if (!(await allows(directory, identity, 0o1))) return directory;
  return undefined;
}

/** Whether `identity` has the permission bits (4 read, 2 write, 1 execute) on the file itself. */
export async function allows(path: string, identity: ServerIdentity, bits: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}
