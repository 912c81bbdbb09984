import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BUCKET, codeOf, localhostAgent, start, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
let client: S3Client;
const MB5 = 5 * 1024 * 1024;

beforeAll(async () => {
  s3 = await start();
  client = s3.client();
});
afterAll(() => s3.close());
beforeEach(() => s3.reset());

const put = (Key: string, Body: string | Uint8Array = Key) =>
  client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const get = async (Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...more }));
  return { ...answer, text: await answer.Body?.transformToString() };
};

describe("buckets", () => {
  test("are created, listed, found and deleted", async () => {
    expect((await client.send(new CreateBucketCommand({ Bucket: "two.dots.here" }))).Location).toBe(
      "/two.dots.here",
    );
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map((bucket) => bucket.Name)).toEqual(["sandbox", "two.dots.here"]);
    expect(Owner?.DisplayName).toBe("redshift-sandbox");
    expect((await client.send(new HeadBucketCommand({ Bucket: BUCKET }))).BucketRegion).toBe("us-east-1");
    await client.send(new DeleteBucketCommand({ Bucket: "two.dots.here" }));
    expect(await codeOf(client.send(new HeadBucketCommand({ Bucket: "two.dots.here" })))).toBe("NotFound");
  });

  test("are listed in pages", async () => {
    for (const Bucket of ["aaa", "bbb"]) await client.send(new CreateBucketCommand({ Bucket }));
    const first = await client.send(new ListBucketsCommand({ MaxBuckets: 2 }));
    expect(first.Buckets?.map((bucket) => bucket.Name)).toEqual(["aaa", "bbb"]);
    const second = await client.send(
      new ListBucketsCommand({ MaxBuckets: 2, ContinuationToken: first.ContinuationToken }),
    );
    expect(second.Buckets?.map((bucket) => bucket.Name)).toEqual(["sandbox"]);
    expect(second.ContinuationToken).toBeUndefined();
  });

  test("that hold objects cannot be deleted", async () => {
    await put("a");
    expect(await codeOf(client.send(new DeleteBucketCommand({ Bucket: BUCKET })))).toBe("BucketNotEmpty");
  });

  test.each(["Upper", "ab", "a..b", "192.168.0.1", "-dash", "xn--bucket"])(
    "cannot be named %s",
    async (Bucket) => {
      expect(await codeOf(client.send(new CreateBucketCommand({ Bucket })))).toBe("InvalidBucketName");
    },
  );

  test("in us-east-1 have an empty location", async () => {
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket: BUCKET }));
    expect(LocationConstraint ?? "").toBe("");
  });

  test("that do not exist are named in the error", async () => {
    await expect(client.send(new ListObjectsV2Command({ Bucket: "nowhere" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
      message: "The specified bucket does not exist",
      BucketName: "nowhere",
    });
    expect(await codeOf(client.send(new PutObjectCommand({ Bucket: "nowhere", Key: "a", Body: "b" })))).toBe(
      "NoSuchBucket",
    );
  });

  test("are addressed by host name as well, dots included", async () => {
    const virtual = s3.client({
      endpoint: `http://localhost:${s3.port}`,
      forcePathStyle: false,
      requestHandler: { httpAgent: localhostAgent },
    });
    for (const Bucket of [BUCKET, "with.dots"]) {
      await virtual.send(new CreateBucketCommand({ Bucket }));
      await virtual.send(new PutObjectCommand({ Bucket, Key: "k/ü", Body: "virtual" }));
      const { Body } = await virtual.send(new GetObjectCommand({ Bucket, Key: "k/ü" }));
      expect(await Body?.transformToString()).toBe("virtual");
      const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }));
      expect(KeyCount).toBe(1);
    }
  });
});

