import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A directory on a disk of 64 kB. */
export interface SmallDisk {
  readonly path: string;
  remove(): Promise<void>;
}

/** Why there is none, as text, where none can be mounted. */
export async function mountSmallDisk(): Promise<SmallDisk | string> {
  const path = await mkdtemp(join(tmpdir(), "small-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path]);
  } catch (error) {
    await rm(path, { recursive: true });
    return `no small disk can be mounted here, which takes Linux and root (${String(error).split("\n")[0] ?? ""})`;
  }
  return {
    path,
    async remove() {
      await run("umount", [path]);
      await rm(path, { recursive: true });
    },
  };
}
