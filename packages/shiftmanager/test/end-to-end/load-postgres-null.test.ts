import fc from "fast-check";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let source: PostgresSource;

const columns = "id INTEGER, a VARCHAR(200), b VARCHAR(200), n INTEGER, j SUPER";

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
  await source.run("CREATE TABLE t (id integer PRIMARY KEY, a text, b varchar(40), n integer, j jsonb)");
  redshift = openRedshift(sandbox, { iamRole: "default" });
  await redshift.createPgConnection(source.options);
  await redshift.execute(`CREATE TABLE t (${columns}); CREATE TABLE back (${columns})`);
});

afterAll(async () => {
  await redshift?.close();
  await source?.stop();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

/** Everything that some format takes for NULL, for nothing, for a mark, or for the end of something. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "\\N",
    "\\\\N",
    "N",
    "NULL",
    "null",
    '""',
    '"',
    "\\",
    "\\.",
    "|",
    ",",
    "\n",
    "\r",
    "\t",
    " ",
    "@NULL@",
    "'",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => value.replaceAll("\0", "")),
);

const row = fc.record({
  a: fc.option(text),
  b: fc.option(text),
  n: fc.option(fc.nat(9).map(String)),
  j: fc.option(
    fc.oneof(text, fc.array(fc.option(text), { maxLength: 3 })).map((value) => JSON.stringify(value)),
  ),
});

/** How COPY reads what UNLOAD wrote in each format. A mark that no text is keeps NULL apart from each of them. */
const ways = [
  { format: "csv", reads: "FORMAT CSV NULL AS '#none#'" },
  { format: "text", reads: "DELIMITER '|' ESCAPE NULL AS '#none#'" },
  { format: "json", reads: "FORMAT JSON 'auto'" },
] as const;

test.each((["csv", "json"] as const).flatMap((loaded) => ways.map((way) => ({ loaded, ...way }))))(
  "NULL, the empty string and \\N stay apart from PostgreSQL by $loaded into Redshift and out again by $format",
  async ({ loaded, format, reads }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        await source.run("TRUNCATE t");
        for (const [id, values] of rows.entries()) await source.insert("t", { id, ...values });
        await redshift.execute("DELETE FROM t; DELETE FROM back");
        await redshift.copyTableToRedshift("t", "sandbox", "null", { pgTableName: "t", format: loaded });
        await redshift.unloadTableToS3("sandbox", `out-${loaded}-${format}/`, "t", {
          format,
          existing: "replace",
          ...(format === "json" ? {} : { nullAs: "#none#" }),
        });
        await redshift.execute(
          `COPY back FROM 's3://sandbox/out-${loaded}-${format}/manifest' IAM_ROLE default MANIFEST GZIP ${reads}`,
        );
        const seen = async (table: string) => {
          const [result] = await redshift.execute(`SELECT id, a, b, n, j FROM ${table} ORDER BY id`);
          return (result?.rows ?? []).map((found) => {
            const { j, ...others } = found as { readonly j: string | null };
            return { ...others, j: j === null ? null : (JSON.parse(j) as unknown) };
          });
        };
        const expected = rows.map(({ n, j, ...texts }, id) => ({
          id,
          ...texts,
          n: n === null ? null : Number(n),
          j: j === null ? null : (JSON.parse(j) as unknown),
        }));
        expect(await seen("t")).toEqual(expected);
        expect(await seen("back")).toEqual(expected);
      }),
      { numRuns: 8 },
    );
  },
);
