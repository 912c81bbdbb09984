import fc from "fast-check";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { OptionsError, type CopyTableToRedshiftOptions, type Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { debian15, no15, startPostgresSource, type PostgresSource } from "./postgres-source.ts";

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

type Options = Omit<CopyTableToRedshiftOptions, "pgTableName" | "pgSelectStatement">;

const load = (table: string, options: Options = {}) =>
  redshift.copyTableToRedshift(table, "sandbox", "new", { ...options, createTable: true, pgTableName: "s" });

async function preview(table: string, options: Options = {}): Promise<string> {
  const batch = await redshift.copyTableToRedshift(table, "sandbox", "new", {
    ...options,
    createTable: true,
    pgTableName: "s",
    execute: false,
  });
  return batch.toScript();
}

async function columnsOf(table: string): Promise<Record<string, string>> {
  const { columns } = await redshift.reflectedTable(table);
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
}

/** Each row of docs/postgres-types.md: a type, values, and what it becomes. */
const types: readonly (readonly [type: string, values: readonly string[], becomes: string])[] = [
  ["smallint", ["-32768"], "SMALLINT"],
  ["integer", ["2147483647"], "INTEGER"],
  ["bigint", ["-9223372036854775808"], "BIGINT"],
  ["oid", ["4294967295"], "BIGINT"],
  ["real", ["0.1"], "REAL"],
  ["double precision", ["0.1"], "DOUBLE PRECISION"],
  ["numeric(12,2)", ["1.50"], "DECIMAL(12,2)"],
  ["numeric(38,37)", ["1.5"], "DECIMAL(38,37)"],
  ["numeric(3,-2)", ["12300"], "DECIMAL(9,0)"],
  ["numeric(45,2)", ["1.50"], "DECIMAL(6,1)"],
  ["numeric", ["-123.4500", "7"], "DECIMAL(9,2)"],
  ["numeric", ["0"], "DECIMAL(5,0)"],
  ["numeric", [`${"9".repeat(36)}.12`], "DECIMAL(38,2)"],
  ["numeric", [], "DECIMAL(38,10)"],
  ["money", ["-92233720368547758.07"], "DECIMAL(19,2)"],
  ["boolean", ["t"], "BOOLEAN"],
  ["text", ["zwölf"], "VARCHAR(16)"],
  ["text", ["x".repeat(100)], "VARCHAR(128)"],
  ["text", ["x".repeat(65_535)], "VARCHAR(65535)"],
  ["text", [], "VARCHAR(256)"],
  ["varchar(10)", ["0123456789"], "VARCHAR(16)"],
  ["varchar(3)", ["€€€"], "VARCHAR(12)"],
  ["char(5)", ["ab"], "VARCHAR(16)"],
  ["name", ["n"], "VARCHAR(16)"],
  ["date", ["2024-02-29"], "DATE"],
  ["time", ["23:59:59.5"], "TIME"],
  ["timetz", ["10:00:00+02"], "TIMETZ"],
  ["timestamp", ["2024-02-29 23:59:59.123456"], "TIMESTAMP"],
  ["timestamptz", ["2024-02-29 23:59:59.123456+05"], "TIMESTAMPTZ"],
  ["interval", ["1 year 2 days 03:04:05"], "VARCHAR(32)"],
  ["uuid", ["12345678-1234-1234-1234-123456789012"], "VARCHAR(36)"],
  ["json", ['{"a": 1.5,\n "b": null}'], "SUPER"],
  ["jsonb", ['[1, "zwölf"]'], "SUPER"],
  ["integer[]", ["{1,NULL}"], "SUPER"],
  ["text[]", ['{"a,b","\\\\N"}'], "SUPER"],
  ["pair", ["(1,x)"], "SUPER"],
  ["mood", ["so la la"], "VARCHAR(16)"],
  ["positive", ["5"], "INTEGER"],
  ["inet", ["2001:db8::1/64"], "VARCHAR(43)"],
  ["cidr", ["10.0.0.0/8"], "VARCHAR(43)"],
  ["macaddr", ["08:00:2b:01:02:03"], "VARCHAR(17)"],
  ["macaddr8", ["08:00:2b:01:02:03:04:05"], "VARCHAR(23)"],
  ["bit(5)", ["10101"], "VARCHAR(5)"],
  ["varbit", ["1"], "VARCHAR(16)"],
  ["int4range", ["[1,5)"], "VARCHAR(16)"],
  ["int4multirange", ["{[1,5)}"], "VARCHAR(16)"],
  ["tstzrange", ["[2024-01-01 00:00:00+00,)"], "VARCHAR(48)"],
  ["tsvector", ["'a':1 'b':2"], "VARCHAR(16)"],
  ["tsquery", ["'a' & 'b'"], "VARCHAR(16)"],
  ["xml", ["<a>ü</a>"], "VARCHAR(16)"],
  ["point", ["(1,2)"], "VARCHAR(16)"],
  ["polygon", ["((0,0),(1,1))"], "VARCHAR(32)"],
  ["pg_lsn", ["16/B374D848"], "VARCHAR(16)"],
  ["jsonpath", ["$.a"], "VARCHAR(16)"],
];

test("every type of the table becomes what the table says, and its values arrive", async () => {
  await source.run(`
    CREATE TYPE pair AS (a integer, b text);
    CREATE TYPE mood AS ENUM ('so la la', 'well');
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0)`);
  const columns = types.map(([type], i) => `c${i} ${type}`);
  await source.run(`CREATE TABLE s (id integer PRIMARY KEY, ${columns.join(", ")})`);
  for (const id of [0, 1]) {
    const values = types.flatMap(([, list], i) => (list[id] === undefined ? [] : [[`c${i}`, list[id]]]));
    await source.insert("s", { id, ...(Object.fromEntries(values) as Record<string, string>) });
  }
  await source.run("INSERT INTO s (id) VALUES (2)");
  await load("all_types");
  const found = await columnsOf("all_types");
  expect(types.map(([type], i) => [type, found[`c${i}`]])).toEqual(
    types.map(([type, , becomes]) => [type, becomes]),
  );
  const [result] = await redshift.execute("SELECT * FROM all_types ORDER BY id");
  const there = result?.rows as readonly Record<string, unknown>[];
  const [here] = await source.inUtc(
    `SELECT ${types.map((_, i) => `c${i}::text AS c${i}`).join(", ")} FROM s WHERE id = 0`,
  );
  const changed = new Set(["money", "char(5)", "json", "jsonb", "integer[]", "text[]", "pair", "boolean"]);
  for (const [i, [type]] of types.entries()) {
    const [mine, theirs] = [here?.[`c${i}`], there[0]?.[`c${i}`]];
    if (changed.has(type) || mine === null) continue;
    if (/^(?:numeric|double|real)/.test(type)) expect(Number(theirs), type).toBe(Number(mine));
    else expect(String(theirs), type).toBe(mine);
  }
  const of = (type: string): unknown => there[0]?.[`c${types.findIndex(([name]) => name === type)}`];
  expect([of("money"), of("char(5)"), of("boolean")]).toEqual(["-92233720368547758.07", "ab   ", true]);
  expect(
    ["json", "jsonb", "integer[]", "text[]", "pair"].map((type) => JSON.parse(String(of(type))) as unknown),
  ).toEqual([{ a: 1.5, b: null }, [1, "zwölf"], [1, null], ["a,b", "\\N"], { a: 1, b: "x" }]);
  expect(Object.entries(there[2] ?? {}).filter(([name, value]) => name !== "id" && value !== null)).toEqual(
    [],
  );
});

test("the CREATE stands in the plan; DISTKEY and SORTKEY come from the primary key and are called a proposal", async () => {
  await source.run(`DROP TABLE IF EXISTS s;
    CREATE TABLE s (note text, "Shop Id" integer, at timestamptz NOT NULL, PRIMARY KEY (at, "Shop Id"));
    INSERT INTO s VALUES ('x', 1, '2024-01-01')`);
  expect(await preview("planned")).toMatch(
    `-- Note: DISTKEY (at) and SORTKEY (at, shop id) are a proposal from the primary key of the source; choose others for how the table will be joined and filtered.

BEGIN;

-- Creates public.planned for the source's columns; lengths and digits are those of its values, with room to grow
CREATE TABLE public.planned (
  note VARCHAR(16),
  "shop id" INTEGER NOT NULL,
  at TIMESTAMPTZ NOT NULL
)
DISTSTYLE KEY
DISTKEY (at)
COMPOUND SORTKEY (at, "shop id")
ENCODE AUTO;

-- Loads the uploaded files into public.planned, all of them or none
COPY public.planned (note, "shop id", at)
`,
  );
  expect(await redshift.tableExists("planned")).toBe(false);
  await load("planned");
  expect((await redshift.execute("SELECT * FROM planned"))[0]?.rows).toHaveLength(1);
});

test("a table without a primary key, or with one that is no key in Redshift, has AUTO for both", async () => {
  for (const key of ["", ", PRIMARY KEY (j)"]) {
    await source.run(`DROP TABLE IF EXISTS s; CREATE TABLE s (j jsonb${key})`);
    const script = await preview("planned_too");
    expect(script).toContain("\nDISTSTYLE AUTO\nSORTKEY AUTO\nENCODE AUTO;");
    expect(script).not.toContain("Note:");
  }
});

test("bytea becomes VARBYTE of its longest value, with room to grow", async () => {
  await source.run(
    "DROP TABLE IF EXISTS s; CREATE TABLE s (b bytea, e bytea); INSERT INTO s VALUES (repeat('x', 100)::bytea, NULL)",
  );
  expect(await preview("binary")).toContain("(\n  b VARBYTE(128),\n  e VARBYTE(256)\n)");
});

test("only the columns that are named are created", async () => {
  await source.run(
    "DROP TABLE IF EXISTS s; CREATE TABLE s (a integer PRIMARY KEY, b integer, c text); INSERT INTO s VALUES (1, 2, 'x')",
  );
  await load("some_columns", { columns: ["c", "B"] });
  expect(await columnsOf("some_columns")).toEqual({ b: "INTEGER", c: "VARCHAR(16)" });
});

test("a failed load leaves no table", async () => {
  await source.run("DROP TABLE IF EXISTS s; CREATE TABLE s (d date); INSERT INTO s VALUES ('infinity')");
  await expect(load("failed")).rejects.toThrow(/is infinite/);
  sandbox.faults.add({ target: "sql", statement: "COPY", action: "drop" });
  await expect(load("failed", { infinity: "null" })).rejects.toThrow();
  sandbox.faults.clear();
  expect(await redshift.tableExists("failed")).toBe(false);
});

test.each<[string, string, string, Options, RegExp]>([
  [
    "a table that exists",
    "a integer",
    "existing",
    {},
    /^public\.existing exists, so it is not created; leave out createTable/,
  ],
  [
    "a delete",
    "a integer",
    "x",
    { deleteStatement: "DELETE FROM x" },
    /deleteStatement and createTable exclude each other/,
  ],
  [
    "a commit after each COPY",
    "a integer",
    "x",
    { commitEachManifest: true },
    /commitEachManifest and createTable exclude/,
  ],
  [
    "a text too long for VARCHAR",
    "t text",
    "x",
    {},
    /^The column "t" holds a value of 65536 bytes, and VARCHAR takes 65535 at most/,
  ],
  [
    "numbers too long for DECIMAL",
    "n numeric",
    "x",
    {},
    /^The column "n" holds numbers with 39 digits in front of the point and 0 behind it/,
  ],
  [
    "names that fold to one",
    'a integer, "A" integer',
    "x",
    {},
    /^Several columns of the source fold to "a" of public\.x/,
  ],
])("%s is refused", async (_, columns, table, options, message) => {
  await source.run(`DROP TABLE IF EXISTS s; CREATE TABLE s (${columns})`);
  if (columns === "t text") await source.run("INSERT INTO s VALUES (repeat('x', 65536))");
  if (columns === "n numeric") await source.run("INSERT INTO s VALUES (1e38)");
  if (table === "existing") await redshift.execute("CREATE TABLE IF NOT EXISTS existing (a INTEGER)");
  const run = load(table, options);
  await expect(run).rejects.toBeInstanceOf(OptionsError);
  await expect(run).rejects.toThrow(message);
});

test("a text that is cut fills the longest VARCHAR", async () => {
  await source.run(
    "DROP TABLE IF EXISTS s; CREATE TABLE s (t text); INSERT INTO s VALUES (repeat('x', 70000))",
  );
  await load("cut", { longText: "truncate" });
  expect((await redshift.execute("SELECT LEN(t) AS n FROM cut"))[0]?.rows).toEqual([{ n: 65_535 }]);
});

test("whatever the source holds, the table that is created takes it", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.replaceAll("\0", ""));
  const number = fc
    .tuple(fc.bigInt(-(10n ** 17n), 10n ** 17n), fc.stringMatching(/^\d{0,12}$/))
    .map(([before, after]) => `${before}.${after}0`);
  const row = fc.record({
    t: fc.option(text),
    v: fc.option(text.map((value) => Array.from(value).slice(0, 10).join(""))),
    n: fc.option(number),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 6 }),
      fc.constantFrom("csv", "json"),
      async (rows, format) => {
        await source.run(
          "DROP TABLE IF EXISTS s; CREATE TABLE s (id integer PRIMARY KEY, t text, v varchar(10), n numeric)",
        );
        for (const [id, values] of rows.entries()) await source.insert("s", { id, ...values });
        const table = `anything_${(run += 1)}`;
        await load(table, { format });
        const [there] = await redshift.execute(`SELECT id, t, v, n FROM ${table} ORDER BY id`);
        const here = await source.inUtc("SELECT id, t, v, n::text AS n FROM s ORDER BY id");
        // The column has as many decimals as the longest value: only zeros behind a point say nothing.
        const plain = (n: string) => (n.includes(".") ? n.replace(/\.?0*$/, "") : n);
        const comparable = (list: readonly Record<string, unknown>[]) =>
          list.map((item) => ({ ...item, n: item.n === null ? null : plain(item.n as string) }));
        expect(comparable((there?.rows ?? []) as Record<string, unknown>[])).toEqual(comparable(here));
      },
    ),
    { numRuns: 15 },
  );
});

