import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand, type Outcome } from "./run-command.ts";

const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(() => sandbox?.stop());

/** Runs the command beside a shell that does with its output what the line says: `$0 "$@" | true`. */
function throughShell(line: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", line, process.execPath, bin, ...args], {
      env: { PATH: process.env.PATH, HOME: "/nonexistent", ...sandbox.env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

async function isThere(table: string): Promise<boolean> {
  return (await runCommand(["table", "exists", table], sandbox.env)).stdout === "true\n";
}

describe("a reader that leaves early", () => {
  test("of the rows has what it wanted: exit code 0, and no word of it", async () => {
    const many = ["exec", "-c", "SELECT n FROM generate_series(1, 50000) AS s (n)"];
    const { code, stdout, stderr } = await throughShell('set -o pipefail; "$0" "$@" | head -n 1', many);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: "n" });
    expect(stderr).not.toContain("error");
  });

  test("of the talk as well stops nothing that was begun", async () => {
    // Long enough for the reader to be gone when there is more to say.
    const wait = "SELECT COUNT(*) FROM generate_series(1, 1000000) AS s (n)";
    const text = `CREATE TABLE heard (n INT); ${wait}; INSERT INTO heard VALUES (1)`;
    const args = ["exec", "--execute", "-c", text];
    const { code } = await throughShell('set -o pipefail; "$0" "$@" 2>&1 | head -n 1', args);
    expect(code).toBe(0);
    expect(await isThere("heard")).toBe(true);
  });

  test("of a generated password, which nobody knows then, is told how to set another, with exit code 1", async () => {
    const create = ["user", "create", "unread", "--generate-password", "--execute"];
    const { code, stderr } = await throughShell('set -o pipefail; "$0" "$@" | true', create);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: The password of unread is set, but .* shiftmanager user alter unread --generate-password --execute\.$/m,
    );
  });
});

const noFullDisk = existsSync("/dev/full") ? undefined : "no /dev/full, which is a disk that is full";

test("an output that cannot be written is one sentence and exit code 1", async ({ skip }) => {
  skip(noFullDisk !== undefined, noFullDisk);
  const { code, stderr } = await throughShell('"$0" "$@" > /dev/full', ["password"]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      "error: The output cannot be written (ENOSPC); what was done before stays done. Make room, or write it elsewhere.\n",
  });
});

describe("with --json every failure is a line on stdout as well", () => {
  test.each<[title: string, args: readonly string[], code: number, line: object]>([
    [
      "an unknown flag",
      ["table", "list", "--schma", "x", "--json"],
      2,
      { message: "unknown option '--schma' (Did you mean --schema?)", code: "ERR_COMMAND_LINE" },
    ],
    [
      "a missing argument",
      ["--json", "table", "show"],
      2,
      { message: "missing required argument 'table'", code: "ERR_COMMAND_LINE" },
    ],
    [
      "a command line that contradicts itself",
      ["exec", "--json"],
      2,
      { message: "Give the SQL once: as a file, as - for stdin, or with -c.", code: "ERR_COMMAND_LINE" },
    ],
    [
      "what was not approved",
      ["exec", "--json", "--execute", "-c", "DROP TABLE t"],
      3,
      { message: expect.stringContaining("add --yes") as string, code: "ERR_NOT_APPROVED" },
    ],
    [
      "a file that cannot be read",
      ["exec", "--json", "no-such-file.sql"],
      1,
      { message: expect.stringContaining("no-such-file.sql") as string, code: "ERR_COMMAND" },
    ],
  ])("%s", async (_title, args, code, line) => {
    const outcome = await runCommand(args, sandbox.env);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(outcome.stdout)).toEqual({ type: "error", ...line });
  });
});
