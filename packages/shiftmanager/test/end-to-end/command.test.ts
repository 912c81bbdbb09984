import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRedshift } from "./open-redshift.ts";

const command = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
});

afterAll(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

interface Run {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent once stderr holds this text. */
  readonly interruptAt?: string;
}

function shiftmanager(args: readonly string[], { input, env = {}, interruptAt }: Run = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: folder, ...sandbox.env, ...env },
    });
    let stdout = "";
    let stderr = "";
    let interrupted = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (interruptAt === undefined || interrupted || !stderr.includes(interruptAt)) return;
      interrupted = true;
      setTimeout(() => child.kill("SIGINT"), 300);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ stdout, stderr, code }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
  });
}

async function value(text: string): Promise<unknown> {
  const redshift = openRedshift(sandbox);
  try {
    const [result] = await redshift.execute(text);
    return Object.values(result?.rows[0] ?? {})[0];
  } finally {
    await redshift.close();
  }
}

describe("exec", () => {
  test("what only reads runs at once and prints an aligned table", async () => {
    const { stdout, code } = await shiftmanager([
      "exec",
      "-c",
      "SELECT 1 AS a, 'x' AS bc UNION SELECT 20, NULL ORDER BY 1",
    ]);
    expect(stdout).toBe(" a  bc\n--  ----\n 1  x\n20  NULL\n");
    expect(code).toBe(0);
  });

  test("what changes something is shown, and runs with --execute, from a file or stdin", async () => {
    const file = join(folder, "make.sql");
    await writeFile(file, "CREATE TABLE made (n INT); INSERT INTO made VALUES (1), (2);");
    const preview = await shiftmanager(["exec", file]);
    expect(preview.stdout).toBe(
      "BEGIN;\n\n-- Runs CREATE TABLE\nCREATE TABLE made (n INT);\n\n-- Runs INSERT\nINSERT INTO made VALUES (1), (2);\n\nCOMMIT;\n",
    );
    expect(preview.stderr).toBe("Nothing was changed; add --execute to run it.\n");
    expect(preview.code).toBe(0);
    expect((await shiftmanager(["exec", "--execute", file])).code).toBe(0);
    const more = await shiftmanager(["exec", "-", "--execute"], { input: "INSERT INTO made VALUES (3)" });
    expect(more.stderr).toContain("[1/1] Runs INSERT\nRuns INSERT: done, 1 row\n");
    expect(await value("SELECT COUNT(*) FROM made")).toBe("3");
  });

  test("SQL names its schemas itself: --schema, which could not reach it, is refused there and at the prompt", async () => {
    for (const args of [["exec", "-c", "DROP TABLE t"], ["repl"]]) {
      const { code, stdout, stderr } = await shiftmanager([...args, "--schema", "other"]);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^error: --schema does not reach (?:into SQL|the prompt); /);
    }
  });

  test("--json is one value a line, each with a type", async () => {
    const { stdout } = await shiftmanager(["exec", "--json", "-c", "SELECT 1 AS a; SELECT 2::BIGINT AS b"]);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { type: "row", statement: 1, row: { a: 1 } },
      { type: "result", statement: 1, rowCount: 1 },
      { type: "row", statement: 2, row: { b: "2" } },
      { type: "result", statement: 2, rowCount: 1 },
    ]);
  });

  test("what destroys something needs --yes without a terminal", async () => {
    await shiftmanager(["exec", "--execute", "-c", "CREATE TABLE doomed (n INT)"]);
    const refused = await shiftmanager(["exec", "--execute", "-c", "DROP TABLE doomed"]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(
      "error: This destroys what this statement names: DROP TABLE doomed; add --yes to approve it without a question.",
    );
    expect((await shiftmanager(["exec", "--execute", "--yes", "-c", "DROP TABLE doomed"])).code).toBe(0);
  });

  test("SIGINT cancels the statement on the server, rolls back and ends with 130", async () => {
    await shiftmanager(["exec", "--execute", "-c", "CREATE TABLE interrupted (n INT)"]);
    const { code, stderr } = await shiftmanager(
      [
        "exec",
        "--execute",
        "-c",
        "INSERT INTO interrupted VALUES (1); SELECT COUNT(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
      ],
      { interruptAt: "[2/2]" },
    );
    expect(stderr).toContain("was stopped; nothing was kept");
    expect(code).toBe(130);
    expect(await value("SELECT COUNT(*) FROM interrupted")).toBe("0");
  });

  test("SIGINT ends the wait of a reader for a server that does not answer", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const { code, stderr } = await shiftmanager(["table", "list"], {
        env: { PGPORT: String(port) },
        interruptAt: "Connecting to",
      });
      expect({ code, stderr }).toEqual({
        code: 130,
        stderr: expect.stringContaining("error: Stopped by SIGINT.") as string,
      });
    } finally {
      silent.close();
    }
  });

  test.each<[string, string[], Run, number, RegExp]>([
    [
      "a missing table",
      ["exec", "-c", "SELECT * FROM no_such"],
      {},
      1,
      /^error: The statement \(runs SELECT\) failed: relation "no_such" does not exist/m,
    ],
    [
      "a wrong password",
      ["exec", "-c", "SELECT 1"],
      { env: { PGPASSWORD: "hunter2secret" } },
      1,
      /^error: The server refused the login of "awsuser"/m,
    ],
    [
      "an unreachable host",
      ["exec", "-c", "SELECT 1"],
      { env: { PGPORT: "1" } },
      1,
      /^error: Nothing answers at 127\.0\.0\.1:1/m,
    ],
    [
      "a missing file",
      ["exec", "no-such.sql"],
      {},
      1,
      /^error: The file no-such\.sql cannot be read \(ENOENT\)/m,
    ],
    [
      "BEGIN in a text",
      ["exec", "-c", "BEGIN; SELECT 1"],
      {},
      1,
      /^error: Statement 1 of 2 \(BEGIN, .*\) controls the transaction/m,
    ],
    ["no SQL at all", ["exec"], {}, 2, /^error: Give the SQL once/m],
    ["an unknown flag", ["exec", "--exekute"], {}, 2, /Did you mean --execute\?/],
  ])("%s is one sentence without a stack", async (_, args, run, exitCode, message) => {
    const { code, stderr, stdout } = await shiftmanager(args, run);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain("hunter2secret");
    expect(stdout).toBe("");
  });
});

