import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";
import { noTerminal, runOnTerminal, type Dialogue, type Screen } from "./terminal.ts";

let sandbox: Sandbox;
let home: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  home = await mkdtemp(join(tmpdir(), "repl-"));
  await chmod(home, 0o700);
  const redshift = openRedshift(sandbox);
  await redshift.execute(`CREATE TABLE events (event_id BIGINT, kind VARCHAR(32));
    INSERT INTO events VALUES (1, 'login'), (20, 'logout');
    CREATE SCHEMA analytics; CREATE TABLE analytics.orders (order_id INT)`);
  await redshift.close();
  const { PGHOST, PGPORT } = sandbox.env;
  await writeFile(
    join(home, ".shiftmanager.ts"),
    `import { Redshift } from "shiftmanager";
     import type { Profile } from "shiftmanager";
     const server = { host: "${PGHOST}", port: ${PGPORT}, user: "awsuser", ssl: "disable", password: { env: "PGPASSWORD" } } as const;
     export const lab: Profile = { ...server, database: "dev" };
     export const made = new Redshift({ host: "${PGHOST}" });
     export const days = (n: number): number => n * 86_400;
     export const defaultProfile = "lab";`,
  );
});

afterAll(async () => {
  await sandbox?.stop();
  await rm(home, { recursive: true });
});

/** What one can see, without colours and cursor movements. */
function seen(screen: string): string {
  return screen.replace(/\u001b\[[\d;?]*[A-Za-z]/g, "").replaceAll("\r", "");
}

const prompt = /shiftmanager> (?:\u001b\[\d+G)?$/;

describe("at a terminal", () => {
  beforeEach(({ skip }) => {
    if (noTerminal !== undefined) skip(noTerminal);
  });

  /** Types each line when the prompt is there, then leaves with Ctrl-D. */
  async function session(
    lines: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Screen> {
    const dialogue: Dialogue = [...lines.map((line) => [prompt, `${line}\r`] as const), [prompt, "\u0004"]];
    const { code, screen } = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, ...env }, dialogue);
    return { code, screen: env["NO_COLOR"] === undefined ? screen : seen(screen) };
  }

  test("databases have their names, values are awaited, rows print as a table, an error as one sentence; Ctrl-D leaves", async () => {
    const { code, screen } = await session(
      [
        "lab.getTableNames()",
        'const found = await redshift.execute("SELECT * FROM events ORDER BY 1")',
        "found",
        "days(2)",
        "made instanceof Redshift",
        'redshift.tableDefinition("evnts")',
        "nothing.here",
        "_error.name",
      ],
      { NO_COLOR: "1" },
    );
    expect(code).toBe(0);
    expect(screen).toContain("At hand: lab, made, redshift, and every export of shiftmanager.");
    expect(screen).toContain("[ 'events' ]\n");
    expect(screen).toContain(
      "event_id  kind\n--------  ------\n       1  login\n      20  logout\n(2 rows)\n",
    );
    expect(screen).toContain("\n172800\n");
    expect(screen).toContain("\ntrue\n");
    expect(screen).toMatch(/\nerror: .*"evnts".*did you mean "events"\?\n/);
    expect(screen).toContain("\nerror: ReferenceError: nothing is not defined\n");
    expect(screen).toContain("\n'ReferenceError'\n");
    expect(screen).not.toMatch(/Uncaught|^ +at /m);
  });

  test("a batch prints as its SQL, in colour unless NO_COLOR says otherwise", async () => {
    const create = 'redshift.createUser("chad", "Hunter2Hunter2")';
    const { screen } = await session([create]);
    expect(screen).toContain("\u001b[34mCREATE\u001b[0m \u001b[34mUSER\u001b[0m chad");
    const plain = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, NO_COLOR: "1" }, [
      [prompt, `${create}\r`],
      [prompt, "\u0004"],
    ]);
    expect(plain.screen).toContain("CREATE USER chad\r\n  PASSWORD <secret>");
    expect(plain.screen).not.toMatch(/\u001b\[\d*m/);
  });

  test("Tab completes members, tables, and the columns of the tables that the line names", async () => {
    const { code, screen } = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, NO_COLOR: "1" }, [
      [prompt, "redshift.getTableN\t"],
      ["getTableNames", "().then(\t\u0003"],
      [prompt, 'lab.tableDefinition("eve\t'],
      ["events", '", { schema: "public" })\u0003'],
      [prompt, 'redshift.execute("SELECT eve\t'],
      ["events", " FROM events WHERE k\t"],
      ["kind", " IS NULL AND event_i\t"],
      ["event_id", ' IS NULL")\r'],
      [prompt, 'redshift.execute("SELECT * FROM analytics.o\t'],
      ["analytics.orders", '")\r'],
      [prompt, "\u0004"],
    ]);
    expect(code).toBe(0);
    expect(seen(screen)).toContain("order_id\n--------\n(0 rows)");
  });

  test("Ctrl-C cancels the running statement on the server, and the session stays", async () => {
    const long = "SELECT COUNT(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    const { code, screen } = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, NO_COLOR: "1" }, [
      [prompt, 'await redshift.execute("CREATE TEMPORARY TABLE mine (n INT)")\r'],
      [prompt, `console.log("it " + "runs"); await redshift.execute("${long}")\r`],
      ["it runs", "\u0003"],
      [prompt, `console.log("it " + "goes"); redshift.execute("${long}")\r`],
      ["it goes", "\u0003"],
      [prompt, 'redshift.execute("SELECT COUNT(*) AS still_here FROM mine")\r'],
      [prompt, "\u0004"],
    ]);
    expect(code).toBe(0);
    expect(seen(screen)).toContain("still_here\n----------\n         0\n");
    expect(seen(screen).match(/^error: The statement \(runs SELECT\) was stopped; .*\.$/gm)).toHaveLength(2);
  });

  test("Ctrl-C gives up waiting for what is no statement", async () => {
    const { code, screen } = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, NO_COLOR: "1" }, [
      [prompt, 'console.log("it " + "waits"); new Promise(() => {})\r'],
      ["it waits", "\u0003"],
      ["Cancelled.", "6 * 7\r"],
      ["42", "\u0004"],
    ]);
    expect(code).toBe(0);
    expect(seen(screen)).toContain("Cancelled.");
  });

  test("the lines are there again the next time, in a file for the user alone; those with a secret are not", async () => {
    await session(['"a line to keep"', 'randomPassword().length > 0 && "TopSecret123"'], { NO_COLOR: "1" });
    const file = join(home, ".shiftmanager", "history");
    const kept = await readFile(file, "utf8");
    expect(kept).toContain('"a line to keep"');
    expect(kept).not.toMatch(/TopSecret123|Hunter2/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { screen } = await runOnTerminal(["repl"], { ...sandbox.env, HOME: home, NO_COLOR: "1" }, [
      [prompt, "\u001b[A"],
      ['"a line to keep"', "\r"],
      [prompt, "\u0004"],
    ]);
    expect(seen(screen)).toContain("'a line to keep'\n");
  });

  describe("a project's code", () => {
    let project: string;

    beforeEach(async () => {
      project = await mkdtemp(join(home, "project-"));
    });

    const config = (answers: Dialogue) =>
      runOnTerminal(["config"], { HOME: home, PWD: project }, answers, project);

    test("is asked about once, and then remembered until it changes", async () => {
      const path = join(project, "shiftmanager.config.mjs");
      await writeFile(path, 'export const dev = { host: "one.example.com" };');
      const refused = await config([["Trust it", "n"]]);
      expect(refused.code).toBe(3);
      const approved = await config([["Trust it", "y"]]);
      expect([approved.code, approved.screen]).toEqual([0, expect.stringContaining("one.example.com")]);
      expect((await config([])).screen).not.toContain("Trust it");
      await writeFile(path, 'export const dev = { host: "two.example.com" };');
      expect((await config([["Trust it", "n"]])).code).toBe(3);
    });

    test("is approved with what it imports, so that a change of that asks again", async () => {
      const imported = join(project, "hosts.mjs");
      await writeFile(join(project, "shiftmanager.config.mjs"), 'export * from "./hosts.mjs"');
      await writeFile(imported, 'export const dev = { host: "one.example.com" };');
      const approved = await config([["Trust it", "y"]]);
      expect([approved.code, approved.screen]).toEqual([0, expect.stringContaining("one.example.com")]);
      await writeFile(imported, 'export const dev = { host: "two.example.com" };');
      expect((await config([["Trust it", "n"]])).code).toBe(3);
    });
  });
});

