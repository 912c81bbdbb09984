import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { LoadError, OptionsError, Redshift, StorageError, type JsonObject } from "../../src/index.ts";

let sandbox: Sandbox;
let redshift: Redshift;
const bucket = "sandbox";

beforeAll(async () => {
  sandbox = await startSandbox();
  Object.assign(process.env, sandbox.env);
  redshift = new Redshift();
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function table(name: string, columns: string): Promise<string> {
  await redshift.execute(`DROP TABLE IF EXISTS ${name}`);
  await redshift.execute(`CREATE TABLE ${name} (${columns})`);
  return name;
}

async function rowsOf(name: string): Promise<readonly object[]> {
  const [result] = await redshift.execute(`SELECT * FROM ${name} ORDER BY 1`);
  return result?.rows ?? [];
}

async function objects(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of sandbox.s3.store.list(bucket, prefix)) keys.push(key);
  return keys;
}

describe("copyJsonToTable", () => {
  test("generated jsonpaths name the columns from the keys, whatever the table's order", async () => {
    const t = await table("by_keys", `z VARCHAR(20), a INT, "us gross" BIGINT, other INT DEFAULT 7`);
    const report = await redshift.copyJsonToTable(
      bucket,
      "/loads/",
      [
        { "US Gross": 1, a: 2, z: "größe" },
        { a: 3, z: null },
      ],
      null,
      t,
      { slices: 4 },
    );
    expect(report).toMatchObject({ rows: 2, files: 2 });
    expect(await rowsOf(t)).toEqual([
      { z: "größe", a: 2, "us gross": "1", other: 7 },
      { z: null, a: 3, "us gross": null, other: 7 },
    ]);
    expect(await objects("loads/")).toEqual([]);
  });

  test("an async iterable of any length streams through", async () => {
    const t = await table("many", "n INT, pad VARCHAR(200)");
    const source = async function* (): AsyncGenerator<JsonObject> {
      for (let n = 0; n < 20_000; n += 1) yield { n, pad: "x".repeat(n % 150) };
      await Promise.resolve();
    };
    const report = await redshift.copyJsonToTable(bucket, "", source(), null, t);
    expect(report).toMatchObject({ rows: 20_000, files: 32 });
    const [sums] = await redshift.execute(`SELECT COUNT(*) AS n, SUM(n) AS s FROM ${t}`);
    expect(sums?.rows).toEqual([{ n: "20000", s: "199990000" }]);
  });

  test("own jsonpaths and columns, auto and auto ignorecase", async () => {
    const t = await table("mapped", "a INT, b VARCHAR(20)");
    const documents = [{ x: { y: 1 }, A: 5, b: "text" }];
    const paths = { jsonpaths: ["$['x']['y']", "$['b']"] };
    await redshift.copyJsonToTable(bucket, "p", documents, paths, t, { columns: ["a", "b"] });
    await redshift.copyJsonToTable(bucket, "p", documents, "auto ignorecase", t);
    await redshift.copyJsonToTable(bucket, "p", documents, "auto", t);
    expect(await rowsOf(t)).toEqual([
      { a: 1, b: "text" },
      { a: 5, b: "text" },
      { a: null, b: "text" },
    ]);
  });

  test("a key with quotes and backslashes reaches its column", async () => {
    const t = await table("odd_keys", `"it's" INT, "a\\b" INT, "c [d]" INT`);
    await redshift.copyJsonToTable(bucket, "p", [{ "it's": 1, "a\\b": 2, "c [d]": 3 }], null, t);
    expect(await rowsOf(t)).toEqual([{ "it's": 1, "a\\b": 2, "c [d]": 3 }]);
  });

  test("no documents load nothing", async () => {
    const t = await table("empty", "a INT");
    expect(await redshift.copyJsonToTable(bucket, "p", [], null, t)).toMatchObject({ rows: 0, files: 0 });
  });

  test.each([
    [
      "a key that is no column",
      [{ a: 1, nope: 2 }],
      /Row 1: the key "nope" is no column of public\.refused \(a, b\)/,
    ],
    [
      "a key that first appears later",
      [{ a: 1 }, { a: 2, b: "x" }],
      /Row 2 has the key "b", which the first document lacks/,
    ],
    ["NaN", [{ a: Number.NaN }], /Row 1 holds NaN or infinity at \$\['a'\]/],
  ])(
    "%s is an error that names it; nothing is loaded and nothing stays in S3",
    async (_, documents, message) => {
      const t = await table("refused", "a INT, b VARCHAR(5)");
      const run = redshift.copyJsonToTable(bucket, "r", documents, null, t);
      await expect(run).rejects.toBeInstanceOf(LoadError);
      await expect(run).rejects.toThrow(message);
      expect(await rowsOf(t)).toEqual([]);
      expect(await objects("r")).toEqual([]);
    },
  );

  test("a value too long for its column names row, column and value", async () => {
    const t = await table("narrow", "a INT, b VARCHAR(5)");
    const documents = [
      { a: 1, b: "short" },
      { a: 2, b: "short" },
      { a: 3, b: "too long" },
    ];
    const run = redshift.copyJsonToTable(bucket, "r", documents, null, t, { slices: 2 });
    await expect(run).rejects.toThrow(
      /^Row 3, column b \(VARCHAR\(5\)\): "too long" \("too l»ong«"\): .*Nothing was loaded into public\.narrow; widen the column/,
    );
    expect(await rowsOf(t)).toEqual([]);
    expect(await objects("r")).toEqual([]);
  });

  test("a table that is not there names the nearest, and nothing is uploaded", async () => {
    await table("nearest_one", "a INT");
    await expect(redshift.copyJsonToTable(bucket, "r", [{ a: 1 }], null, "nearest_on")).rejects.toThrow(
      /nearest_one/,
    );
    expect(await objects("r")).toEqual([]);
  });

  test("a bucket that is not there is one sentence", async () => {
    const t = await table("t1", "a INT");
    const run = redshift.copyJsonToTable("no-such-bucket", "r", [{ a: 1 }], null, t);
    await expect(run).rejects.toBeInstanceOf(StorageError);
    await expect(run).rejects.toThrow(/there is no bucket named no-such-bucket/);
  });

  test.each([0, 1.5, -3])("slices %j is refused", async (slices) => {
    await expect(
      redshift.copyJsonToTable(bucket, "r", [{ a: 1 }], null, "t1", { slices }),
    ).rejects.toBeInstanceOf(OptionsError);
  });

  test("keeping the objects keeps them", async () => {
    const t = await table("kept", "a INT");
    const { keyPrefix } = await redshift.copyJsonToTable(bucket, "keep", [{ a: 1 }], null, t, {
      cleanUpS3: false,
    });
    expect(await objects("keep/")).toEqual([
      `${keyPrefix}/data/00000.json.gz`,
      `${keyPrefix}/jsonpaths.json`,
      `${keyPrefix}/manifest.json`,
      `${keyPrefix}/owner.json`,
    ]);
  });

  test("cleanUpS3 true, which is the default, removes them", async () => {
    const t = await table("removed", "a INT");
    await redshift.copyJsonToTable(bucket, "gone", [{ a: 1 }], null, t, { cleanUpS3: true });
    expect(await objects("gone/")).toEqual([]);
  });

  test("slices says how many files there are at most; the default is 32", async () => {
    const t = await table("sliced", "a INT");
    const documents = Array.from({ length: 100 }, (_, a) => ({ a }));
    const load = (options: { slices?: number }) =>
      redshift.copyJsonToTable(bucket, "s", documents, null, t, options);
    expect((await load({ slices: 7 })).files).toBe(7);
    expect((await load({})).files).toBe(32);
    expect((await load({ slices: 1000 })).files).toBe(100);
  });

  test("a first document without keys tells no columns, and is refused", async () => {
    await redshift.execute("CREATE TABLE keyless (a INT)");
    for (const data of [[{}, { a: 1 }], [Promise.resolve({ a: 1 }) as never]]) {
      const run = redshift.copyJsonToTable(bucket, "keyless", data, null, "keyless");
      await expect(run).rejects.toBeInstanceOf(LoadError);
      await expect(run).rejects.toThrow(
        "Row 1 has no keys, so it does not tell the columns to load. Nothing was loaded; begin with another document, or pass jsonpaths.",
      );
    }
    await redshift.copyJsonToTable(bucket, "keyless", [{}, { a: 1 }], "auto", "keyless");
    expect(await rowsOf("keyless")).toEqual(expect.arrayContaining([{ a: null }, { a: 1 }]));
  });

  test("schema says where the table is", async () => {
    await redshift.execute("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.there (a INT)");
    await redshift.copyJsonToTable(bucket, "s", [{ a: 1 }], null, "there", { schema: "elsewhere" });
    expect(await rowsOf("elsewhere.there")).toEqual([{ a: 1 }]);
  });

  test("jsonpaths with keys that are not ASCII load", async () => {
    const t = await table("paths", "a INT, b INT");
    const paths = { jsonpaths: ["$['größe 😀']", "$['x']"] };
    await redshift.copyJsonToTable(bucket, "s", [{ "größe 😀": 1, x: 2 }], paths, t);
    expect(await rowsOf(t)).toEqual([{ a: 1, b: 2 }]);
  });

  test("a stream of bytes is read as a file of documents", async () => {
    const t = await table("streamed", "a INT");
    const stream = Readable.from([Buffer.from('{"a":1}\n{"a"'), Buffer.from(":2}\n[")]);
    await expect(redshift.copyJsonToTable(bucket, "s", stream, null, t)).rejects.toThrow(
      /^the stream, line 3 is not JSON where a document should begin: \[\./,
    );
    const whole = Readable.from([Buffer.from('[{"a":1},{"a"'), Buffer.from(":2}]")]);
    expect(await redshift.copyJsonToTable(bucket, "s", whole, "auto", t)).toMatchObject({ rows: 2 });
    expect(await rowsOf(t)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("text that is not parsed is COPY's to judge, which names its line", async () => {
    const t = await table("unparsed", "a INT");
    const stream = Readable.from([Buffer.from('{"a":1}\n{"a":oops}\n')]);
    const run = redshift.copyJsonToTable(bucket, "s", stream, "auto", t);
    await expect(run).rejects.toBeInstanceOf(LoadError);
    await expect(run).rejects.toThrow(/^the stream, row 2.*Nothing was loaded into public\.unparsed/);
    expect(await rowsOf(t)).toEqual([]);
  });

  describe("localPath", () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "local-path-"));
    });

    afterAll(async () => {
      await rm(folder, { recursive: true });
    });

    test("keeps what was uploaded with cleanUpLocal false, for this user alone", async () => {
      const t = await table("local", "a INT");
      const localPath = join(folder, "new");
      const { localFiles = [], keyPrefix } = await redshift.copyJsonToTable(
        bucket,
        "l",
        [{ a: 1 }, { a: 2 }],
        null,
        t,
        {
          localPath,
          cleanUpLocal: false,
          cleanUpS3: false,
          slices: 2,
        },
      );
      expect((await readdir(localPath)).map((name) => join(localPath, name)).sort()).toEqual(localFiles);
      expect((await stat(localPath)).mode & 0o777).toBe(0o700);
      for (const [n, path] of localFiles.entries()) {
        expect((await stat(path)).mode & 0o777).toBe(0o600);
        const uploaded: Uint8Array[] = [];
        const key = `${keyPrefix}/data/0000${n}.json.gz`;
        for await (const chunk of await (await redshift.getBucket(bucket)).get(key)) uploaded.push(chunk);
        expect(await readFile(path)).toEqual(Buffer.concat(uploaded));
        expect(gunzipSync(await readFile(path)).toString()).toBe(`{"a":${n + 1}}\n`);
      }
    });

    test("keeps nothing by default, whether the load works or not", async () => {
      const t = await table("local", "a INT");
      const localPath = join(folder, "empty");
      await redshift.copyJsonToTable(bucket, "l", [{ a: 1 }], null, t, { localPath });
      const bad = redshift.copyJsonToTable(bucket, "l", [{ a: 1 }, { a: Number.NaN }], null, t, {
        localPath,
      });
      await expect(bad).rejects.toBeInstanceOf(LoadError);
      expect(await readdir(localPath)).toEqual([]);
    });

    test("without it nothing is written locally", async () => {
      const home = process.env.HOME;
      process.env.HOME = folder;
      try {
        const t = await table("local", "a INT");
        const report = await redshift.copyJsonToTable(bucket, "l", [{ a: 1 }], null, t);
        expect(report).not.toHaveProperty("localFiles");
        expect(await readdir(folder)).not.toContain(".shiftmanager");
      } finally {
        process.env.HOME = home;
      }
    });

    test("one that cannot be written is refused, the source is closed and nothing is uploaded", async () => {
      const t = await table("local", "a INT");
      let closed = false;
      const source = {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false as const, value: { a: 1 } }),
          return: () => {
            closed = true;
            return { done: true as const, value: undefined };
          },
        }),
      };
      await writeFile(join(folder, "file"), "");
      const run = redshift.copyJsonToTable(bucket, "l", source, null, t, {
        localPath: join(folder, "file", "x"),
      });
      await expect(run).rejects.toThrow(/x cannot be written \(ENOTDIR\); name another directory\./);
      expect(closed).toBe(true);
      expect(await objects("l/data")).toEqual([]);
    });
  });

  test("S3 failing half way leaves nothing", async () => {
    const t = await table("faulty", "a INT");
    sandbox.faults.add({ target: "s3", operation: "PutObject", action: "deny", after: 2, times: 100 });
    const documents = Array.from({ length: 10 }, (_, a) => ({ a }));
    await expect(redshift.copyJsonToTable(bucket, "f", documents, null, t)).rejects.toBeInstanceOf(
      StorageError,
    );
    sandbox.faults.clear();
    expect(await objects("f")).toEqual([]);
    expect(await rowsOf(t)).toEqual([]);
  });
});
