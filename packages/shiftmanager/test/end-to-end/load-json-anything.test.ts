import fc from "fast-check";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  LoadError,
  readJsonDocuments,
  type JsonObject,
  type JsonSource,
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
  await redshift.execute(`
    CREATE TABLE as_super (n INT, v SUPER);
    CREATE TABLE as_text (n INT, v VARCHAR(65535))
  `);
});

afterAll(async () => {
  await redshift?.close();
  expect(await s3Leftovers(sandbox)).toEqual([]);
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

/** Lone surrogates, control characters, quotes, brackets: whatever JavaScript calls a string. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      "\\",
      "[",
      "]",
      "{",
      "}",
      "$",
      ".",
      ",",
      ":",
      "\n",
      "\t",
      "\u0001",
      "ü",
      "😀",
    ),
  }),
);

/** Beyond what a double holds exactly, and what JSON cannot say. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(
    -0,
    2 ** 53 + 2,
    -(2 ** 63),
    5e-324,
    1.7976931348623157e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
);

const { anyValue } = fc.letrec<{ anyValue: unknown }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    anyNumber,
    anyText,
    fc.array(tie("anyValue"), { maxLength: 4 }),
    fc.array(fc.tuple(anyText, tie("anyValue")), { maxLength: 4 }).map((entries) => {
      const object: Record<string, unknown> = {};
      for (const [key, value] of entries) {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      }
      return object;
    }),
  ),
}));

/** What makes a document one that JSON or Redshift cannot hold. */
function isRefused(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed();
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => isRefused(key) || isRefused(inner));
}

async function outcome(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function load(table: string, documents: JsonSource): Promise<unknown> {
  await redshift.execute(`DELETE FROM ${table}`);
  return outcome(redshift.copyJsonToTable("sandbox", "any", documents, null, table, { slices: 3 }));
}

async function valuesOf(table: string): Promise<readonly (string | null)[]> {
  const [result] = await redshift.execute(`SELECT v FROM ${table} ORDER BY n`);
  return (result?.rows as readonly { readonly v: string | null }[]).map(({ v }) => v);
}

/** Row and key of the first document that is refused, or that every document came back. */
async function roundTrip(table: string, values: readonly unknown[], back: (v: string | null) => unknown) {
  const error = await load(
    table,
    values.map((v, n) => ({ n, v: v as JsonObject })),
  );
  const bad = values.findIndex(isRefused);
  if (bad === -1) {
    expect(error).toBeUndefined();
    expect((await valuesOf(table)).map(back)).toEqual(JSON.parse(JSON.stringify(values)));
    return;
  }
  expect(error).toBeInstanceOf(LoadError);
  expect((error as LoadError).message).toMatch(
    new RegExp(`^Row ${bad + 1} holds .* at (the key .* of )?\\$\\['v'\\].*Nothing was loaded\\.$`, "s"),
  );
  expect((error as LoadError).failures[0]).toMatchObject({ line: bad + 1 });
  expect(await valuesOf(table)).toEqual([]);
}

describe("any JSON document comes back as it was, or is refused by row and key", () => {
  test("through a SUPER column", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyValue, { minLength: 1, maxLength: 12 }), (values) =>
        roundTrip("as_super", values, (v) => (v === null ? null : (JSON.parse(v) as unknown))),
      ),
      { numRuns: 30 },
    );
  }, 120_000);

  test("as text through a VARCHAR column", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 12 }), (values) =>
        roundTrip("as_text", values, (v) => v),
      ),
      { numRuns: 30 },
    );
  }, 120_000);

  test("as an object or array, the text of which a VARCHAR column holds", async () => {
    const nested = anyValue.filter((value) => typeof value === "object");
    await fc.assert(
      fc.asyncProperty(fc.array(nested, { minLength: 1, maxLength: 12 }), (values) =>
        roundTrip("as_text", values, (v) => (v === null ? null : (JSON.parse(v) as unknown))),
      ),
      { numRuns: 30 },
    );
  }, 120_000);

  test("with any key, which is then the name of its column or refused", async () => {
    const names = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyText, async (key) => {
        fc.pre(key !== "" && !isRefused(key) && Buffer.byteLength(key) < 100 && key.toLowerCase() !== "n");
        const column = key.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        names.add(column);
        await redshift.execute("DROP TABLE IF EXISTS any_key");
        await redshift.execute(`CREATE TABLE any_key (n INT, "${column.replaceAll('"', '""')}" VARCHAR(20))`);
        await redshift.copyJsonToTable("sandbox", "any", [{ [key]: "here", n: 1 }], null, "any_key");
        const [result] = await redshift.execute("SELECT * FROM any_key");
        expect(result?.rows).toEqual([{ n: 1, [column]: "here" }]);
      }),
      { numRuns: 40 },
    );
    expect(names.size).toBeGreaterThan(10);
  }, 120_000);

  test("numbers of a file beyond 2^53 keep every digit", async () => {
    const digits = fc
      .tuple(
        fc.boolean(),
        fc.bigInt({ min: 2n ** 53n, max: 10n ** 36n }),
        fc.option(fc.bigInt({ min: 0n, max: 99_999n })),
      )
      .map(([minus, whole, part]) => `${minus ? "-" : ""}${whole}${part === null ? "" : `.${part}1`}`);
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { minLength: 1, maxLength: 12 }), async (numbers) => {
        const text = numbers.map((v, n) => `{"n":${n},"v":${v}}`).join("\n");
        const documents = () => readJsonDocuments(new Blob([text]).stream(), "f");
        for (const table of ["as_super", "as_text"]) {
          expect(await load(table, documents())).toBeUndefined();
          expect(await valuesOf(table)).toEqual(numbers);
        }
      }),
      { numRuns: 10 },
    );
  }, 120_000);

  test("nested as deep as a person would never", async () => {
    const deep = (levels: number) => {
      let value: unknown = "bottom";
      for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { k: value };
      return value;
    };
    await roundTrip("as_super", [deep(100)], (v) => JSON.parse(v ?? "null") as unknown);
    await roundTrip("as_text", [deep(900)], (v) => JSON.parse(v ?? "null") as unknown);
    const error = await load("as_super", [{ n: 1, v: deep(50_000) as JsonObject }]);
    expect(error).toBeInstanceOf(LoadError);
    expect((error as LoadError).message).toMatch(
      /^Row 1 is nested too deeply to be read; flatten it\. Nothing was loaded\.$/,
    );
    const text = `{"n":1,"v":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    const stream = new Blob([text]).stream() as unknown as AsyncIterable<Uint8Array>;
    expect(await load("as_super", stream)).toMatchObject({
      message: "the stream, line 1 is nested too deeply to be read; flatten it. Nothing was loaded.",
    });
  }, 60_000);
});
