import fc from "fast-check";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  LoadError,
  OptionsError,
  readJsonDocuments,
  type JsonObject,
  type Redshift,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

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
    iamRole: env.REDSHIFT_IAM_ROLE,
  });
});

afterAll(async () => {
  await redshift?.close();
  expect(await s3Leftovers(sandbox)).toEqual([]);
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

async function table(columns: string, name = "t"): Promise<void> {
  await redshift.execute(`DROP TABLE IF EXISTS ${name}`);
  await redshift.execute(`CREATE TABLE ${name} (${columns})`);
}

async function rows(query = "SELECT * FROM t ORDER BY 1"): Promise<readonly object[]> {
  return (await redshift.execute(query))[0]?.rows ?? [];
}

function load(
  documents: Parameters<Redshift["copyJsonToTable"]>[2],
  options: Exclude<Parameters<Redshift["copyJsonToTable"]>[5], undefined> = {},
  relation = "t",
) {
  return redshift.copyJsonToTable("sandbox", "v", documents, null, relation, { ...options, execute: true });
}

function fromText(text: string) {
  const bytes = async function* () {
    await Promise.resolve();
    yield Buffer.from(text);
  };
  return readJsonDocuments(bytes(), "file.json");
}

describe("values", () => {
  test("any JSON comes back from SUPER as it was, or is refused by row", async () => {
    await table("n INT, v SUPER");
    const json = fc.jsonValue({ maxDepth: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 30 }), async (values) => {
        await redshift.execute("DELETE FROM t");
        const documents = values.map((v, n) => ({ n, v: v as JsonObject }));
        await load(documents, { slices: 3 });
        const found = (await rows("SELECT n, v FROM t ORDER BY n")) as readonly {
          readonly v: string | null;
        }[];
        expect(found.map(({ v }) => (v === null ? null : (JSON.parse(v) as unknown)))).toEqual(
          JSON.parse(JSON.stringify(values)),
        );
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test("any text comes back from VARCHAR as it was, or is refused by row and key", async () => {
    await table("n INT, v VARCHAR(65535)");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 30 }),
        async (texts) => {
          await redshift.execute("DELETE FROM t");
          const bad = texts.findIndex((text) => text.includes("\0"));
          const run = load(
            texts.map((v, n) => ({ n, v })),
            { slices: 3 },
          );
          if (bad !== -1) {
            await expect(run).rejects.toThrow(`Row ${bad + 1} holds a NUL character at $['v']`);
            return;
          }
          await run;
          expect(await rows("SELECT v FROM t ORDER BY n")).toEqual(texts.map((v) => ({ v })));
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  test("numbers from a file keep every digit", async () => {
    await table("i BIGINT, d DECIMAL(38, 10), s SUPER, t VARCHAR(60)");
    const digits = "1234567890123456789012345678.0123456789";
    await load(fromText(`{"i":9223372036854775807,"d":${digits},"s":${digits},"t":${digits}}`));
    expect(await rows()).toEqual([{ i: "9223372036854775807", d: digits, s: digits, t: digits }]);
  });

  test("objects and arrays go into SUPER as they are and into VARCHAR as their text", async () => {
    await table("s SUPER, v VARCHAR(100)");
    const nested = { b: [1, { c: null }], ü: "x\ny" };
    await load([{ s: nested, v: nested }]);
    const [row] = (await rows()) as readonly { readonly s: string; readonly v: string }[];
    expect(JSON.parse(row?.s ?? "")).toEqual(nested);
    expect(JSON.parse(row?.v ?? "")).toEqual(nested);
  });

  test("null, the empty string and a missing key", async () => {
    await table("n INT, v VARCHAR(5) DEFAULT 'dflt', w VARCHAR(5) DEFAULT 'dflt'");
    await load([{ n: 1, v: null }, { n: 2, v: "" }, { n: 3 }]);
    expect(await rows()).toEqual([
      { n: 1, v: null, w: "dflt" },
      { n: 2, v: "", w: "dflt" },
      { n: 3, v: null, w: "dflt" },
    ]);
  });

  test("a document of 5 MB is refused by row, one just below 4 MB is loaded", async () => {
    await table("n INT, v SUPER");
    const parts = (count: number) => Array.from({ length: count }, () => "x".repeat(50_000));
    await expect(load([{ n: 1 }, { n: 2, v: parts(100) }])).rejects.toThrow(
      /^Row 2 (has the key|is over 4 MB)/,
    );
    await expect(
      load([
        { n: 1, v: 1 },
        { n: 2, v: parts(100) },
      ]),
    ).rejects.toThrow("Row 2 is over 4 MB");
    await load([{ n: 3, v: parts(80) }]);
    expect(await rows("SELECT n FROM t")).toEqual([{ n: 3 }]);
  });
});

describe("keys and columns", () => {
  const oddKeys = [
    "it's",
    "a\\b",
    'double"quote',
    "[brackets]",
    "dotted.name",
    "$['x']",
    "größe 😀",
    "with space",
    "{brace}",
    "a/b",
    "100%",
    "select",
    "tab\there",
  ];

  test.each(oddKeys)("the key %j reaches the column of its name", async (key) => {
    const column = `"${key.replaceAll('"', '""')}"`;
    await table(`n INT, ${column} VARCHAR(20)`);
    await load([{ [key]: "here", n: 1 }]);
    expect(await rows()).toEqual([{ n: 1, [key]: "here" }]);
  });

  test("keys that differ only in case mean one column, which is an error that names both", async () => {
    await table("a INT, b INT");
    const run = load([{ a: 1, A: 2 }]);
    await expect(run).rejects.toBeInstanceOf(LoadError);
    await expect(run).rejects.toThrow('Row 1: the keys "A" and "a" both mean the column "a" of public.t');
  });

  test("a key that one document has twice is refused by file and line", async () => {
    await table("a INT");
    await expect(load(fromText('{"a":1}\n{"a":1,"a":2}'))).rejects.toThrow(
      'file.json, line 2 has the key "a" twice in one object',
    );
  });

  test("with columns named, nested values are paths; one that first appears later is an error", async () => {
    await table("x INT, y INT");
    await load([{ a: { b: 1, c: 2 } }, { a: null }, { a: { c: 3 } }], { columns: ["x", "Y"] });
    expect(await rows("SELECT * FROM t ORDER BY y NULLS LAST")).toEqual([
      { x: 1, y: 2 },
      { x: null, y: 3 },
      { x: null, y: null },
    ]);
    await expect(
      load([{ a: { b: 1, c: 2 } }, { a: { b: 1, d: 2 } }], { columns: ["x", "y"] }),
    ).rejects.toThrow('Row 2 has the key $["a"]["d"], which the first document lacks');
    await expect(load([{ a: { b: 1, c: 2 } }, { a: 5 }], { columns: ["x", "y"] })).rejects.toThrow(
      'Row 2 has the key $["a"], which the first document lacks',
    );
  });

  test.each<[string, Parameters<Redshift["copyJsonToTable"]>[3], readonly string[] | undefined, RegExp]>([
    [
      "columns that the table lacks",
      null,
      ["a", "nope"],
      /names "nope", which is no column of public\.t \(a, b\)/,
    ],
    ["a column named twice", null, ["a", "A"], /names "a" twice/],
    ["no columns", null, [], /columns is empty/],
    [
      "fewer paths than columns",
      { jsonpaths: ["$.a"] },
      undefined,
      /There are 1 jsonpaths \(\$\.a\) for 2 columns \(a, b\)/,
    ],
    ["more paths than columns", { jsonpaths: ["$.a", "$.b"] }, ["a"], /There are 2 jsonpaths/],
    ["something that is no path", { jsonpaths: ["a", "b"] }, undefined, /"a" is no path/],
    ["no paths", { jsonpaths: [] }, undefined, /is no path/],
  ])("%s: an OptionsError before anything is uploaded", async (_, jsonpaths, columns, message) => {
    await table("a INT, b INT");
    const options = columns === undefined ? {} : { columns };
    const run = redshift.copyJsonToTable("sandbox", "v", [{ a: 1, b: 2 }], jsonpaths, "t", options);
    await expect(run).rejects.toBeInstanceOf(OptionsError);
    await expect(run).rejects.toThrow(message);
  });
});

describe("tables and places", () => {
  test("tables of other schemas, by option and by name, and names with odd characters", async () => {
    await redshift.execute('CREATE SCHEMA "odd schema"');
    await redshift.execute('CREATE TABLE "odd schema"."it\'s.a ""table""" (n INT, v VARCHAR(3))');
    const name = '"it\'s.a ""table"""';
    await load([{ n: 1 }], { schema: "odd schema" }, name);
    await load([{ n: 2 }], {}, `"odd schema".${name}`);
    expect(await rows(`SELECT n FROM "odd schema".${name} ORDER BY n`)).toEqual([{ n: 1 }, { n: 2 }]);
    await expect(load([{ v: "long" }], {}, `"odd schema".${name}`)).rejects.toThrow(
      `Nothing was loaded into "odd schema".${name}; widen the column (ALTER TABLE "odd schema".${name} ALTER COLUMN v TYPE`,
    );
  });

  test.each(["", "/", "a//b", "../x", "späce and ünïcode", "100%?#&+", "a'b\\c"])(
    "the prefix %j works",
    async (keypath) => {
      await table("n INT");
      await redshift.copyJsonToTable("sandbox", keypath, [{ n: 1 }], null, "t");
      expect(await rows()).toEqual([{ n: 1 }]);
    },
  );

  test("a view is refused", async () => {
    await table("n INT");
    await redshift.execute("CREATE VIEW a_view AS SELECT 1 AS n");
    await expect(load([{ n: 1 }], {}, "a_view")).rejects.toThrow("public.a_view is a view");
  });

  test("without a role and without keys COPY has no way to S3, which is one sentence", async () => {
    const bare = openRedshift(sandbox);
    try {
      vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
      vi.stubEnv("REDSHIFT_IAM_ROLE", undefined);
      await expect(bare.copyJsonToTable("sandbox", "v", [{ n: 1 }], null, "t")).rejects.toThrow(
        /^COPY and UNLOAD need a role or keys to reach S3: set iamRole .*\.$/,
      );
    } finally {
      await bare.close();
    }
  });

  test("a preview shows everything that would run, with marks for what is not known, and uploads nothing", async () => {
    await table("n INT");
    const batch = await redshift.copyJsonToTable("sandbox", "v", [{ n: 1 }], null, "t", { execute: false });
    expect(String(batch)).toBe(
      `COPY public.t (n)
FROM 's3://sandbox/v/shiftmanager-<run id>/manifest.json'
IAM_ROLE '${sandbox.env.REDSHIFT_IAM_ROLE ?? ""}'
MANIFEST
FORMAT AS JSON 's3://sandbox/v/shiftmanager-<run id>/jsonpaths.json'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto'
REGION 'us-east-1';
SELECT 1 / CASE WHEN pg_last_copy_count() = <rows> THEN 1 ELSE 0 END AS every_row_was_loaded`,
    );
  });
});
