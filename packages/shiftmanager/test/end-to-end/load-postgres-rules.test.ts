import fc from "fast-check";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  OptionsError,
  type CopyTableToRedshiftOptions,
  type Redshift,
  type ValueRules,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let source: PostgresSource;

beforeAll(async () => {
  sandbox = await startSandbox();
  for (const name of [
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
  ] as const) {
    vi.stubEnv(name, sandbox.env[name]);
  }
  source = await startPostgresSource();
  redshift = openRedshift(sandbox, { iamRole: "default" });
  await redshift.execute("SET extra_float_digits TO 2");
  await redshift.createPgConnection(source.options);
});

afterAll(async () => {
  await redshift?.close();
  await source?.stop();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

/** What comes of values in a column `v`, in their order. */
async function loaded(
  sourceType: string,
  values: readonly string[],
  targetType: string,
  options: ValueRules & Pick<CopyTableToRedshiftOptions, "check" | "format"> = {},
): Promise<readonly unknown[]> {
  await source.run(`DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, v ${sourceType})`);
  for (const [id, v] of values.entries()) await source.insert("t", { id, v });
  await redshift.execute("DROP TABLE IF EXISTS t");
  await redshift.execute(`CREATE TABLE t (id INTEGER, v ${targetType})`);
  await redshift.copyTableToRedshift("t", "sandbox", "rules", {
    ...options,
    pgTableName: "t",
  });
  const [result] = await redshift.execute("SELECT v FROM t ORDER BY id");
  return (result?.rows ?? []).map((row) => (row as { readonly v: unknown }).v);
}

const first = "0001-01-01";
const last = "9999-12-31";
const infinities = ["infinity", "-infinity"];
const floats = ["Infinity", "-Infinity"];

test.each<[ValueRules, string, readonly string[], string, readonly unknown[]]>([
  [{ infinity: "null" }, "date", infinities, "DATE", [null, null]],
  [{ infinity: "clamp" }, "date", infinities, "DATE", [last, first]],
  [{ infinity: "clamp" }, "date", infinities, "TIMESTAMP", [`${last} 00:00:00`, `${first} 00:00:00`]],
  [
    { infinity: "clamp" },
    "timestamp",
    infinities,
    "TIMESTAMP",
    [`${last} 23:59:59.999999`, `${first} 00:00:00`],
  ],
  [
    { infinity: "clamp" },
    "timestamptz",
    infinities,
    "TIMESTAMP",
    [`${last} 23:59:59.999999`, `${first} 00:00:00`],
  ],
  [
    { infinity: "clamp" },
    "timestamptz",
    infinities,
    "TIMESTAMPTZ",
    [`${last} 23:59:59.999999+00`, `${first} 00:00:00+00`],
  ],
  [{ infinity: "null" }, "double precision", floats, "DOUBLE PRECISION", [null, null]],
  [
    { infinity: "clamp" },
    "double precision",
    floats,
    "DOUBLE PRECISION",
    [Number.MAX_VALUE, -Number.MAX_VALUE],
  ],
  [{ infinity: "clamp" }, "real", floats, "REAL", [3.4028235e38, -3.4028235e38]],
  [{ infinity: "clamp" }, "double precision", floats, "REAL", [3.4028235e38, -3.4028235e38]],
  [{ infinity: "clamp" }, "numeric", floats, "DECIMAL(5,2)", ["999.99", "-999.99"]],
  [{ infinity: "clamp" }, "double precision", floats, "DECIMAL(5,2)", ["999.99", "-999.99"]],
  [
    { infinity: "clamp" },
    "numeric",
    floats,
    "DECIMAL(19,1)",
    ["922337203685477580.7", "-922337203685477580.7"],
  ],
  [{ infinity: "clamp" }, "numeric", floats, "INTEGER", [2147483647, -2147483647]],
  [{ nan: "null" }, "double precision", ["NaN", "1"], "DOUBLE PRECISION", [null, 1]],
  [{ nan: "null" }, "real", ["NaN", "1"], "REAL", [null, 1]],
  [{ nan: "null" }, "numeric(5,2)", ["NaN", "1"], "DECIMAL(5,2)", [null, "1.00"]],
  [
    { nan: "null", infinity: "null" },
    "numeric",
    ["NaN", "Infinity", "1"],
    "DECIMAL(5,2)",
    [null, null, "1.00"],
  ],
  [{ farDates: "null" }, "date", [`${first} BC`, "10000-01-01", last], "DATE", [null, null, last]],
  [
    { farDates: "clamp" },
    "date",
    [`${first} BC`, "5874897-12-31", first],
    "TIMESTAMP",
    [`${first} 00:00:00`, `${last} 00:00:00`, `${first} 00:00:00`],
  ],
  [
    { farDates: "clamp", infinity: "null" },
    "timestamptz",
    ["0044-03-15 00:00:00+00 BC", "10000-01-01 00:00:00+00", "infinity"],
    "TIMESTAMPTZ",
    [`${first} 00:00:00+00`, `${last} 23:59:59.999999+00`, null],
  ],
  [
    { surplusDecimals: "round" },
    "numeric",
    ["1.005", "-1.005", "1.5", "1.00499"],
    "DECIMAL(5,2)",
    ["1.01", "-1.01", "1.50", "1.00"],
  ],
  [
    { surplusDecimals: "truncate" },
    "numeric",
    ["1.009", "-1.009", "1.5"],
    "DECIMAL(5,2)",
    ["1.00", "-1.00", "1.50"],
  ],
  [
    { surplusDecimals: "round" },
    "double precision",
    ["0.30000000000000004", "1e2"],
    "DECIMAL(5,2)",
    ["0.30", "100.00"],
  ],
  [{ surplusDecimals: "round" }, "money", ["1.25"], "DECIMAL(5,1)", ["1.3"]],
  [
    { longText: "truncate" },
    "text",
    ["abcdef", "zwölf", "😀😀", "é😀", "ab"],
    "VARCHAR(5)",
    ["abcde", "zwöl", "😀", "é", "ab"],
  ],
  [{ longText: "truncate" }, "varchar(9)", ["€", "a€", "ab"], "VARCHAR(2)", ["", "a", "ab"]],
  [{ longText: "truncate" }, "text", ["é", "b"], "VARCHAR(1)", ["", "b"]],
  [{ longText: "truncate" }, "text", ["abcdef"], "CHAR(3)", ["abc"]],
  [
    { nulCharacters: "remove" },
    "json",
    [String.raw`"a\u0000b\u0000\u0000"`, String.raw`"\\u0000 \\\u0000"`],
    "SUPER",
    ['"ab"', String.raw`"\\u0000 \\"`],
  ],
  [{ jsonNumbers: "allow" }, "jsonb", ["0.30000000000000000001"], "SUPER", ["0.30000000000000000001"]],
  [{}, "boolean", ["t", "f"], "VARCHAR(1)", ["t", "f"]],
])(
  "%j: %s %j into %s becomes %j, in both formats",
  async (rules, sourceType, values, targetType, expected) => {
    for (const format of ["csv", "json"] as const) {
      expect(await loaded(sourceType, values, targetType, { ...rules, format })).toEqual(expected);
    }
  },
);

test.each<[ValueRules, string, string, string, RegExp]>([
  [
    { surplusDecimals: "round" },
    "numeric",
    "999.995",
    "DECIMAL(5,2)",
    /"999.995" has too many digits for DECIMAL\(5,2\)/,
  ],
  [
    { surplusDecimals: "round" },
    "numeric(6,3)",
    "999.995",
    "DECIMAL(5,2)",
    /has too many digits for DECIMAL\(5,2\)/,
  ],
  [
    { infinity: "null" },
    "date",
    "infinity",
    "DATE NOT NULL",
    /"infinity" is NULL, which the column does not take/,
  ],
  [{ longText: "truncate" }, "jsonb", '"abcdef"', "VARCHAR(3)", /has 8 bytes/],
  [{ farDates: "clamp" }, "date", "infinity", "DATE", /is infinite/],
  [{ infinity: "clamp" }, "date", "10000-01-01", "DATE", /has a year over 9999/],
])(
  "what comes of %j is checked as well: %s %j into %s",
  async (rules, sourceType, value, targetType, message) => {
    await expect(loaded(sourceType, [value], targetType, rules)).rejects.toThrow(message);
  },
);

test("any text is cut to its longest beginning that fits", async () => {
  const texts = fc
    .sample(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), 60)
    .map((text) => text.replaceAll("\0", ""));
  for (const bytes of [1, 2, 3, 7]) {
    const cut = (text: string): string => {
      let kept = "";
      for (const character of text) {
        if (Buffer.byteLength(kept + character) > bytes) break;
        kept += character;
      }
      return kept;
    };
    // Redshift does not keep blanks beyond the length apart either, so they are no part of what is compared.
    const found = await loaded("text", texts, `VARCHAR(${bytes})`, { longText: "truncate" });
    expect(found).toEqual(texts.map(cut));
  }
});

test("a rule that there is not is refused before anything is read", async () => {
  const run = redshift.copyTableToRedshift("t", "sandbox", "x", {
    pgTableName: "t",
    infinity: "NULL" as unknown as "null",
  });
  await expect(run).rejects.toBeInstanceOf(OptionsError);
  await expect(run).rejects.toThrow(
    'copyTableToRedshift was given "NULL" for infinity; give one of refuse, null, clamp.',
  );
});

test("without the check COPY has the last word, and cuts decimals", async () => {
  expect(await loaded("numeric", ["1.009"], "DECIMAL(5,2)", { check: false })).toEqual(["1.00"]);
  await expect(loaded("text", ["abc"], "VARCHAR(2)", { check: false })).rejects.toThrow(/length exceeds/i);
});