test("what is piped in runs line by line; an error makes the exit code 1", async () => {
  const env = { ...sandbox.env, HOME: home };
  const lines = ["const names = await redshift.getTableNames()", "names.length", "[{ a: 1 }]"];
  const { code, stdout } = await runCommand(["repl"], env, lines.join("\n"));
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1\na\n-\n1\n(1 row)\n" });
  const failing = await runCommand(["repl"], env, "oops\n1 + 1\n");
  expect(failing).toMatchObject({ code: 1, stdout: "error: ReferenceError: oops is not defined\n2\n" });
});

test.each(["ts", "mts", "js", "mjs"])(
  "the exports of ~/.shiftmanager.%s are at hand by name",
  async (extension) => {
    const own = await mkdtemp(join(home, "kind-"));
    await writeFile(join(own, `.shiftmanager.${extension}`), config(`the ${extension} file`));
    const { code, stdout } = await runCommand(
      ["repl"],
      { ...sandbox.env, HOME: own },
      "await lab.getTableNames()\ngreeting\n",
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\[ 'events'.* \]\n'the \w+ file'\n$/s) as string,
    });
    await rm(own, { recursive: true });
  },
);

test("--config names another file, whose exports are at hand by name", async () => {
  const file = join(home, "other.mjs");
  await writeFile(file, config("the other file"));
  const { code, stdout } = await runCommand(
    ["repl", "--config", file],
    { ...sandbox.env, HOME: home },
    'await lab.tableExists("events")\ngreeting\n',
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: "true\n'the other file'\n" });
});

function config(greeting: string): string {
  const { PGHOST, PGPORT } = sandbox.env;
  return `export const lab = { host: "${PGHOST}", port: ${PGPORT}, user: "awsuser", ssl: "disable", database: "dev", password: { env: "PGPASSWORD" } };
    export const greeting = "${greeting}";
    export const defaultProfile = "lab";`;
}
