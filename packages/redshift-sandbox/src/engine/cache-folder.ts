import { lstat, mkdir } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/**
 * The user's cache folder of the sandbox, made when it is not there; undefined when there is none that is ours alone.
 * A folder that others own or may write, or that lies in such a one, is not used: what it holds is run as the server.
 */
export async function cacheFolder(): Promise<string | undefined> {
  for (const candidate of candidates()) {
    try {
      if (!(await isOurs(await nearestExisting(candidate)))) continue;
      await mkdir(candidate, { recursive: true, mode: 0o700 });
      return candidate;
    } catch (error) {
      // No home directory, or one that cannot be written: the sandbox then works without a cache.
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }
  return undefined;
}

function candidates(): string[] {
  const { XDG_CACHE_HOME: xdg } = process.env;
  const below = process.platform === "darwin" ? ["Library", "Caches"] : [".cache"];
  const bases = [homedir, passwordFileHome].flatMap((home) => ifKnown(home, (path) => join(path, ...below)));
  return [...(xdg !== undefined && isAbsolute(xdg) ? [xdg] : []), ...bases].map((base) =>
    join(base, "redshift-sandbox"),
  );
}

/** Under sudo, HOME may still be the caller's; the password file then names our own. */
function passwordFileHome(): string {
  return userInfo().homedir;
}

/** A container may run under a number that no password file knows; asking for its home is then an error. */
function ifKnown(home: () => string, use: (path: string) => string): string[] {
  try {
    return [use(home())];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR") return [];
    throw error;
  }
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await lstat(at).then(
      () => true,
      () => false,
    );
    if (found || at === dirname(at)) return at;
  }
}

async function isOurs(path: string): Promise<boolean> {
  const { uid, mode } = await lstat(path);
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}
