import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  chunkedJsonSlices,
  LoadError,
  OptionsError,
  readJsonDocuments,
  Redshift,
  StorageError,
} from "../../src/index.ts";

let folder: string;
let dir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slices-"));
  dir = join(folder, "tmp");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function lines(path: string): Promise<readonly string[]> {
  return gunzipSync(await readFile(path))
    .toString()
    .split("\n")
    .slice(0, -1);
}

async function contents(paths: readonly string[]): Promise<readonly (readonly string[])[]> {
  return Promise.all(paths.map(lines));
}

const few = Array.from({ length: 5 }, (_, n) => ({ n, ü: "größe\n" }));

describe("chunkedJsonSlices", () => {
  test("documents are dealt in turn to gzipped files that only this user may read", async () => {
    const slices = await chunkedJsonSlices(few, 2, { dir });
    expect(slices).toMatchObject({ rows: 5 });
    expect(slices.chunkFiles).toEqual([
      join(dir, `${slices.stamp}-00000.json.gz`),
      join(dir, `${slices.stamp}-00001.json.gz`),
    ]);
    expect(slices.stamp).toMatch(/^\d{8}T\d{6}Z-[\da-f]{8}$/);
    expect(
      (await contents(slices.chunkFiles)).map((file) => file.map((line) => JSON.parse(line) as object)),
    ).toEqual([
      [few[0], few[2], few[4]],
      [few[1], few[3]],
    ]);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const sizes = await Promise.all(slices.chunkFiles.map((path) => stat(path)));
    expect(sizes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect(slices.bytes).toBe(sizes.reduce((sum, { size }) => sum + size, 0));
    await slices.close();
    await slices.close();
    expect(await readdir(dir)).toEqual([]);
  });

  test("the default directory is ~/.shiftmanager/tmp", async () => {
    vi.stubEnv("HOME", folder);
    const slices = await new Redshift().chunkedJsonSlices(few, 1);
    expect(slices.chunkFiles).toEqual([
      join(folder, ".shiftmanager", "tmp", `${slices.stamp}-00000.json.gz`),
    ]);
    expect((await stat(join(folder, ".shiftmanager"))).mode & 0o777).toBe(0o700);
    await slices.close();
  });

  test("fewer documents than slices make no empty files", async () => {
    expect((await chunkedJsonSlices(few, 32, { dir })).chunkFiles).toHaveLength(5);
    expect((await chunkedJsonSlices([], 32, { dir })).chunkFiles).toEqual([]);
  });

  test("cleanOnExit false leaves the files at close", async () => {
    const slices = await chunkedJsonSlices(few, 2, { dir, cleanOnExit: false });
    await slices.close();
    slices[Symbol.dispose]();
    expect(await readdir(dir)).toHaveLength(2);
  });

  test("leaving the scope deletes the files, awaited or not", async () => {
    await (await chunkedJsonSlices(few, 2, { dir }))[Symbol.asyncDispose]();
    expect(await readdir(dir)).toEqual([]);
    (await chunkedJsonSlices(few, 2, { dir }))[Symbol.dispose]();
    expect(await readdir(dir)).toEqual([]);
  });

  test.each<[string, () => Parameters<typeof chunkedJsonSlices>[0]]>([
    ["an iterable", () => new Set(few)],
    [
      "an async iterable",
      async function* () {
        await Promise.resolve();
        yield* few;
      },
    ],
    ["an object stream", () => Readable.from(few)],
    [
      "a stream of bytes",
      () => Readable.from([Buffer.from(few.map((row) => JSON.stringify(row)).join("\n"))]),
    ],
    ["a web stream", () => new Blob([JSON.stringify(few)]).stream()],
    ["a stream of text", () => Readable.from(few.map((row) => JSON.stringify(row))).setEncoding("utf8")],
  ])("%s does as well as an array", async (_, data) => {
    const slices = await chunkedJsonSlices(data(), 1, { dir });
    expect(await contents(slices.chunkFiles)).toEqual([few.map((row) => JSON.stringify(row))]);
  });

  test("the text of a file is passed on byte for byte, and refused by file and line", async () => {
    const path = join(folder, "in.ndjson");
    const text = '{"n": 1e400, "n": 12345678901234567890.10}\n\n{"b":  [ ] }\n';
    await writeFile(path, text);
    for (const data of [createReadStream(path), readJsonDocuments(createReadStream(path), "in.ndjson")]) {
      const slices = await chunkedJsonSlices(data, 1, { dir });
      expect(await contents(slices.chunkFiles)).toEqual([text.split("\n").filter((line) => line !== "")]);
    }
    await writeFile(path, '{"a":1}\n{"a":');
    await expect(chunkedJsonSlices(createReadStream(path), 1, { dir })).rejects.toThrow(
      `${path} ends inside the document that begins on line 2`,
    );
  });

  test.each([
    [{ a: 1, b: [Number.NaN] }, "Row 6 holds NaN or infinity at $['b'][0]"],
    [{ a: Number.NEGATIVE_INFINITY }, "Row 6 holds NaN or infinity at $['a']"],
    [{ a: "\0" }, "Row 6 holds a NUL character at $['a']"],
    ["text", "Row 6 is not an object"],
  ])("%j is an error that names row and key, and leaves no file", async (bad, message) => {
    const run = chunkedJsonSlices([...few, bad] as typeof few, 2, { dir });
    await expect(run).rejects.toBeInstanceOf(LoadError);
    await expect(run).rejects.toThrow(message);
    expect(await readdir(dir)).toEqual([]);
  });

  test("a source that fails, a signal and a directory that cannot be written leave no file and close the source", async () => {
    let closed = 0;
    const stop = new AbortController();
    const source = function* () {
      try {
        for (let n = 0; ; n += 1) {
          if (n === 1000) stop.abort(new Error("enough"));
          yield { n, pad: "x".repeat(1000) };
        }
      } finally {
        closed += 1;
      }
    };
    await expect(chunkedJsonSlices(source(), 3, { dir, signal: stop.signal })).rejects.toThrow("enough");
    expect(closed).toBe(1);
    expect(await readdir(dir)).toEqual([]);
    const file = join(folder, "file");
    await writeFile(file, "");
    const run = chunkedJsonSlices(source(), 3, { dir: join(file, "sub") });
    await expect(run).rejects.toBeInstanceOf(StorageError);
    await expect(run).rejects.toThrow(/sub cannot be written \(ENOTDIR\); name another directory\./);
  });

  test.each([0, 1.5, 10_001])("slices %j is refused", async (slices) => {
    await expect(chunkedJsonSlices(few, slices, { dir })).rejects.toBeInstanceOf(OptionsError);
  });

  test("memory does not grow with the number of documents", async () => {
    const rows = 60_000;
    const source = function* () {
      for (let n = 0; n < rows; n += 1) yield { n, pad: `${n}`.repeat(300) };
    };
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
    const slices = await chunkedJsonSlices(source(), 4, { dir });
    clearInterval(watch);
    expect(slices.rows).toBe(rows);
    expect((most - before) / 1e6).toBeLessThan(100); // the documents have 90 MB
    await slices.close();
  });
});