test("hstore becomes SUPER, the texts of other extensions VARCHAR", async ({ skip }) => {
  if (no15 !== undefined) skip(no15);
  const extended = await startPostgresSource(debian15);
  const other = openRedshift(sandbox, { iamRole: "default" });
  try {
    const { rows } = await extended.run(
      "SELECT 1 FROM pg_available_extensions WHERE name IN ('hstore', 'citext')",
    );
    if (rows.length < 2)
      skip("no extensions beside PostgreSQL 15: install postgresql-15 with its contrib modules to run this");
    await extended.run(`CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TABLE s (id integer, h hstore, c citext);
      INSERT INTO s VALUES (1, 'a=>1, "b c"=>NULL', 'Zwölf')`);
    await other.createPgConnection(extended.options);
    await other.copyTableToRedshift("extended", "sandbox", "new", { pgTableName: "s", createTable: true });
    expect(await columnsOf("extended")).toEqual({ id: "INTEGER", h: "SUPER", c: "VARCHAR(16)" });
    const [result] = await redshift.execute("SELECT h, c FROM extended");
    const [row] = (result?.rows ?? []) as readonly { readonly h: string; readonly c: string }[];
    expect([JSON.parse(row?.h ?? ""), row?.c]).toEqual([{ a: "1", "b c": null }, "Zwölf"]);
  } finally {
    await other.close();
    await extended.stop();
  }
});
