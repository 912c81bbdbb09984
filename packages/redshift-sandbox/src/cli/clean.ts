import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { SYSTEM_CACHE } from "../engine/binaries-copy.ts";
import { cacheFolder } from "../engine/cache-folder.ts";
import { hasLiveRuns, removeDeadRuns } from "../engine/run-directory.ts";

/** Removes what killed sandboxes left, and what is cached unless a sandbox that may use it runs. Resolves to the exit code. */
export async function clean(): Promise<number> {
  const removed = await removeDeadRuns();
  if (await hasLiveRuns())
    process.stderr.write("A sandbox is running, so the cached template and programs stay.\n");
  else removed.push(...(await removeCached()));
  process.stdout.write(
    removed.length === 0 ? "Nothing to remove.\n" : removed.map((path) => `removed ${path}\n`).join(""),
  );
  return 0;
}

async function removeCached(): Promise<string[]> {
  const folders = [await cacheFolder(), process.geteuid?.() === 0 ? SYSTEM_CACHE : undefined];
  const removed: string[] = [];
  for (const folder of folders) {
    if (folder === undefined) continue;
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((each) => /^(?:template|draft|postgresql)-/.test(each))) {
      await rm(join(folder, name), { recursive: true, force: true });
      removed.push(join(folder, name));
    }
  }
  return removed;
}
