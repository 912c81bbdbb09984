import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let source: PostgresSource;
let redshift: Redshift;

beforeAll(async () => {
  [sandbox, source] = await Promise.all([startSandbox(), startPostgresSource()]);
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
  });
  await source.run("CREATE TABLE numbers AS SELECT n FROM generate_series(0, 99) AS n");
});

afterAll(async () => {
  await redshift?.close();
  await Promise.all([sandbox?.stop(), source?.stop()]);
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  sandbox.faults.clear();
  await redshift.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (n INT)");
});

const target = ["--table", "t", "--s3", "s3://sandbox/in", "--execute"];
const loads = [
  ["load json", ["load", "json", "-", ...target]],
  ["load postgres", ["load", "postgres", "--from-table", "numbers", ...target]],
] as const;
const rows = Array.from({ length: 100 }, (_, n) => ({ n }));
const documents = rows.map((row) => `${JSON.stringify(row)}\n`).join("");

type Load = ChildProcess & { readonly told: () => string };

function start(load: readonly string[]): Load {
  const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...load], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: tmpdir(),
      SHIFTMANAGER_SOURCE_URL: source.url,
      ...sandbox.env,
    },
    stdio: ["pipe", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.on("error", () => undefined).end(documents);
  return Object.assign(child, { told: () => stderr });
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

const count = async () => {
  const [result] = await redshift.execute("SELECT COUNT(*)::INT AS n FROM t");
  return (result?.rows[0] as { readonly n: number }).n;
};

/** Runs a load up to a point that it does not get beyond. */
const points: readonly (readonly [name: string, reach: (load: readonly string[]) => Promise<Load>])[] = [
  [
    "during the upload",
    async (load) => {
      sandbox.faults.add({
        target: "s3",
        operation: "PutObject",
        key: /data\//,
        action: "slow",
        times: 1000,
      });
      const child = start(load);
      await until(async () => (await s3Leftovers(sandbox)).some((key) => key.endsWith("/owner.json")));
      return child;
    },
  ],
  [
    "during COPY",
    async (load) => {
      sandbox.faults.add({ target: "copy", action: "slow", times: 1000 });
      const child = start(load);
      await until(() => child.told().includes("[1/2]"));
      return child;
    },
  ],
];

/** The servers end the transactions of a client that is gone. */
async function untilNobodyIsThere(): Promise<void> {
  await until(async () => {
    const [open] = await redshift.execute(
      "SELECT DISTINCT pid FROM svv_transactions WHERE pid <> pg_backend_pid()",
    );
    const { rows: readers } = await source.run("SELECT FROM pg_stat_activity WHERE usename = 'reader'");
    return open?.rows.length === 0 && readers.length === 0;
  });
}

describe.each(loads)("%s", (_, load) => {
  test.each(
    points.flatMap(([name, reach]) => [
      [name, "SIGINT", 130, reach] as const,
      [name, "SIGTERM", 143, reach] as const,
    ]),
  )("%s, %s: the table is as it was, and nothing is left", async (_, signal, exitCode, reach) => {
    const child = await reach(load);
    child.kill(signal);
    expect(await once(child, "close")).toEqual([exitCode, null]);
    expect(child.told().match(/^error: .*$/gm)).toEqual([
      expect.stringMatching(/Stopped by SIG|was stopped; nothing was kept/),
    ]);
    await untilNobodyIsThere();
    expect(await count()).toBe(0);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test.each(points)(
    "%s, SIGKILL: the table is as it was, load clean removes what is left, and another run is not harmed",
    async (_, reach) => {
      const child = await reach(load);
      child.kill("SIGKILL");
      await once(child, "close");
      sandbox.faults.clear();
      const left = await s3Leftovers(sandbox);
      expect(left.some((key) => key.endsWith("/owner.json"))).toBe(true);
      await untilNobodyIsThere();
      expect(await count()).toBe(0);

      // Another run beside it loads, and takes away only what is its own.
      await redshift.copyJsonToTable("sandbox", "in", rows, null, "t");
      expect(await count()).toBe(100);
      expect(await s3Leftovers(sandbox)).toEqual(left);

      // Dead, but younger than an hour.
      const found = await redshift.cleanLoads("sandbox", "in", { execute: true });
      expect(found).toMatchObject([{ state: "dead", removed: false, owner: { pid: child.pid } }]);
      expect(await s3Leftovers(sandbox)).toEqual(left);
      await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 });
      expect(await s3Leftovers(sandbox)).toEqual([]);
      expect(await count()).toBe(100);
    },
  );
});

test("a run that lives is not taken for dead, whatever load clean is told", async () => {
  sandbox.faults.add({ target: "copy", action: "slow", times: 3 });
  const child = start(loads[0][1]);
  await until(() => child.told().includes("[1/2]"));
  const found = await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 });
  expect(found).toMatchObject([{ state: "live", removed: false, owner: { pid: child.pid } }]);
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(0);
  expect(await count()).toBe(100);
  expect(await s3Leftovers(sandbox)).toEqual([]);
});
