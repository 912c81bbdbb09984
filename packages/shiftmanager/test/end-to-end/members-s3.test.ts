import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectAclCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

/** Small promises about S3 and unloads (test/proof/), each shown against the sandbox. */
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
    iamRole: "default",
  });
  await redshift.execute(`
    CREATE SCHEMA shop;
    CREATE TABLE shop.items (n INTEGER, v VARCHAR(40), f DOUBLE PRECISION, day DATE, at TIMESTAMP);
    INSERT INTO shop.items VALUES (1, 'a"b\\\\c' || CHR(1) || CHR(10) || CHR(9), 1.5, '2024-02-29', '2024-02-29 23:59:59.5'), (2, NULL, 'NaN', NULL, NULL)
  `);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await redshift?.close();
  await sandbox?.stop();
});

async function bytes(url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const key = url.replace("s3://sandbox/", "");
  for await (const chunk of await (await redshift.getBucket("sandbox")).get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("what is written goes to the endpoint that is set", async () => {
  await redshift.writeStringToS3("x", "sandbox", "endpoint/one");
  const client = await redshift.getS3Connection({ forcePathStyle: true });
  await client.send(new PutObjectCommand({ Bucket: "sandbox", Key: "endpoint/two", Body: "y" }));
  const found: string[] = [];
  for await (const { key } of sandbox.s3.store.list("sandbox", "endpoint/")) found.push(key);
  expect(found).toEqual(["endpoint/one", "endpoint/two"]);
});

test("a canned ACL goes with each way of writing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "members-s3-"));
  await writeFile(join(folder, "file"), "x");
  const options = { cannedAcl: "public-read" } as const;
  await redshift.writeDictToKey({ a: 1 }, "s3://sandbox/acl/dict", options);
  await redshift.writeFileToS3(Buffer.from("x"), "sandbox", "acl/file", options);
  await redshift.writeFilenameToS3(join(folder, "file"), "sandbox", "acl/filename", options);
  await redshift.writeStringToS3("x", "sandbox", "acl/string", options);
  await redshift.writeStringToS3("x", "sandbox", "acl/none");
  await rm(folder, { recursive: true });
  const client = await redshift.getS3Connection();
  const readable = [];
  for (const name of ["dict", "file", "filename", "string", "none"]) {
    const { Grants = [] } = await client.send(
      new GetObjectAclCommand({ Bucket: "sandbox", Key: `acl/${name}` }),
    );
    if (Grants.some(({ Permission }) => Permission === "READ")) readable.push(name);
  }
  expect(readable).toEqual(["dict", "file", "filename", "string"]);
});

describe("unloadTableToS3", () => {
  test("resolves to manifest, files, rows and bytes, as they are in S3", async () => {
    const report = await redshift.unloadTableToS3("sandbox", "report/", "shop.items");
    const { entries } = JSON.parse((await bytes(report.manifest ?? "")).toString()) as {
      entries: readonly { url: string }[];
    };
    expect(report.rows).toBe(2);
    expect(report.files.map(({ url }) => url)).toEqual(entries.map(({ url }) => url));
    const sizes = await Promise.all(report.files.map(async ({ url }) => (await bytes(url)).length));
    expect(report.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  test("JSON is valid whatever the values, and toJson false writes text in its place", async () => {
    const { files } = await redshift.unloadTableToS3("sandbox", "json/", "shop.items", { toJson: true });
    const texts = await Promise.all(files.map(async ({ url }) => gunzipSync(await bytes(url)).toString()));
    const lines = texts.join("").trim().split("\n");
    const parsed = lines.map((line) => JSON.parse(line) as { readonly n: number });
    expect(parsed.sort((a, b) => a.n - b.n)).toMatchObject([
      { n: 1, v: 'a"b\\c\u0001\n\t', f: 1.5, day: "2024-02-29", at: "2024-02-29 23:59:59.5" },
      { n: 2, v: null, day: null, at: null },
    ]);
    const text = await redshift.unloadTableToS3("sandbox", "text/", "shop.items", {
      toJson: false,
      columns: ["n", "f"],
      where: "n = 1",
    });
    expect(gunzipSync(await bytes(text.files[0]?.url ?? "")).toString()).toBe("1|1.5\n");
  });

  test("finds the table in the schema that is named", async () => {
    await expect(redshift.unloadTableToS3("sandbox", "p/", "items")).rejects.toThrow(
      'there is one in "shop"',
    );
    const report = await redshift.unloadTableToS3("sandbox", "p/", "items", { schema: "shop" });
    expect(report.rows).toBe(2);
  });

  test("options stand in place of MANIFEST, GZIP and ALLOWOVERWRITE", async () => {
    const preview = async (options?: string) =>
      String(
        await redshift.unloadTableToS3("sandbox", "p/", "shop.items", {
          execute: false,
          ...(options === undefined ? {} : { options }),
        }),
      );
    expect(await preview()).toMatch(
      /MANIFEST VERBOSE\s+GZIP\s+ALLOWOVERWRITE|MANIFEST VERBOSE GZIP ALLOWOVERWRITE/,
    );
    const own = await preview("MANIFEST PARALLEL OFF ALLOWOVERWRITE");
    expect(own).toContain("MANIFEST PARALLEL OFF ALLOWOVERWRITE");
    expect(own).not.toContain("GZIP");
    const report = await redshift.unloadTableToS3("sandbox", "own/", "shop.items", {
      options: "MANIFEST PARALLEL OFF ALLOWOVERWRITE",
    });
    expect(report.files.map(({ url }) => url)).toEqual(["s3://sandbox/own/000"]);
    expect((await bytes("own/000")).toString().split("\n")).toHaveLength(3);
    await expect(preview("GZIP; DROP TABLE shop.items")).rejects.toThrow(/options/);
  });
});