describe("objects", () => {
  test("come back with what was said of them", async () => {
    await client.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: "a",
        Body: "hello",
        ContentType: "text/plain",
        ContentEncoding: "gzip",
        CacheControl: "no-cache",
        ContentDisposition: "attachment",
        ContentLanguage: "de",
        Metadata: { colour: "blue" },
        ServerSideEncryption: "AES256",
      }),
    );
    const found = await get("a");
    expect(found).toMatchObject({
      text: "hello",
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ContentLength: 5,
      ContentType: "text/plain",
      ContentEncoding: "gzip",
      CacheControl: "no-cache",
      ContentDisposition: "attachment",
      ContentLanguage: "de",
      Metadata: { colour: "blue" },
      ServerSideEncryption: "AES256",
      ChecksumCRC32: "NhCmhg==",
      ChecksumType: "FULL_OBJECT",
    });
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "a" }));
    expect(head).toMatchObject({ ContentLength: 5, ContentType: "text/plain", Metadata: { colour: "blue" } });
    expect(head.LastModified).toEqual(found.LastModified);
  });

  test("may be empty", async () => {
    await put("empty", "");
    const found = await get("empty");
    expect(found.text).toBe("");
    expect(found.ETag).toBe('"d41d8cd98f00b204e9800998ecf8427e"');
  });

  test("of any kind of streamed body arrive whole", async () => {
    const bytes = Buffer.alloc(3_000_000, "streamed ");
    const Body = Readable.from([bytes.subarray(0, 70_001), bytes.subarray(70_001)], { objectMode: false });
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "s", Body, ContentLength: bytes.length }));
    const { Body: found } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "s" }));
    expect(Buffer.from((await found?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  });

  test("that do not exist are named in the error", async () => {
    await expect(get("nothing")).rejects.toMatchObject({ name: "NoSuchKey", Key: "nothing" });
    expect(await codeOf(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "nothing" })))).toBe(
      "NotFound",
    );
  });

  test("are deleted without complaint, also when they are not there", async () => {
    await put("a");
    for (let time = 0; time < 2; time += 1)
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "a" }));
    expect(await codeOf(get("a"))).toBe("NoSuchKey");
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=8-100", "89", "bytes 8-9/10"],
    ["bytes=0-9", "0123456789", "bytes 0-9/10"],
    ["bytes=3-1", "0123456789", undefined],
    ["bytes=0-1,4-5", "0123456789", undefined],
  ])("with Range %s answer %s", async (Range, text, ContentRange) => {
    await put("r", "0123456789");
    const found = await get("r", { Range });
    expect([found.text, found.ContentRange]).toEqual([text, ContentRange]);
  });

  test("refuse a range behind their end", async () => {
    await put("r", "0123456789");
    await expect(get("r", { Range: "bytes=10-" })).rejects.toMatchObject({
      name: "InvalidRange",
      ActualObjectSize: "10",
    });
  });

  test("answer conditions", async () => {
    await put("c", "x");
    const { ETag, LastModified = new Date() } = await get("c");
    const later = new Date(LastModified.getTime() + 60_000);
    const earlier = new Date(LastModified.getTime() - 60_000);
    expect((await get("c", { IfMatch: ETag })).text).toBe("x");
    expect(await codeOf(get("c", { IfMatch: '"other"' }))).toBe("PreconditionFailed");
    expect(await codeOf(get("c", { IfUnmodifiedSince: earlier }))).toBe("PreconditionFailed");
    expect((await get("c", { IfMatch: ETag, IfUnmodifiedSince: earlier })).text).toBe("x");
    for (const condition of [
      { IfNoneMatch: ETag },
      { IfModifiedSince: LastModified },
      { IfModifiedSince: later },
    ]) {
      await expect(get("c", condition)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    }
    expect((await get("c", { IfNoneMatch: '"other"', IfModifiedSince: later })).text).toBe("x");
  });

  test("are not overwritten when If-None-Match or If-Match forbids it", async () => {
    const write = (more: object) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "w", Body: "1", ...more }));
    expect(await codeOf(write({ IfMatch: '"x"' }))).toBe("NoSuchKey");
    const { ETag } = await write({ IfNoneMatch: "*" });
    expect(await codeOf(write({ IfNoneMatch: "*" }))).toBe("PreconditionFailed");
    expect(await codeOf(write({ IfMatch: '"x"' }))).toBe("PreconditionFailed");
    expect(await codeOf(write({ IfMatch: ETag }))).toBe("none");
  });

  test("are created once when ten clients say If-None-Match at the same time", async () => {
    const codes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        codeOf(
          client.send(
            new PutObjectCommand({ Bucket: BUCKET, Key: "once", Body: String(n), IfNoneMatch: "*" }),
          ),
        ),
      ),
    );
    expect(codes.filter((code) => code === "none")).toHaveLength(1);
  });

  test("keep their canned ACL", async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "p", Body: "", ACL: "public-read" }));
    const { Grants, Owner } = await client.send(new GetObjectAclCommand({ Bucket: BUCKET, Key: "p" }));
    expect(
      Grants?.map(({ Grantee, Permission }) => [Grantee?.Type, Grantee?.URI ?? Grantee?.ID, Permission]),
    ).toEqual([
      ["CanonicalUser", Owner?.ID, "FULL_CONTROL"],
      ["Group", "http://acs.amazonaws.com/groups/global/AllUsers", "READ"],
    ]);
  });

  test("refuse by name what would have to be kept another way", async () => {
    const write = (more: object) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "n", Body: "1", ...more }));
    await expect(write({ ServerSideEncryption: "aws:kms" })).rejects.toMatchObject({
      name: "NotImplemented",
      message: "redshift-sandbox does not imitate the header x-amz-server-side-encryption: aws:kms",
    });
    expect(await codeOf(write({ StorageClass: "GLACIER" }))).toBe("NotImplemented");
    expect(await codeOf(write({ Tagging: "a=b" }))).toBe("NotImplemented");
    expect(await codeOf(write({ ExpectedBucketOwner: "999999999999" }))).toBe("AccessDenied");
    expect(await codeOf(write({ Metadata: { long: "x".repeat(2048) } }))).toBe("MetadataTooLarge");
  });

  test("may have keys of 1,024 bytes and no more", async () => {
    const key = "ü".repeat(512);
    await put(key);
    expect((await get(key)).text).toBe(key);
    expect(await codeOf(put(`${key}x`))).toBe("KeyTooLongError");
  });
});

