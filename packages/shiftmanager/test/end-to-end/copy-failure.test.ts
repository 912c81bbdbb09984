import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { LoadError, type JsonObject, type LoadFailure, type Redshift } from "../../src/index.ts";
import { causes } from "../../src/load/failure/causes.ts";
import { openRedshift } from "./open-redshift.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

type LoadOptions = Exclude<Parameters<Redshift["copyJsonToTable"]>[5], undefined>;

interface Case {
  /** Of the table of causes. */
  readonly cause: string;
  readonly columns: string;
  readonly documents: readonly JsonObject[];
  readonly options?: LoadOptions;
  readonly jsonpaths?: Parameters<Redshift["copyJsonToTable"]>[3];
  /** Of the first kind of failure. */
  readonly failure: Partial<LoadFailure>;
  readonly mend: RegExp;
}

/** Everything that the sandbox's COPY says of JSON, with the rows of the table of causes that answer it. */
const cases: readonly Case[] = [
  {
    cause: "1204 Input data exceeded the acceptable range for the data type: a VARCHAR is too short.",
    columns: "n INT, v VARCHAR(5)",
    documents: [{ v: "short" }, { v: "longer" }, { v: "ööööx" }, { v: "a very long one" }, { v: "€€" }],
    failure: {
      line: 2,
      column: "v",
      columnType: "VARCHAR(5)",
      value: "longer",
      rows: 4,
      badPlace: { start: 5, end: 6 },
    },
    mend: /^widen the column \(ALTER TABLE public\.t ALTER COLUMN v TYPE VARCHAR\(15\), the longest value's bytes\)/,
  },
  {
    cause: "1204 Input data exceeded the acceptable range for the data type: a VARCHAR is too short.",
    columns: "n INT, v VARCHAR(5)",
    documents: [{ v: "x".repeat(70_000) }],
    failure: { line: 1, column: "v", rows: 1 },
    mend: /^shorten the values \(no VARCHAR holds 70000 bytes, 65535 are the most\), or have COPY cut them \(truncatecolumns: true\)/,
  },
  {
    cause: "1204 Input data exceeded the acceptable range for the data type: a VARCHAR is too short.",
    columns: "n INT, v VARCHAR(5) DEFAULT 'x'",
    documents: [{ v: "longer" }],
    failure: { line: 1, column: "v", rows: 1 },
    mend: /the type varchar\(6\) by a copy of the table .*: a column with a DEFAULT keeps its length/,
  },
  {
    cause: "1204 Input data exceeded the acceptable range for the data type: a CHAR is too short.",
    columns: "n INT, c CHAR(2)",
    documents: [{ c: "ab" }, { c: "abcd" }],
    failure: { line: 2, column: "c", columnType: "CHAR(2)", value: "abcd", badPlace: { start: 2, end: 4 } },
    mend: /^give the column c of public\.t the type varchar\(4\) by a copy of the table \(deepCopy, columns\)/,
  },
  {
    cause: "1205 Date format is not valid.",
    columns: "n INT, d DATE",
    documents: [{ d: "31/12/2025" }, { d: "30/12/2025" }],
    failure: { line: 1, column: "d", columnType: "DATE", value: "31/12/2025", rows: 2 },
    mend: /^say how the values are written \(dateformat: "DD\/MM\/YYYY"\)/,
  },
  {
    cause: "1205 Date format is not valid.",
    columns: "n INT, d DATE",
    documents: [{ d: "soon" }],
    failure: { line: 1, column: "d", value: "soon" },
    mend: /^write it as 2026-12-31, or null, and run it again\.$/,
  },
  ...(
    [
      [1_700_000_000, "epochsecs"],
      [1_700_000_000_123, "epochmillisecs"],
      ["31-12-2025 23:59", "DD-MM-YYYY HH24:MI"],
    ] as const
  ).map(([value, format]): Case => ({
    cause: "1206 Timestamp format is not valid.",
    columns: "n INT, ts TIMESTAMP",
    documents: [{ ts: value }],
    failure: { line: 1, column: "ts", columnType: "TIMESTAMP", value: String(value) },
    mend: new RegExp(`^say how the values are written \\(timeformat: "${format}"\\)`),
  })),
  {
    cause: "1207 Data contained a value outside of the expected range of 0-9: decimals for a whole number.",
    columns: "n INT, m INT",
    documents: [{ n: 1 }, { n: 2.5 }],
    failure: { line: 2, column: "n", columnType: "INTEGER", value: "2.5", badPlace: { start: 1, end: 2 } },
    mend: /the type decimal\(38,10\) by a copy of the table/,
  },
  {
    cause: "1207 Data contained a value outside of the expected range of 0-9: separators of thousands.",
    columns: "n DECIMAL(12,2)",
    documents: [{ n: "1,234.50" }],
    failure: { line: 1, column: "n", value: "1,234.50", badPlace: { start: 1, end: 2 } },
    mend: /without its separators: 1234\.50, and run it again/,
  },
  {
    cause: "1207 Data contained a value outside of the expected range of 0-9.",
    columns: "n BIGINT NOT NULL",
    documents: [{ n: 1 }, { n: "12a4" }, { n: "x" }],
    failure: { line: 2, column: "n", value: "12a4", badPlace: { start: 2, end: 3 }, rows: 2 },
    mend: /^write a number, or null, and run it again/,
  },
  {
    cause: "1208 FLOAT data type format error.",
    columns: "f REAL",
    documents: [{ f: "1,5" }],
    failure: { line: 1, column: "f", columnType: "REAL", value: "1,5" },
    mend: /^write a number such as 1\.5/,
  },
  {
    cause: "1210 BOOLEAN data type format error.",
    columns: "b BOOLEAN",
    documents: [{ b: true }, { b: "maybe" }],
    failure: { line: 2, column: "b", value: "maybe" },
    mend: /^write true or false/,
  },
  {
    cause: "1213 A field specified as NOT NULL contained no data.",
    columns: "n INT NOT NULL, m INT NOT NULL DEFAULT 7",
    documents: [
      { n: 1, m: 1 },
      { n: null, m: 1 },
      { n: 3, m: 2 },
    ],
    failure: { line: 2, column: "n" },
    mend: /^give the key a value in every document\.$/,
  },
  {
    cause: "1216 Input line is not valid: a jsonpath leads into an array that is none, or is too short.",
    columns: "n INT",
    jsonpaths: { jsonpaths: ["$.a[1]"] },
    documents: [{ a: [1, 2] }, { a: [1] }],
    failure: { line: 2, value: '{"a":[1]}' },
    mend: /^give every document an array there that is long enough .*jsonpaths\.$/,
  },
  {
    cause: "1220 String contains characters that a CHAR cannot hold: it takes single bytes only.",
    columns: "n INT, c CHAR(9)",
    documents: [{ c: "abc" }, { c: "größe" }, { c: "ööööö" }],
    failure: { line: 2, column: "c", value: "größe", badPlace: { start: 2, end: 3 }, rows: 2 },
    mend: /the type varchar\(10\) by a copy of the table .*: CHAR takes ASCII characters only/,
  },
  {
    cause: "1222 Integer value overflow error.",
    columns: "n SMALLINT",
    documents: [{ n: 1 }, { n: 70_000 }],
    failure: { line: 2, column: "n", columnType: "SMALLINT", value: "70000" },
    mend: /the type bigint by a copy of the table .*: SMALLINT is too small for the value/,
  },
  {
    cause: "1222 Integer value overflow error.",
    columns: "n DECIMAL(5,2)",
    documents: [{ n: 12_345 }],
    failure: { line: 1, column: "n", columnType: "DECIMAL(5,2)", value: "12345" },
    mend: /the type decimal\(38,2\) by a copy of the table/,
  },
];

/** What this COPY of JSON never comes to, and why; `failure/causes.test.ts` goes through them. */
const outOfReach: Readonly<Record<string, string>> = {
  "1200 Unknown parse error.": "it has no known cause",
  "1201 Field delimiter was not found in the input file.": "JSON has no delimiter",
  "1202 Input data had more columns than were defined in the DDL.": "JSON is mapped by name",
  "1203 Input data had fewer columns than were defined in the DDL.": "JSON is mapped by name",
  "1204 Input data exceeded the acceptable range for the data type.": "the sandbox says 1222 of numbers",
  "1209 DECIMAL data type format error.": "the sandbox says 1207 of decimals",
  "1211 Input line contained no data.": "no empty line is written",
  "1212 Load file was not found.": "S3 says so first: NoSuchKey",
  "1214 Delimiter not found.": "JSON has no delimiter",
  "1215 CHAR field error.": "the sandbox says 1220",
  "1216 Input line is not valid: the record is over 4 MB.": "refused before the upload",
  "1216 Input line is not valid.": "what is no JSON is refused before the upload where it is parsed",
  "1217 Identity column value is not valid.": "COPY refuses the column before it reads a row",
  "1218 With NULL AS '\\0', a field with a NUL contained more than one byte.": "JSON takes no NULL AS",
  "1219 UTF-8 hexadecimal contains a digit that is not valid.": "refused before the upload",
  "1220 String contains invalid or unsupported UTF-8 code points.": "refused before the upload",
  "1221 The file's encoding is not the one that COPY was told.": "every file is UTF-8",
  "1223 Data type is not valid.": "the sandbox has no such type",
  "1224 Input data is not correctly formed JSON for the SUPER data type.": "it would be no JSON document",
  "8001 COPY with the MANIFEST parameter requires the full path of an S3 object.": "the manifest is ours",
  "9005 The end key is not valid.": "no file is encrypted by the client",
};

test("every row of the table of causes is tried, or says why it cannot be", () => {
  const rows = causes.map(({ code, cause }) => `${code} ${cause}`);
  const tried = new Set(cases.map(({ cause }) => cause));
  expect([...tried, ...Object.keys(outOfReach)].sort()).toEqual([...rows].sort());
});

describe.each(["provisioned", "serverless"] as const)("on a sandbox that is %s", (edition) => {
  let sandbox: Sandbox;
  let redshift: Redshift;

  beforeAll(async () => {
    sandbox = await startSandbox({ edition });
    const { env } = sandbox;
    vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
    redshift = openRedshift(sandbox, {
      awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
      awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      region: env.AWS_REGION,
      iamRole: env.REDSHIFT_IAM_ROLE,
    });
  });

  afterEach(async () => {
    sandbox.faults.clear();
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  afterAll(async () => {
    await redshift?.close();
    await sandbox?.stop();
    vi.unstubAllEnvs();
  });

  async function table(columns: string): Promise<void> {
    await redshift.execute("DROP TABLE IF EXISTS t");
    await redshift.execute(`CREATE TABLE t (${columns})`);
  }

  function load(
    documents: readonly JsonObject[],
    options: LoadOptions = {},
    jsonpaths: Case["jsonpaths"] = null,
  ) {
    return redshift.copyJsonToTable("sandbox", "f", documents, jsonpaths, "t", {
      slices: 2,
      ...options,
      execute: true,
    });
  }

  async function failed(work: Promise<unknown>): Promise<LoadError> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LoadError);
    return error as LoadError;
  }

  const count = async () =>
    Number(((await redshift.execute("SELECT COUNT(*) AS n FROM t"))[0]?.rows[0] as { n: string }).n);

  test.each(cases.map((one) => [one.cause, one] as const))("%s", async (cause, one) => {
    await table(one.columns);
    const { message, failures } = await failed(load(one.documents, one.options, one.jsonpaths ?? null));
    expect(failures[0]).toMatchObject(one.failure);
    expect(failures[0]).toMatchObject({ code: Number(cause.slice(0, 4)), table: "public.t" });
    expect(failures[0]?.mend).toMatch(one.mend);
    expect(message).toContain("Nothing was loaded into public.t; ");
    expect(await count()).toBe(0);
  });

  test("what is said to mend it does: options, and the length of a VARCHAR to the byte", async () => {
    const texts = ["short", "longer", "ööööx", "a very long one", "€€"];
    await table("v VARCHAR(5)");
    const { message } = await failed(load(texts.map((v) => ({ v }))));
    const alter = /ALTER TABLE .* TYPE VARCHAR\((\d+)\)/.exec(message);
    await redshift.execute(alter?.[0] ?? "");
    await load(texts.map((v) => ({ v })));
    expect(await count()).toBe(texts.length);

    for (const [type, value] of [
      ["TIMESTAMP", 1_700_000_000],
      ["TIMESTAMP", 1_700_000_000_123],
      ["TIMESTAMP", "31-12-2025 23:59"],
      ["TIMESTAMP", "31/12/2025 11:59:59 PM"],
      ["TIMESTAMP", "31/12/2025"],
      ["DATE", "31/12/2025"],
      ["DATE", "31 12 2025"],
    ] as const) {
      await table(`x ${type}`);
      const { failures } = await failed(load([{ x: value }]));
      const [, name = "", format = ""] =
        /\((timeformat|dateformat): "([^"]+)"\)/.exec(failures[0]?.mend ?? "") ?? [];
      expect(name, `${type} ${value}`).not.toBe("");
      await load([{ x: value }], { [name]: format });
      expect(await count()).toBe(1);
    }

    await table("v VARCHAR(5)");
    await load([{ v: "longer" }], { truncatecolumns: true });
    expect((await redshift.execute("SELECT v FROM t"))[0]?.rows).toEqual([{ v: "longe" }]);
  });

  test("every conversion parameter reaches COPY", async () => {
    await table("v VARCHAR(5), w VARCHAR(5), x VARCHAR(5), d DATE, n DECIMAL(5,1)");
    await load([{ v: "ab  ", w: "  ", x: "", d: "00/00/00", n: 1.25 }], {
      trimblanks: true,
      blanksasnull: true,
      emptyasnull: true,
      acceptanydate: true,
      dateformat: "YYYY-MM-DD",
      roundec: true,
      acceptinvchars: "^",
    });
    expect((await redshift.execute("SELECT * FROM t"))[0]?.rows).toEqual([
      { v: "ab", w: null, x: null, d: null, n: "1.3" },
    ]);
  });

  test("rows that fail in other ways are told after the first", async () => {
    await table("n INT, v VARCHAR(3)");
    const error = await failed(
      load([
        { n: 1, v: "ok" },
        { n: "x", v: "ok" },
        { n: 3, v: "too long" },
        { n: 4, v: "too long" },
      ]),
    );
    expect(error.failures.map(({ line, column, rows }) => ({ line, column, rows }))).toEqual([
      { line: 2, column: "n", rows: 1 },
      { line: 3, column: "v", rows: 2 },
    ]);
    expect(error.message).toMatch(/^Row 2, column n \(INTEGER\): "x": /);
    expect(error.message).toContain(
      "Other rows fail as well: row 3, column v: String length exceeds DDL length (2 rows).",
    );
  });

  test("a value of many bytes is shown around its bad place, whole in neither view", async () => {
    await table("v VARCHAR(2000)");
    const { failures, message } = await failed(load([{ v: `${"a".repeat(2000)}bad${"c".repeat(3000)}` }]));
    const { value = "", badPlace } = failures[0] ?? {};
    expect(value.slice(badPlace?.start, badPlace?.end)).toMatch(/^badc+$/);
    expect(value.length).toBeLessThan(110);
    expect(message).toContain("a»badccc");
    expect(failures[0]?.mend).toContain("TYPE VARCHAR(5003)");
  });

  describe("S3 refuses COPY", () => {
    test.each([
      [
        "deny",
        "AccessDenied",
        /^s3:\/\/sandbox\/f\/\S+: S3 denies COPY access \(AccessDenied\)\. Nothing was loaded into public\.t; give its role or keys s3:ListBucket/,
      ],
      ["500", "InternalError", /S3 failed \(InternalError\)\. .*; run it again later\.$/],
      [
        "503",
        "SlowDown",
        /S3 asked COPY to slow down \(SlowDown\)\. .*; run it again, later or with fewer files\.$/,
      ],
      ["cut", "Interrupted", /a file could not be read to its end \(Interrupted\)\. .*; run it again\.$/],
    ] as const)("%s", async (action, _, message) => {
      await table("n INT");
      sandbox.faults.add({ target: "copy", operation: "GetObject", key: /data/, action, times: 9 });
      const error = await failed(load([{ n: 1 }, { n: 2 }]));
      expect(error.message).toMatch(message);
      expect(error.failures[0]).toMatchObject({ table: "public.t", mend: expect.any(String) as string });
      expect(await count()).toBe(0);
    });

    test("for a role and keys that it does not know, and shows no key", async () => {
      await table("n INT");
      const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "sEcReT-of-no-one" };
      const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
        sandbox.env;
      for (const [authorization, message] of [
        [
          { iamRole: "arn:aws:iam::123456789012:role/unknown" },
          /Redshift may not assume the role arn:aws:iam::123456789012:role\/unknown \(AssumeRole\)/,
        ],
        [keys, /S3 does not know the access key \(InvalidAccessKeyId\)/],
        [{ accessKeyId, secretAccessKey: keys.secretAccessKey }, /the secret key is not the access key's/],
        [{ accessKeyId, secretAccessKey, sessionToken: "stale" }, /S3 does not accept the session token/],
      ] as const) {
        const error = await failed(load([{ n: 1 }], { authorization }));
        expect(error.message).toMatch(message);
        expect(`${error.message}${JSON.stringify(error.failures)}${String(error.cause)}`).not.toContain(
          "sEcReT",
        );
      }
    });
  });
});
