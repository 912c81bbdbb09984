import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { OptionsError, type Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let client: S3Client;

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
  const { url, region, accessKeyId, secretAccessKey } = sandbox.s3;
  client = new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
});

afterAll(async () => {
  client?.destroy();
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

const gone = spawnSync(process.execPath, ["-e", ""]).pid;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

async function put(key: string, body = "x"): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: "sandbox", Key: key, Body: body }));
}

async function beginUpload(key: string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: "sandbox", Key: key }));
  await client.send(
    new UploadPartCommand({ Bucket: "sandbox", Key: key, UploadId, PartNumber: 1, Body: "part" }),
  );
}

function owner(heard: number, more: object = {}): string {
  return JSON.stringify({
    host: "elsewhere",
    pid: 1,
    start: minutesAgo(heard + 1),
    heartbeat: minutesAgo(heard),
    ...more,
  });
}

/** One run of each kind, and what is none. */
async function runs(): Promise<void> {
  await put("in/shiftmanager-dead/owner.json", owner(120));
  await put("in/shiftmanager-dead/data/00000.csv.gz");
  await put("in/shiftmanager-dead/manifest.json");
  await beginUpload("in/shiftmanager-dead/data/00001.csv.gz");
  await put("in/shiftmanager-killed/owner.json", owner(0, { host: hostname(), pid: gone }));
  await put("in/shiftmanager-live/owner.json", owner(0));
  await put("in/shiftmanager-live/data/00000.csv.gz");
  await beginUpload("in/shiftmanager-live/data/00001.csv.gz");
  await put("in/shiftmanager-kept/owner.json", owner(6000, { finished: minutesAgo(6000) }));
  await put("in/shiftmanager-kept/data/00000.csv.gz");
  await put("in/shiftmanager-staging/rows-0000_part_00");
  await put("in/shiftmanager-odd/owner.json", "not ours");
  await put("in/other/shiftmanager-dead/owner.json", owner(120));
  await put("in/report.csv");
  await put("inventory/shiftmanager-dead/owner.json", owner(120));
  await beginUpload("in/other.csv");
}

const untouched = [
  "in/other/shiftmanager-dead/owner.json",
  "in/report.csv",
  "in/shiftmanager-kept/data/00000.csv.gz",
  "in/shiftmanager-kept/owner.json",
  "in/shiftmanager-live/data/00000.csv.gz",
  "in/shiftmanager-live/owner.json",
  "in/shiftmanager-odd/owner.json",
  "in/shiftmanager-staging/rows-0000_part_00",
  "inventory/shiftmanager-dead/owner.json",
  "unfinished upload of in/other.csv",
  "unfinished upload of in/shiftmanager-live/data/00001.csv.gz",
];

beforeEach(() => sandbox.reset());

describe("cleanLoads", () => {
  test("tells live, finished, dead and unknown runs apart, with their open uploads, and changes nothing", async () => {
    await runs();
    const before = await s3Leftovers(sandbox);
    const found = await redshift.cleanLoads("sandbox", "in");
    expect(
      found.map(({ keyPrefix, state, objects, openUploads, removable, removed }) => [
        keyPrefix,
        state,
        objects,
        openUploads,
        removable,
        removed,
      ]),
    ).toEqual([
      ["in/shiftmanager-dead", "dead", 3, 1, true, false],
      ["in/shiftmanager-kept", "finished", 2, 0, false, false],
      ["in/shiftmanager-killed", "dead", 1, 0, false, false],
      ["in/shiftmanager-live", "live", 2, 1, false, false],
      ["in/shiftmanager-odd", "unknown", 1, 0, false, false],
      ["in/shiftmanager-staging", "unknown", 1, 0, false, false],
    ]);
    expect(found[0]?.owner).toMatchObject({ host: "elsewhere", pid: 1 });
    expect(await s3Leftovers(sandbox)).toEqual(before);
  });

  test("with execute removes dead runs that are old enough, and nothing else", async () => {
    await runs();
    const found = await redshift.cleanLoads("sandbox", "in", { execute: true });
    expect(found.filter(({ removed }) => removed).map(({ keyPrefix }) => keyPrefix)).toEqual([
      "in/shiftmanager-dead",
    ]);
    expect([...(await s3Leftovers(sandbox))].sort()).toEqual(
      [...untouched, "in/shiftmanager-killed/owner.json"].sort(),
    );
    await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 });
    expect([...(await s3Leftovers(sandbox))].sort()).toEqual(untouched);
  });

  test("gives up an upload whose run has deleted everything else", async () => {
    await beginUpload("in/shiftmanager-gone/data/00000.csv.gz");
    await beginUpload("in/shiftmanager-staging/rows-0000_part_00");
    await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 });
    expect(await s3Leftovers(sandbox)).toEqual([
      "unfinished upload of in/shiftmanager-staging/rows-0000_part_00",
    ]);
  });

  test("of an empty place is empty, and of what is no time or bucket is an error", async () => {
    expect(await redshift.cleanLoads("sandbox", "in", { execute: true })).toEqual([]);
    await expect(redshift.cleanLoads("sandbox", "in", { olderThanMs: -1 })).rejects.toThrow(OptionsError);
    await expect(redshift.cleanLoads("A", "in")).rejects.toThrow(OptionsError);
    await expect(redshift.cleanLoads("not-there", "in")).rejects.toThrow(/there is no bucket/);
  });
});

