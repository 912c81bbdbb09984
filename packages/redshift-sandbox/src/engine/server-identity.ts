import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { SandboxError } from "../errors.ts";

/** The user and group that the PostgreSQL server runs as. */
export interface ServerIdentity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds who the server runs as: undefined (whoever we are) for an ordinary user, `nobody` for root,
 * because PostgreSQL refuses to run with root's powers.
 *
 * @throws SandboxError when root has no `nobody` to hand over to
 */
export async function findServerIdentity(): Promise<ServerIdentity | undefined> {
  if (process.platform === "win32")
    throw new SandboxError("redshift-sandbox does not run on Windows; use WSL, where it runs as on Linux.");
  if (process.geteuid?.() !== 0) return undefined;
  const fromFile = parseNobody(await readFile("/etc/passwd", "utf8").catch(() => ""));
  if (fromFile) return fromFile;
  // Directory services (LDAP, macOS) know users that the file does not list.
  try {
    const id = promisify(execFile);
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => id("id", [flag, "nobody"])));
    return { uid: unsigned(uid?.stdout ?? ""), gid: unsigned(gid?.stdout ?? "") };
  } catch (cause) {
    throw new SandboxError(
      "PostgreSQL refuses to run as root and this machine has no user `nobody` to run it as; start the sandbox as an ordinary user.",
      { cause },
    );
  }
}

function parseNobody(passwd: string): ServerIdentity | undefined {
  const fields = passwd
    .split("\n")
    .find((line) => line.startsWith("nobody:"))
    ?.split(":");
  const [, , uid, gid] = fields ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: unsigned(uid), gid: unsigned(gid) };
}

/** macOS writes nobody's id as -2; the system calls want it unsigned. */
function unsigned(id: string): number {
  return Number.parseInt(id, 10) >>> 0;
}
