import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";

/** What the library refuses by the names of its options is told at the command line by its flags. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
  const { code } = await runCommand(
    ["exec", "--execute", "--yes", "-"],
    sandbox.env,
    `CREATE TABLE t (id INT, name VARCHAR(10)); INSERT INTO t VALUES (NULL, 'a'), (NULL, 'b');
     CREATE TABLE viewed (id INT); CREATE MATERIALIZED VIEW on_viewed AS SELECT id FROM viewed;
     CREATE TABLE numbered (id INT IDENTITY (1, 1), name VARCHAR(10))`,
  );
  expect(code).toBe(0);
  await runCommand(["s3", "put", "-", "s3://sandbox/taken/0", "--execute"], sandbox.env, "taken");
});

afterAll(() => sandbox?.stop());

const copy = ["table", "deep-copy", "t"];
const json = ["load", "json", "-", "--table", "t", "--s3", "s3://sandbox/in"];
const postgres = ["load", "postgres", "--table", "t", "--s3", "s3://sandbox/in", "--from-table", "x"];

describe("at the command line an error names flags", () => {
  test.each<[string, readonly string[], string]>([
    [
      "a statement that commits",
      ["exec", "-c", "INSERT INTO t VALUES (1, 'x'); TRUNCATE t"],
      "run it by itself, or pass --split to run such statements apart.",
    ],
    [
      "BEGIN",
      ["exec", "-c", "BEGIN; SELECT 1; COMMIT"],
      "or pass --split to keep the text's own boundaries.",
    ],
    ["a materialized view", ["table", "deep-copy", "viewed"], "or say --cascade to have that done."],
    [
      "an identity",
      ["table", "deep-copy", "numbered"],
      "--identity generated-by-default keeps the numbers and makes the column",
    ],
    [
      "NULL keys",
      [...copy, "--deduplicate-by", "id", "--order-by", "name", "--execute", "--yes"],
      "say --null-keys keep to take over all of them or --null-keys merge to treat NULL as a value; nothing was kept",
    ],
    [
      "a key without an order",
      [...copy, "--deduplicate-by", "id"],
      "error: --deduplicate-by needs --order-by, which",
    ],
    [
      "an order without a key",
      [...copy, "--order-by", "id"],
      "error: --order-by needs --deduplicate-by; give",
    ],
    [
      "NULL keys without a key",
      [...copy, "--null-keys", "keep"],
      "error: --null-keys needs --deduplicate-by; leave",
    ],
    [
      "an order with a semicolon",
      [...copy, "--deduplicate-by", "id", "--order-by", "id; DROP"],
      'error: --order-by holds a ";" at line 1',
    ],
    [
      "a key that is no column",
      [...copy, "--deduplicate-by", "idd", "--order-by", "id"],
      'error: --deduplicate-by names the column "idd", which the table does not have',
    ],
    [
      "a distribution key and another style",
      [...copy, "--distkey", "id", "--diststyle", "even"],
      'error: --distkey needs --diststyle key, not "even"; leave one of them out.',
    ],
    [
      "a style without its key",
      [...copy, "--diststyle", "key"],
      "error: --diststyle key needs a column; give it as --distkey.",
    ],
    ["a missing distribution key", [...copy, "--distkey", "ide"], 'error: --distkey names the column "ide"'],
    [
      "two sort keys",
      [...copy, "--sortkey", "id", "--interleaved-sortkey", "id"],
      "error: --sortkey and --interleaved-sortkey exclude each other",
    ],
    ["an unknown encoding", [...copy, "--encode", "id=odd"], 'error: --encode gives "id" the encoding "odd"'],
    [
      "two schemas",
      ["table", "show", "public.t", "--schema", "other"],
      'error: --schema is "other" but the name says "public"',
    ],
    [
      "a short session",
      ["user", "create", "u", "--session-timeout", "5"],
      "error: --session-timeout is 5; Redshift takes whole seconds",
    ],
    [
      "too many files",
      [...json, "--slices", "99999"],
      "error: --slices must be a whole number from 1 to 10000",
    ],
    [
      "a column that is none",
      [...json, "--columns", "id,nope"],
      'error: --columns names "nope", which is no column',
    ],
    [
      "an unclosed condition",
      ["unload", "t", "s3://sandbox/out", "--where", "(id"],
      'error: --where has a "(" that is never closed',
    ],
    [
      "a mark for NULL in JSON",
      ["unload", "t", "s3://sandbox/out", "--null-as", "x"],
      "error: --null-as is for csv and text",
    ],
    [
      "a prefix that is taken",
      ["unload", "t", "s3://sandbox/taken", "--execute"],
      "choose an empty prefix, or say --existing overwrite or --existing replace.",
    ],
    ["a table among views", ["view", "show", "t"], "error: public.t is a table; table show writes those."],
    [
      "a key without a column",
      ["load", "json", "-", "--table", "viewed", "--s3", "s3://sandbox/in", "--execute"],
      "Nothing was loaded; add the column, or pass --jsonpaths and --columns.",
    ],
    ["a source without a name", postgres, "needs --source-host, --source-database, --source-user; give"],
  ])("%s", async (_title, args, message) => {
    const { code, stdout, stderr } = await runCommand(args, sandbox.env, '{"id":1,"name":"a"}\n');
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).not.toMatch(/nullKeys|deduplicate[A-Z]|[^-]distkey|transaction: |cascade: |pgTableName/);
  });

  test("also as JSON, and of a password that Redshift would refuse", async () => {
    const { stdout, stderr } = await runCommand(
      ["user", "create", "u", "--password-stdin", "--json"],
      sandbox.env,
      "short",
    );
    const message = (JSON.parse(stdout) as { readonly message: string }).message;
    expect(message).toMatch(/--generate-password makes one that fits\.$/);
    expect(stderr).toContain(`error: ${message}`);
  });
});

describe("an error says what to do next", () => {
  test("of a read that failed", async () => {
    const { code, stderr } = await runCommand(["exec", "-c", "SELECT * FROM no_such"], sandbox.env);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: The statement (runs SELECT) failed: relation "no_such" does not exist (SQLSTATE 42P01); it only reads, so nothing was changed: correct it and run it again.\n',
    );
  });

  test("of a division by zero in a statement of one's own, which proves nothing", async () => {
    const { stderr } = await runCommand(["exec", "-c", "SELECT 1 / 0"], sandbox.env);
    expect(stderr).toContain("division by zero");
    expect(stderr).not.toContain("proof");
  });
});
