import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  OptionsError,
  type CopyJsonToTableOptions,
  type JsonObject,
  type Redshift,
  type ShiftmanagerEvent,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { runCommand } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let source: PostgresSource;
let redshift: Redshift;
let second: Redshift;
let events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  [sandbox, source] = await Promise.all([startSandbox(), startPostgresSource()]);
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  const open = () =>
    openRedshift(sandbox, {
      awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
      awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      region: env.AWS_REGION,
      iamRole: env.REDSHIFT_IAM_ROLE,
      source: source.options,
      onEvent: (event) => events.push(event),
    });
  redshift = open();
  second = open();
  await source.run("CREATE TABLE t (n INT, word TEXT, extra TEXT)");
});

afterAll(async () => {
  await redshift?.close();
  await second?.close();
  await Promise.all([sandbox?.stop(), source?.stop()]);
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  await redshift.execute(
    "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; DROP TABLE IF EXISTS shiftmanager_runs",
  );
  await redshift.execute(
    `CREATE TABLE t (n INT, word VARCHAR(20), extra VARCHAR(20) DEFAULT 'none');
     CREATE TABLE u (n INT, word VARCHAR(20), extra VARCHAR(20));
     INSERT INTO t VALUES (1, 'old', 'kept'), (9, 'other', 'kept')`,
  );
  await source.run("TRUNCATE t; INSERT INTO t VALUES (1, 'new', 'x'), (2, 'two', 'y')");
  events = [];
});

afterEach(async () => {
  sandbox.faults.clear();
  expect(await s3Leftovers(sandbox)).toEqual([]);
});

const documents: readonly JsonObject[] = [
  { n: 1, word: "new", extra: "x" },
  { n: 2, word: "two", extra: "y" },
];

async function rowsOf(table: string): Promise<readonly unknown[]> {
  const [result] = await redshift.execute(`SELECT n, word, extra FROM ${table} ORDER BY n, word`);
  return (result?.rows ?? []).map(({ n, word, extra }) => [n, word, extra]);
}

const json = (options: CopyJsonToTableOptions = {}, data = documents, on = redshift, table = "t") =>
  on.copyJsonToTable("sandbox", "in", data, null, table, options);

type Load = (
  options: Pick<CopyJsonToTableOptions, "runId" | "runsTable" | "mergeOn" | "columns">,
  on?: Redshift,
) => Promise<{ readonly rows: number; readonly alreadyLoaded?: { readonly rows: number } }>;

const loads: readonly (readonly [string, Load])[] = [
  [
    "copyJsonToTable",
    ({ columns, ...options }, on) =>
      json(
        options,
        columns === undefined ? documents : documents.map(({ n = null, word = null }) => ({ n, word })),
        on,
      ),
  ],
  [
    "copyTableToRedshift",
    ({ columns, ...options }, on = redshift) =>
      on.copyTableToRedshift("t", "sandbox", "in", {
        ...(columns === undefined ? { pgTableName: "t" } : { pgSelectStatement: "SELECT n, word FROM t" }),
        ...(columns === undefined ? {} : { columns }),
        ...options,
      }),
  ],
];

const old = [
  [1, "old", "kept"],
  [9, "other", "kept"],
];
const added = [
  [1, "new", "x"],
  [1, "old", "kept"],
  [2, "two", "y"],
  [9, "other", "kept"],
];

