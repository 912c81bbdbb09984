import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { readdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareKeys, KeyIndex } from "../../src/s3/key-index.ts";
import { listPage } from "../../src/s3/listing.ts";
import { BUCKET, start, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
beforeAll(async () => {
  s3 = await start();
});
afterAll(() => s3.close());

const EVIL = [
  "..",
  "../../etc/passwd",
  "/",
  "//",
  "/a",
  "a//b",
  "a/./b",
  "./",
  ".",
  "%2e%2e",
  "%",
  "+",
  " ",
  "  a  ",
  "?x=1",
  "a?b#c",
  "&amp;",
  "<x>",
  "\t",
  "\n",
  "\r\n",
  "\u0000",
  "\u0001",
  "\u007f",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\uffff",
  "ü",
  "\u{1F600}",
  "~",
  "*",
  "!'()",
  "aux",
  "con:",
  "__proto__",
  "\\",
  '"',
  "null",
  "x-id=PutObject",
];

const key = fc
  .array(fc.oneof(fc.constantFrom(...EVIL), fc.string({ unit: "binary", maxLength: 12 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""))
  .filter((text) => text !== "" && Buffer.byteLength(text) <= 1024);

async function roundTrip(name: string, wholesale: boolean): Promise<void> {
  const client = s3.client();
  const at = { Bucket: BUCKET, Key: name };
  await client.send(new PutObjectCommand({ ...at, Body: name }));
  const { Contents } = await client.send(
    new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: "url", Prefix: name }),
  );
  expect(Contents?.map(({ Key }) => decodeURIComponent(Key ?? ""))).toEqual([name]);
  const { Body } = await client.send(new GetObjectCommand(at));
  expect(await Body?.transformToString()).toBe(name);
  expect((await client.send(new HeadObjectCommand(at))).ContentLength).toBe(Buffer.byteLength(name));
  if (wholesale) {
    const { Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: name }] } }),
    );
    expect(Errors).toBeUndefined();
  } else {
    await client.send(new DeleteObjectCommand(at));
  }
  expect(await s3.store.head(BUCKET, name)).toBeUndefined();
  client.destroy();
}

describe("a key", () => {
  test.each(EVIL)("%j makes the round trip", async (name) => {
    await roundTrip(name, false);
    await roundTrip(name, true);
  });

  test("shows as it is in a listing without encoding-type, and its listing can be deleted from", async () => {
    const client = s3.client();
    for (const name of EVIL) await s3.store.write(BUCKET, name, Readable.from([]));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    // The SDK itself reads a text of nothing but line ends as empty.
    const readable = (name: string | undefined) => (/^[\r\n]+$/.test(name ?? "") ? "" : name);
    expect(new Set(Contents?.map(({ Key }) => Key))).toEqual(new Set(EVIL.map(readable)));
    await client.send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: EVIL.map((Key) => ({ Key })) } }),
    );
    expect((await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount).toBe(0);
  });

  test("of any characters makes the round trip through put, list, get and delete", async () => {
    await fc.assert(
      fc.asyncProperty(key, fc.boolean(), (name, wholesale) => roundTrip(name, wholesale)),
      { numRuns: 60 },
    );
    expect((await readdir(s3.dir)).sort()).toEqual(["incoming", "journal", "objects"]);
    expect(await readdir(`${s3.dir}/incoming`)).toEqual([]);
  });
});

describe("the order of keys", () => {
  test("is that of their UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});

describe("paging", () => {
  test("shows each key or common prefix exactly once, whatever the page size", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "/", "\uFFFD", "\u{1F600}"),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 30 }),
        fc.constantFrom("", "a", "a/", "/"),
        fc.constantFrom("", "/", "a", "ab"),
        fc.integer({ min: 1, max: 7 }),
        (names, prefix, delimiter, maxKeys) => {
          const index = new KeyIndex<string>();
          for (const one of names) index.set(one, one);
          const found: string[] = [];
          for (let after = "", isMore = true; isMore;) {
            const page = listPage(index, { prefix, delimiter, after, maxKeys });
            for (const entry of page.entries)
              found.push("commonPrefix" in entry ? entry.commonPrefix : entry.key);
            isMore = page.isTruncated;
            after = page.last ?? "";
          }
          const rolledUp = names
            .filter((one) => one.startsWith(prefix))
            .map((one) => {
              const cut = delimiter === "" ? -1 : one.indexOf(delimiter, prefix.length);
              return cut === -1 ? one : one.slice(0, cut + delimiter.length);
            });
          expect(found).toEqual([...new Set(rolledUp)].sort(compareKeys));
        },
      ),
    );
  });
});
