import { gunzipSync } from "node:zlib";
import { readdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import {
  BatchError,
  ConnectionError,
  LoadError,
  OptionsError,
  StorageError,
  type Redshift,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { debian15, no15, startPostgresSource, type PostgresSource } from "./postgres-source.ts";

let sandbox: Sandbox;
const bucket = "sandbox";

beforeAll(async () => {
  sandbox = await startSandbox();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: sandbox.env.AWS_ENDPOINT_URL_S3,
    AWS_ACCESS_KEY_ID: sandbox.env.AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: sandbox.env.AWS_SECRET_ACCESS_KEY,
    AWS_REGION: sandbox.env.AWS_REGION,
  });
});

afterAll(async () => {
  await sandbox?.stop();
});

afterEach(() => sandbox.faults.clear());

async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of sandbox.s3.store.list(bucket, prefix)) keys.push(key);
  return keys;
}

const versions: readonly (readonly [name: string, bin: string | undefined, missing: string | undefined])[] = [
  ["the npm package's PostgreSQL", undefined, undefined],
  ["Debian's PostgreSQL 15", debian15, no15],
];

describe.each(versions)("from %s", (_name, bin, missing) => {
  if (missing !== undefined) {
    test("is not on this machine", ({ skip }) => skip(missing));
    return;
  }
  let source: PostgresSource;
  let redshift: Redshift;

  beforeAll(async () => {
    source = await startPostgresSource(bin);
    redshift = openRedshift(sandbox, { iamRole: "default" });
    await redshift.createPgConnection(source.options);
  });

  afterAll(async () => {
    await redshift?.close();
    await source?.stop();
  });

  async function target(columns: string): Promise<void> {
    await redshift.execute("DROP TABLE IF EXISTS t");
    await redshift.execute(`CREATE TABLE t (${columns})`);
  }

  async function rowsOf(sql = "SELECT * FROM t ORDER BY 1"): Promise<readonly object[]> {
    const [result] = await redshift.execute(sql);
    return result?.rows ?? [];
  }

  test("rows of every type arrive as they are", async () => {
    await source.run(`
      DROP TABLE IF EXISTS kinds;
      CREATE TABLE kinds (
        i2 smallint, i4 integer, i8 bigint, n numeric(20,4), f4 real, f8 double precision, b boolean,
        c char(5), v varchar(20), t text, d date, ts timestamp, tz timestamptz, tm time, ttz timetz,
        by bytea, js json, jb jsonb, arr int[], texts text[], u uuid, mood text, tzts timestamptz
      );
      INSERT INTO kinds VALUES (
        -32768, 2147483647, -9223372036854775808, 1234567890123456.7890, 0.1, 0.1, true,
        'ab', '', E'a "b", \\\\ c\\n\\td \\\\N', '2024-02-29', '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.123456+05', '23:59:59.5', '10:00:00+02',
        '\\x00ff5c', '{"a": 1.5,\n "b": "\\\\n"}', '[1, "zwölf", null]', '{1,2,NULL}', '{"a,b","\\\\\\"c"}', '12345678-1234-1234-1234-123456789012', '\\N', '2024-01-01 01:00:00+01'
      );
      INSERT INTO kinds DEFAULT VALUES`);
    await target(`
      i2 SMALLINT, i4 INTEGER, i8 BIGINT, n DECIMAL(20,4), f4 REAL, f8 DOUBLE PRECISION, b BOOLEAN,
      c CHAR(5), v VARCHAR(20), t VARCHAR(100), d DATE, ts TIMESTAMP, tz TIMESTAMPTZ, tm TIME, ttz TIMETZ,
      by VARCHAR(20), js SUPER, jb SUPER, arr SUPER, texts SUPER, u VARCHAR(36), mood VARCHAR(10), tzts TIMESTAMP`);
    const report = await redshift.copyTableToRedshift("t", bucket, "loads/", { pgTableName: "kinds" });
    expect(report).toMatchObject({ rows: 2, files: 1 });
    const [nulls, row] = await rowsOf("SELECT * FROM t ORDER BY i2 IS NOT NULL");
    expect(Object.values(nulls ?? {}).every((value) => value === null)).toBe(true);
    expect(row).toMatchObject({
      i2: -32768,
      i4: 2147483647,
      i8: "-9223372036854775808",
      n: "1234567890123456.7890",
      f4: 0.1,
      f8: 0.1,
      b: true,
      c: "ab   ",
      v: "",
      t: 'a "b", \\ c\n\td \\N',
      d: "2024-02-29",
      ts: "2024-02-29 23:59:59.123456",
      tz: "2024-02-29 18:59:59.123456+00",
      tm: "23:59:59.5",
      by: "00ff5c",
      u: "12345678-1234-1234-1234-123456789012",
      mood: "\\N",
      tzts: "2024-01-01 00:00:00",
    });
    expect(await keysUnder("loads/")).toEqual([]);
  });

  test.each([
    ["infinity", "timestamp", "'infinity'", "TIMESTAMP", /is infinite, which Redshift has no date for/],
    ["a date before the year 1", "date", "'0044-03-15 BC'", "DATE", /is before the year 1/],
    ["a year over 9999", "timestamptz", "'10001-01-01'", "TIMESTAMPTZ", /has a year over 9999/],
    ["NaN", "double precision", "'NaN'", "DOUBLE PRECISION", /is NaN, which COPY does not load/],
    ["NaN as a number", "numeric", "'NaN'", "DECIMAL(10,2)", /is not a plain number/],
    ["surplus decimals", "numeric", "1.005", "DECIMAL(10,2)", /has 3 decimals, and COPY would cut them/],
    ["too many digits", "numeric", "123456", "DECIMAL(5,0)", /has too many digits for DECIMAL\(5,0\)/],
    ["non-ASCII in CHAR", "text", "'zwölf'", "CHAR(10)", /has characters beyond ASCII/],
    ["a text too long in bytes", "text", "'zwölf'", "VARCHAR(5)", /has 6 bytes, and the column holds 5/],
    ["a whole number that overflows", "bigint", "3000000000", "INTEGER", /is outside INTEGER/],
    ["a time in a DATE", "timestamp", "'2024-01-01 10:00:00'", "DATE", /is not a DATE/],
    ["a NUL in JSON", "json", `'{"a": "\\u0000"}'`, "SUPER", /holds \\u0000/],
    ["a number that SUPER may round", "jsonb", "'[0.1234567890123456789]'", "SUPER", /which SUPER may round/],
    [
      "NULL where the target takes none",
      "integer",
      "NULL",
      "INTEGER NOT NULL",
      /is NULL, which the column does not/,
    ],
  ])(
    "%s is refused by row and column, in both formats, and nothing is left",
    async (_, sourceType, value, targetType, message) => {
      await source.run(
        `DROP TABLE IF EXISTS bad; CREATE TABLE bad (id integer PRIMARY KEY, v ${sourceType}); INSERT INTO bad VALUES (7, NULL), (8, ${value})`,
      );
      if (value === "NULL") await source.run("DELETE FROM bad WHERE id = 7; INSERT INTO bad VALUES (9, 9)");
      await target(`id INTEGER, v ${targetType}`);
      for (const format of ["csv", "json"] as const) {
        const run = redshift.copyTableToRedshift("t", bucket, "bad", { pgTableName: "bad", format });
        await expect(run).rejects.toBeInstanceOf(LoadError);
        await expect(run).rejects.toThrow(message);
        await expect(run).rejects.toThrow(/^Row id=8, column v \(.+Nothing was loaded into public\.t\.$/s);
        expect(await rowsOf()).toEqual([]);
        expect(await keysUnder("bad")).toEqual([]);
      }
    },
  );

  test("JSON loads what CSV loads", async () => {
    await target(
      "i4 INTEGER, n DECIMAL(38,4), t VARCHAR(100), jb SUPER, f8 DOUBLE PRECISION, b BOOLEAN, tz TIMESTAMP",
    );
    const pgSelectStatement = String.raw`
      SELECT * FROM (VALUES
        (1, 1234567890123456789012345678901234.5678, E'\\N', '{"n": 9007199254740993}'::json, 0.1::float8, true, timestamptz '2024-01-01 00:00+01'),
        (2, NULL, E'a\n\t\\b"', E'[1,\n 2]'::json, NULL, NULL, NULL),
        (3, 0, '', 'null'::json, 1e300::float8, false, NULL)) AS v (i4, n, t, jb, f8, b, tz)
      WHERE t <> '\;'`;
    for (const format of ["csv", "json"] as const) {
      await redshift.execute("DELETE FROM t");
      await redshift.copyTableToRedshift("t", bucket, "", { pgSelectStatement, format });
      expect(await rowsOf("SELECT i4, n, t, f8, b, tz, jb FROM t ORDER BY 1")).toMatchObject([
        {
          n: "1234567890123456789012345678901234.5678",
          t: "\\N",
          f8: 0.1,
          b: true,
          tz: "2023-12-31 23:00:00",
        },
        { n: null, t: 'a\n\t\\b"', f8: null },
        { n: "0.0000", t: "", f8: 1e300, b: false },
      ]);
    }
  });

  test("columns are matched by name, whatever their order", async () => {
    await source.run(
      `DROP TABLE IF EXISTS o; CREATE TABLE o ("B c" text, a integer); INSERT INTO o VALUES ('x', 1)`,
    );
    await target(`a INTEGER, "b c" VARCHAR(5)`);
    await redshift.copyTableToRedshift("public.t", bucket, "p", { pgTableName: "public.o" });
    expect(await rowsOf()).toEqual([{ a: 1, "b c": "x" }]);
  });

  test("columns that are missing on either side are named before anything is uploaded", async () => {
    await source.run("DROP TABLE IF EXISTS o; CREATE TABLE o (a integer, extra text, more text)");
    await target("a INTEGER, b VARCHAR(5) DEFAULT 'd'");
    const run = redshift.copyTableToRedshift("t", bucket, "p", { pgTableName: "o" });
    await expect(run).rejects.toBeInstanceOf(OptionsError);
    await expect(run).rejects.toThrow(
      'public.t has no column "extra", "more", and o has no column "b". Select matching names',
    );
    await redshift.copyTableToRedshift("t", bucket, "p", { pgTableName: "o", columns: ["a"] });
  });

  test.each([
    ["orderz", 'The source has no table or view "orderz"; did you mean orders?'],
    [
      "public.order items",
      `The source has no table or view "public.order items"; did you mean public."Order Items"?`,
    ],
    ["stock", 'The source has no table or view "stock"; did you mean depot.stock?'],
    [
      "nowhere.thing",
      'The source has no table or view "nowhere.thing"; check the name, its schema and the database.',
    ],
  ])("a table %s that the source lacks is an error that names the nearest", async (pgTableName, message) => {
    await source.run(`
      CREATE SCHEMA IF NOT EXISTS depot;
      CREATE TABLE IF NOT EXISTS depot.stock (n int);
      CREATE TABLE IF NOT EXISTS orders (n int);
      CREATE TABLE IF NOT EXISTS "Order Items" (n int);
      GRANT USAGE ON SCHEMA depot TO PUBLIC`);
    await target("n INTEGER");
    const load = redshift.copyTableToRedshift("t", bucket, "loads/", { pgTableName });
    await expect(load).rejects.toMatchObject({ code: "ERR_NOT_FOUND", message });
  });

  test("ids of an identity column are kept, or left to it", async () => {
    await source.run(
      "DROP TABLE IF EXISTS o; CREATE TABLE o (id integer, a text); INSERT INTO o VALUES (40, 'x')",
    );
    await target("id BIGINT IDENTITY(1,1), a VARCHAR(5)");
    await redshift.copyTableToRedshift("t", bucket, "p", { pgTableName: "o" });
    await redshift.copyTableToRedshift("t", bucket, "p", { pgSelectStatement: "SELECT a FROM o" });
    const rows = await rowsOf();
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({ id: "40", a: "x" });
  });

  test("files are cut between rows, and one row that is longer is a file of its own", async () => {
    await source.run(`DROP TABLE IF EXISTS o; CREATE TABLE o (a text);
      INSERT INTO o SELECT repeat('x', 30) FROM generate_series(1, 10); INSERT INTO o VALUES (repeat(E'y\n', 500))`);
    const report = await redshift.copyTableToS3(bucket, "/cut/", {
      pgTableName: "o",
      lineBytes: 100,
      format: "csv",
      compression: "gzip",
    });
    expect(report.rows).toBe(11);
    const texts = await Promise.all(report.keys.map(async (key) => gunzipSync(await object(key)).toString()));
    expect(texts.map((text) => text.length)).toEqual([99, 99, 99, 33, 1003]);
    expect(texts.join("")).toBe(`${`"${"x".repeat(30)}"\n`.repeat(10)}"${"y\n".repeat(500)}"\n`);
    expect(report.bytes).toBe((await sizes(`${report.keyPrefix}/`)).reduce((a, b) => a + b, 0));
  });

  test("JSON lines are the original's, and valid", async () => {
    const report = await redshift.copyTableToS3(bucket, "json", {
      pgSelectStatement: String.raw`SELECT 1 AS n, E'a\n\t\\"é' AS t, E'{"x":\n 1}'::json AS j, NULL AS z`,
      format: "json",
      compression: "gzip",
    });
    expect(report).toMatchObject({ rows: 1, columns: ["n", "t", "j", "z"] });
    const [key = ""] = report.keys;
    expect(key).toBe(`${report.keyPrefix}/00000.json.gz`);
    const text = gunzipSync(await object(key)).toString();
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(text)).toEqual({ n: 1, t: 'a\n\t\\"é', j: { x: 1 }, z: null });
  });

  test("temporary files never stay, and their directory may be made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
    const tempFileDir = join(folder, "deep");
    await target("n INTEGER");
    const report = await redshift.copyTableToRedshift("t", bucket, "tmp", {
      pgSelectStatement: "SELECT generate_series(1, 5000) AS n",
      tempFileDir,
      lineBytes: 10_000,
    });
    expect(report.files).toBe(3);
    expect(await rowsOf("SELECT COUNT(*) AS n, SUM(n) AS s FROM t")).toEqual([{ n: "5000", s: "12502500" }]);
    expect(await readdir(tempFileDir)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test("the delete and every COPY are one transaction, the delete first", async () => {
    await target("n INTEGER");
    await redshift.execute("INSERT INTO t VALUES (1), (2)");
    const options = {
      pgSelectStatement: "SELECT n FROM generate_series(2, 4001) AS n",
      deleteStatement: "DELETE FROM t WHERE n >= 2",
      lineBytes: 5_000,
      manifestMaxKeys: 2,
    };
    const report = await redshift.copyTableToRedshift("t", bucket, "del", options);
    expect(report.files).toBe(4);
    expect(await rowsOf("SELECT COUNT(*) AS n, SUM(n) AS s FROM t")).toEqual([{ n: "4001", s: "8006001" }]);
    sandbox.faults.add({ target: "sql", statement: "manifest-00001", action: "1018" });
    await expect(redshift.copyTableToRedshift("t", bucket, "del", options)).rejects.toBeInstanceOf(
      BatchError,
    );
    expect(await rowsOf("SELECT COUNT(*) AS n FROM t")).toEqual([{ n: "4001" }]);
    expect(await keysUnder("del")).toEqual([]);
  });

  test("zero rows still run the delete", async () => {
    await target("n INTEGER");
    await redshift.execute("INSERT INTO t VALUES (1), (2)");
    const report = await redshift.copyTableToRedshift("t", bucket, "", {
      pgSelectStatement: "SELECT 1 AS n WHERE false",
      deleteStatement: "DELETE FROM t WHERE n = 1",
    });
    expect(report).toMatchObject({ rows: 0, files: 0 });
    expect(await rowsOf()).toEqual([{ n: 2 }]);
  });

  test("commitEachManifest keeps what came before a failure, and is refused with a delete", async () => {
    await target("n INTEGER");
    const options = {
      pgSelectStatement: "SELECT generate_series(1, 2000) AS n",
      lineBytes: 5_000,
      manifestMaxKeys: 1,
      commitEachManifest: true,
    };
    sandbox.faults.add({ target: "sql", statement: "manifest-00001", action: "1018" });
    await expect(redshift.copyTableToRedshift("t", bucket, "each", options)).rejects.toThrow(
      /committed for good/,
    );
    const [kept] = await rowsOf("SELECT COUNT(*) AS n FROM t");
    expect(Number((kept as { n: string }).n)).toBeGreaterThan(0);
    await expect(
      redshift.copyTableToRedshift("t", bucket, "each", { ...options, deleteStatement: "DELETE FROM t" }),
    ).rejects.toThrow("deleteStatement and commitEachManifest exclude each other");
  });

  test("time limits that the role has for others do not end a long read", async () => {
    const { user } = source.options;
    await source.run(`ALTER ROLE "${user}" SET statement_timeout = '1s'`);
    await source.run(`ALTER ROLE "${user}" SET idle_in_transaction_session_timeout = '1s'`);
    await using limited = openRedshift(sandbox, { iamRole: "default" });
    try {
      await limited.createPgConnection(source.options);
      await target("n INTEGER");
      const pgSelectStatement = "SELECT 7 AS n FROM (SELECT pg_sleep(1.5) OFFSET 0) AS slept";
      await limited.copyTableToRedshift("t", bucket, "loads/", { pgSelectStatement });
      expect(await rowsOf()).toEqual([{ n: 7 }]);
    } finally {
      await source.run(`ALTER ROLE "${user}" RESET ALL`);
    }
  });

  test("many rows stream through", async () => {
    await target("n INTEGER, pad VARCHAR(200)");
    const report = await redshift.copyTableToRedshift("t", bucket, "many", {
      pgSelectStatement: "SELECT n, repeat('é', n % 90) AS pad FROM generate_series(1, 60000) AS n",
      lineBytes: 1_000_000,
    });
    expect(report.rows).toBe(60_000);
    expect(await rowsOf("SELECT COUNT(*) AS n, SUM(n) AS s FROM t")).toEqual([
      { n: "60000", s: "1800030000" },
    ]);
  });

  describe("trouble", () => {
    const big = {
      pgSelectStatement: "SELECT n, repeat(md5(n::text), 8) AS pad FROM generate_series(1, 60000) AS n",
    };

    beforeAll(() => target("n INTEGER, pad VARCHAR(256)"));

    async function nothingHappened(): Promise<void> {
      sandbox.faults.clear();
      expect(await rowsOf("SELECT COUNT(*) AS n FROM t")).toEqual([{ n: "0" }]);
      expect(await keysUnder("trouble")).toEqual([]);
    }

    test("the source going away leaves nothing", async () => {
      const client = await redshift.pgConnection;
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const run = redshift.copyTableToRedshift("t", bucket, "trouble", {
        pgSelectStatement: "SELECT n, pg_sleep(0.001)::text AS pad FROM generate_series(1, 60000) AS n",
      });
      const failed = expect(run).rejects.toBeInstanceOf(ConnectionError);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await source.run(`SELECT pg_terminate_backend(${rows[0]?.pid ?? 0})`);
      await failed;
      await nothingHappened();
      // The next load connects again.
      await redshift.copyTableToS3(bucket, "again", { pgSelectStatement: "SELECT 1 AS n" });
    });

    test("an error of the source half way is its own sentence", async () => {
      const run = redshift.copyTableToRedshift("t", bucket, "trouble", {
        pgSelectStatement: "SELECT n, (1 / (50000 - n))::text AS pad FROM generate_series(1, 60000) AS n",
      });
      await expect(run).rejects.toThrow(/division by zero/);
      await nothingHappened();
    });

    test("S3 refusing leaves nothing", async () => {
      sandbox.faults.add({ target: "s3", operation: "PutObject", action: "deny", after: 1, times: 100 });
      const run = redshift.copyTableToRedshift("t", bucket, "trouble", { ...big, lineBytes: 4_000_000 });
      await expect(run).rejects.toBeInstanceOf(StorageError);
      await nothingHappened();
    });

    test.each(["COPY", "COMMIT"])(
      "Redshift dropping the connection at %s leaves nothing",
      async (statement) => {
        sandbox.faults.add({ target: "sql", statement, action: "drop" });
        const run = redshift.copyTableToRedshift("t", bucket, "trouble", big);
        await expect(run).rejects.toThrow(/connection was lost/);
        await nothingHappened();
      },
    );

    test("a signal stops it, on the source as well", async () => {
      const stop = new AbortController();
      const run = redshift.copyTableToRedshift("t", bucket, "trouble", {
        pgSelectStatement: "SELECT n, pg_sleep(0.001)::text AS pad FROM generate_series(1, 60000) AS n",
        signal: stop.signal,
      });
      const failed = expect(run).rejects.toThrow("enough");
      setTimeout(() => stop.abort(new Error("enough")), 300);
      await failed;
      await nothingHappened();
      const { rows } = await source.run(
        "SELECT 1 FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'",
      );
      expect(rows).toEqual([]);
    });

    test("a table whose rows a policy hides is refused, not read in part", async () => {
      await source.run(`DROP TABLE IF EXISTS o; CREATE TABLE o (n integer, pad text); INSERT INTO o VALUES (1), (2);
        ALTER TABLE o ENABLE ROW LEVEL SECURITY; CREATE POLICY one_row ON o USING (n = 1)`);
      await expect(
        redshift.copyTableToRedshift("t", bucket, "trouble", { pgTableName: "o" }),
      ).rejects.toThrow(/row-level security/);
    });
  });
});

async function object(key: string): Promise<Buffer> {
  const url = new URL(`${sandbox.env.AWS_ENDPOINT_URL_S3}/${bucket}/${key}`);
  const { S3Client, GetObjectCommand } = await import("@aws-sdk/client-s3");
  const client = new S3Client({ forcePathStyle: true, endpoint: url.origin });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await Body?.transformToByteArray();
  client.destroy();
  return Buffer.from(bytes ?? []);
}

async function sizes(prefix: string): Promise<number[]> {
  return Promise.all((await keysUnder(prefix)).map(async (key) => (await object(key)).length));
}
