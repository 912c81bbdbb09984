import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ShiftmanagerError,
  StorageError,
  type JsonObject,
  type Redshift,
  type ShiftmanagerEvent,
} from "../../src/index.ts";
import { startExpiringS3 } from "./expiring-s3.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { s3Leftovers } from "./s3-leftovers.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

/** Each fault at several points of a load from PostgreSQL and of one of JSON. Afterwards nothing has happened, or everything once. */
let sandbox: Sandbox;
let source: PostgresSource;
let redshift: Redshift;
let disk: SmallDisk | string;
let onEvent: (event: ShiftmanagerEvent) => void = () => undefined;

type Fault = Parameters<Sandbox["faults"]["add"]>[0];

beforeAll(async () => {
  [sandbox, source, disk] = await Promise.all([startSandbox(), startPostgresSource(), mountSmallDisk()]);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", sandbox.env.AWS_ENDPOINT_URL_S3);
  redshift = open();
  await source.run("CREATE TABLE t (n INT, pad TEXT)");
  await redshift.execute("CREATE TABLE t (n INT, pad VARCHAR(2000))");
});

afterAll(async () => {
  await redshift?.close();
  await Promise.all([sandbox?.stop(), source?.stop(), typeof disk === "object" ? disk.remove() : undefined]);
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  onEvent = () => undefined;
  sandbox.faults.clear();
  await redshift.execute("DELETE FROM t; INSERT INTO t VALUES (-1, 'was here')");
  await source.run(
    `TRUNCATE t; INSERT INTO t SELECT n, string_agg(md5(n || '-' || i), '')
       FROM generate_series(1, 1500) AS n, generate_series(1, 30) AS i GROUP BY n`,
  );
});

function open(): Redshift {
  const { env } = sandbox;
  return openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
    source: source.options,
    onEvent: (event) => onEvent(event),
  });
}

const rows = 1500;

/** From PostgreSQL in four files. */
const fromPostgres = (options: { readonly tempFileDir?: string } = {}, on = redshift) =>
  on.copyTableToRedshift("t", "sandbox", "in", { pgTableName: "t", lineBytes: 400_000, ...options });

function* documents(): Generator<JsonObject> {
  for (let n = 1; n <= rows; n += 1) yield { n, pad: randomBytes(700).toString("base64") };
}

const fromJson = (options: { readonly localPath?: string } = {}, on = redshift) =>
  on.copyJsonToTable("sandbox", "in", documents(), null, "t", { slices: 4, ...options });

const loads = [
  ["copyTableToRedshift", fromPostgres],
  ["copyJsonToTable", fromJson],
] as const;

async function table(): Promise<{ readonly n: string; readonly old: string }> {
  const [result] = await redshift.execute(
    "SELECT COUNT(*)::VARCHAR AS n, SUM(CASE WHEN n = -1 THEN 1 ELSE 0 END)::VARCHAR AS old FROM t",
  );
  return result?.rows[0] as { readonly n: string; readonly old: string };
}

/** Nothing of the run is left anywhere but, where it has loaded, its rows. */
async function nothingIsLeft(loaded: number): Promise<void> {
  sandbox.faults.clear();
  expect(await table()).toEqual({ n: String(loaded + 1), old: "1" });
  expect(await s3Leftovers(sandbox)).toEqual([]);
  const open = await redshift.execute(
    "SELECT DISTINCT pid FROM svv_transactions WHERE pid <> pg_backend_pid()",
  );
  expect(open[0]?.rows).toEqual([]);
  const reading = await source.run(
    "SELECT 1 FROM pg_stat_activity WHERE usename = 'reader' AND state <> 'idle'",
  );
  expect(reading.rows).toEqual([]);
}

/** Rejects with one or two sentences, and nothing happened. */
async function failsCleanly(run: Promise<unknown>): Promise<Error> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ShiftmanagerError);
  const { message } = error as Error;
  expect(message).toMatch(/^[^\n]+[.]$/);
  await nothingIsLeft(0);
  return error as Error;
}

async function succeeds(run: Promise<{ readonly rows: number }>): Promise<void> {
  expect(await run).toMatchObject({ rows });
  await nothingIsLeft(rows);
}