describe("user", () => {
  test("a preview shows the SQL with its secret masked and prints no password", async () => {
    const { stdout, code } = await shiftmanager([
      "user",
      "create",
      "seen",
      "--generate-password",
      "--createdb",
    ]);
    expect(stdout).toBe("-- Creates the user seen\nCREATE USER seen\n  PASSWORD <secret>\n  CREATEDB;\n");
    expect(code).toBe(0);
    expect(await value("SELECT COUNT(*) FROM pg_user WHERE usename = 'seen'")).toBe("0");
  });

  test("a generated password is alone on stdout after the commit, and logs in", async () => {
    const { stdout, stderr, code } = await shiftmanager([
      "user",
      "create",
      "made",
      "--generate-password",
      "--execute",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S{64}\n$/);
    expect(stderr).not.toContain(stdout.trim());
    const login = await shiftmanager(["exec", "--json", "-c", "SELECT current_user::VARCHAR AS me"], {
      env: { PGUSER: "made", PGPASSWORD: stdout.trim() },
    });
    expect(login.stdout).toContain('{"me":"made"}');
  });

  test("a generated password is not printed when the user cannot be made", async () => {
    const { stdout, code } = await shiftmanager([
      "user",
      "create",
      "made",
      "--generate-password",
      "--execute",
    ]);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test("a password comes from stdin or the environment", async () => {
    await shiftmanager(["user", "create", "fed", "--password-stdin", "--execute"], {
      input: "Fr0mStdinWord\n",
    });
    await shiftmanager(
      ["user", "alter", "made", "--rename", "maid", "--set", "search_path=a,b", "--execute"],
      {
        env: { SHIFTMANAGER_NEW_PASSWORD: "Fr0mEnvironment" },
      },
    );
    for (const [user, password] of [
      ["fed", "Fr0mStdinWord"],
      ["maid", "Fr0mEnvironment"],
    ] as const) {
      const { code } = await shiftmanager(["exec", "-c", "SELECT 1"], {
        env: { PGUSER: user, PGPASSWORD: password },
      });
      expect(code).toBe(0);
    }
  });

  test("without a terminal a missing password is a usage error", async () => {
    const { code, stderr } = await shiftmanager(["user", "create", "nobody", "--execute"]);
    expect(code).toBe(2);
    expect(stderr).toContain("There is no terminal to ask for the password; use --generate-password");
  });

  test("--reveal-secrets is the only way to see one", async () => {
    const { stdout } = await shiftmanager(
      ["user", "alter", "x", "--password-stdin", "--password-hash", "none", "--reveal-secrets"],
      { input: "Str0ngEnough" },
    );
    expect(stdout).toBe("-- Changes the user x\nALTER USER x\n  PASSWORD 'Str0ngEnough';\n");
  });
});

describe("without a database", () => {
  test("password prints one that fits", async () => {
    const { stdout } = await shiftmanager(["password", "--length", "12"], { env: { PGHOST: "" } });
    expect(stdout).toMatch(/^\S{12}\n$/);
  });

  test("--help and --version need nothing", async () => {
    expect((await shiftmanager(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { stdout, code } = await shiftmanager(["user", "create", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--execute");
  });
});