describe("a run that keeps its files", () => {
  test("says in owner.json who it was and that it has finished", async () => {
    await redshift.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (n INT)");
    const { keyPrefix } = await redshift.copyJsonToTable("sandbox", "in", [{ n: 1 }], null, "t", {
      cleanUpS3: false,
    });
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: "sandbox", Key: `${keyPrefix}/owner.json` }),
    );
    const told = JSON.parse((await Body?.transformToString()) ?? "") as Record<string, string | number>;
    expect(told).toMatchObject({ host: hostname(), pid: process.pid });
    expect(Object.keys(told)).toEqual(["host", "pid", "start", "heartbeat", "finished"]);
    for (const time of ["start", "heartbeat", "finished"]) {
      expect(told[time]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    }
    expect(await redshift.cleanLoads("sandbox", "in", { execute: true, olderThanMs: 0 })).toMatchObject([
      { keyPrefix, state: "finished", removed: false },
    ]);
  });
});

describe("shiftmanager load clean", () => {
  const clean = (...args: readonly string[]) =>
    runCommand(["load", "clean", "s3://sandbox/in", ...args], sandbox.env);

  test("lists without --execute, and asks for --yes before it removes", async () => {
    await runs();
    const before = await s3Leftovers(sandbox);
    const listed = await clean();
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.stderr).toBe("Nothing was removed; add --execute to remove 1 dead run.\n");
    expect(listed.stdout).toMatch(/^s3:\/\/sandbox\/in\/shiftmanager-dead\/ +dead +elsewhere +1 /m);
    const refused = await clean("--execute");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(
      "This destroys what is left of the run s3://sandbox/in/shiftmanager-dead/",
    );
    expect(await s3Leftovers(sandbox)).toEqual(before);
  });

  test("removes with --execute --yes, and --json says each run and a report", async () => {
    await runs();
    const { code, stdout } = await clean("--execute", "--yes", "--json", "--older-than", "0s");
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toEqual({ type: "report", runs: 6, removed: 2 });
    expect(lines.filter(({ removed }) => removed === true)).toMatchObject([
      { type: "run", keyPrefix: "in/shiftmanager-dead", state: "dead", objects: 3, openUploads: 1 },
      { type: "run", keyPrefix: "in/shiftmanager-killed", state: "dead" },
    ]);
    expect([...(await s3Leftovers(sandbox))].sort()).toEqual(untouched);
  });

  test("with nothing to remove says so, and a time that is none is an error of the command line", async () => {
    const { code, stderr } = await clean("--execute");
    expect([code, stderr]).toEqual([0, "There is nothing to remove.\n"]);
    expect((await clean("--older-than", "soon")).code).toBe(2);
  });

  test("a dead run that is too young to be removed is said to be so, with the way out", async () => {
    await put("in/shiftmanager-killed/owner.json", owner(0, { host: hostname(), pid: gone }));
    const { code, stderr } = await clean("--execute", "--yes");
    expect([code, stderr]).toEqual([
      0,
      "Nothing was removed: 1 dead run was heard of more recently than --older-than says (default 1h); give a shorter time.\n",
    ]);
  });
});
