import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand, type Outcome } from "./run-command.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
  await run("--execute", "exec", "-c", "CREATE TABLE sales (id INTEGER, email VARCHAR(20)) DISTSTYLE EVEN");
  await run("--execute", "exec", "-c", "INSERT INTO sales VALUES (1, 'a'), (1, 'b'), (2, 'c')");
}, 60_000);

afterAll(async () => {
  await sandbox?.stop();
});

function run(...args: readonly string[]): Promise<Outcome> {
  return runCommand(args, sandbox.env);
}

test("lists, finds and shows tables", async () => {
  expect(await run("table", "list")).toMatchObject({ code: 0, stdout: "sales\n" });
  expect(await run("table", "list", "--schema", "pubic")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining('There is no schema "pubic"; did you mean "public"?') as string,
  });
  expect(await run("table", "exists", "sales")).toMatchObject({ code: 0, stdout: "true\n" });
  expect(await run("table", "exists", "public.slaes")).toMatchObject({ code: 0, stdout: "false\n" });
  expect(await run("table", "show", "sales", "--no-privileges")).toMatchObject({
    code: 0,
    stdout: `-- Creates the table sales
CREATE TABLE public.sales (
  id INTEGER,
  email VARCHAR(20)
)
DISTSTYLE EVEN
SORTKEY AUTO
ENCODE AUTO;
`,
  });
  const json = JSON.parse((await run("--json", "table", "show", "sales")).stdout) as object;
  expect(json).toMatchObject({ type: "definition", table: "sales", notes: [] });
});

test("a missing table names the nearest, with exit code 1", async () => {
  const { code, stdout, stderr } = await run("table", "show", "slaes");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('There is no table or view "slaes" in the schema "public"; did you mean "sales"?');
});

test("encodings by ANALYZE COMPRESSION, and flags of a deep copy, reach the library", async () => {
  const shown = await run("table", "show", "sales", "--no-privileges", "--analyze-compression");
  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("id INTEGER ENCODE az64,\n  email VARCHAR(20) ENCODE lzo\n") as string,
    stderr: expect.stringContaining("ANALYZE COMPRESSION locks public.sales exclusively") as string,
  });
  const { stdout } = await run(
    ...["table", "deep-copy", "sales", "--column", "id=bigint", "--add-column", "note=decimal(10, 2)"],
    ...["--verify", "content", "--lock-timeout-ms", "5000", "--suffix", "_old"],
  );
  for (const part of [
    "id BIGINT",
    "note DECIMAL(10,2)",
    "FNV_HASH(email)",
    "TO 5000",
    "RENAME TO sales_old;",
  ]) {
    expect(stdout).toContain(part);
  }
  const refused = await run(
    "table",
    "deep-copy",
    "sales",
    "--identity",
    "renumber",
    "--staging-prefix",
    "s3://b/x",
  );
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--staging-prefix goes with --identity explicit-ids") as string,
  });
  expect((await run("table", "deep-copy", "sales", "--column", "bigint")).code).toBe(2);
  expect((await run("table", "deep-copy", "sales", "--diststyle", "odd")).code).toBe(2);
});

test("a deep copy is shown, then approved, then run", async () => {
  const copy = [
    ...["table", "deep-copy", "sales", "--deduplicate-by", "id", "--order-by", "email DESC"],
    ...["--distkey", "id", "--sortkey", "email,id", "--encode", "email=zstd", "--null-keys", "keep"],
  ];
  const preview = await run(...copy);
  expect(preview.code).toBe(0);
  expect(preview.stdout).toContain("DISTKEY (id)\nCOMPOUND SORTKEY (email, id);");
  expect(preview.stderr).toContain("Nothing was changed");
  const unapproved = await run("--execute", ...copy);
  expect(unapproved.code).toBe(3);
  expect(unapproved.stderr).toContain("the old table public.sales$outgoing");
  const done = await run("--execute", "--yes", ...copy);
  expect(done.stderr).toContain("sales: 2 rows in the new table.");
  expect(done.code).toBe(0);
  const left = await run("--json", "exec", "-c", "SELECT id, email FROM sales ORDER BY id");
  expect(left.stdout).toContain('"row":{"id":1,"email":"b"}');
});
