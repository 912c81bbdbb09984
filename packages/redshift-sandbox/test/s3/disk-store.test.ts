import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskStore } from "../../src/s3/disk-store.ts";

let dir: string;
let store: DiskStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-store-"));
  store = await DiskStore.open(join(dir, "s3"));
  store.createBucket("b");
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const bytes = (text: string): Readable => Readable.from([Buffer.from(text)]);
const write = (key: string, text = key) => store.write("b", key, bytes(text));
async function read(key: string): Promise<string | undefined> {
  const stream = await store.read("b", key);
  return stream === undefined ? undefined : Buffer.concat(await stream.toArray()).toString();
}
async function keys(prefix = ""): Promise<string[]> {
  const found = [];
  for await (const { key } of store.list("b", prefix)) found.push(key);
  return found;
}
async function reopen(): Promise<void> {
  await store.close();
  store = await DiskStore.open(join(dir, "s3"));
}
async function files(folder = "objects"): Promise<string[]> {
  const found = await readdir(join(dir, "s3", folder), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe("the store", () => {
  test("keeps everything over a restart", async () => {
    await write("a", "one");
    await write("a", "two");
    await write("b");
    await store.delete("b", "b");
    const upload = store.createUpload({
      bucket: "b",
      key: "m",
      headers: { "content-type": "t/m" },
      acl: "private",
    });
    await store.putPart(upload, 1, bytes("part"));
    const before = await store.head("b", "a");
    await reopen();
    expect(store.hasBucket("b")).toBe(true);
    expect(await keys()).toEqual(["a"]);
    expect(await read("a")).toBe("two");
    expect(await store.head("b", "a")).toEqual(before);
    const again = store.upload("b", "m", upload.id);
    const part = again.parts.get(1);
    await store.completeUpload(again, part === undefined ? [] : [part], '"x-1"', undefined);
    await reopen();
    expect(await read("m")).toBe("part");
    expect(store.uploads("b")).toEqual([]);
  });

  test("holds each object's bytes once, for the owner's eyes only", async () => {
    for (const text of ["one", "two", "three"]) await write("a", text);
    expect(await files()).toHaveLength(1);
    const mode = async (...path: string[]) =>
      ((await stat(join(dir, "s3", ...path))).mode & 0o777).toString(8);
    expect([await mode(), await mode("objects"), await mode("incoming"), await mode("journal")]).toEqual([
      "700",
      "700",
      "700",
      "600",
    ]);
    const [folder = ""] = await readdir(join(dir, "s3", "objects"));
    const [file = ""] = await readdir(join(dir, "s3", "objects", folder));
    expect([await mode("objects", folder), await mode("objects", folder, file)]).toEqual(["700", "600"]);
  });

  test("does not touch a directory that holds something else", async () => {
    await mkdir(join(dir, "mine", "objects"), { recursive: true });
    await writeFile(join(dir, "mine", "objects", "precious"), "x");
    await expect(DiskStore.open(join(dir, "mine"))).rejects.toThrow(/neither empty nor an S3 store/);
    expect(await readFile(join(dir, "mine", "objects", "precious"), "utf8")).toBe("x");
  });

  test("makes an existing open directory private", async () => {
    await mkdir(join(dir, "open"), { mode: 0o755 });
    await (await DiskStore.open(join(dir, "open"))).close();
    expect((await stat(join(dir, "open"))).mode & 0o777).toBe(0o700);
  });

  test("lets a reader finish an object that is overwritten and deleted meanwhile", async () => {
    const big = "x".repeat(1_000_000);
    await write("a", big);
    const reader = await store.read("b", "a");
    const chunks = reader?.iterator() as AsyncIterator<Buffer>;
    let seen = ((await chunks.next()).value as Buffer).length;
    await write("a", "new");
    await store.delete("b", "a");
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      seen += next.value.length;
    expect(seen).toBe(big.length);
    await expect.poll(() => files()).toEqual([]);
  });

  test("reads ranges with an inclusive end", async () => {
    await write("a", "0123456789");
    const stream = await store.read("b", "a", { start: 2, end: 4 });
    expect(Buffer.concat((await stream?.toArray()) ?? []).toString()).toBe("234");
  });

  test("leaves nothing of a write that breaks off", async () => {
    await write("a", "old");
    const broken = Readable.from(
      (function* () {
        yield Buffer.from("half");
        throw new Error("gone");
      })(),
    );
    await expect(store.write("b", "a", broken)).rejects.toThrow("gone");
    expect(await read("a")).toBe("old");
    expect(await files("incoming")).toEqual([]);
    expect(await files()).toHaveLength(1);
  });

  test("refuses a write whose bucket was deleted, or emptied by reset, while the bytes came", async () => {
    const slowly = (async function* () {
      yield Buffer.from("x");
      await store.reset(["b"]);
    })();
    await expect(store.write("b", "a", slowly)).rejects.toMatchObject({ code: "NoSuchBucket" });
    expect(await keys()).toEqual([]);
    expect(await files()).toEqual([]);
  });

  test("refuses a write that ends after it was closed, and leaves nothing of it", async () => {
    const late = (async function* () {
      yield Buffer.from("x");
      await store.close();
    })();
    await expect(store.write("b", "a", late)).rejects.toThrow("the S3 store is closed");
    expect(await files()).toEqual([]);
    store = await DiskStore.open(join(dir, "s3"));
  });

  test("drops parts that the finished upload does not name", async () => {
    const upload = store.createUpload({ bucket: "b", key: "m", headers: {}, acl: "private" });
    const kept = await store.putPart(upload, 1, bytes("kept"));
    await store.putPart(upload, 2, bytes("not named"));
    await store.completeUpload(store.upload("b", "m", upload.id), [kept], '"x-1"', undefined);
    expect(await files()).toHaveLength(1);
    expect(await read("m")).toBe("kept");
  });

  test("lists while objects come and go", async () => {
    for (const key of ["a", "b", "c", "d"]) await write(key);
    const seen = [];
    for await (const { key } of store.list("b", "")) {
      seen.push(key);
      if (key === "b") {
        await store.delete("b", "a");
        await store.delete("b", "c");
        await write("bb");
      }
    }
    expect(seen).toEqual(["a", "b", "bb", "d"]);
  });
});

describe("after a crash", () => {
  const journal = () => join(dir, "s3", "journal");

  test("half a line at the end of the journal is forgotten, and writing goes on", async () => {
    await write("a");
    await write("b");
    await store.close();
    await truncate(journal(), (await stat(journal())).size - 7);
    store = await DiskStore.open(join(dir, "s3"));
    expect(await keys()).toEqual(["a"]);
    expect(await files()).toHaveLength(1);
    await write("c");
    await reopen();
    expect(await keys()).toEqual(["a", "c"]);
  });

  test("files that the journal does not know are removed", async () => {
    await write("a");
    const [folder = ""] = await readdir(join(dir, "s3", "objects"));
    await writeFile(join(dir, "s3", "objects", folder, "stray"), "x");
    await writeFile(join(dir, "s3", "incoming", "half"), "x");
    await reopen();
    expect([await files(), await files("incoming")]).toEqual([[expect.any(String)], []]);
    expect(await read("a")).toBe("a");
  });

  test("a damaged line in the middle stops the start instead of losing objects", async () => {
    await write("a");
    await appendFile(journal(), "{damaged\n[]\n");
    await expect(DiskStore.open(join(dir, "s3"))).rejects.toThrow(/journal, line 4, is damaged/);
    await writeFile(journal(), "something else\n");
    await expect(DiskStore.open(join(dir, "s3"))).rejects.toThrow(/is not a journal that this version/);
  });
});

describe("with many objects", () => {
  test("the journal does not grow with every overwrite", async () => {
    for (let time = 0; time < 10_050; time += 1) await write("same", "");
    expect((await readFile(join(dir, "s3", "journal"), "utf8")).split("\n").length).toBeLessThan(200);
    await reopen();
    expect(await keys()).toEqual(["same"]);
  });

  test("50,000 are listed in order, before and after a restart", async () => {
    for (let n = 0; n < 50_000; n += 1) await write(`k/${(n * 7919) % 50_000}`, "");
    const begun = performance.now();
    const found = await keys("k/");
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(found).toHaveLength(50_000);
    expect(found).toEqual([...found].sort());
    await reopen();
    expect((await keys("k/4999")).length).toBe(11);
  });
});
