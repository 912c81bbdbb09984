import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import {
  ConnectionError,
  OptionsError,
  StorageError,
  type CopyTableToS3Report,
  type Redshift,
  type ShiftmanagerEvent,
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

const hasZstd = "createZstdCompress" in zlib;

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
  const events: ShiftmanagerEvent[] = [];

  beforeAll(async () => {
    source = await startPostgresSource(bin);
    await source.run("CREATE SCHEMA parts");
    redshift = openRedshift(sandbox, { iamRole: "default", onEvent: (event) => events.push(event) });
    await redshift.createPgConnection(source.options);
  });

  beforeEach(() => {
    events.length = 0;
  });

  afterAll(async () => {
    await redshift?.close();
    await source?.stop();
  });

  async function object(key: string): Promise<Buffer> {
    const found = await redshift.getBucket(bucket);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await found.get(key)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function texts({ keys }: CopyTableToS3Report): Promise<string[]> {
    return Promise.all(
      keys.map(async (key) =>
        (key.endsWith(".gz") ? zlib.gunzipSync(await object(key)) : await object(key)).toString(),
      ),
    );
  }

  /** First columns of all rows, in order. */
  async function ids(report: CopyTableToS3Report): Promise<number[]> {
    const lines = (await texts(report)).join("").split("\n").slice(0, -1);
    return lines.map((line) => Number(line.split(",")[0])).sort((a, b) => a - b);
  }

  function reading() {
    return events.find((event) => event.type === "reading");
  }

  function warnings(): string[] {
    return events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  }

  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

  test("a table becomes files of about equal size, as many as a multiple of the slices", async () => {
    await source.run(`DROP TABLE IF EXISTS big; CREATE TABLE big AS
      SELECT i AS id, md5(i::text) || md5((i * 7)::text) AS pad FROM generate_series(1, 150000) AS i`);
    const report = await redshift.copyTableToS3(bucket, "big", {
      pgTableName: "big",
      sessions: 3,
      slices: 3,
      compression: "gzip",
    });
    expect(reading()).toMatchObject({ source: "big", sessions: 3, ranges: report.keys.length });
    const { bytesIn = 0, totalBytesIn = 0 } = events.findLast((event) => event.type === "progress") ?? {};
    // How long the rest takes is reckoned from it.
    expect(totalBytesIn / bytesIn).toBeCloseTo(1, 1);
    expect(report.rows).toBe(150_000);
    expect(report.keys.length % 3).toBe(0);
    const sizes = await Promise.all(report.keys.map(async (key) => (await object(key)).length));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(report.bytes);
    expect(Math.min(...sizes)).toBeGreaterThan(1_000_000);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.3);
    expect(await ids(report)).toEqual(upTo(150_000));
  });

  test.each([
    ["no pages", "CREATE TABLE o (id int, pad text)", 0],
    ["one page", "CREATE TABLE o AS SELECT i AS id, 'x' AS pad FROM generate_series(1, 20) AS i", 20],
    [
      "pages of dead rows",
      `CREATE TABLE o AS SELECT i - 40000 AS id, repeat('x', 50) AS pad FROM generate_series(1, 50000) AS i;
       DELETE FROM o WHERE id < 1`,
      10_000,
    ],
    [
      "pages given back at its end",
      `CREATE TABLE o AS SELECT i AS id, repeat('x', 50) AS pad FROM generate_series(1, 30000) AS i; ANALYZE o;
       DELETE FROM o WHERE id > 5000`,
      5000,
    ],
    [
      "rows that PostgreSQL has not counted",
      `CREATE TABLE o AS SELECT i AS id, 'x' AS pad FROM generate_series(1, 10) AS i; ANALYZE o;
       INSERT INTO o SELECT i, repeat('x', 50) FROM generate_series(11, 30000) AS i`,
      30_000,
    ],
    [
      "values stored out of line",
      `CREATE TABLE o (id int, pad text); ALTER TABLE o ALTER COLUMN pad SET STORAGE EXTERNAL;
       INSERT INTO o SELECT i, repeat('x', 20000) FROM generate_series(1, 600) AS i`,
      600,
    ],
    [
      "children of its own",
      `CREATE TABLE o (id int, pad text); INSERT INTO o SELECT i, 'parent' FROM generate_series(1, 500) AS i;
       CREATE TABLE parts.child (extra int) INHERITS (o);
       INSERT INTO parts.child SELECT i, repeat('child', 20), 0 FROM generate_series(501, 20000) AS i`,
      20_000,
    ],
    [
      "partitions of several levels",
      `CREATE TABLE o (id int, pad text) PARTITION BY RANGE (id);
       CREATE TABLE parts.low PARTITION OF o FOR VALUES FROM (0) TO (1000);
       CREATE TABLE parts.high PARTITION OF o FOR VALUES FROM (1000) TO (100000) PARTITION BY HASH (id);
       CREATE TABLE parts.even PARTITION OF parts.high FOR VALUES WITH (MODULUS 2, REMAINDER 0);
       CREATE TABLE parts.odd PARTITION OF parts.high FOR VALUES WITH (MODULUS 2, REMAINDER 1);
       INSERT INTO o SELECT i, repeat('x', 60) FROM generate_series(1, 20000) AS i`,
      20_000,
    ],
  ])("every row of a table with %s arrives once", async (_, sql, count) => {
    await source.run(`DROP TABLE IF EXISTS o CASCADE; ${sql}`);
    for (const options of [{ sessions: 3 }, { sessions: 3, lineBytes: 50_000 }, { sessions: 1 }]) {
      const report = await redshift.copyTableToS3(bucket, "rows", {
        pgTableName: "o",
        compression: "none",
        ...options,
      });
      expect(await ids(report)).toEqual(upTo(count));
      expect(report.rows).toBe(count);
      expect((await texts(report)).every((text) => text !== "")).toBe(true);
    }
  });

  test.each([
    ["a view", "CREATE VIEW o2 AS SELECT id, pad FROM o"],
    ["a view of several tables", "CREATE VIEW o2 AS SELECT id, pad FROM o UNION ALL SELECT 501, 'x'"],
  ])("%s is read by one statement", async (_, sql) => {
    await source.run(`DROP TABLE IF EXISTS o CASCADE; CREATE TABLE o AS
      SELECT i AS id, repeat('x', 50) AS pad FROM generate_series(1, 500) AS i; ${sql}`);
    const report = await redshift.copyTableToS3(bucket, "view", { pgTableName: "o2", sessions: 3 });
    expect(reading()).toEqual({ type: "reading", source: "o2", sessions: 1 });
    expect(report.rows).toBe(sql.includes("UNION") ? 501 : 500);
  });

  test("a materialized view is read like a table", async () => {
    await source.run(`DROP TABLE IF EXISTS o CASCADE; CREATE TABLE o AS SELECT generate_series(1, 5000) AS id;
      CREATE MATERIALIZED VIEW o3 AS SELECT id FROM o`);
    const report = await redshift.copyTableToS3(bucket, "mv", {
      pgTableName: "o3",
      sessions: 2,
      compression: "none",
    });
    expect(reading()).toMatchObject({ sessions: 2 });
    expect(await ids(report)).toEqual(upTo(5000));
  });

  test("a query's rows are dealt to several files, so that they are compressed in parallel", async () => {
    const report = await redshift.copyTableToS3(bucket, "query", {
      pgSelectStatement:
        "SELECT i AS id, md5(i::text) || md5((i * 7)::text) AS pad FROM generate_series(1, 150000) AS i",
      slices: 3,
      compression: "gzip",
    });
    expect(report.keys).toHaveLength(3);
    const sizes = await Promise.all(report.keys.map(async (key) => (await object(key)).length));
    expect(Math.min(...sizes)).toBeGreaterThan(1_000_000);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.5);
    expect(await ids(report)).toEqual(upTo(150_000));
  });

  test("all sessions see one moment, whoever writes meanwhile", async () => {
    await source.run(`DROP TABLE IF EXISTS o CASCADE; CREATE TABLE o AS
      SELECT i AS id, 1000 AS amount, repeat('x', 100) AS pad FROM generate_series(1, 40000) AS i;
      CREATE INDEX ON o (id)`);
    let writing = true;
    let moves = 0;
    const writer = (async () => {
      for (; writing; moves += 1) {
        // From one end of the table to the other, with new versions of both rows at its very end.
        await source.run(`BEGIN; UPDATE o SET amount = amount - 1 WHERE id = ${1 + (moves % 1000)};
          UPDATE o SET amount = amount + 1 WHERE id = ${40000 - (moves % 1000)};
          INSERT INTO o VALUES (${50_000 + moves}, 7, ''); DELETE FROM o WHERE id = ${49_999 + moves}; COMMIT`);
      }
    })();
    for (let round = 0; round < 2; round += 1) {
      const report = await redshift.copyTableToS3(bucket, "moment", {
        pgTableName: "o",
        sessions: 4,
        lineBytes: 200_000,
        compression: "none",
      });
      const rows = (await texts(report))
        .join("")
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(","));
      const accounts = rows.filter(([id]) => Number(id) <= 40_000);
      expect(new Set(accounts.map(([id]) => id)).size).toBe(40_000);
      expect(accounts).toHaveLength(40_000);
      expect(accounts.reduce((sum, [, amount]) => sum + Number(amount), 0)).toBe(40_000_000);
      expect(rows.length - accounts.length).toBeLessThanOrEqual(1);
    }
    writing = false;
    await writer;
    expect(moves).toBeGreaterThan(3);
  });

  describe("a table of some size", () => {
    beforeAll(() =>
      source.run(`DROP TABLE IF EXISTS heavy; CREATE TABLE heavy AS
        SELECT i AS id, md5(i::text) || md5((i * 7)::text) AS pad FROM generate_series(1, 200000) AS i`),
    );

    test("is read by several sessions unasked, and loaded", async () => {
      await redshift.execute("DROP TABLE IF EXISTS heavy");
      await redshift.execute("CREATE TABLE heavy (id INTEGER, pad VARCHAR(64))");
      const report = await redshift.copyTableToRedshift("heavy", bucket, "heavy", { pgTableName: "heavy" });
      expect(report.rows).toBe(200_000);
      const sessions = reading()?.sessions ?? 0;
      expect(sessions).toBeGreaterThanOrEqual(2);
      expect(sessions).toBeLessThanOrEqual(4);
      const [loaded] = await redshift.execute("SELECT COUNT(*) AS n, SUM(id) AS s FROM heavy");
      expect(loaded?.rows).toEqual([{ n: "200000", s: "20000100000" }]);
      expect(await keysUnder("heavy")).toEqual([]);
    });

    test("that one session fails to read is not exported at all", async () => {
      sandbox.faults.add({ target: "s3", operation: "PutObject", action: "slow", times: 100 });
      const run = redshift.copyTableToS3(bucket, "torn", { pgTableName: "heavy", sessions: 3 });
      const failed = expect(run).rejects.toBeInstanceOf(ConnectionError);
      const reader = "usename = 'reader' AND query LIKE 'COPY%'";
      for (let active = 0; active < 2;) {
        const { rows } = await source.run(`SELECT COUNT(*) AS n FROM pg_stat_activity WHERE ${reader}`);
        active = Number((rows[0] as { n: string }).n);
      }
      await source.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${reader} ORDER BY backend_start DESC LIMIT 1`,
      );
      await failed;
      sandbox.faults.clear();
      expect(await keysUnder("torn")).toEqual([]);
      const { rows } = await source.run(
        "SELECT 1 FROM pg_stat_activity WHERE usename = 'reader' AND state <> 'idle'",
      );
      expect(rows).toEqual([]);
      // The next run has all its sessions again.
      const again = await redshift.copyTableToS3(bucket, "whole", { pgTableName: "heavy", sessions: 3 });
      expect(again.rows).toBe(200_000);
    });

    test("stays where it is when S3 refuses one of its files", async () => {
      sandbox.faults.add({ target: "s3", operation: "PutObject", action: "deny", after: 1, times: 100 });
      const run = redshift.copyTableToS3(bucket, "refused", { pgTableName: "heavy", sessions: 2, slices: 4 });
      await expect(run).rejects.toBeInstanceOf(StorageError);
      sandbox.faults.clear();
      expect(await keysUnder("refused")).toEqual([]);
    });

    test("a signal stops every session", async () => {
      const stop = new AbortController();
      const run = redshift.copyTableToS3(bucket, "stopped", {
        pgTableName: "heavy",
        sessions: 3,
        signal: stop.signal,
      });
      const failed = expect(run).rejects.toThrow("enough");
      while (reading() === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
      stop.abort(new Error("enough"));
      await failed;
      expect(await keysUnder("stopped")).toEqual([]);
      const { rows } = await source.run(
        "SELECT 1 FROM pg_stat_activity WHERE usename = 'reader' AND state <> 'idle'",
      );
      expect(rows).toEqual([]);
    });

    test("JSON lines come out of several sessions too", async () => {
      const report = await redshift.copyTableToS3(bucket, "lines", {
        pgTableName: "heavy",
        sessions: 2,
        format: "json",
        compression: "gzip",
      });
      const lines = (await texts(report)).join("").split("\n").slice(0, -1);
      const found = lines.map((line) => (JSON.parse(line) as { id: number }).id).sort((a, b) => a - b);
      expect(found).toEqual(upTo(200_000));
    });

    test("one session reads it where the server exports no snapshot, and says so", async () => {
      await source.run("REVOKE EXECUTE ON FUNCTION pg_export_snapshot() FROM PUBLIC");
      const report = await redshift.copyTableToS3(bucket, "alone", { pgTableName: "heavy", sessions: 3 });
      await source.run("GRANT EXECUTE ON FUNCTION pg_export_snapshot() TO PUBLIC");
      expect(report.rows).toBe(200_000);
      expect(reading()).toMatchObject({ sessions: 1 });
      expect(warnings()).toEqual([expect.stringMatching(/^One session reads the source.+permission denied/)]);
    });

    test("fewer sessions read it where the server lets no more in, and a warning says so", async () => {
      const own = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
      try {
        await source.run("CREATE ROLE narrow LOGIN PASSWORD 'narrow' CONNECTION LIMIT 2 IN ROLE reader");
        await own.createPgConnection({ ...source.options, user: "narrow", password: "narrow" });
        const report = await own.copyTableToS3(bucket, "narrow", { pgTableName: "heavy", sessions: 4 });
        expect(report.rows).toBe(200_000);
        expect(reading()).toMatchObject({ sessions: 2 });
        expect(warnings()).toEqual([expect.stringMatching(/^Fewer sessions read.+too many connections/)]);
      } finally {
        await own.close();
        await source.run("DROP ROLE narrow");
      }
    });

    test("a temporary table is read by the session that has it", async () => {
      await redshift.pgExecuteAndCommitSingleStatement("SELECT 1");
      const client = await redshift.pgConnection;
      await source.run("GRANT TEMPORARY ON DATABASE shop TO reader");
      await client.query("CREATE TEMPORARY TABLE mine AS SELECT id, pad FROM heavy");
      const report = await redshift.copyTableToS3(bucket, "mine", { pgTableName: "mine", sessions: 3 });
      expect(report.rows).toBe(200_000);
      expect(reading()).toMatchObject({ sessions: 1 });
    });
  });

  test.each(["gzip", "zstd", "none"] as const)("files packed by %s are loaded", async (compression) => {
    await redshift.execute("DROP TABLE IF EXISTS packed");
    await redshift.execute("CREATE TABLE packed (id INTEGER, note VARCHAR(20))");
    const run = redshift.copyTableToRedshift("packed", bucket, "packed", {
      pgSelectStatement: "SELECT 1 AS id, 'a,\"b\n' AS note",
      compression,
      cleanupS3: false,
    });
    if (compression === "zstd" && !hasZstd) {
      await expect(run).rejects.toThrow(/^Node .+ has no zstd .+ choose compression: "gzip"/);
      return;
    }
    const { keys } = await run;
    expect(keys[0]).toMatch({ gzip: /\.csv\.gz$/, zstd: /\.csv\.zst$/, none: /\.csv$/ }[compression]);
    const [loaded] = await redshift.execute("SELECT * FROM packed");
    expect(loaded?.rows).toEqual([{ id: 1, note: 'a,"b\n' }]);
  });

  test("options that can never work are refused before anything is read", async () => {
    const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ sessions: 0 }, /^sessions must be a whole number from 1 to 64, not 0/],
      [{ slices: 1.5 }, /^slices must be a whole number from 1 to 10,000, not 1.5/],
      [{ lineBytes: -1 }, /^lineBytes must be a whole number from 1, not -1/],
      [{ compression: "lzo" }, /was given "lzo" for compression; give one of zstd, gzip, none/],
    ];
    for (const [wrong, message] of refused) {
      const run = redshift.copyTableToS3(bucket, "x", { pgTableName: "heavy", ...wrong });
      await expect(run).rejects.toBeInstanceOf(OptionsError);
      await expect(run).rejects.toThrow(message);
    }
  });

  test("the directory of temporary files is for its owner alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shiftmanager-test-"));
    const tempFileDir = join(folder, "deep");
    try {
      await redshift.copyTableToS3(bucket, "tmp", { pgTableName: "heavy", sessions: 2, tempFileDir });
      expect((await stat(tempFileDir)).mode & 0o777).toBe(0o700);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
