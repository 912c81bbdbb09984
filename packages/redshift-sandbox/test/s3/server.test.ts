import { createHash, randomBytes } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { presign, sendSigned } from "./raw.ts";
import { BUCKET, codeOf, start, startForTest, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
beforeAll(async () => {
  s3 = await start();
});
afterAll(() => s3.close());
beforeEach(() => s3.reset());

const MB = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of buffers that something still holds: those that only wait for the collector are collected first. */
function heldBytes(): number {
  collect();
  // V8 lets go of the buffers that a collection found beside everything else, and has done so when the next one begins.
  collect();
  return process.memoryUsage().arrayBuffers;
}

describe("large bodies", () => {
  test("100 MB go in through lib-storage's Upload and come out again", async () => {
    const client = s3.client();
    const block = randomBytes(MB);
    const sent = createHash("sha256");
    const Body = Readable.from(
      (function* () {
        for (let n = 0; n < 100; n += 1) {
          sent.update(block);
          yield block;
        }
      })(),
      { objectMode: false },
    );
    const done = await new Upload({ client, params: { Bucket: BUCKET, Key: "big", Body } }).done();
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-20"$/);
    const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "big" }));
    const received = createHash("sha256");
    for await (const chunk of found.Body as AsyncIterable<Uint8Array>) received.update(chunk);
    expect(received.digest("hex")).toBe(sent.digest("hex"));
  });

  test("300 MB go in and out again without being held in memory", async () => {
    const block = Buffer.alloc(MB, "x");
    const before = heldBytes();
    let peak = 0;
    let looks = 0;
    // Ten looks on the way: each is a full collection, which takes its time.
    const look = (megabytes: number) => {
      if (megabytes % 60 !== 30) return;
      peak = Math.max(peak, heldBytes() - before);
      looks += 1;
    };
    const exchange = (method: string, megabytes: number) =>
      new Promise<number>((resolve, reject) => {
        const path = presign(s3.port, { method, path: `/${BUCKET}/big` });
        const headers = { "content-length": String(megabytes * MB) };
        const outgoing = request({ host: "127.0.0.1", port: s3.port, method, path, headers }, (answer) => {
          let seen = 0;
          answer.on("error", reject);
          answer.on("data", (chunk: Buffer) => {
            const before = Math.floor(seen / MB);
            seen += chunk.length;
            if (Math.floor(seen / MB) > before) look(Math.floor(seen / MB));
          });
          answer.on("end", () => resolve(seen));
        });
        outgoing.on("error", reject);
        const body = function* () {
          for (let sent = 1; sent <= megabytes; sent += 1) {
            yield block;
            look(sent);
          }
        };
        Readable.from(body()).pipe(outgoing);
      });
    await exchange("PUT", 300);
    expect(await exchange("GET", 0)).toBe(300 * MB);
    expect(looks).toBe(10);
    expect(peak).toBeLessThan(8 * MB);
  });

  test("60 MB go in as one streamed PutObject, which waits for 100 Continue", async () => {
    const client = s3.client();
    const Body = Readable.from(
      (function* () {
        for (let n = 0; n < 60; n += 1) yield Buffer.alloc(MB, n);
      })(),
      { objectMode: false },
    );
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "big", Body, ContentLength: 60 * MB }));
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "big" }));
    expect(head.ContentLength).toBe(60 * MB);
  });

  test("of unknown length go through Upload, small and empty ones too", async () => {
    const client = s3.client();
    for (const text of ["", "small"]) {
      const Body = new PassThrough();
      Body.end(text);
      await new Upload({ client, params: { Bucket: BUCKET, Key: "u", Body } }).done();
      const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "u" }));
      expect(await found.Body?.transformToString()).toBe(text);
    }
  });

  test("Upload that is aborted leaves no upload and no file", async () => {
    const Body = new PassThrough();
    const upload = new Upload({ client: s3.client(), params: { Bucket: BUCKET, Key: "u", Body } });
    const done = upload.done();
    Body.write(Buffer.alloc(6 * MB));
    await expect.poll(() => countFiles(), { timeout: 10_000 }).toBe(1);
    await upload.abort();
    Body.destroy();
    await expect(done).rejects.toThrow();
    await expect.poll(() => countFiles(), { timeout: 10_000 }).toBe(0);
  });
});

async function countFiles(): Promise<number> {
  const found = await readdir(s3.dir, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && entry.name !== "journal").length;
}

