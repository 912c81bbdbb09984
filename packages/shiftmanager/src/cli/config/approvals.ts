import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Approved files: the SHA-256 of the content, by path. */
type Approvals = Readonly<Record<string, string>>;

/** The folder of what the command remembers. */
export function stateFolder(): string {
  return join(homedir(), ".shiftmanager");
}

/** Was this very content approved under this path. */
export async function isApproved(path: string, content: string): Promise<boolean> {
  return (await readApprovals())[path] === hash(content);
}

/** Remembers an approval for good; another content needs another. */
export async function approveFile(path: string, content: string): Promise<void> {
  const approvals = { ...(await readApprovals()), [path]: hash(content) };
  await mkdir(stateFolder(), { recursive: true, mode: 0o700 });
  const draft = `${approvalsFile()}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(approvals, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, approvalsFile());
}

async function readApprovals(): Promise<Approvals> {
  try {
    return JSON.parse(await readFile(approvalsFile(), "utf8")) as Approvals;
  } catch (error) {
    // None yet, or not what was written: nothing is approved then, and the next approval writes the file anew.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return {};
    throw error;
  }
}

function approvalsFile(): string {
  return join(stateFolder(), "approved.json");
}

function hash(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