describe.each(loads)("%s", (_, load) => {
  test("with a run id that was loaded is not done again, nor uploaded", async () => {
    expect(await load({ runId: "night 1" })).toMatchObject({ rows: 2 });
    events = [];
    expect(await load({ runId: "night 1" })).toMatchObject({ rows: 0, alreadyLoaded: { rows: 2 } });
    expect(events.filter(({ type }) => type === "progress")).toEqual([]);
    expect(await rowsOf("t")).toEqual(added);
    const [ids] = await redshift.execute(
      "SELECT run_id, table_name, row_count::INT AS row_count FROM shiftmanager_runs",
    );
    expect(ids?.rows).toEqual([{ run_id: "night 1", table_name: "public.t", row_count: 2 }]);
    expect(await load({ runId: "night 2" })).toMatchObject({ rows: 2 });
  });

  test("of two runs that begin at once with one id loads once, also where the table of ids is missing", async () => {
    const both = await Promise.all([load({ runId: "x" }), load({ runId: "x" }, second)]);
    expect(both.map(({ rows }) => rows).sort()).toEqual([0, 2]);
    expect(await rowsOf("t")).toEqual(added);
  });

  test("that fails has not used its run id up", async () => {
    sandbox.faults.add({ target: "copy", action: "deny", key: /data/ });
    await expect(load({ runId: "x" })).rejects.toThrow(
      /S3 denies COPY access .*Nothing was loaded into public\.t/,
    );
    expect(await rowsOf("t")).toEqual(old);
    expect(await load({ runId: "x" })).toMatchObject({ rows: 2 });
  });

  test.each([
    ["after", added],
    ["before", old],
  ] as const)(
    "finds out from the table of ids what became of a connection lost %s COMMIT",
    async (operation, rows) => {
      // The ids' table itself is made before, so that the first COMMIT is that of the load.
      await load({ runId: "earlier" });
      await redshift.execute("DELETE FROM t; INSERT INTO t VALUES (1, 'old', 'kept'), (9, 'other', 'kept')");
      sandbox.faults.add({ target: "sql", statement: /^COMMIT/, operation, action: "drop" });
      const run = load({ runId: "x" });
      if (operation === "after") expect(await run).toMatchObject({ rows: 2 });
      else
        await expect(run).rejects.toThrow(
          /it had not been done, so nothing was loaded into public\.t: run it again/,
        );
      expect(await rowsOf("t")).toEqual(rows);
      expect(await load({ runId: "x" })).toMatchObject({ rows: operation === "after" ? 0 : 2 });
      expect(await rowsOf("t")).toEqual(added);
    },
  );

  test("merges: rows with the same key are replaced, others stay", async () => {
    for (const again of [1, 2]) {
      expect(await load({ mergeOn: ["n"] }), String(again)).toMatchObject({ rows: 2 });
      expect(await rowsOf("t")).toEqual([
        [1, "new", "x"],
        [2, "two", "y"],
        [9, "other", "kept"],
      ]);
    }
  });

  test("merges some columns: the others keep what they have, and new rows get their defaults", async () => {
    expect(await load({ mergeOn: ["n"], columns: ["n", "word"] })).toMatchObject({ rows: 2 });
    expect(await rowsOf("t")).toEqual([
      [1, "new", "kept"],
      [2, "two", "none"],
      [9, "other", "kept"],
    ]);
  });

  test("that fails while it merges leaves the table as it was, and no temporary table", async () => {
    sandbox.faults.add({ target: "sql", statement: /^INSERT INTO public\.t/, action: "1018" });
    await expect(load({ mergeOn: ["n"] })).rejects.toThrow(/nothing was kept/);
    expect(await rowsOf("t")).toEqual(old);
    const [left] = await redshift.execute("SELECT relname FROM pg_class WHERE relname LIKE 'shiftmanager%'");
    expect(left?.rows).toEqual([]);
    expect(await load({ mergeOn: ["n"], runId: "x" })).toMatchObject({ rows: 2 });
  });
});

describe("a merge", () => {
  test.each<[string, readonly JsonObject[], RegExp]>([
    ["a key that is NULL", [{ n: null, word: "a", extra: "" }], /One of the rows to load has NULL in n/],
    [
      "a key that is there twice",
      [
        { n: 5, word: "a", extra: "" },
        { n: 5, word: "b", extra: "" },
      ],
      /One key \(n\) is there more than once in the rows to load; load each once, or say which row counts \(onDuplicate\); nothing was kept/,
    ],
  ])("refuses %s", async (_, data, message) => {
    await expect(json({ mergeOn: ["n"] }, data)).rejects.toThrow(message);
    expect(await rowsOf("t")).toEqual(old);
  });

  test.each([
    ["first", "a"],
    ["last", "c"],
  ] as const)("keeps of a key that is there several times the %s", async (onDuplicate, word) => {
    const data = ["b", "c", "a"].map((text) => ({ n: 1, word: text, extra: text }));
    await json({ mergeOn: ["n"], onDuplicate, orderBy: "word" }, data);
    expect(await rowsOf("t")).toEqual([
      [1, word, word],
      [9, "other", "kept"],
    ]);
  });

  test("names a key that is not loaded before anything is uploaded", async () => {
    await expect(json({ mergeOn: ["m"] })).rejects.toThrow(OptionsError);
    expect(events.filter(({ type }) => type === "statement")).toEqual([]);
  });
});

