import fc from "fast-check";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  LoadError,
  OptionsError,
  readJsonDocuments,
  type CheckJsonLoadOptions,
  type JsonObject,
  type JsonpathsOption,
  type Redshift,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
  });
  folder = await mkdtemp(join(tmpdir(), "load-check-"));
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function table(columns: string): Promise<void> {
  await redshift.execute("DROP TABLE IF EXISTS t");
  await redshift.execute(`CREATE TABLE t (${columns})`);
}

function fromText(text: string) {
  const bytes = async function* () {
    await Promise.resolve();
    yield Buffer.from(text);
  };
  return readJsonDocuments(bytes(), "file.json");
}

/** What the load itself says of the same documents; the table stays empty. */
async function loads(
  documents: readonly JsonObject[] | string,
  jsonpaths: JsonpathsOption,
  options: CheckJsonLoadOptions,
): Promise<boolean> {
  const data = typeof documents === "string" ? fromText(documents) : documents;
  try {
    await redshift.copyJsonToTable("sandbox", "c", data, jsonpaths, "t", { slices: 1, ...options });
    await redshift.execute("DELETE FROM t");
    return true;
  } catch (error) {
    if (error instanceof LoadError) return false;
    throw error;
  }
}

describe("what the check says is what COPY does", () => {
  const text = fc.oneof(
    fc.constantFrom(
      ...[
        "",
        " ",
        "12",
        "-7",
        " 8",
        "+9",
        "1.5",
        "1e3",
        "99999999999999999999",
        "x",
        "12a",
        "0x1F",
        "NaN",
        "inf",
      ],
      ...["true", "F", "yes", "maybe", "tru", "on", "2026-02-28", "2026-02-30", "2026-13-01", "31/12/2025"],
      ...["12/31/2025", "12/31/2025 10:00:00", "2026-01-01 10:00:00", "2026-01-01T10:00:00Z", "now", "soon"],
      ...["2026-01-01 25:00:00", "2026-01-01 10:00:00.123456+02", "1700000000", "1700000000000", "20260101"],
      ...[
        "0000-01-01",
        "10:00:00",
        "10:00:00+01",
        "25:00:00",
        "größe",
        "€€€€",
        "abcdef",
        "abc      ",
        "abc\t\t\t\t",
      ],
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc
      .date({ noInvalidDate: true, min: new Date("0001-01-02"), max: new Date("9999-12-30") })
      .map((date) => date.toISOString()),
    fc.integer().map(String),
  );
  const value = fc.oneof(
    { weight: 3, arbitrary: text },
    {
      weight: 2,
      arbitrary: fc.oneof(
        fc.integer(),
        fc.integer({ min: -300, max: 300 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
    },
    fc.constantFrom(null, true, false, 0, 1),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const types = [
    ...[
      "SMALLINT",
      "INTEGER",
      "BIGINT NOT NULL",
      "DECIMAL(6,2)",
      "DECIMAL(38,10)",
      "REAL",
      "DOUBLE PRECISION",
    ],
    ...[
      "BOOLEAN",
      "CHAR(4)",
      "VARCHAR(6)",
      "VARCHAR(6) NOT NULL",
      "DATE",
      "TIMESTAMP",
      "TIMESTAMPTZ",
      "TIME",
      "TIMETZ",
    ],
    "SUPER",
  ];
  const conversions = fc.record(
    {
      timeformat: fc.constantFrom("auto", "epochsecs", "epochmillisecs", "DD/MM/YYYY HH24:MI:SS"),
      dateformat: fc.constantFrom("auto", "DD/MM/YYYY", "YYYY-MM-DD"),
      acceptanydate: fc.boolean(),
      truncatecolumns: fc.boolean(),
      trimblanks: fc.boolean(),
      blanksasnull: fc.boolean(),
      emptyasnull: fc.boolean(),
      roundec: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  async function agrees(
    documents: readonly JsonObject[] | string,
    jsonpaths: JsonpathsOption,
    options: CheckJsonLoadOptions,
  ): Promise<void> {
    const data = typeof documents === "string" ? fromText(documents) : documents;
    const report = await redshift.checkJsonLoad(data, jsonpaths, "t", options);
    // What is in doubt no source settles, so the sandbox may do either.
    if (report.passes && report.doubts.length > 0) return;
    const loaded = await loads(documents, jsonpaths, options);
    expect({ loaded, failures: report.failures }).toEqual(
      report.passes ? { loaded: true, failures: [] } : { loaded: false, failures: report.failures },
    );
  }

  test.each(types)(
    "of any value for a %s",
    async (type) => {
      await table(`c ${type}`);
      await fc.assert(
        fc.asyncProperty(value, conversions, async (c, options) => {
          await agrees([{ c }], null, options);
        }),
        { numRuns: 25 },
      );
    },
    120_000,
  );

  test("of any documents for a table, by generated paths, by name and by own paths", async () => {
    await table("a INTEGER NOT NULL, b VARCHAR(4), c DATE, d SUPER");
    const document = fc.record(
      { a: fc.oneof(fc.integer(), value), b: text, c: text, d: fc.jsonValue(), e: value },
      { requiredKeys: ["a"] },
    ) as fc.Arbitrary<JsonObject>;
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<JsonpathsOption>(null, "auto", "auto ignorecase", {
          jsonpaths: ["$.a", "$.b", "$.c", "$.d[0]"],
        }),
        fc.boolean(),
        async (documents, jsonpaths, asFile) => {
          const given = asFile ? documents.map((one) => JSON.stringify(one, null, 1)).join("\n") : documents;
          await agrees(given, jsonpaths, {});
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  test.each<[string, string, JsonpathsOption]>([
    ["a column that nothing fills", '{"b":"x"}', null],
    ["text that is no JSON", '{"a":1,}', "auto"],
    ["text that is no JSON", '{"a":01}', "auto"],
    ["a key twice", '{"a":1,"a":2}', null],
    ["NUL", '{"a":1,"b":"x\\u0000"}', "auto"],
    ["half a surrogate pair", '{"a":1,"b":"\\ud800"}', "auto"],
    ["a key that has no column", '{"a":1,"zz":2}', null],
    ["a key that comes late", '{"a":1}\n{"a":1,"b":"x"}', null],
    ["a file that is cut off", '{"a":1}\n{"a":', null],
  ])("%s: %s", async (_, documents, jsonpaths) => {
    await table("a INTEGER NOT NULL, b VARCHAR(4)");
    const report = await redshift.checkJsonLoad(fromText(documents), jsonpaths, "t");
    expect(report.passes).toBe(false);
    expect(await loads(documents, jsonpaths, {})).toBe(false);
  });
});

describe("the report", () => {
  test("counts each kind of failure, names the first places, and says what mends it", async () => {
    await table("id BIGINT NOT NULL, v VARCHAR(5), ts TIMESTAMP");
    const lines = [
      '{"id":1,"v":"fine","ts":"2026-01-01 00:00:00"}',
      '{"id":"2x","v":"much too long","ts":1700000000000}',
      '{"id":null,"v":"ööööö","ts":1700000000000}',
      ...Array.from({ length: 7 }, (_, i) => `{"id":${i},"v":"longer","ts":null}`),
    ];
    const report = await redshift.checkJsonLoad(fromText(lines.join("\n")), null, "t");
    expect(report).toMatchObject({ passes: false, rows: 10, failedRows: 9, complete: true, doubts: [] });
    const kinds = report.failures.map(({ column, code, rows, line, value }) => ({
      column,
      code,
      rows,
      line,
      value,
    }));
    expect(kinds.sort((a, b) => (a.code ?? 0) - (b.code ?? 0))).toEqual([
      { column: "v", code: 1204, rows: 9, line: 2, value: "much too long" },
      { column: "ts", code: 1206, rows: 2, line: 2, value: "1700000000000" },
      { column: "id", code: 1207, rows: 1, line: 2, value: "2x" },
      { column: "id", code: 1213, rows: 1, line: 3, value: undefined },
    ]);
    const long = report.failures.find(({ code }) => code === 1204);
    expect(long?.places).toHaveLength(5);
    expect(long?.worded()).toBe(
      'file.json, line 2, column v (VARCHAR(5)): "much too long" ("much »too long«"): has 13 bytes where the column holds 5, as in 9 rows; widen the column (ALTER TABLE public.t ALTER COLUMN v TYPE VARCHAR(13), the longest value\'s bytes) or shorten the value.',
    );
    const format = report.failures.find(({ code }) => code === 1206);
    expect(format?.mend).toBe('say how the values are written (timeformat: "epochmillisecs").');
  });

  test("what COPY would change or leave out is in doubt, and passes", async () => {
    await table("n DECIMAL(5,1)");
    const report = await redshift.checkJsonLoad([{ n: 1.25, other: 1 }], "auto", "t");
    expect(report.passes).toBe(true);
    expect(report.doubts.map(({ column, reason }) => ({ column, reason }))).toEqual([
      { column: "n", reason: "has 2 decimals, which COPY cuts to 1" },
      { column: "other", reason: "is no column that is loaded, so COPY leaves the key out" },
    ]);
  });

  test("uploads nothing and leaves the table as it was; the source is closed also when the table is not there", async () => {
    await table("n INT");
    expect(await redshift.checkJsonLoad([{ n: 1 }], null, "t")).toMatchObject({ passes: true, rows: 1 });
    expect(await s3Leftovers(sandbox)).toEqual([]);
    expect((await redshift.execute("SELECT * FROM t"))[0]?.rows).toEqual([]);
    let closed = false;
    const source = (function* () {
      try {
        yield { n: 1 };
      } finally {
        closed = true;
      }
    })();
    source.next();
    await expect(redshift.checkJsonLoad(source, null, "nowhere")).rejects.toThrow(/nowhere/);
    expect(closed).toBe(true);
  });

  test.each<[readonly string[], RegExp]>([
    [["$.a", "$.*"], /"\$\.\*" is no path that COPY takes/],
    [["$.a", "$['b']"], /mix bracket notation .* and dot notation/],
  ])("paths that COPY refuses are an OptionsError: %j", async (paths, message) => {
    await table("a INT, b INT");
    const check = redshift.checkJsonLoad([{ a: 1 }], { jsonpaths: paths }, "t");
    await expect(check).rejects.toBeInstanceOf(OptionsError);
    await expect(check).rejects.toThrow(message);
  });

  test("a signal stops it", async () => {
    await table("n INT");
    const stop = new AbortController();
    const endless = (async function* () {
      for (;;) {
        yield { n: 1 };
        stop.abort(new Error("enough"));
        await Promise.resolve();
      }
    })();
    await expect(redshift.checkJsonLoad(endless, null, "t", { signal: stop.signal })).rejects.toThrow(
      "enough",
    );
  });
});

describe("load check", () => {
  const check = (args: readonly string[], input = "") =>
    runCommand(["load", "check", ...args, "--table", "t"], sandbox.env, input);

  test("exits with 0 or 1, says what mends it by its flags, and changes nothing", async () => {
    await table("id BIGINT, ts TIMESTAMP");
    const file = join(folder, "events.json.gz");
    await writeFile(file, gzipSync('{"id":1,"ts":1700000000}\n{"id":2,"ts":1700000001}\n'));
    const failing = await check([file]);
    expect(failing).toMatchObject({ code: 1 });
    expect(failing.stdout).toBe(
      `${file}, line 1, column ts (TIMESTAMP): "1700000000": is a count of seconds or milliseconds, which 'auto' does not read, as in 2 rows; say how the values are written (--timeformat epochsecs). Also: ${file}:2.\n`,
    );
    expect(failing.stderr).toContain("error: 2 of 2 documents would fail, and with them the whole load.");
    const passing = await check([file, "--timeformat", "epochsecs"]);
    expect(passing).toMatchObject({ code: 0, stdout: "2 documents would load into t.\n" });
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("reads stdin and objects in S3, and prints one JSON value a line with --json", async () => {
    await table("id BIGINT");
    const { code, stdout } = await check(["-", "--json"], '{"id":1}\n{"id":"x"}\n');
    expect(code).toBe(1);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ type }) => type === "failure")).toEqual([
      expect.objectContaining({
        file: "stdin",
        line: 2,
        column: "id",
        rows: 1,
        places: [{ file: "stdin", line: 2 }],
      }),
    ]);
    expect(lines.find(({ type }) => type === "report")).toEqual({
      type: "report",
      passes: false,
      rows: 2,
      failedRows: 1,
      complete: true,
    });
    await redshift.writeStringToS3('{"id":7}\n', "sandbox", "in/events.json");
    try {
      expect(await check(["s3://sandbox/in/events.json"])).toMatchObject({
        code: 0,
        stdout: "1 document would load into t.\n",
      });
      expect((await check(["s3://sandbox/in/none.json"])).stderr).toContain("there is no such object");
    } finally {
      await (await redshift.getBucket("sandbox")).delete("in/events.json");
    }
  });
});
