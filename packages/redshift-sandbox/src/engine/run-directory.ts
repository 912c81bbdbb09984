import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SandboxError } from "../errors.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { allows, findBarrier } from "./reachable.ts";
import { removeEnvFile } from "./env-file.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { reapServer } from "./stale-server.ts";
import { isSystemError } from "./system-error.ts";
import type { SystemError } from "./system-error.ts";

const PREFIX = "redshift-sandbox-";
/** macOS allows 104 bytes for a socket's path, with its final zero; Linux 108. */
const SOCKET_PATH_LIMIT = 103;
const SOCKET_NAME = "/s/.s.PGSQL.5432";

/** The temporary directory of one run: the socket, a record of who runs, and the data when no place was given for it. */
export interface RunDirectory {
  readonly path: string;
  readonly socketDirectory: string;
  /** Remembers an env file, so that it can be removed even after this process was killed. */
  noteEnvFile(path: string): Promise<void>;
  remove(): Promise<void>;
}

interface Run {
  readonly owner: ProcessIdentity;
  /** Where PostgreSQL's files of this run are. */
  readonly pgData?: string;
  readonly envFiles: readonly string[];
}

/** Makes the directory of this run. What runs of dead processes left behind is removed on the way. */
export async function createRunDirectory(identity: ServerIdentity | undefined): Promise<RunDirectory> {
  await removeDeadRuns();
  const path = await makeIn(await temporaryFolder(identity));
  // The server's user passes through, and sees nothing of what lies beside the socket.
  await chmod(path, identity === undefined ? 0o700 : 0o711);
  const socketDirectory = join(path, "s");
  await makePrivate(socketDirectory, identity);
  let run: Run = { owner: await ownIdentity(), envFiles: [] };
  await record(path, run);
  return {
    path,
    socketDirectory,
    noteEnvFile: async (envFile) => {
      run = { ...run, envFiles: [...run.envFiles, envFile] };
      await record(path, run);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

async function makeIn(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(folder, PREFIX));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw unusable(folder, error);
  }
}

function unusable(folder: string, cause: SystemError): SandboxError {
  return new SandboxError(
    `The temporary folder ${folder} cannot be used (${cause.code}); set TMPDIR to a folder that exists and that you can write.`,
    { cause },
  );
}

/** Makes a directory that only the server's user (and root) can enter. */
export async function makePrivate(path: string, identity: ServerIdentity | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (identity === undefined) return;
  try {
    await chown(path, identity.uid, identity.gid);
  } catch (cause) {
    throw new SandboxError(
      "PostgreSQL refuses to run as root and this container does not let root hand files to `nobody`; start the sandbox as an ordinary user.",
      { cause },
    );
  }
}

/** Whether any sandbox of this user runs now. */
export async function hasLiveRuns(): Promise<boolean> {
  for (const path of await runPaths()) {
    const run = await readRun(path);
    if (run && (await isAlive(run.owner))) return true;
  }
  return false;
}

/**
 * Removes the directories, servers and env files of runs whose process has died without cleaning up.
 * Returns the directories removed.
 */
export async function removeDeadRuns(): Promise<string[]> {
  const removed: string[] = [];
  for (const path of await runPaths()) {
    const run = await readRun(path);
    if (run === undefined ? await isYoung(path) : await isAlive(run.owner)) continue;
    await reapServer(join(path, "data", "pgdata"));
    for (const envFile of run?.envFiles ?? []) await removeEnvFile(envFile, path);
    await rm(path, { recursive: true, force: true });
    removed.push(path);
  }
  return removed;
}

/** The system's temporary folder, or /tmp where that is too long for a socket or closed to the server's user. */
async function temporaryFolder(identity: ServerIdentity | undefined): Promise<string> {
  const folder = await realpath(tmpdir()).catch((error: unknown) => {
    throw isSystemError(error) ? unusable(tmpdir(), error) : error;
  });
  const longest = join(folder, `${PREFIX}XXXXXX`) + SOCKET_NAME;
  if (Buffer.byteLength(longest) > SOCKET_PATH_LIMIT) return realpath("/tmp");
  const closed =
    identity !== undefined &&
    ((await findBarrier(join(folder, "x"), identity)) !== undefined ||
      !(await allows(folder, identity, 0o1)));
  return closed ? realpath("/tmp") : folder;
}

async function runPaths(): Promise<string[]> {
  const paths = new Set<string>();
  for (const folder of [tmpdir(), "/tmp"]) {
    try {
      const real = await realpath(folder);
      for (const name of await readdir(real)) if (name.startsWith(PREFIX)) paths.add(join(real, name));
    } catch (error) {
      // A folder that is not there, or that we may not list, holds nothing that we could remove.
      if (!isSystemError(error)) throw error;
    }
  }
  const ours = await Promise.all([...paths].map(isOurDirectory));
  return [...paths].filter((_, index) => ours[index]);
}

async function isOurDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory() && found.uid === process.geteuid?.(),
    () => false, // gone since it was listed
  );
}

/** A directory without its record is a run that is just starting, unless it has been so for a minute. */
async function isYoung(path: string): Promise<boolean> {
  return lstat(path).then(
    ({ ctimeMs }) => Date.now() - ctimeMs < 60_000,
    () => true,
  );
}

async function record(path: string, run: Run): Promise<void> {
  const draft = join(path, "run.json.draft");
  await writeFile(draft, JSON.stringify(run), { mode: 0o600 });
  await rename(draft, join(path, "run.json"));
}

async function readRun(path: string): Promise<Run | undefined> {
  try {
    return JSON.parse(await readFile(join(path, "run.json"), "utf8")) as Run;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