describe("a client", () => {
  test("that is refused before its body is asked for never sends it", async () => {
    const path = presign(s3.port, { method: "PUT", path: "/nowhere/k" });
    const outcome = await new Promise<string>((resolve, reject) => {
      const outgoing = request({
        host: "127.0.0.1",
        port: s3.port,
        method: "PUT",
        path,
        headers: { expect: "100-continue", "content-length": String(1024 * MB) },
      });
      outgoing.on("continue", () => reject(new Error("was asked for the body")));
      outgoing.on("response", (answer) => {
        resolve(`${answer.statusCode} ${answer.headers.connection}`);
        outgoing.destroy();
      });
      outgoing.on("error", reject).flushHeaders();
    });
    expect(outcome).toBe("404 close");
  });

  test("that is refused while it sends keeps its connection and reads the refusal", async () => {
    const answer = await sendSigned(s3.port, {
      method: "PUT",
      path: "/nowhere/k",
      body: Buffer.alloc(20 * MB),
    });
    expect(answer).toMatchObject({ status: 404, code: "NoSuchBucket" });
  });

  test("that goes away half way leaves no file", async () => {
    const path = presign(s3.port, { method: "PUT", path: `/${BUCKET}/k` });
    const socket = connect(s3.port, "127.0.0.1");
    socket.write(
      `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1:${s3.port}\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(500_000)}`,
    );
    await expect.poll(() => countFiles()).toBe(1);
    socket.destroy();
    await expect.poll(() => countFiles()).toBe(0);
    expect(await s3.store.head(BUCKET, "k")).toBeUndefined();
  });

  test("that stops reading an object does not keep it from being removed", async () => {
    const client = s3.client();
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: Buffer.alloc(20 * MB) }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "k" }));
    await s3.store.delete(BUCKET, "k");
    expect(await countFiles()).toBe(1);
    (Body as Readable).destroy();
    await expect.poll(() => countFiles()).toBe(0);
  });

  test("may send a path that is no UTF-8, and is told so", async () => {
    expect(await sendSigned(s3.port, { path: "/sandbox/%C3%A4" })).toMatchObject({ code: "NoSuchKey" });
    const timestamped = presign(s3.port, { path: "/sandbox/k" });
    const answer = await rawLine(timestamped.replace("/sandbox/k", "/sandbox/%ff"));
    expect(answer).toContain("<Code>InvalidURI</Code>");
  });
});

function rawLine(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    connect(s3.port, "127.0.0.1")
      .on("data", (chunk) => (text += chunk.toString()))
      .on("end", () => resolve(text))
      .on("error", reject)
      .end(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${s3.port}\r\nConnection: close\r\n\r\n`);
  });
}

describe("the endpoint", () => {
  test("listens on 127.0.0.1 only", async () => {
    const codes = await Promise.all(
      ["::1", "127.0.0.2"].map(
        (host) =>
          new Promise<string>((resolve) => {
            const socket = connect(s3.port, host, () => {
              socket.destroy();
              resolve("connected");
            });
            socket.on("error", () => resolve("refused"));
          }),
      ),
    );
    expect(codes).toEqual(["refused", "refused"]);
    expect(s3.url).toBe(`http://127.0.0.1:${s3.port}`);
  });

  test("shares its objects with the store inside the process", async () => {
    const client = s3.client();
    await s3.store.write(BUCKET, "inside", Readable.from([Buffer.from("x,y\n")]), {
      contentType: "text/csv",
    });
    const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "inside" }));
    expect([await found.Body?.transformToString(), found.ContentType]).toEqual(["x,y\n", "text/csv"]);
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "outside", Body: "12345" }));
    const head = await s3.store.head(BUCKET, "outside");
    expect(head).toMatchObject({ key: "outside", size: 5, etag: '"827ccb0eea8a706c4c34a16891f84e7b"' });
    expect([s3.store.hasBucket(BUCKET), s3.store.hasBucket("other")]).toEqual([true, false]);
  });

  test("keeps objects over a restart and private to their owner", async () => {
    const first = await start();
    await first.client().send(new PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: "kept" }));
    await first.stop();
    const again = await startForTest({ dir: first.dir });
    const { Body } = await again.client().send(new GetObjectCommand({ Bucket: BUCKET, Key: "k" }));
    expect(await Body?.transformToString()).toBe("kept");
    expect((await stat(first.dir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(first.dir, "journal"))).mode & 0o777).toBe(0o600);
  });

  test("stops while clients are in the middle, twice without complaint", async () => {
    const own = await startForTest();
    const body = new PassThrough();
    const path = presign(own.port, { method: "PUT", path: `/${BUCKET}/k` });
    const outgoing = request({
      host: "127.0.0.1",
      port: own.port,
      method: "PUT",
      path,
      headers: { "content-length": "1000" },
    });
    const broken = new Promise((resolve) => outgoing.on("error", resolve));
    body.pipe(outgoing);
    body.write("half");
    await expect.poll(async () => (await readdir(join(own.dir, "incoming"))).length).toBe(1);
    await Promise.all([own.stop(), own.stop()]);
    expect(await broken).toBeInstanceOf(Error);
    expect(await readdir(join(own.dir, "incoming"))).toEqual([]);
  });

  test("says so when the port is taken or a bucket cannot be named so", async () => {
    await expect(start({ port: s3.port })).rejects.toThrow(/EADDRINUSE/);
    await expect(start({ buckets: ["No"] })).rejects.toThrow("The specified bucket is not valid.");
  });

  test("forgets everything but its buckets on reset", async () => {
    const client = s3.client();
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: "x" }));
    await s3.reset();
    expect((await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount).toBe(0);
    expect(await countFiles()).toBe(0);
    expect(await codeOf(client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "k" })))).toBe("NoSuchKey");
  });

  test("answers twenty clients at once", async () => {
    const client = s3.client();
    const names = Array.from({ length: 20 }, (_, n) => `k${n}`);
    await Promise.all(
      names.map((Key) =>
        client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.alloc(100_000, Key) })),
      ),
    );
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(KeyCount).toBe(20);
  });
});
