import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ChecksumAlgorithm,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startChecksum, type ChecksumAlgorithm as Algorithm } from "../../src/s3/checksums.ts";
import type { ChunkSigner } from "../../src/s3/sigv4.ts";
import { sendSigned, type RawRequest } from "./raw.ts";
import { BUCKET, start, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
beforeAll(async () => {
  s3 = await start();
});
afterAll(() => s3.close());
beforeEach(() => s3.reset());

const put = (raw: Omit<RawRequest, "path" | "method">) =>
  sendSigned(s3.port, { method: "PUT", path: `/${BUCKET}/k`, ...raw });

async function stored(): Promise<string | undefined> {
  const stream = await s3.store.read(BUCKET, "k");
  return stream === undefined ? undefined : Buffer.concat(await stream.toArray()).toString();
}

function checksum(algorithm: Algorithm, text: string): string {
  const running = startChecksum(algorithm);
  running.update(Buffer.from(text));
  return running.digest().toString("base64");
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("what the SDK sends", () => {
  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "with %s is verified, as a buffer and as a stream, and given back",
    async (name) => {
      // Only with a package of AWS's C runtime does the SDK itself make CRC64NVME.
      const given = name === "CRC64NVME" ? { ChecksumCRC64NVME: checksum(name, "hello") } : {};
      const client = s3.client();
      for (const Body of [
        "hello",
        Readable.from([Buffer.from("hel"), Buffer.from("lo")], { objectMode: false }),
      ]) {
        const ChecksumAlgorithm: ChecksumAlgorithm = name;
        await client.send(
          new PutObjectCommand({
            Bucket: BUCKET,
            Key: "k",
            Body,
            ContentLength: 5,
            ChecksumAlgorithm,
            ...given,
          }),
        );
        expect(await stored()).toBe("hello");
        const head = await client.send(
          new HeadObjectCommand({ Bucket: BUCKET, Key: "k", ChecksumMode: "ENABLED" }),
        );
        expect(head[`Checksum${name}`]).toBe(checksum(name, "hello"));
        const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "k" }));
        expect(await found.Body?.transformToString()).toBe("hello");
      }
    },
  );

  test("without a checksum is taken, too", async () => {
    const client = s3.client({ requestChecksumCalculation: "WHEN_REQUIRED" });
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: "plain" }));
    expect(await stored()).toBe("plain");
  });
});