describe("DeleteObjects", () => {
  const remove = (keys: readonly string[], Quiet = false) =>
    client.send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet } }),
    );

  test("names what it deleted and what it refused", async () => {
    await put("a&<b>");
    const tooLong = "x".repeat(1025);
    const { Deleted, Errors } = await remove(["a&<b>", "not there", tooLong]);
    expect(Deleted?.map(({ Key }) => Key)).toEqual(["a&<b>", "not there"]);
    expect(Errors).toEqual([{ Key: tooLong, Code: "KeyTooLongError", Message: "Your key is too long" }]);
    expect(await codeOf(get("a&<b>"))).toBe("NoSuchKey");
  });

  test("says nothing of what it deleted when it is to be quiet", async () => {
    await put("a");
    expect((await remove(["a"], true)).Deleted ?? []).toEqual([]);
    expect(await codeOf(get("a"))).toBe("NoSuchKey");
  });

  test("takes 1,000 keys and not one more", async () => {
    const keys = Array.from({ length: 1001 }, (_, n) => `k${n}`);
    expect((await remove(keys.slice(1))).Deleted).toHaveLength(1000);
    expect(await codeOf(remove(keys))).toBe("MalformedXML");
  });
});

describe("CopyObject", () => {
  test("copies bytes, metadata and checksum", async () => {
    await client.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: "a b/ü",
        Body: "x",
        Metadata: { m: "1" },
        ContentType: "t/x",
      }),
    );
    const source = `/${BUCKET}/${encodeURIComponent("a b/ü")}`;
    const { CopyObjectResult } = await client.send(
      new CopyObjectCommand({ Bucket: BUCKET, Key: "copy", CopySource: source }),
    );
    const copy = await get("copy");
    expect(copy).toMatchObject({
      text: "x",
      ContentType: "t/x",
      Metadata: { m: "1" },
      ETag: CopyObjectResult?.ETag,
    });
    expect(copy.ChecksumCRC32).toBe((await get("a b/ü")).ChecksumCRC32);
    await client.send(
      new CopyObjectCommand({
        Bucket: BUCKET,
        Key: "copy",
        CopySource: source,
        MetadataDirective: "REPLACE",
        ChecksumAlgorithm: "SHA256",
      }),
    );
    const replaced = await get("copy");
    expect(replaced).toMatchObject({ ContentType: "binary/octet-stream", Metadata: {} });
    expect(replaced.ChecksumSHA256).toBe(createHash("sha256").update("x").digest("base64"));
  });

  test("refuses a source that is missing, unchanged, or not as expected", async () => {
    const copy = (CopySource: string, Key: string, more: object = {}) =>
      codeOf(client.send(new CopyObjectCommand({ Bucket: BUCKET, Key, CopySource, ...more })));
    await put("a");
    expect(await copy(`${BUCKET}/missing`, "b")).toBe("NoSuchKey");
    expect(await copy(`nowhere/a`, "b")).toBe("NoSuchBucket");
    expect(await copy(`${BUCKET}/a`, "a")).toBe("InvalidRequest");
    expect(await copy(`${BUCKET}/a`, "a", { MetadataDirective: "REPLACE" })).toBe("none");
    expect(await copy(`${BUCKET}/a`, "b", { CopySourceIfMatch: '"other"' })).toBe("PreconditionFailed");
    expect(await copy(BUCKET, "b")).toBe("InvalidArgument");
  });
});

