import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  JsonDocuments,
  LoadError,
  readJsonDocuments,
  type Redshift,
  type TransferEstimate,
} from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { runCommand, type Outcome } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let source: PostgresSource;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  source = await startPostgresSource();
  folder = await mkdtemp(join(tmpdir(), "dry-run-"));
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
    source: source.options,
  });
  await source.run(`CREATE TABLE few (n integer, v text); INSERT INTO few VALUES (1, 'a'), (2, NULL), (3, 'c');
    CREATE TABLE none (n integer, v text);
    CREATE TABLE many (n integer, v text);
    INSERT INTO many SELECT i, repeat(md5(i::text), 5) FROM generate_series(1, 120000) AS i`);
});

afterAll(async () => {
  await redshift?.close();
  await source?.stop();
  await sandbox?.stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  await redshift.execute("DROP TABLE IF EXISTS t");
  await redshift.execute("CREATE TABLE t (n INTEGER, v VARCHAR(200))");
});

const run = (...args: string[]) =>
  runCommand(args, {
    ...sandbox.env,
    SHIFTMANAGER_SOURCE_URL: source.url,
    SHIFTMANAGER_SOURCE_PASSWORD: String(source.options.password),
  });

const into = ["--table", "t", "--s3", "s3://sandbox/loads"];

/** The last line of what `--json` printed. */
function lastLine({ code, stdout, stderr }: Outcome): TransferEstimate & Record<string, unknown> {
  expect(stderr).not.toMatch(/error/);
  expect(code).toBe(0);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as TransferEstimate & Record<string, unknown>;
}

