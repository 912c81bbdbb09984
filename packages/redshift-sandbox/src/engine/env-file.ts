import { lstat, open, readFile, rename, rm } from "node:fs/promises";
import { SandboxError } from "../errors.ts";
import { randomSuffix } from "./random.ts";

const MARK = "# redshift-sandbox, removed when it stops: ";

/**
 * Writes the environment as `NAME=value` lines that a shell's `.` and `node --env-file` read alike, readable by its owner only.
 * It appears by rename, so a reader never sees half of it. The first line names the run it belongs to.
 *
 * @throws SandboxError when the file exists and is not one of ours, or is a running sandbox's
 */
export async function writeEnvFile(
  path: string,
  run: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await refuseForeign(path);
  await refuseInUse(path, run);
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quote(name, value)}\n`);
  const draft = `${path}.${randomSuffix()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${MARK}${run}\n${lines.join("")}`);
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Removes the env file if it is still the one that this run wrote. */
export async function removeEnvFile(path: string, run: string): Promise<void> {
  if ((await firstLine(path)) === MARK + run) await rm(path, { force: true });
}

/**
 * Refuses a file that a sandbox did not write: it would be lost when the sandbox stops.
 *
 * @throws SandboxError
 */
export async function refuseForeign(path: string): Promise<void> {
  const line = await firstLine(path);
  if (line !== undefined && !line.startsWith(MARK))
    throw new SandboxError(
      `--env-file ${path} exists and was not written by a sandbox, which would remove it at the end; name another file.`,
    );
}

/** What dead runs left has been removed by now: a run whose directory is there is running. */
async function refuseInUse(path: string, run: string): Promise<void> {
  const other = (await firstLine(path))?.slice(MARK.length);
  if (other === undefined || other === run) return;
  const running = await lstat(other).then(
    () => true,
    () => false,
  );
  if (running)
    throw new SandboxError(`--env-file ${path} belongs to a sandbox that is running; name another file.`);
}

async function firstLine(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).split("\n", 1)[0] ?? "";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Shells and Node agree on bare words, on single quotes, and on double quotes without `$`, backquote, `"` and backslash. */
function quote(name: string, value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value;
  if (!/['\n]/.test(value)) return `'${value}'`;
  if (!/["$`\\\n]/.test(value)) return `"${value}"`;
  throw new SandboxError(
    `${name} cannot be written to an env file because its value mixes quotes or holds a line break; use a plainer path.`,
  );
}