describe("listings", () => {
  const list = async (more: object = {}) => {
    const { Contents, CommonPrefixes } = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, ...more }),
    );
    return [
      ...(CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}*`),
      ...(Contents ?? []).map(({ Key }) => Key),
    ];
  };

  test("are in the order of UTF-8 bytes", async () => {
    for (const key of ["\u{1F600}", "\uFFFD", "b", "a", "B", "ä"]) await put(key);
    expect(await list()).toEqual(["B", "a", "b", "ä", "\uFFFD", "\u{1F600}"]);
  });

  test("roll up what lies behind a delimiter", async () => {
    for (const key of ["a/1", "a/2", "b", "c/d/1", "c/e"]) await put(key);
    expect(await list({ Delimiter: "/" })).toEqual(["a/*", "c/*", "b"]);
    expect(await list({ Delimiter: "/", Prefix: "c/" })).toEqual(["c/d/*", "c/e"]);
    expect(await list({ Prefix: "a" })).toEqual(["a/1", "a/2"]);
    expect(await list({ StartAfter: "a/1" })).toEqual(["a/2", "b", "c/d/1", "c/e"]);
    expect(await list({ Prefix: "zzz" })).toEqual([]);
    expect(await list({ MaxKeys: 0 })).toEqual([]);
  });

  test.each([1, 2, 3])("of version 2 page by %d with and without a delimiter", async (MaxKeys) => {
    for (const key of ["a/1", "a/2", "b", "c/d/1", "c/e", "d"]) await put(key);
    const pages = async (more: object) => {
      const found: (string | undefined)[] = [];
      for (let token: string | undefined, more1 = true; more1;) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys, ContinuationToken: token, ...more }),
        );
        const names = [
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ];
        expect(names.length).toBeLessThanOrEqual(MaxKeys);
        expect(page.KeyCount).toBe(names.length);
        found.push(...names);
        token = page.NextContinuationToken;
        more1 = page.IsTruncated === true;
      }
      return found.sort();
    };
    expect(await pages({})).toEqual(["a/1", "a/2", "b", "c/d/1", "c/e", "d"]);
    expect(await pages({ Delimiter: "/" })).toEqual(["a/", "b", "c/", "d"]);
  });

  test("of version 1 page by marker", async () => {
    for (const key of ["a/1", "a/2", "b", "c"]) await put(key);
    const first = await client.send(new ListObjectsCommand({ Bucket: BUCKET, Delimiter: "/", MaxKeys: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: "a/", CommonPrefixes: [{ Prefix: "a/" }] });
    const rest = await client.send(new ListObjectsCommand({ Bucket: BUCKET, Delimiter: "/", Marker: "a/" }));
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(["b", "c"]);
    expect(rest.CommonPrefixes).toBeUndefined();
    expect(rest.Contents?.[0]?.Owner?.DisplayName).toBe("redshift-sandbox");
  });

  test("show owners and percent-encoded keys on request", async () => {
    await put("a b/\u0001+ü");
    const { Contents, EncodingType } = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: "url", FetchOwner: true }),
    );
    expect(EncodingType).toBe("url");
    expect(Contents?.[0]).toMatchObject({
      Key: "a%20b/%01%2B%C3%BC",
      StorageClass: "STANDARD",
      ChecksumAlgorithm: ["CRC32"],
      Owner: { DisplayName: "redshift-sandbox" },
    });
  });

  test("refuse a made-up continuation token", async () => {
    expect(await codeOf(list({ ContinuationToken: "made up" }))).toBe("InvalidArgument");
  });
});

describe("multipart uploads", () => {
  const begin = async (Key: string, more: object = {}) =>
    (await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key, ...more }))).UploadId;
  const part = (
    Key: string,
    UploadId: string | undefined,
    PartNumber: number,
    Body: Uint8Array | string,
    more: object = {},
  ) => client.send(new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber, Body, ...more }));
  const complete = (Key: string, UploadId: string | undefined, Parts: object[], more: object = {}) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket: BUCKET,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...more,
      }),
    );

  test("become one object whose ETag counts the parts", async () => {
    const id = await begin("m", { ContentType: "t/m", Metadata: { a: "b" } });
    const first = await part("m", id, 1, Buffer.alloc(MB5, "a"));
    const last = await part("m", id, 3, "end");
    const done = await complete("m", id, [
      { PartNumber: 1, ETag: first.ETag },
      { PartNumber: 3, ETag: last.ETag },
    ]);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const tail = await get("m", { Range: `bytes=${MB5 - 2}-` });
    expect(tail).toMatchObject({ text: "aaend", ContentType: "t/m", Metadata: { a: "b" }, ETag: done.ETag });
    expect(await get("m", { PartNumber: 2 })).toMatchObject({ text: "end", PartsCount: 2 });
    expect(await codeOf(get("m", { PartNumber: 3 }))).toBe("InvalidPartNumber");
    expect(await codeOf(part("m", id, 1, "x"))).toBe("NoSuchUpload");
  });

  test("are listed with their parts, and aborted", async () => {
    const id = await begin("k/1");
    const other = await begin("k/2");
    await part("k/1", id, 2, "two");
    await part("k/1", id, 1, "one");
    await part("k/1", id, 2, "TWO!");
    const parts = await client.send(
      new ListPartsCommand({ Bucket: BUCKET, Key: "k/1", UploadId: id, MaxParts: 1 }),
    );
    expect(parts).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: "1",
      Parts: [{ PartNumber: 1, Size: 3 }],
    });
    const rest = await client.send(
      new ListPartsCommand({ Bucket: BUCKET, Key: "k/1", UploadId: id, PartNumberMarker: "1" }),
    );
    expect(rest).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2, Size: 4 }] });
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, MaxUploads: 1 }));
    expect(uploads).toMatchObject({ IsTruncated: true, NextKeyMarker: "k/1", NextUploadIdMarker: id });
    const next = await client.send(
      new ListMultipartUploadsCommand({ Bucket: BUCKET, KeyMarker: "k/1", UploadIdMarker: id }),
    );
    expect(next.Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual([["k/2", other]]);
    const rolled = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Delimiter: "/" }));
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: "k/" }]);
    for (const [Key, UploadId] of [
      ["k/1", id],
      ["k/2", other],
    ]) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key, UploadId }));
    }
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads).toBeUndefined();
    expect(await codeOf(part("k/1", id, 1, "x"))).toBe("NoSuchUpload");
  });

  test("refuse parts that are small, unknown, altered or out of order", async () => {
    const id = await begin("m");
    const one = await part("m", id, 1, "small");
    const two = await part("m", id, 2, "last");
    const parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    expect(await codeOf(complete("m", id, parts))).toBe("EntityTooSmall");
    expect(await codeOf(complete("m", id, [...parts].reverse()))).toBe("InvalidPartOrder");
    expect(await codeOf(complete("m", id, [{ PartNumber: 1, ETag: two.ETag }]))).toBe("InvalidPart");
    expect(await codeOf(complete("m", id, [{ PartNumber: 7, ETag: two.ETag }]))).toBe("InvalidPart");
    expect(await codeOf(complete("m", id, []))).toBe("MalformedXML");
    expect(await codeOf(part("m", id, 10_001, "x"))).toBe("InvalidArgument");
    expect(await codeOf(complete("m", id, parts.slice(0, 1)))).toBe("none");
    expect((await get("m")).text).toBe("small");
  });

  test.each([
    ["CRC32", "COMPOSITE"],
    ["CRC32C", "COMPOSITE"],
    ["SHA256", "COMPOSITE"],
    ["SHA1", "COMPOSITE"],
    ["CRC32", "FULL_OBJECT"],
    ["CRC32C", "FULL_OBJECT"],
    ["CRC64NVME", "FULL_OBJECT"],
  ] as const)("carry a %s checksum of type %s", async (ChecksumAlgorithm, ChecksumType) => {
    const name = `Checksum${ChecksumAlgorithm}` as const;
    const id = await begin("c", { ChecksumAlgorithm, ChecksumType });
    const bodies = [Buffer.alloc(MB5, "a"), Buffer.from("end")];
    const parts = [];
    for (const [at, body] of bodies.entries()) {
      const sent = await part("c", id, at + 1, body, { ChecksumAlgorithm });
      parts.push({ PartNumber: at + 1, ETag: sent.ETag, [name]: sent[name] });
    }
    const done = await complete("c", id, parts);
    expect(done.ChecksumType).toBe(ChecksumType);
    if (ChecksumType === "COMPOSITE") {
      expect(done[name]).toMatch(/^[A-Za-z0-9+/=]+-2$/);
    } else {
      await client.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: "whole",
          Body: Buffer.concat(bodies),
          ChecksumAlgorithm,
        }),
      );
      expect(done[name]).toBe(
        (await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "whole", ChecksumMode: "ENABLED" })))[
          name
        ],
      );
    }
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "c" }));
    expect((await Body?.transformToByteArray())?.length).toBe(MB5 + 3);
  });

  test("take parts from other objects", async () => {
    await put("source", Buffer.alloc(MB5 + 10, "s"));
    const id = await begin("copied");
    const CopySource = `${BUCKET}/source`;
    const parts = [];
    for (const [PartNumber, CopySourceRange] of [
      [1, `bytes=0-${MB5 - 1}`],
      [2, `bytes=${MB5}-${MB5 + 9}`],
    ] as const) {
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket: BUCKET,
          Key: "copied",
          UploadId: id,
          PartNumber,
          CopySource,
          CopySourceRange,
        }),
      );
      parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    await complete("copied", id, parts);
    expect((await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "copied" }))).ContentLength).toBe(
      MB5 + 10,
    );
    const beyond = new UploadPartCopyCommand({
      Bucket: BUCKET,
      Key: "copied",
      UploadId: await begin("copied"),
      PartNumber: 1,
      CopySource,
      CopySourceRange: "bytes=0-99999999",
    });
    expect(await codeOf(client.send(beyond))).toBe("InvalidArgument");
  });
});

describe("what the endpoint does not imitate", () => {
  test("is refused with the operation's name", async () => {
    await expect(client.send(new GetBucketVersioningCommand({ Bucket: BUCKET }))).rejects.toMatchObject({
      name: "NotImplemented",
      message: "redshift-sandbox does not imitate GetBucketVersioning (GET ?versioning)",
      $metadata: { httpStatusCode: 501 },
    });
    await expect(
      client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: "k", Tagging: { TagSet: [] } })),
    ).rejects.toMatchObject({ message: "redshift-sandbox does not imitate PutObjectTagging (PUT ?tagging)" });
    expect(await codeOf(get("k", { VersionId: "3" }))).toBe("NotImplemented");
  });
});
