import { createHash } from "node:crypto";
import { constants } from "node:fs";
import {
  chown,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { randomSuffix } from "./random.ts";
import { isSystemError } from "./system-error.ts";
import { CLIENT_AUTHENTICATION, INITDB_OPTIONS } from "./settings.ts";
import type { ServerIdentity } from "./server-identity.ts";

/** An initialised data directory in the cache, and the password that `rdsdb` has in it. */
interface Template {
  readonly path: string;
  readonly password: string;
}

const OTHERS_KEPT = 2;
const GRACE_MS = 10 * 60_000;

/** The name under which a template is kept: another PostgreSQL, catalog, platform or way of building is another template. */
export function templateName(binaries: Binaries, fingerprint: string, recipe: string): string {
  const hash = createHash("sha256");
  for (const part of [fingerprint, recipe, CLIENT_AUTHENTICATION, ...INITDB_OPTIONS, binaries.origin])
    hash.update(`${part}\0`);
  const digest = hash.digest("hex").slice(0, 16);
  return `template-${binaries.version}-${process.platform}-${process.arch}-${digest}`;
}

/**
 * Copies the template to `pgData`, which must not exist. Shares the disk blocks where the file system can.
 * Returns the password of `rdsdb` in the copy, or undefined when there is no such template.
 */
export async function copyTemplate(
  cache: string,
  name: string,
  pgData: string,
  identity: ServerIdentity | undefined,
): Promise<string | undefined> {
  const template = await readTemplate(cache, name);
  if (template === undefined) return undefined;
  await markUsed(template.path);
  await copyTree(join(template.path, "pgdata"), pgData, identity);
  return template.password;
}

/** `removeOldTemplates` goes by the time. */
async function markUsed(path: string): Promise<void> {
  try {
    await utimes(path, new Date(), new Date());
  } catch (error) {
    // A cache that cannot be written is not tidied either.
    if (!isSystemError(error)) throw error;
  }
}

/**
 * Keeps a stopped data directory as a template. It appears by rename; when another process was first, its one stays.
 * A cache that is full or closed is no reason to fail: the next start takes as long as this one.
 */
export async function keepTemplate(
  cache: string,
  name: string,
  pgData: string,
  password: string,
): Promise<void> {
  let draft: string | undefined;
  try {
    draft = await mkdtemp(join(cache, "draft-"));
    await copyTree(pgData, join(draft, "pgdata"));
    await writeFile(join(draft, "password"), password, { mode: 0o600 });
    await rename(draft, join(cache, name));
    await removeOldTemplates(cache, name);
  } catch (error) {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
    if (!isSystemError(error)) throw error;
    if (error.code === "ENOTEMPTY" || error.code === "EEXIST") return;
    process.emitWarning(
      `${cache} cannot keep the sandbox's template (${error.code}), so that every start takes a few seconds.`,
      "SandboxWarning",
    );
  }
}

/** Removes all but the last used templates, and drafts whose maker died. Nothing used in the last ten minutes is touched. */
export async function removeOldTemplates(cache: string, current?: string): Promise<void> {
  const now = Date.now();
  const found: { name: string; usedMs: number }[] = [];
  for (const name of await readdir(cache)) {
    if (name === current || !/^(?:template|draft)-/.test(name)) continue;
    const usedMs = await lstat(join(cache, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => now, // another process has just removed it
    );
    if (now - usedMs > GRACE_MS) found.push({ name, usedMs });
  }
  const drafts = found.filter(({ name }) => name.startsWith("draft-"));
  const templates = found
    .filter(({ name }) => name.startsWith("template-"))
    .sort((a, b) => b.usedMs - a.usedMs);
  for (const { name } of [...drafts, ...templates.slice(OTHERS_KEPT)]) {
    // Renamed first, so that a template is either whole or not there.
    const doomed = join(cache, `draft-${randomSuffix()}`);
    const renamed = await rename(join(cache, name), doomed).then(
      () => true,
      (error: unknown) => {
        if (isSystemError(error) && error.code === "ENOENT") return false; // another process has just removed it
        throw error;
      },
    );
    if (renamed) await rm(doomed, { recursive: true, force: true });
  }
}

async function readTemplate(cache: string, name: string): Promise<Template | undefined> {
  const path = join(cache, name);
  try {
    return { path, password: await readFile(join(path, "password"), "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Our own walk: it overlaps the files and hands them over on the way, and takes half the time of `fs.cp`. */
async function copyTree(from: string, to: string, identity?: ServerIdentity): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) return copyTree(source, target, identity);
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      if (identity) await chown(target, identity.uid, identity.gid);
    }),
  );
  if (identity) await chown(to, identity.uid, identity.gid);
}