describe("a run id", () => {
  test("belongs to one table: the same id for another is another load", async () => {
    await json({ runId: "x" });
    expect(await json({ runId: "x" }, documents, redshift, "u")).toMatchObject({ rows: 2 });
    expect(await rowsOf("u")).toHaveLength(2);
  });

  test("of no documents is used up all the same", async () => {
    expect(await json({ runId: "x" }, [])).toMatchObject({ rows: 0 });
    expect(await json({ runId: "x" })).toMatchObject({ alreadyLoaded: { rows: 0 } });
    expect(await rowsOf("t")).toEqual(old);
  });

  test("is kept in another table where one is named, and not in one that is something else", async () => {
    await json({ runId: "x", runsTable: "my_runs" });
    const [ids] = await redshift.execute("SELECT run_id FROM my_runs");
    expect(ids?.rows).toEqual([{ run_id: "x" }]);
    await redshift.execute("DROP TABLE my_runs");
    await expect(json({ runId: "x", runsTable: "u" })).rejects.toThrow(
      /public\.u is no table of run ids \(it lacks run_id, table_name, row_count, loaded_at\)/,
    );
  });

  test("and a merge do not go with manifests that are committed one by one", async () => {
    for (const more of [{ runId: "x" }, { mergeOn: ["n"] }]) {
      const run = redshift.copyTableToRedshift("t", "sandbox", "in", {
        pgTableName: "t",
        commitEachManifest: true,
        ...more,
      });
      await expect(run).rejects.toThrow(/exclude each other/);
    }
  });
});

describe("at the command line", () => {
  const load = (...args: readonly string[]) =>
    runCommand(
      ["load", "json", "-", "--table", "t", "--s3", "s3://sandbox/in", ...args],
      sandbox.env,
      '{"n": 1, "word": "new", "extra": "x"}',
    );

  test("a preview shows the table of ids and the merge, and makes nothing", async () => {
    const { code, stdout } = await load("--run-id", "night", "--merge-on", "n");
    expect(code).toBe(0);
    expect(stdout).toContain("CREATE TABLE IF NOT EXISTS public.shiftmanager_runs (");
    expect(stdout).toContain('CREATE TEMP TABLE "shiftmanager_staging_<run id>" AS');
    expect(stdout).toMatch(
      /LOCK public\.shiftmanager_runs;[^]*COPY "shiftmanager_staging_<run id>"[^]*DELETE FROM public\.t/,
    );
    expect(await redshift.tableExists("shiftmanager_runs")).toBe(false);
    expect(await rowsOf("t")).toEqual(old);
  });

  test("a merge replaces rows, so it needs --yes; a load that was done says so", async () => {
    const refused = await load("--merge-on", "n", "--execute");
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining("the rows of t that have the same n"),
    ]);
    const merged = await load("--merge-on", "n", "--run-id", "night", "--execute", "--yes");
    expect([merged.code, merged.stdout]).toEqual([
      0,
      expect.stringMatching(/^Loaded 1 row into t \(1 file, /),
    ]);
    const again = await load("--merge-on", "n", "--run-id", "night", "--execute", "--yes");
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/^night was loaded into t before, at .* \(1 row\); nothing was done\.\n$/),
    ]);
  });

  test("an option that lacks another is told by its flag", async () => {
    const { code, stderr } = await load("--merge-on", "n", "--on-duplicate", "last");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        "--on-duplicate last needs an order to tell which row that is; give --order-by.",
      ),
    ]);
  });
});