describe("the connection to the source is dropped", () => {
  const drop = () =>
    source.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'");

  test.each<[string, (event: ShiftmanagerEvent) => boolean]>([
    ["before the first row", (event) => event.type === "progress" && event.rows === 0],
    ["after some", (event) => event.type === "progress" && (event.rows ?? 0) > 0],
  ])("%s: nothing was loaded", async (_, isPoint) => {
    // So many rows that the end is far away when the connection goes.
    await source.run("INSERT INTO t SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 30000) AS n");
    let dropped: Promise<unknown> | undefined;
    onEvent = (event) => {
      if (isPoint(event)) dropped ??= drop();
    };
    // The source is reached from outside of the run, which goes on meanwhile: it must wait for rows that do not come.
    const blocked = redshift.copyTableToRedshift("t", "sandbox", "in", {
      pgSelectStatement: "SELECT n, pad || pg_sleep(0.0002)::text AS pad FROM t",
      lineBytes: 400_000,
      // It would read the slow query before the first row is sent.
      check: false,
    });
    const error = await failsCleanly(blocked);
    await dropped;
    expect(error.message).toMatch(/connection was lost/);
  });

  test("when all rows are in S3: they are loaded", async () => {
    let dropped: Promise<unknown> | undefined;
    onEvent = (event) => {
      if (event.type === "statement") dropped ??= drop();
    };
    await succeeds(fromPostgres());
    await dropped;
  });
});

test("a row of the source that changes during the export: the snapshot decides", async () => {
  let changed: Promise<unknown> | undefined;
  onEvent = (event) => {
    if (event.type === "progress") {
      changed ??= source.run(
        "UPDATE t SET pad = 'changed'; DELETE FROM t WHERE n > 10; INSERT INTO t VALUES (0, '')",
      );
    }
  };
  await succeeds(fromPostgres());
  await changed;
  const [result] = await redshift.execute("SELECT COUNT(*)::INT AS n FROM t WHERE pad = 'changed' OR n = 0");
  expect(result?.rows).toEqual([{ n: 0 }]);
});