async function expectNothingHappened(): Promise<void> {
  expect(await s3Leftovers(sandbox)).toEqual([]);
  const [counted] = await redshift.execute("SELECT COUNT(*) AS n FROM t");
  expect(counted?.rows).toEqual([{ n: "0" }]);
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test.each<[string, string[]]>([
  ["load json", ["load", "json", "-", ...into]],
  ["load postgres", ["load", "postgres", "--from-table", "few", ...into]],
  ["unload", ["unload", "t", "s3://sandbox/out/"]],
])("%s refuses --dry-run with --execute before it does anything", async (_, args) => {
  const { code, stdout, stderr } = await run(...args, "--dry-run", "--execute");
  expect(stderr).toContain("--dry-run shows what would be done and --execute does it; give one of the two.");
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

describe("load json", () => {
  const documents = Array.from({ length: 50 }, (_, n) => `{"n":${n},"v":"value ${n % 7}"}\n`).join("");

  test("the preview comes as without it, then the estimate as comments", async () => {
    const path = await file("shown.json", documents);
    const preview = await run("load", "json", path, ...into);
    const { code, stdout } = await run("load", "json", path, ...into, "--slices", "4", "--dry-run");
    expect(code).toBe(0);
    expect(stdout.startsWith(preview.stdout)).toBe(true);
    const lines = stdout.slice(preview.stdout.length).trim().split("\n");
    expect(lines.every((line) => line.startsWith("-- "))).toBe(true);
    expect(lines.slice(0, 3)).toEqual([
      "-- Estimate; nothing was uploaded and nothing was changed",
      "-- rows: 50 (all documents were read)",
      "-- files: 4 (the documents were dealt to as many)",
    ]);
    await expectNothingHappened();
  });

  test("what was read to its end is what the load then is, to the byte", async () => {
    const path = await file("whole.json", documents);
    const { type, rows, files, bytes } = lastLine(
      await run("load", "json", path, ...into, "--dry-run", "--json"),
    );
    expect(type).toBe("estimate");
    await expectNothingHappened();
    const report = lastLine(await run("load", "json", path, ...into, "--execute", "--json"));
    expect([rows, files, bytes].map(({ value }) => value)).toEqual([report.rows, report.files, report.bytes]);
    expect([rows, files, bytes].every(({ exact }) => exact)).toBe(true);
  });

  test("of more than a sample, the size of the files tells the rows, whatever is read ahead", async () => {
    const document = Buffer.from(`{"n":1,"v":"${"x".repeat(185)}"}\n`);
    const piece = Buffer.concat(Array.from({ length: 5000 }, () => document));
    const ahead = 3 * piece.length;
    let read = 0;
    let closed = false;
    async function* pieces() {
      try {
        for (;;) {
          await setImmediate();
          read += piece.length;
          yield piece;
        }
      } finally {
        closed = true;
      }
    }
    const size = { totalBytes: 100 * piece.length, bytesRead: () => read + ahead };
    const data = new JsonDocuments(readJsonDocuments(pieces(), "endless").batches(), size);
    const { estimate } = await redshift.estimateJsonLoad("sandbox", "loads", data, "auto", "t", {
      slices: 2,
    });
    expect(closed).toBe(true);
    // After a single piece there is nothing yet to compare with.
    if (read > 2 * piece.length) expect(estimate.rows).toMatchObject({ value: 500_000, exact: false });
    expect(estimate.rows.from).toMatch(/^the first [\d,]+ documents, and the size of the files$/);
    expect(estimate.files).toMatchObject({ value: 2, exact: true });
    expect(estimate.bytes.value).toBeGreaterThan(0);
    await expectNothingHappened();
  });

  test("of a stream that does not end, rows, bytes and time are not known", async () => {
    function* endless() {
      for (let n = 0; ; n += 1) yield { n: n % 1000, v: "x".repeat(190) };
    }
    const { estimate } = await redshift.estimateJsonLoad("sandbox", "loads", endless(), null, "t");
    expect([estimate.rows, estimate.bytes, estimate.seconds].map(({ value }) => value)).toEqual([
      null,
      null,
      null,
    ]);
    expect(estimate.rows.from).toMatch(/how many follow, a pipe, a stream or an object in S3 tells only/);
    expect(estimate.statements).toMatchObject({ value: 2, exact: true });
  });

  test("no documents are no COPY", async () => {
    const { estimate } = await redshift.estimateJsonLoad("sandbox", "loads", [], "auto", "t");
    expect(estimate).toMatchObject({ rows: { value: 0 }, files: { value: 0 }, statements: { value: 0 } });
  });

  test("a document that the load would refuse is refused, not only the first one", async () => {
    const data = [{ n: 1 }, { n: 2, unknown: true }];
    const estimate = redshift.estimateJsonLoad("sandbox", "loads", data, null, "t");
    await expect(estimate).rejects.toBeInstanceOf(LoadError);
  });

  test("a run id that was loaded before comes to nothing", async () => {
    const path = await file("repeated.json", documents);
    const load = ["load", "json", path, ...into, "--run-id", "monday", "--json"];
    lastLine(await run(...load, "--execute"));
    const estimate = lastLine(await run(...load, "--dry-run"));
    expect(estimate.rows).toMatchObject({ value: 0, exact: true });
    expect(estimate.rows.from).toMatch(/^this run id was loaded before, at /);
    expect(estimate.statements.value).toBe(0);
  });
});

describe("load postgres", () => {
  test("a small table is read to its end and counted", async () => {
    const load = ["load", "postgres", "--from-table", "few", ...into, "--json"];
    const estimate = lastLine(await run(...load, "--dry-run"));
    expect(estimate).toMatchObject({
      type: "estimate",
      rows: { value: 3, exact: true, from: "all rows were read" },
      files: { value: 1 },
      statements: { value: 2, exact: true },
    });
    await expectNothingHappened();
    const report = lastLine(await run(...load, "--execute"));
    expect(report).toMatchObject({ rows: 3, files: 1, bytes: estimate.bytes.value });
  });

  test("the preview comes as without it, then the estimate as comments", async () => {
    const load = ["load", "postgres", "--from-table", "few", ...into];
    const preview = await run(...load);
    const { stdout } = await run(...load, "--dry-run");
    expect(stdout.startsWith(preview.stdout)).toBe(true);
    const lines = stdout.slice(preview.stdout.length).trim().split("\n");
    expect(lines.every((line) => line.startsWith("-- "))).toBe(true);
    expect(lines[1]).toBe("-- rows: 3 (all rows were read)");
    expect(lines.at(-1)).toMatch(
      /^-- time: about [\d.]+ s \(by 3 rows that were read by 1 session and compressed here in [\d.]+ s; the check of the values before, the upload, COPY and COMMIT are not in it/,
    );
  });

  test("an empty table comes to no file and no COPY", async () => {
    const { estimate } = await redshift.estimateTableToRedshift("t", "sandbox", "loads", {
      pgTableName: "none",
    });
    expect(estimate).toMatchObject({ rows: { value: 0 }, files: { value: 0 }, statements: { value: 0 } });
  });

  test("a large table is judged by a few of its pages, near to what its export comes to", async () => {
    const transfer = { pgTableName: "many", sessions: 2, slices: 2, compression: "gzip" } as const;
    const { estimate } = await redshift.estimateTableToRedshift("t", "sandbox", "loads", {
      ...transfer,
      manifestMaxKeys: 1,
    });
    await expectNothingHappened();
    const written = await redshift.copyTableToS3("sandbox", "exports", transfer);
    for (const key of await s3Leftovers(sandbox)) await sandbox.s3.store.delete("sandbox", key);
    const { rows, bytes, files, statements } = estimate;
    expect(rows.exact).toBe(false);
    expect(rows.from).toMatch(/^by 128 of [\d,]+ pages of the table$/);
    expect(rows.value).toBeGreaterThan(0.95 * written.rows);
    expect(rows.value).toBeLessThan(1.05 * written.rows);
    expect(bytes.value).toBeGreaterThan(0.8 * written.bytes);
    expect(bytes.value).toBeLessThan(1.2 * written.bytes);
    expect(files.value).toBe(written.keys.length);
    // Each COPY has its proof.
    expect(statements.value).toBe(2 * written.keys.length);
    expect(estimate.seconds.from).toContain("read by 2 sessions");
  });

  test("of a query that goes on only the statements are known, and it is stopped at the source", async () => {
    const query = "SELECT generate_series(1, 2000000000) AS n, 'x' AS v";
    const load = ["load", "postgres", "--from-query", query, ...into, "--json", "--dry-run"];
    const estimate = lastLine(await run(...load));
    for (const figure of [estimate.rows, estimate.files, estimate.bytes, estimate.seconds]) {
      expect(figure.value).toBeNull();
      expect(figure.from).toMatch(/^the first [\d,]+ rows were read; how many follow, a query, /);
    }
    expect(estimate.statements).toMatchObject({ value: 2, exact: true });
    const parts = lastLine(await run(...load, "--manifest-max-keys", "3"));
    expect(parts.statements.value).toBeNull();
    const { rows } = await source.run(
      "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%2000000000%' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([]);
  });

  test("a run id that was loaded before comes to nothing", async () => {
    const options = { pgTableName: "few", runId: "tuesday" } as const;
    await redshift.copyTableToRedshift("t", "sandbox", "loads", options);
    const { batch, estimate } = await redshift.estimateTableToRedshift("t", "sandbox", "loads", options);
    expect(batch.statements.length).toBeGreaterThan(2);
    expect(estimate.rows).toMatchObject({ value: 0, exact: true });
    expect(estimate.statements.from).toMatch(/^this run id was loaded before, at /);
  });
});

describe("unload", () => {
  const unload = (...args: string[]) => run("unload", "t", "s3://sandbox/out/", "--dry-run", ...args);

  test("the catalog tells the rows of a table, and what is not known is said", async () => {
    await redshift.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    const { code, stdout } = await unload();
    expect(code).toBe(0);
    const [script = "", figures = ""] = stdout.split(
      "\n-- Estimate; nothing was uploaded and nothing was changed\n",
    );
    expect(script).toBe((await run("unload", "t", "s3://sandbox/out/")).stdout);
    expect(figures.split("\n").slice(0, 3)).toEqual([
      "-- rows: about 2 (SVV_TABLE_INFO, with rows that are deleted and not vacuumed)",
      expect.stringMatching(/^-- files: not known \(UNLOAD decides: .*, and there (?:is|are) \d+ slices?\)$/),
      "-- bytes: not known (nothing was unloaded to measure; the table takes 1 MB of the cluster's storage, in encodings of its own; what the files come to shows only when they are written)",
    ]);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("a condition, a view and an empty table are counted", async () => {
    expect(lastLine(await unload("--json")).rows).toMatchObject({ value: 0, exact: true });
    await redshift.execute(`INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b');
      CREATE OR REPLACE VIEW of_t AS SELECT n FROM t WHERE n > 1`);
    const filtered = lastLine(await unload("--where", "v = 'b'", "--columns", "v", "--json"));
    expect(filtered.rows).toEqual({ value: 2, exact: true, from: "a COUNT of them" });
    const { estimate } = await redshift.estimateUnload("sandbox", "out/", "of_t");
    expect(estimate.rows).toMatchObject({ value: 2, exact: true });
    await redshift.execute("DROP VIEW of_t");
  });

  test("who may not read SVV_TABLE_INFO has the rows counted", async () => {
    await redshift.execute(`INSERT INTO t VALUES (1, 'a');
      CREATE USER reading PASSWORD 'Reading12345'; GRANT SELECT ON t TO reading`);
    const other = await runCommand(["unload", "t", "s3://sandbox/out/", "--dry-run", "--json"], {
      ...sandbox.env,
      PGUSER: "reading",
      PGPASSWORD: "Reading12345",
    });
    const { rows, files } = lastLine(other);
    expect(rows).toMatchObject({ value: 1, exact: true });
    expect(files.value).toBeNull();
  });
});
