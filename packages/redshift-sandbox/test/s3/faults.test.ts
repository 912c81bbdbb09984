import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BUCKET, codeOf, start, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
beforeAll(async () => {
  s3 = await start();
});
afterAll(() => s3.close());
beforeEach(async () => {
  s3.faults.clear();
  await s3.reset();
});

const put = (Key: string, Body: string | Uint8Array = "body", attempts = 1) =>
  s3.client({ maxAttempts: attempts }).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const get = (Key: string) => s3.client().send(new GetObjectCommand({ Bucket: BUCKET, Key }));

describe("a fault", () => {
  test.each([
    ["503", "SlowDown", 503],
    ["500", "InternalError", 500],
    ["deny", "AccessDenied", 403],
  ] as const)("%s answers %s once and changes nothing", async (action, name, httpStatusCode) => {
    s3.faults.add({ target: "s3", operation: "PutObject", action });
    await expect(put("k")).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await s3.store.head(BUCKET, "k")).toBeUndefined();
    await put("k");
    expect((await s3.store.head(BUCKET, "k"))?.size).toBe(4);
  });

  test("503 twice is survived by the SDK's own retries", async () => {
    s3.faults.add({ target: "s3", operation: "PutObject", action: "503", times: 2 });
    await put("k", "body", 3);
    expect((await s3.store.head(BUCKET, "k"))?.size).toBe(4);
  });

  test("meets only the key and the operation it names, and as many as it says", async () => {
    s3.faults.add({ target: "s3", operation: "GetObject", key: /^a/, action: "deny", after: 1, times: 2 });
    await put("ab");
    await put("b");
    const codes = [];
    for (const key of ["ab", "b", "ab", "ab", "ab"]) codes.push(await codeOf(get(key)));
    expect(codes).toEqual(["none", "none", "AccessDenied", "AccessDenied", "none"]);
  });

  test("drop closes the connection without an answer", async () => {
    s3.faults.add({ target: "s3", action: "drop" });
    expect(await put("k").catch((error: unknown) => String(error))).toMatch(/ECONNRESET|socket hang up/);
    expect(await s3.store.head(BUCKET, "k")).toBeUndefined();
  });

  test("slow takes a second longer", async () => {
    await put("k");
    s3.faults.add({ target: "s3", operation: "GetObject", action: "slow" });
    const begun = performance.now();
    expect(await (await get("k")).Body?.transformToString()).toBe("body");
    expect(performance.now() - begun).toBeGreaterThan(990);
  });

  test.each([100, 3_000_000])("cut sends half of an object of %d bytes", async (size) => {
    await put("k", Buffer.alloc(size, "x"));
    s3.faults.add({ target: "s3", operation: "GetObject", action: "cut" });
    const { Body, ContentLength } = await get("k");
    expect(ContentLength).toBe(size);
    let seen = 0;
    const read = async () => {
      for await (const chunk of Body as AsyncIterable<Uint8Array>) seen += chunk.length;
    };
    await expect(read()).rejects.toThrow(/aborted|terminated|ECONNRESET/);
    expect(seen).toBe(size / 2);
  });

  test.each([100, 3_000_000])("cut takes half of an upload of %d bytes and leaves nothing", async (size) => {
    s3.faults.add({ target: "s3", operation: "PutObject", action: "cut" });
    await expect(put("k", Buffer.alloc(size, "x"))).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/);
    await expect.poll(() => readdir(join(s3.dir, "incoming"))).toEqual([]);
    expect(await s3.store.head(BUCKET, "k")).toBeUndefined();
  });

  test("cut breaks a listing and a HEAD as well", async () => {
    const client = s3.client();
    s3.faults.add({ target: "s3", action: "cut", times: 2 });
    await put("k").catch(() => undefined);
    await expect(client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).rejects.toThrow();
    await put("k");
    s3.faults.add({ target: "s3", action: "cut" });
    await expect(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "k" }))).rejects.toThrow();
  });

  test("cut at the end of a multipart upload loses the answer, not the object", async () => {
    const client = s3.client();
    const at = { Bucket: BUCKET, Key: "m" };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
    const { ETag } = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "part" }),
    );
    s3.faults.add({ target: "s3", operation: "CompleteMultipartUpload", action: "cut" });
    const complete = new CompleteMultipartUploadCommand({
      ...at,
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
    });
    await expect(client.send(complete)).rejects.toThrow();
    expect((await s3.store.head(BUCKET, "m"))?.size).toBe(4);
  });

  test("that belongs to SQL is refused by name", async () => {
    s3.faults.add({ target: "s3", action: "1023" });
    await expect(put("k")).rejects.toMatchObject({
      name: "NotImplemented",
      message: "redshift-sandbox does not imitate the fault 1023 in S3: it belongs to SQL",
    });
  });

  test("is not used up by a request that is refused anyway", async () => {
    s3.faults.add({ target: "s3", action: "deny" });
    const stranger = s3.client({ credentials: { accessKeyId: "AKIDOTHER", secretAccessKey: "x" } });
    expect(await codeOf(stranger.send(new ListObjectsV2Command({ Bucket: BUCKET })))).toBe(
      "InvalidAccessKeyId",
    );
    expect(await codeOf(put("k"))).toBe("AccessDenied");
  });
});
