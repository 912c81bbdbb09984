import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import { SandboxError } from "../errors.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { randomAccessKey, randomPassword } from "./random.ts";
import { findBarrier } from "./reachable.ts";
import type { ServerIdentity } from "./server-identity.ts";

/** What a data directory keeps between runs besides PostgreSQL's files and the objects. */
export interface SandboxState {
  readonly format: 1;
  /** The name of the template that PostgreSQL's files came from. */
  readonly template?: string;
  /** Of `rdsdb`, which clients can never log in as. */
  readonly adminPassword: string;
  /** Of `awsuser`. */
  readonly password: string;
  readonly accessKey: { readonly id: string; readonly secret: string };
  /** Roles of the template: what `reset` leaves. */
  readonly reservedRoles: readonly string[];
}

/** A data directory that this process has for itself. */
export interface DataDirectory {
  readonly path: string;
  /** PostgreSQL's files; not there before the first start. */
  readonly pgData: string;
  /** Ours alone, also when the server runs as another user: state, certificate, objects. */
  readonly privateDirectory: string;
  /** As last saved. */
  readonly state: SandboxState;
  saveState(state: SandboxState): Promise<void>;
  /** Lets another sandbox have it. */
  release(): Promise<void>;
}

const MARKER = "private";
const CLAIM = "claim-";

/**
 * Opens a data directory, making it when it is not there or empty, and claims it against other sandboxes.
 *
 * @throws SandboxError when it is not one, is in use, or the server's user cannot reach it
 */
export async function openDataDirectory(
  given: string,
  identity: ServerIdentity | undefined,
): Promise<DataDirectory> {
  const path = await prepare(resolve(given), identity);
  const privateDirectory = join(path, MARKER);
  await requirePrivate(privateDirectory);
  const release = await claim(path, privateDirectory);
  try {
    const statePath = join(privateDirectory, "state.json");
    let state = (await readState(statePath)) ?? newState();
    const saveState = async (changed: SandboxState) => {
      await save(statePath, changed);
      state = changed;
    };
    await saveState(state);
    return {
      path,
      pgData: join(path, "pgdata"),
      privateDirectory,
      get state() {
        return state;
      },
      saveState,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function prepare(given: string, identity: ServerIdentity | undefined): Promise<string> {
  const path = await makeDirectory(given);
  const names = await readdir(path);
  if (names.length > 0 && !names.includes(MARKER))
    throw new SandboxError(
      `${path} holds files that are not a sandbox's; name a new or empty directory for --data.`,
    );
  const barrier = identity && (await findBarrier(path, identity));
  if (barrier !== undefined)
    throw new SandboxError(
      `PostgreSQL will not run as root and the user it runs as, \`nobody\`, may not enter ${barrier}; choose a --data directory outside it (such as /var/lib/redshift-sandbox) or start the sandbox as an ordinary user.`,
    );
  if (names.length === 0) {
    await mkdir(join(path, MARKER), { mode: 0o700 });
    await chmod(path, 0o700);
    if (identity) await chown(path, identity.uid, identity.gid);
  }
  await requireOwner(path, identity);
  return path;
}

async function makeDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError(`The data directory ${path} cannot be made: ${reason}`, { cause });
  }
}

async function requireOwner(path: string, identity: ServerIdentity | undefined): Promise<void> {
  const { uid, mode } = await lstat(path);
  if (uid !== (identity?.uid ?? process.geteuid?.()))
    throw new SandboxError(
      `${path} was made by another user (number ${uid}), or by root where you are not; start the sandbox as that user or name another --data directory.`,
    );
  if ((mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** The server's user owns the directory above, so that what is in it could have been put there by another of its programs. */
async function requirePrivate(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0) return;
  throw new SandboxError(
    `${path} is not a directory of yours that only you can enter, so nothing in it is trusted.`,
  );
}

/**
 * Each sandbox writes a claim under its own name and then looks for others. Two at once may both step back, never both go on;
 * and a claim of a dead process can be removed by anyone, because its name is never used again.
 */
async function claim(path: string, directory: string): Promise<() => Promise<void>> {
  const owner = await ownIdentity();
  const own = `${CLAIM}${owner.pid}-${owner.started.replaceAll(/\W+/g, "_")}`;
  if ((await readdir(directory)).includes(own)) throw inUse(path, owner, join(directory, own));
  const draft = join(directory, `draft-${own}`);
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  await rename(draft, join(directory, own));
  const release = () => rm(join(directory, own), { force: true });
  for (const name of await readdir(directory)) {
    if (!name.startsWith(CLAIM) || name === own) continue;
    const other = await readFile(join(directory, name), "utf8").catch(() => undefined);
    if (other === undefined) continue; // released since it was listed
    const identity = JSON.parse(other) as ProcessIdentity;
    if (await isAlive(identity)) {
      await release();
      throw inUse(path, identity, join(directory, name));
    }
    await rm(join(directory, name), { force: true });
  }
  return release;
}

function inUse(path: string, { pid, host }: ProcessIdentity, file: string): SandboxError {
  return new SandboxError(
    `${path} is in use by a sandbox (process ${pid} on ${host}); stop it or name another --data directory. If that machine is gone, remove ${file}.`,
  );
}

function newState(): SandboxState {
  return {
    format: 1,
    adminPassword: randomPassword(),
    password: randomPassword(),
    accessKey: randomAccessKey(),
    reservedRoles: [],
  };
}

async function readState(path: string): Promise<SandboxState | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as SandboxState;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function save(path: string, state: SandboxState): Promise<void> {
  const draft = `${path}.draft`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}
