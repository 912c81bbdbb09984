import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { runCommand } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";
import { noTerminal, runOnTerminal, type Dialogue, type Screen } from "./terminal.ts";

/** Back to the line's beginning, and clear it: how a line is drawn over. */
const redraw = "\r\u001b[K";

if (noTerminal !== undefined) test("on a terminal", ({ skip }) => skip(noTerminal));

describe.skipIf(noTerminal !== undefined)("on a terminal", () => {
  let sandbox: Sandbox;
  let folder: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    folder = await mkdtemp(join(tmpdir(), "terminal-"));
    await sql("CREATE TABLE t (n INT, v VARCHAR(10)); INSERT INTO t VALUES (1, 'a'), (1, 'a')");
  });

  afterEach(() => sandbox.faults.clear());

  afterAll(async () => {
    await sandbox?.stop();
    await rm(folder, { recursive: true });
  });

  async function sql(text: string): Promise<readonly object[]> {
    const redshift = openRedshift(sandbox);
    try {
      return (await redshift.execute(text))[0]?.rows ?? [];
    } finally {
      await redshift.close();
    }
  }

  function type(args: readonly string[], dialogue?: Dialogue): Promise<Screen> {
    return runOnTerminal(args, sandbox.env, dialogue);
  }

  describe("progress", () => {
    const load = ["--table", "t", "--s3", "s3://sandbox/loads", "--slices", "2", "--execute"];

    test("of an upload is one line that is drawn over, with rows, bytes and rate; off a terminal it is one line when done", async () => {
      const file = join(folder, "rows.json");
      await writeFile(file, '{"n":1,"v":"aaaa"}\n'.repeat(20_000));
      // The upload takes two seconds: long enough for the line to be drawn more than once.
      sandbox.faults.add({ target: "s3", operation: "PutObject", action: "slow", times: 2 });
      const { code, screen } = await type(["load", "json", file, ...load]);
      expect({ code, screen }).toMatchObject({ code: 0 });
      const drawn = screen.split(redraw).filter((piece) => piece.startsWith("Upload to "));
      expect(drawn.length).toBeGreaterThan(1);
      // What is drawn over never begins another line.
      expect(drawn.slice(0, -1).filter((piece) => piece.includes("\n"))).toEqual([]);
      // Nor does it wrap, for a terminal of 100 columns.
      expect(drawn.slice(0, -1).filter((piece) => piece.length > 99)).toEqual([]);
      expect(drawn.slice(0, -1).some((piece) => /\d+ rows, .*\d+ k?B out/.test(piece))).toBe(true);
      expect(drawn.at(-1)).toMatch(
        /^Upload to s3:\/\/sandbox\/loads\S*: 20,000 rows, [\d.]+ k?B in, [\d.]+ k?B out, 2 files, [\d,]+ rows\/s, [\d.]+ k?B\/s\r\n/,
      );
      // No colour, whatever NO_COLOR says.
      expect(screen).not.toMatch(new RegExp(String.raw`\u001b\[[\d;]*m`));
      expect(screen).toContain("Loaded 20,000 rows into t");

      const elsewhere = await runCommand(["load", "json", file, ...load], sandbox.env);
      expect(elsewhere.stderr).not.toContain("\r");
      expect(elsewhere.stderr.match(/^Upload to .*20,000 rows/gm)).toHaveLength(1);
    });
  });

  describe("Ctrl-C", () => {
    const load = ["load", "json", "-", "--table", "t", "--s3", "s3://sandbox/loads", "--execute"];
    const document = '{"n":7,"v":"ctrl-c"}';

    test("once stops the load cleanly, says so at once, and nothing is loaded or left", async () => {
      sandbox.faults.add({ target: "copy", action: "slow", times: 1000 });
      const file = join(folder, "once.json");
      await writeFile(file, document);
      const { code, screen } = await type(
        [...load.slice(0, 2), file, ...load.slice(3)],
        [["[1/2]", "\u0003"]],
      );
      expect({ code, screen }).toMatchObject({ code: 130 });
      expect(screen).toContain(
        "Stopping: cancelling the load, nothing will be loaded; press Ctrl-C again to stop at once.",
      );
      expect(screen).toMatch(/error: Statement 1 of 2 .* was stopped; nothing was kept/);
      expect(await sql("SELECT n FROM t WHERE n = 7")).toEqual([]);
      expect(await s3Leftovers(sandbox)).toEqual([]);
    });

    test("twice stops at once, and says what may be left", async () => {
      const file = join(folder, "twice.json");
      await writeFile(file, document);
      // An S3 that never answers: what is under way would be waited for.
      const silent = createServer(() => undefined).listen(0, "127.0.0.1");
      await once(silent, "listening");
      // Before a request is on its way there would be nothing to wait for: the first Ctrl-C would end it.
      const asked = once(silent, "request");
      try {
        const { port } = silent.address() as AddressInfo;
        const { code, screen } = await runOnTerminal(
          [...load.slice(0, 2), file, ...load.slice(3)],
          { ...sandbox.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
          [
            ["Upload to", "\u0003", asked],
            ["Stopping: cancelling the load", "\u0003"],
          ],
        );
        expect({ code, screen }).toMatchObject({ code: 130 });
        expect(screen).toMatch(
          /Stopped at once\. Nothing is loaded: the server rolls back\. Files and unfinished uploads may be left under s3:\/\/sandbox\/loads\/shiftmanager-\S+\/; delete them\./,
        );
        expect(await sql("SELECT n FROM t WHERE n = 7")).toEqual([]);
      } finally {
        silent.closeAllConnections();
        silent.close();
      }
    });
  });

  describe("what destroys something", () => {
    const copy = ["table", "deep-copy", "t", "--distinct", "--execute"];
    const rows = async () => (await sql("SELECT n FROM t WHERE v = 'a'")).length;

    test("is shown and asked about; no is exit code 3, and nothing is changed", async () => {
      for (const answer of ["n", "\r", "\u0003"]) {
        const { code, screen } = await type(copy, [["Run it?", answer]]);
        expect({ code, screen }).toMatchObject({ code: 3 });
        expect(screen).toContain("DROP TABLE");
        expect(screen).toMatch(/This destroys the old table public\.t\$outgoing/);
        expect(screen).toContain("Not approved; nothing was changed.");
      }
      expect(await rows()).toBe(2);
    });

    test("runs after yes, and with --yes without a question", async () => {
      const { code, screen } = await type(copy, [["Run it?", "y"]]);
      expect({ code, screen }).toMatchObject({ code: 0 });
      expect(await rows()).toBe(1);
      const unasked = await type([...copy, "--yes"]);
      expect(unasked.code).toBe(0);
      expect(unasked.screen).not.toContain("Run it?");
    });
  });

  describe("a password", () => {
    const secret = "Typed-1-Secret";
    const create = ["user", "create", "typist", "--password-prompt", "--execute"];

    test("is asked for twice and never shown", async () => {
      const { code, screen } = await type(create, [
        ["New password", `${secret}\r`],
        ["The same again", `${secret}\r`],
      ]);
      expect({ code, screen }).toMatchObject({ code: 0 });
      expect(screen).not.toContain(secret);
      const redshift = openRedshift(sandbox, { user: "typist", password: secret });
      expect(await redshift.getTableNames()).toContain("t");
      await redshift.close();
    });

    test("that is typed differently, or not at all, changes nothing", async () => {
      const differing = await type(create, [
        ["New password", `${secret}\r`],
        ["The same again", "Another-1\r"],
      ]);
      expect(differing.code).toBe(1);
      expect(differing.screen).toContain("The two passwords differ; nothing was changed.");
      const none = await type(create, [["New password", "\u0003"]]);
      expect(none.code).toBe(3);
      expect(none.screen).toContain("No password was given; nothing was changed.");
    });

    test("of the login is asked for where nothing has it, and never shown", async () => {
      const { PGPASSWORD = "", ...env } = sandbox.env;
      const list = (typed: string) =>
        runOnTerminal(["table", "list"], { ...env, PGPASSFILE: "/nonexistent" }, [["Password", typed]]);
      const { code, screen } = await list(`${PGPASSWORD}\r`);
      expect({ code, screen }).toMatchObject({ code: 0, screen: expect.stringMatching(/t\r\n$/) as string });
      expect(screen).not.toContain(PGPASSWORD);
      const none = await list("\u0003");
      expect(none.code).toBe(3);
      expect(none.screen).toContain("No password was given; nothing was done.");
    });

    test("of the source of load postgres is asked for once and never shown", async () => {
      const source: PostgresSource = await startPostgresSource();
      try {
        await source.run("CREATE TABLE t (n INT, v TEXT); INSERT INTO t VALUES (7, 'seven')");
        const { host, port, user, database, password } = source.options;
        const { code, screen } = await type(
          [
            ...[
              "load",
              "postgres",
              "--from-table",
              "t",
              "--table",
              "t",
              "--s3",
              "s3://sandbox/pg",
              "--execute",
            ],
            ...["--source-host", host, "--source-port", String(port), "--source-user", String(user)],
            ...["--source-database", String(database), "--source-sslmode", "disable"],
          ],
          [["Password of the source database", `${String(password)}\r`]],
        );
        expect({ code, screen }).toMatchObject({ code: 0 });
        expect(screen).not.toContain(String(password));
        expect(await sql("SELECT n FROM t WHERE v = 'seven'")).toHaveLength(1);
      } finally {
        await source.stop();
      }
    });
  });
});