describe("a body that is not what was announced leaves the old object", () => {
  beforeEach(() => s3.store.write(BUCKET, "k", Readable.from([Buffer.from("old")])));

  test.each([
    ["x-amz-content-sha256", "XAmzContentSHA256Mismatch", { body: "new", payloadHash: sha256("other") }],
    [
      "Content-MD5",
      "BadDigest",
      { body: "new", headers: { "content-md5": createHash("md5").update("x").digest("base64") } },
    ],
    ["a Content-MD5 that is none", "InvalidDigest", { body: "new", headers: { "content-md5": "x" } }],
    ["a CRC32", "BadDigest", { body: "new", headers: { "x-amz-checksum-crc32": checksum("CRC32", "x") } }],
    [
      "a CRC64NVME",
      "BadDigest",
      { body: "new", headers: { "x-amz-checksum-crc64nvme": checksum("CRC64NVME", "x") } },
    ],
    ["a checksum that is none", "InvalidRequest", { body: "new", headers: { "x-amz-checksum-crc32": "x" } }],
    [
      "two checksums",
      "InvalidRequest",
      {
        body: "new",
        headers: {
          "x-amz-checksum-crc32": checksum("CRC32", "new"),
          "x-amz-checksum-sha1": checksum("SHA1", "new"),
        },
      },
    ],
    [
      "an algorithm without its checksum",
      "InvalidRequest",
      { body: "new", headers: { "x-amz-sdk-checksum-algorithm": "CRC32" } },
    ],
    [
      "an unknown algorithm",
      "NotImplemented",
      { body: "new", headers: { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" } },
    ],
    [
      "no length",
      "MissingContentLength",
      { body: "0\r\n\r\n", payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" },
    ],
    ["HTTP's own chunks", "NotImplemented", { body: "new", headers: { "transfer-encoding": "chunked" } }],
  ] satisfies [string, string, Omit<RawRequest, "path">][])("%s", async (_what, code, raw) => {
    expect((await put(raw)).code).toBe(code);
    expect(await stored()).toBe("old");
    expect(await readdir(join(s3.dir, "incoming"))).toEqual([]);
  });
});

describe("aws-chunked with an unsigned trailer", () => {
  const good = `5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:${checksum("CRC32", "hello world")}\r\n\r\n`;
  const send = (body: string, length = 11) =>
    put({
      body,
      payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": String(length),
        "x-amz-trailer": "x-amz-checksum-crc32",
      },
    });

  test("is taken out of its frame", async () => {
    const answer = await send(good);
    expect(answer).toMatchObject({ status: 200, headers: { "x-amz-checksum-crc32": "DUoRhQ==" } });
    expect(await stored()).toBe("hello world");
    const head = await s3.client().send(new HeadObjectCommand({ Bucket: BUCKET, Key: "k" }));
    expect(head.ContentEncoding).toBeUndefined();
  });

  test.each([
    ["a changed byte", good.replace("world", "World"), "BadDigest"],
    ["a missing last chunk", good.slice(0, good.indexOf("0\r\nx-amz")), "IncompleteBody"],
    ["a chunk that is too short", good.replace("6\r\n", "7\r\n"), "IncompleteBody"],
    ["a size that is no number", good.replace("6\r\n", "zz\r\n"), "IncompleteBody"],
    ["a cut trailer", good.slice(0, -10), "IncompleteBody"],
    ["no trailer", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "MalformedTrailerError"],
    ["something behind the end", `${good}more`, "IncompleteBody"],
    ["a line without end", "5".repeat(10_000), "IncompleteBody"],
  ])("is refused with %s", async (_what, body, code) => {
    expect((await send(body)).code).toBe(code);
    expect(await stored()).toBeUndefined();
  });

  test.each([10, 12])("is refused when it is not the announced %d bytes long", async (length) => {
    expect((await send(good, length)).code).toBe("IncompleteBody");
    expect(await stored()).toBeUndefined();
  });
});

describe("aws-chunked with signed chunks", () => {
  const frame =
    (chunks: readonly string[], trailer?: string, spoil: (body: string) => string = (body) => body) =>
    (signer: ChunkSigner): string => {
      let body = "";
      for (const chunk of [...chunks, ""]) {
        body += `${chunk.length.toString(16)};chunk-signature=${signer.chunk(sha256(chunk))}\r\n${chunk}`;
        if (chunk !== "") body += "\r\n";
      }
      if (trailer !== undefined)
        body += `${trailer}\r\nx-amz-trailer-signature:${signer.trailer(`${trailer}\n`)}\r\n`;
      return spoil(`${body}\r\n`);
    };
  const headers = { "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "11" };
  const trailing = { ...headers, "x-amz-trailer": "x-amz-checksum-sha256" };
  const trailer = `x-amz-checksum-sha256:${checksum("SHA256", "hello world")}`;

  test("is verified chunk by chunk", async () => {
    const chunks = frame(["hello", " world"]);
    const payloadHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    expect((await put({ payloadHash, headers, chunks })).status).toBe(200);
    expect(await stored()).toBe("hello world");
    const spoilt = frame(["hello", " world"], undefined, (body) => body.replace(" world", " World"));
    expect((await put({ payloadHash, headers, chunks: spoilt })).code).toBe("SignatureDoesNotMatch");
    const unsigned = frame(["hello", " world"], undefined, (body) =>
      body.replaceAll(/;chunk-signature=[0-9a-f]+/g, ""),
    );
    expect((await put({ payloadHash, headers, chunks: unsigned })).code).toBe("SignatureDoesNotMatch");
  });

  test("is verified with its trailer", async () => {
    const payloadHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    const good = await put({ payloadHash, headers: trailing, chunks: frame(["hello", " world"], trailer) });
    expect(good).toMatchObject({
      status: 200,
      headers: { "x-amz-checksum-sha256": checksum("SHA256", "hello world") },
    });
    await s3.reset();
    const other = checksum("SHA256", "other");
    const spoilt = frame(["hello", " world"], trailer, (body) =>
      body.replace(/(sha256:)[^\r]+/, `$1${other}`),
    );
    expect((await put({ payloadHash, headers: trailing, chunks: spoilt })).code).toBe(
      "SignatureDoesNotMatch",
    );
    expect(await stored()).toBeUndefined();
  });
});