describe.each(loads)("%s", (_, load) => {
  test.each<[string, Fault, RegExp]>([
    ["before COPY", { target: "sql", statement: /^COPY/, action: "drop" }, /nothing was kept/],
    [
      "during COPY",
      { target: "sql", statement: /^COPY/, operation: "after", action: "drop" },
      /nothing was kept/,
    ],
    ["after COPY", { target: "sql", statement: "every_row_was_loaded", action: "drop" }, /nothing was kept/],
    ["before COMMIT is done", { target: "sql", statement: /^COMMIT/, action: "drop" }, /nothing was loaded/],
  ])("the connection to Redshift is dropped %s: nothing was loaded", async (_, fault, message) => {
    sandbox.faults.add(fault);
    expect((await failsCleanly(load())).message).toMatch(message);
  });

  test("the connection to Redshift is dropped after COMMIT is done: everything was loaded", async () => {
    sandbox.faults.add({ target: "sql", statement: /^COMMIT/, operation: "after", action: "drop" });
    await succeeds(load());
  });

  test.each<[string, Fault["action"], RegExp]>([
    ["500", "500", /S3 answered 500 .*also when tried again; try later/],
    ["503 SlowDown", "503", /S3 answered 503 .*also when tried again; try later/],
    ["a refusal", "deny", /access is denied; the keys or role/],
    ["a connection that is cut", "drop", /connection to S3 was lost .*also when tried again/],
  ])(
    "S3 answers with %s: once or twice is repeated unless it is final, always is an error",
    async (_, action, message) => {
      for (const key of [/owner\.json$/, /data\//, /manifest/]) {
        sandbox.faults.add({ target: "s3", operation: "PutObject", key, action, times: 100 });
        const error = await failsCleanly(load());
        expect(error).toBeInstanceOf(StorageError);
        expect(error.message).toMatch(message);
      }
      if (action === "deny") return;
      sandbox.faults.add({ target: "s3", operation: "PutObject", action, after: 1, times: 2 });
      await succeeds(load());
    },
  );

  test.each<[string, Fault]>([
    ["cut the body of a file that COPY reads", { target: "copy", key: /data/, action: "cut", times: 100 }],
    ["refuse COPY a file", { target: "copy", key: /data/, action: "deny", after: 1, times: 100 }],
    ["refuse COPY the manifest", { target: "copy", key: /manifest/, action: "deny" }],
  ])("S3 may %s: nothing was loaded", async (_, fault) => {
    sandbox.faults.add(fault);
    expect((await failsCleanly(load())).message).toMatch(/nothing was kept|Nothing was loaded/);
  });

  test("credentials expire half way: the error says so, and what could not be taken away", async () => {
    const endpoint = await startExpiringS3(sandbox.env.AWS_ENDPOINT_URL_S3 ?? "", 2);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", endpoint.url);
    const own = open();
    try {
      const error: unknown = await (load as (options: object, on: Redshift) => Promise<unknown>)(
        {},
        own,
      ).catch((reason: unknown) => reason);
      expect((error as Error).message).toMatch(
        /^Cannot write s3:\/\/sandbox\/in\/.*: the session token has expired or is not valid; renew the credentials\. What was uploaded could not be deleted and may be left under s3:\/\/sandbox\/in\/shiftmanager-\S+\/ \(Cannot delete .*\)\.$/,
      );
    } finally {
      await own.close();
      await endpoint.stop();
      vi.stubEnv("AWS_ENDPOINT_URL_S3", sandbox.env.AWS_ENDPOINT_URL_S3);
    }
    expect(await table()).toEqual({ n: "1", old: "1" });
    // What is left is known by its owner: this process.
    expect(await redshift.cleanLoads("sandbox", "in")).toMatchObject([{ owner: { pid: process.pid } }]);
    const left = (await s3Leftovers(sandbox)).filter((key) => !key.startsWith("unfinished"));
    await (await redshift.getBucket("sandbox")).delete(...left);
    await nothingIsLeft(0);
  });

  test("the disk is full where files are written: nothing was loaded, and no file stays", async ({
    skip,
  }) => {
    if (typeof disk === "string") return skip(disk);
    const run =
      load === fromPostgres ? fromPostgres({ tempFileDir: disk.path }) : fromJson({ localPath: disk.path });
    const error = await failsCleanly(run);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toMatch(/cannot be written \(ENOSPC\); make room there/);
    expect(await readdir(disk.path)).toEqual([]);
  });
});

describe("copyTableToS3", () => {
  const copy = () => redshift.copyTableToS3("sandbox", "in", { pgTableName: "t", lineBytes: 400_000 });

  test.each<Fault["action"]>(["500", "503", "deny", "drop"])(
    "leaves nothing when S3 answers with %s",
    async (action) => {
      sandbox.faults.add({ target: "s3", operation: "PutObject", key: /0000[1-9]/, action, times: 100 });
      expect(await failsCleanly(copy())).toBeInstanceOf(StorageError);
    },
  );

  test("leaves nothing when the source fails half way", async () => {
    await source.run(
      "CREATE OR REPLACE FUNCTION bad(n int) RETURNS int LANGUAGE sql AS 'SELECT 1 / (1400 - n)'",
    );
    const run = redshift.copyTableToS3("sandbox", "in", {
      pgSelectStatement: "SELECT bad(n) AS bad, pad FROM t ORDER BY n",
      lineBytes: 400_000,
    });
    expect((await failsCleanly(run)).message).toMatch(
      /^PostgreSQL refused to send the rows: division by zero \(SQLSTATE 22012\)\. Nothing was loaded/,
    );
  });
});

describe("unloadTableToS3", () => {
  const unload = (existing: "refuse" | "overwrite" | "replace") =>
    redshift.unloadTableToS3("sandbox", "out/x-", "t", { format: "csv", nullAs: "\\N", existing });

  test.each<["refuse" | "overwrite" | "replace", Fault]>([
    ["refuse", { target: "sql", statement: /^COMMIT/, action: "drop" }],
    ["overwrite", { target: "sql", statement: /^COMMIT/, action: "1018" }],
    ["replace", { target: "sql", statement: /^UNLOAD/, operation: "after", action: "drop" }],
  ])("that is rolled back names the files it left (%s, %j)", async (existing, fault) => {
    sandbox.faults.add(fault);
    await expect(unload(existing)).rejects.toThrow(
      /It left files, which are not the whole table: s3:\/\/sandbox\/out\/x-.*; delete them\.$/,
    );
    sandbox.faults.clear();
    const left = await s3Leftovers(sandbox);
    expect(left.length).toBeGreaterThan(0);
    await (await redshift.getBucket("sandbox")).delete(...left);
    await nothingIsLeft(0);
  });

  test("whose files S3 refuses leaves none", async () => {
    sandbox.faults.add({ target: "copy", action: "deny", key: /part/, times: 100 });
    expect((await failsCleanly(unload("refuse"))).message).toMatch(/nothing was kept/);
  });
});
