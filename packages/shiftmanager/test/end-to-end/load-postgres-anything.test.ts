import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { LoadError, type Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let source: PostgresSource;

const columns: readonly (readonly [name: string, source: string, target: string])[] = [
  ["id", "integer", "INTEGER"],
  ["t", "text", "VARCHAR(200)"],
  ["c", "varchar(20)", "CHAR(20)"],
  ["n", "numeric", "DECIMAL(20,4)"],
  ["f", "double precision", "DOUBLE PRECISION"],
  ["d", "date", "DATE"],
  ["ts", "timestamp", "TIMESTAMP"],
  ["tz", "timestamptz", "TIMESTAMPTZ"],
  ["b", "boolean", "BOOLEAN"],
  ["by", "bytea", "VARCHAR(200)"],
  ["j", "jsonb", "SUPER"],
  ["a", "text[]", "SUPER"],
];

beforeAll(async () => {
  sandbox = await startSandbox();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: sandbox.env.AWS_ENDPOINT_URL_S3,
    AWS_ACCESS_KEY_ID: sandbox.env.AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: sandbox.env.AWS_SECRET_ACCESS_KEY,
    AWS_REGION: sandbox.env.AWS_REGION,
  });
  source = await startPostgresSource();
  redshift = openRedshift(sandbox, { iamRole: "default" });
  // Redshift shows 15 digits of a double unless told to show them all. Its largest value is 2.
  await redshift.execute("SET extra_float_digits TO 2");
  await redshift.createPgConnection(source.options);
  await source.run(`CREATE TABLE anything (${columns.map(([name, type]) => `${name} ${type}`).join(", ")})`);
  await redshift.execute(
    `CREATE TABLE anything (${columns.map(([name, , type]) => `${name} ${type}`).join(", ")})`,
  );
});

afterAll(async () => {
  await redshift?.close();
  await source?.stop();
  await sandbox?.stop();
});

const nasty = fc.constantFrom(
  "",
  "\\N",
  "NULL",
  "null",
  '"',
  '""',
  "\\",
  "\n",
  "\r\n",
  "a\tb",
  ",",
  "\\.",
  "'",
  "ü€😀",
  "null_",
);
const text = fc.oneof(
  nasty,
  fc.string({ unit: "grapheme", maxLength: 20 }).map((value) => value.replaceAll("\0", "")),
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 5 });
const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
  .map((value) => value.toISOString());
/** Few, so that most rows arrive. */
const rarely = <T>(usual: fc.Arbitrary<T>, ...odd: readonly T[]) =>
  fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const row = fc.record({
  t: orNull(text),
  c: orNull(rarely(fc.stringMatching(/^[ -~]{0,20}$/), "é")),
  n: orNull(
    rarely(
      fc
        .tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.nat(9999))
        .map(([a, b]) => `${a}.${String(b).padStart(4, "0")}`),
      "NaN",
      "0.00001",
      "1e30",
    ),
  ),
  f: orNull(rarely(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), "NaN", "-Infinity")),
  d: orNull(
    rarely(
      day.map((value) => value.slice(0, 10)),
      "infinity",
      "0001-01-01 BC",
      "12345-01-01",
    ),
  ),
  ts: orNull(
    rarely(
      day.map((value) => value.slice(0, 23).replace("T", " ")),
      "-infinity",
    ),
  ),
  tz: orNull(rarely(day, "infinity")),
  b: orNull(fc.boolean().map(String)),
  by: orNull(fc.uint8Array({ maxLength: 30 }).map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`)),
  j: orNull(
    rarely(
      fc
        .jsonValue({ maxDepth: 3, stringUnit: "grapheme" })
        .map((value) => JSON.stringify(value).replaceAll(/\\u0000/g, "")),
      '{"n": 123456789.12345678901234567890}',
    ),
  ),
  a: orNull(fc.array(orNull(text), { maxLength: 4 }).map(arrayText)),
});

function arrayText(items: readonly (string | null)[]): string {
  const written = items.map((item) =>
    item === null ? "NULL" : `"${item.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
  );
  return `{${written.join(",")}}`;
}

test.each(["csv", "json"] as const)(
  "any row arrives as it is or is refused by row and column (%s)",
  async (format) => {
    const outcomes = { arrived: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
        await source.run("TRUNCATE anything");
        for (const [id, values] of rows.entries()) await source.insert("anything", { id, ...values });
        await redshift.execute("DELETE FROM anything");
        try {
          await redshift.copyTableToRedshift("anything", "sandbox", "any", {
            pgTableName: "anything",
            format,
          });
        } catch (error) {
          if (!(error instanceof LoadError)) throw error;
          expect(error.message).toMatch(
            /^Row ctid=\(\d+,\d+\), column \w+ \(.+\): ".*Nothing was loaded into public\.anything\.$/s,
          );
          expect((await redshift.execute("SELECT id FROM anything"))[0]?.rows).toEqual([]);
          outcomes.refused += 1;
          return;
        }
        // The same expressions on both sides; the two servers' own ways of writing values are set alike.
        const list = `id, t, c::varchar AS c, n::varchar AS n, f, d::varchar AS d, ts::varchar AS ts, tz::varchar AS tz, b, a, j`;
        const [there] = await redshift.execute(`SELECT ${list}, by FROM anything ORDER BY id`);
        const here = await source.inUtc(
          `SELECT id, t, rpad(c, 20)::bpchar::varchar AS c, n::numeric(20,4)::varchar AS n, f, d::varchar AS d, ts::varchar AS ts, tz::varchar AS tz, b, to_json(a)::text AS a, j::text AS j, encode(by, 'hex') AS by FROM anything ORDER BY id`,
        );
        const parsed = (value: unknown) => (typeof value === "string" ? JSON.parse(value) : value) as unknown;
        const comparable = (list: readonly Record<string, unknown>[]) =>
          list.map((item) => ({
            ...item,
            a: parsed(item.a),
            j: parsed(item.j),
          }));
        expect(comparable((there?.rows ?? []) as Record<string, unknown>[])).toEqual(comparable(here));
        outcomes.arrived += 1;
      }),
      { numRuns: 25 },
    );
    expect(outcomes.arrived).toBeGreaterThan(0);
  },
);
