import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";

const run = promisify(execFile);
let wire: TestWire;
beforeAll(async () => {
  wire = await startTestWire();
});
afterAll(() => wire[Symbol.asyncDispose]());

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a client against the wire, with nothing of the caller's own settings for PostgreSQL. */
async function client(
  command: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
  const env = {
    ...Object.fromEntries(inherited),
    PGHOST: "localhost",
    PGHOSTADDR: "127.0.0.1",
    PGPORT: String(wire.port),
    PGUSER: "awsuser",
    PGPASSWORD: wire.password,
    PGDATABASE: "dev",
    PGSSLMODE: "disable",
    ...more,
  };
  try {
    return { code: 0, ...(await run(command, args, { env })) };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as Partial<Outcome>;
    if (typeof code !== "number") throw error;
    return { code, stdout, stderr };
  }
}

/**
 * The first of the commands that answers; skips the test, saying why, when none does. With REQUIRE_CLIENTS=1 that is a failure.
 */
async function needs(
  context: TestContext,
  commands: readonly string[],
  args: readonly string[],
  name: string,
): Promise<string> {
  const failures: unknown[] = [];
  for (const command of commands) {
    try {
      await run(command, args);
      return command;
    } catch (error) {
      failures.push(error);
    }
  }
  if (process.env["REQUIRE_CLIENTS"] === "1") throw new AggregateError(failures, `${name} is required`);
  return context.skip(`${name} is not on this machine`);
}

const tls = (): Record<string, string> => ({ PGSSLMODE: "verify-full", PGSSLROOTCERT: wire.caPath });

test("psql asks, prints virtual rows, and stops at an error", async (context) => {
  await needs(context, ["psql"], ["--version"], "psql");
  const args = ["-X", "-v", "ON_ERROR_STOP=1", "-At"];
  for (const security of [{}, tls()]) {
    expect(
      await client(
        "psql",
        [...args, "-c", "SELECT 1 AS one; VIRTUAL rows 2", "-c", "BEGIN", "-c", "ROLLBACK"],
        security,
      ),
    ).toEqual({ code: 0, stdout: "1\n1|row 1 ✓\n2|\nBEGIN\nROLLBACK\n", stderr: "" });
  }
  const elsewhere = await client("psql", [...args, "-c", "SELECT 1"], {
    ...tls(),
    PGHOST: "redshift.example",
  });
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toContain('does not match host name "redshift.example"');
  expect(await client("psql", [...args, "-c", "VIRTUAL fail no", "-c", "SELECT 1"])).toEqual({
    code: 1,
    stdout: "",
    stderr: "ERROR:  no\nDETAIL:  why\nHINT:  try\n",
  });
  expect(await client("psql", [...args, "-c", "VIRTUAL notice loaded"])).toEqual({
    code: 0,
    stdout: "VIRTUAL NOTICE\n",
    stderr: "INFO:  loaded\nDETAIL:  more\n",
  });
});

test("psql with a wrong password is refused", async (context) => {
  await needs(context, ["psql"], ["--version"], "psql");
  const { code, stderr } = await client("psql", ["-X", "-c", "SELECT 1"], { PGPASSWORD: "wrong" });
  expect(code).toBe(2);
  expect(stderr).toContain('FATAL:  password authentication failed for user "awsuser"');
});

const psycopg = `
import json, os, sys, threading, time
import psycopg2, psycopg2.extensions
c = psycopg2.connect("")
out = {"version": c.server_version, "encoding": c.encoding, "scs": c.get_parameter_status("standard_conforming_strings")}
k = c.cursor()
k.execute("SELECT %s, %s", ("back\\\\slash 'quoted'", "grüße ✓"))
out["quoted"] = str(k.query, "utf8")
k.execute("CREATE TEMPORARY TABLE t (n int)")
k.execute("VIRTUAL joins INSERT INTO t VALUES (1)")
k.execute("VIRTUAL rows 2")
out["rows"] = k.fetchall()
out["names"] = [d.name for d in k.description]
try:
    k.execute("VIRTUAL fail no")
except psycopg2.Error as e:
    out["error"] = [e.pgcode, e.diag.message_primary, c.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_INERROR]
c.rollback()
c.autocommit = True
threading.Timer(0.3, c.cancel).start()
try:
    k.execute("SELECT pg_sleep(30)")
except psycopg2.Error as e:
    out["cancelled"] = e.pgcode
k.execute("VIRTUAL notice loaded")
out["notices"] = c.notices
c.close()
print(json.dumps(out, ensure_ascii=False))
`;

test("psycopg2 asks, escapes backslashes, reads virtual rows and cancels", async (context) => {
  // A python of the user's own may stand before the one that the system's packages belong to.
  const pythons = ["python3", "/usr/bin/python3"];
  const python = await needs(context, pythons, ["-c", "import psycopg2"], "psycopg2");
  for (const security of [{}, tls()]) {
    const { stderr, stdout } = await client(python, ["-c", psycopg], {
      ...security,
      PYTHONUTF8: "1",
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      version: 80002,
      encoding: "UNICODE",
      scs: null,
      quoted: "SELECT 'back\\\\slash ''quoted''', 'grüße ✓'",
      rows: [
        [1, "row 1 ✓"],
        [2, null],
      ],
      names: ["n", "label"],
      error: ["22000", "no", true],
      cancelled: "57014",
      notices: ["INFO:  loaded\nDETAIL:  more\n"],
    });
  }
});
