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
      /^Row 3, column b \(varchar\(5\)\): "too long": .*Nothing was loaded into public\.narrow; widen the column/,
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
    ]);
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
