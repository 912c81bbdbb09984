import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { LoadError, type Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { startPostgresSource, type PostgresSource } from "./postgres-source.ts";
import { runCommand } from "./run-command.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

/** Redshift Serverless lets nobody read STL_, STV_ and SVL_ relations: what reads them must do without. facts.md 3.8 */
let sandbox: Sandbox;
let redshift: Redshift;
const bucket = "sandbox";

beforeAll(async () => {
  sandbox = await startSandbox({ edition: "serverless" });
  Object.assign(process.env, sandbox.env);
  redshift = openRedshift(sandbox);
  await redshift.execute(`
    CREATE GROUP readers;
    CREATE TABLE events (id INT NOT NULL ENCODE az64, name VARCHAR(8) ENCODE zstd) DISTKEY (id) SORTKEY (id);
    GRANT SELECT ON events TO GROUP readers;
    INSERT INTO events VALUES (1, 'one'), (2, 'two'), (2, 'two')`);
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function count(table: string): Promise<unknown> {
  const [result] = await redshift.execute(`SELECT COUNT(*) AS n FROM ${table}`);
  return (result?.rows[0] as { n: unknown } | undefined)?.n;
}

/** Runs the installed command on the sandbox. */
async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return runCommand(args, sandbox.env);
}

test("a session is refused what only a cluster shows, superuser or not", async () => {
  await expect(redshift.execute("SELECT * FROM stl_load_errors")).rejects.toThrow(
    "permission denied for relation stl_load_errors",
  );
});

describe("on Serverless", () => {
  test("users and groups are made, listed and dropped", async () => {
    const password = redshift.randomPassword();
    await redshift.createUser("ada", password, { groups: ["readers"], execute: true });
    expect((await redshift.getUsers()).map(({ name }) => name)).toContain("ada");
    expect(await redshift.getGroups()).toEqual([
      expect.objectContaining({ name: "readers", users: ["ada"] }),
    ]);
    const { stdout, code } = await run("user", "list");
    expect({ code, ada: stdout.includes("ada") }).toEqual({ code: 0, ada: true });
    await redshift.dropUser("ada", { execute: true });
  });

  test("a table is shown with its design and grants", async () => {
    const { code, stdout, stderr } = await run("table", "show", "events");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Connecting/) as string });
    expect(stdout).toContain("DISTKEY (id)");
    expect(stdout).toContain("GRANT SELECT ON TABLE public.events TO GROUP readers");
  });

  test("a table is copied and deduplicated, and unloaded", async () => {
    await redshift.deepCopy("events", { distinct: true, sortkey: ["name"], execute: true });
    expect(await count("events")).toBe("2");
    const report = await redshift.unloadTableToS3(bucket, "out/", "events", { format: "json" });
    expect(report).toMatchObject({ rows: 2 });
  });

  test("JSON is loaded, and nothing of the run stays", async () => {
    const report = await redshift.copyJsonToTable(bucket, "in", [{ id: 7, name: "seven" }], null, "events");
    expect(report).toMatchObject({ rows: 1 });
    expect((await s3Leftovers(sandbox)).filter((key) => !key.startsWith("out/"))).toEqual([]);
  });

  test("a value that COPY refuses is named by row, column and reason; the value itself, which no view keeps, is read from the file", async () => {
    const before = await count("events");
    const documents = [
      { id: 8, name: "eight" },
      { id: 9, name: "much too long" },
    ];
    const load = redshift.copyJsonToTable(bucket, "in", documents, null, "events");
    await expect(load).rejects.toBeInstanceOf(LoadError);
    await expect(load).rejects.toThrow(
      /^Row 2, column name \(VARCHAR\(8\)\): "much too long" \("much too» long«"\): .*length exceeds.*\. Nothing was loaded into public\.events; widen the column \(ALTER TABLE public\.events ALTER COLUMN name TYPE VARCHAR\(13\)/,
    );
    expect(await count("events")).toBe(before);
    const { code, stderr } = await runCommand(
      ["load", "json", "-", "--table", "events", "--s3", `s3://${bucket}/in`, "--execute"],
      sandbox.env,
      documents.map((document) => JSON.stringify(document)).join("\n"),
    );
    expect({ code, named: stderr.includes("row 2, column name (VARCHAR(8))") }).toEqual({
      code: 1,
      named: true,
    });
    expect(stderr).not.toMatch(/stl_|division by zero/i);
    expect((await s3Leftovers(sandbox)).filter((key) => !key.startsWith("out/"))).toEqual([]);
  });

  test("rows of PostgreSQL are loaded", async () => {
    const source: PostgresSource = await startPostgresSource();
    try {
      await source.run("CREATE TABLE events (id INT, name TEXT); INSERT INTO events VALUES (20, 'twenty')");
      await redshift.createPgConnection(source.options);
      const report = await redshift.copyTableToRedshift("events", bucket, "pg", { pgTableName: "events" });
      expect(report).toMatchObject({ rows: 1 });
    } finally {
      await source.stop();
    }
  });
});
