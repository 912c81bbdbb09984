import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { runCommand, type Outcome } from "./run-command.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let source: PostgresSource;
let place: readonly string[];

beforeAll(async () => {
  sandbox = await startSandbox();
  source = await startPostgresSource();
  redshift = openRedshift(sandbox);
  await source.run(
    "CREATE TABLE orders (id integer, note text); INSERT INTO orders VALUES (1, ''), (2, NULL)",
  );
  await redshift.execute("CREATE TABLE orders (id INTEGER, note VARCHAR(20))");
  const { host, port, user = "", database = "" } = source.options;
  place = [
    ...["--source-host", host, "--source-port", String(port)],
    ...["--source-user", user, "--source-database", database, "--source-sslmode", "disable"],
  ];
});

afterAll(async () => {
  await redshift?.close();
  await source?.stop();
  await sandbox?.stop();
});

function load(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const secret = { SHIFTMANAGER_SOURCE_PASSWORD: String(source.options.password) };
  return runCommand(["load", "postgres", "--table", "orders", "--s3", "s3://sandbox/loads", ...args], {
    ...sandbox.env,
    ...secret,
    ...env,
  });
}

test("a preview prints the whole script and changes nothing", async () => {
  const { code, stdout } = await load([
    ...place,
    ...["--from-table", "orders", "--delete", "DELETE FROM orders WHERE id > 0", "--manifest-max-keys", "5"],
    ...["--compression", "gzip"],
  ]);
  expect(stdout).toBe(`-- Note: There is one such COPY for each 5 files, all in one transaction.

BEGIN;

-- Deletes the rows that the new ones replace
DELETE FROM orders WHERE id > 0;

-- Loads the uploaded files into public.orders, all of them or none
COPY public.orders (id, note)
FROM 's3://sandbox/loads/shiftmanager-<run id>/manifest.json'
IAM_ROLE 'arn:aws:iam::123456789012:role/sandbox'
MANIFEST
FORMAT AS CSV
NULL AS '<null marker>'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto'
COMPUPDATE OFF
REGION 'us-east-1';

-- Proves that every row was loaded; a division by zero stops the transaction
SELECT 1 / CASE WHEN pg_last_copy_count() = <rows> THEN 1 ELSE 0 END AS every_row_was_loaded;

COMMIT;
`);
  expect(code).toBe(0);
});

test("with --execute it loads; a delete needs --yes", async () => {
  const args = [...place, "--from-query", "SELECT * FROM orders", "--delete", "DELETE FROM orders"];
  expect(await load([...args, "--execute"])).toMatchObject({ code: 3 });
  const { code, stdout } = await load([...args, "--execute", "--yes", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
    type: "report",
    rows: 2,
    files: 1,
  });
  const [result] = await redshift.execute("SELECT id, note FROM orders ORDER BY 1");
  expect(result?.rows).toEqual([
    { id: 1, note: "" },
    { id: 2, note: null },
  ]);
});

test("a profile's source is read; flags and the environment come before it", async () => {
  const home = await mkdtemp(join(tmpdir(), "source-profile-"));
  try {
    const { host, port, user, database, password } = source.options;
    const inFile = { host, port, user, database, ssl: "disable", password: { file: "secret" } };
    await writeFile(join(home, "secret"), `${String(password)}\n`, { mode: 0o600 });
    await writeFile(
      join(home, ".shiftmanager.json"),
      JSON.stringify({ profiles: { app: { source: inFile } } }),
      { mode: 0o600 },
    );
    const env = { HOME: home, SHIFTMANAGER_SOURCE_PASSWORD: "" };
    const { code, stdout, stderr } = await load(["--from-table", "orders"], env);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("COPY public.orders (id, note)");
    const other = await load(["--from-table", "orders", "--source-database", "nowhere"], env);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("nowhere")]);
    const elsewhere = await load(["--from-table", "orders", "--source-host", "localhost"], env);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining("password")]);
  } finally {
    await rm(home, { recursive: true });
  }
});

test("SHIFTMANAGER_SOURCE_URL names the source", async () => {
  const { host, port } = source.options;
  const password = encodeURIComponent(String(source.options.password));
  const { code, stderr } = await load(["--from-table", "orders", "--execute"], {
    SHIFTMANAGER_SOURCE_URL: `postgresql://reader:${password}@${host}:${port}/shop?sslmode=disable`,
    SHIFTMANAGER_SOURCE_PASSWORD: "",
  });
  expect(stderr).toContain(`Connecting to ${host}:${port}, database shop, as reader`);
  expect(code).toBe(0);
});

test.each([
  ["neither table nor query", () => place, 2, /Give either --from-table or --from-query/],
  [
    "a source of which nothing is said, whatever PG* says",
    () => ["--from-table", "orders"],
    1,
    /The source database needs --source-host, --source-database, --source-user; .* PG\* variables mean Redshift/,
  ],
  [
    "a password in a URL on the command line",
    () => ["--from-table", "orders", "--source-url", "postgresql://reader:secret@host/shop"],
    2,
    /--source-url holds a password/,
  ],
  [
    "the target as its own source",
    () => [
      ...[
        "--from-table",
        "orders",
        "--source-host",
        "localhost",
        "--source-port",
        String(sandbox.env.PGPORT),
      ],
      ...["--source-user", "awsuser", "--source-database", "dev", "--source-sslmode", "disable"],
    ],
    1,
    /The source and the target are the same database/,
  ],
  [
    "options that exclude each other, before the source is connected to,",
    () => [
      ...["--from-table", "orders", "--delete", "DELETE FROM orders", "--commit-each-manifest"],
      ...["--source-host", "127.0.0.1", "--source-port", "1", "--source-user", "u", "--source-database", "d"],
    ],
    1,
    /--commit-each-manifest/,
  ],
  [
    "an unknown table of the source",
    () => [...place, "--from-table", "order"],
    1,
    /The source has no table or view "order"; did you mean orders\?/,
  ],
])("%s is refused in one sentence, without a secret", async (_, args, code, message) => {
  const outcome = await load(args());
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toContain("secret");
  expect(outcome.stdout).toBe("");
});

test("a wrong password names its variable and shows nothing of it", async () => {
  const outcome = await load([...place, "--from-table", "orders"], {
    SHIFTMANAGER_SOURCE_PASSWORD: "wrong-one",
  });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/refused the login of "reader" .*SHIFTMANAGER_SOURCE_PASSWORD/);
  expect(outcome.stderr).not.toContain("wrong-one");
});
