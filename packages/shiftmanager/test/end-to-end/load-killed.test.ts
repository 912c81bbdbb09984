import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;

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
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  sandbox.faults.clear();
  await redshift.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (n INT)");
});

const load = ["load", "json", "-", "--table", "t", "--s3", "s3://sandbox/in", "--execute"];
const rows = Array.from({ length: 100 }, (_, n) => ({ n }));
const documents = rows.map((row) => `${JSON.stringify(row)}\n`).join("");

function start(): ChildProcess & { readonly told: () => string } {
  const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...load], {
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...sandbox.env },
    stdio: ["pipe", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.on("error", () => undefined);
  return Object.assign(child, { told: () => stderr });
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

const count = async () => {
  const [result] = await redshift.execute("SELECT COUNT(*)::INT AS n FROM t");
  return (result?.rows[0] as { readonly n: number }).n;
};

describe("SIGKILL", () => {
  test.each([
    [
      "during the upload",
      async (child: ReturnType<typeof start>) => {
        sandbox.faults.add({
          target: "s3",
          operation: "PutObject",
          key: /data\//,
          action: "slow",
          times: 1000,
        });
        child.stdin?.end(documents);
        await until(async () => (await s3Leftovers(sandbox)).some((key) => key.endsWith("/owner.json")));
      },
    ],
    [
      "during COPY",
      async (child: ReturnType<typeof start>) => {
        sandbox.faults.add({ target: "copy", action: "slow", times: 1000 });
        child.stdin?.end(documents);
        await until(() => child.told().includes("[1/2]"));
      },
    ],
  ])(
    "%s: the table is as it was, load clean removes what is left, and another run is not harmed",
    async (_, reach) => {
      const child = start();
      await reach(child);
      child.kill("SIGKILL");
      await once(child, "close");
      sandbox.faults.clear();
      const left = await s3Leftovers(sandbox);
      expect(left.some((key) => key.endsWith("/owner.json"))).toBe(true);
      // The server ends the transaction of a client that is gone.
      await until(async () => {
        const [open] = await redshift.execute(
          "SELECT DISTINCT pid FROM svv_transactions WHERE pid <> pg_backend_pid()",
        );
        return open?.rows.length === 0;
      });
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
  const child = start();
  sandbox.faults.add({ target: "copy", action: "slow", times: 3 });
  child.stdin?.end(documents);
  await until(() => child.told().includes("[1/2]"));
  const found = await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 });
  expect(found).toMatchObject([{ state: "live", removed: false, owner: { pid: child.pid } }]);
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(0);
  expect(await count()).toBe(100);
  expect(await s3Leftovers(sandbox)).toEqual([]);
});
