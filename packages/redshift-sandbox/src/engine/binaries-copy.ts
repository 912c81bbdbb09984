import { createHash } from "node:crypto";
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { SandboxError } from "../errors.ts";
import { cacheFolder } from "./cache-folder.ts";
import { makeLinks, missingLinks } from "./library-links.ts";

/** Where root keeps the copy: not a temporary folder, where anyone could have put one under the same name. */
export const SYSTEM_CACHE = "/var/cache/redshift-sandbox";

/**
 * Copies the package's programs to where the server's user can run them and returns the copy's `native` directory.
 * Root copies to {@link SYSTEM_CACHE}, anyone else to their own cache folder, unless `folder` names another place. The name holds the version and a hash, the copy
 * appears by rename, and its owner and mode are checked each time, so that nobody else can have put it there.
 *
 * @throws SandboxError when no such place can be written
 */
export async function copyBinaries(root: string, folder?: string): Promise<string> {
  const base = folder ?? (process.geteuid?.() === 0 ? await systemCache() : await cacheFolder());
  if (base === undefined)
    throw new SandboxError(
      "PostgreSQL's library links are missing and neither node_modules nor a cache folder can be written; set XDG_CACHE_HOME to a folder of your own, or pass --pg-bin.",
    );
  const name = await copyName(root);
  const copy = join(base, name);
  if (!(await exists(copy))) await make(root, base, copy);
  await requireOurs(copy);
  await requireOurs(join(copy, "native", "bin", "postgres"));
  return join(copy, "native");
}

async function systemCache(): Promise<string> {
  await mkdir(SYSTEM_CACHE, { recursive: true, mode: 0o755 });
  for (const path of [dirname(SYSTEM_CACHE), SYSTEM_CACHE]) await requireOurs(path);
  // A strict umask would have closed it to the server's user.
  await chmod(SYSTEM_CACHE, 0o755);
  return SYSTEM_CACHE;
}

async function make(root: string, base: string, copy: string): Promise<void> {
  const draft = await mkdtemp(join(base, "postgresql-draft-"));
  try {
    await cp(join(root, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
    await makeLinks(draft, await missingLinks(draft));
    await openUp(draft);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another sandbox finished the same copy first.
    if (!(await exists(copy))) throw error;
  }
}

/** Readable by all and writable by the owner only, whatever the umask and the package's own modes were. */
async function openUp(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openUp(path);
    else if (entry.isFile()) await chmod(path, directory.endsWith("/bin") ? 0o755 : 0o644);
  }
}

/** `postgresql-17.9.0-beta.17-1f0c…`: the version, and a hash of the file list and of the programs. */
async function copyName(root: string): Promise<string> {
  const version = await packageVersion(root);
  const hash = createHash("sha256").update(version);
  const native = join(root, "native");
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) hash.update(`\n${relative(native, path)} ${(await lstat(path)).size}`);
  for (const program of ["postgres", "initdb"]) hash.update(await readFile(join(native, "bin", program)));
  return `postgresql-${version.replaceAll(/[^\w.-]/g, "_")}-${hash.digest("hex").slice(0, 16)}`;
}

/** The version of the package in `root`. */
export async function packageVersion(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest)
    return String(manifest.version);
  throw new SandboxError(`${root} holds no version in its package.json; reinstall it.`);
}

async function requireOurs(path: string): Promise<void> {
  const { uid, mode } = await lstat(path);
  if (uid === process.geteuid?.() && (mode & 0o022) === 0 && (mode & 0o170000) !== 0o120000) return;
  throw new SandboxError(
    `${path} belongs to someone else or can be written by others, so it is not run; remove it, or pass --pg-bin.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
