import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "redshift-sandbox";
import { runCommand, type Outcome } from "./run-command.ts";

let sandbox: Sandbox;
let directory: string;
let everything = "";

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<Outcome> {
  const outcome = await runCommand(args, { ...sandbox.env, TMPDIR: directory, ...env }, input);
  everything += outcome.stdout + outcome.stderr;
  return outcome;
}

async function count(table: string): Promise<number> {
  const { stdout } = await run(["exec", "--json", "-c", `SELECT COUNT(*) AS n FROM ${table}`]);
  const row = JSON.parse(stdout.split("\n")[0] ?? "") as { readonly row: { readonly n: string } };
  return Number(row.row.n);
}

async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of sandbox.s3.store.list("sandbox", "")) keys.push(key);
  return keys;
}

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(async () => {
  await sandbox?.stop();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "failures-"));
  await run(
    ["exec", "--execute", "--yes", "-"],
    {},
    "DROP TABLE IF EXISTS people; CREATE TABLE people (id INT, name VARCHAR(5))",
  );
  return async () => {
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  };
});

describe("each failure is one clear sentence with the way out, exit code 1, and nothing half done", () => {
  const load = ["load", "json", "-", "--table", "people", "--s3", "s3://sandbox/loads", "--execute"];

  /** One line that begins with `error:` and ends a sentence; the lines before it only say what was going on. */
  function sentence({ code, stdout, stderr }: Outcome): string {
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("error: "))).toHaveLength(1);
    return lines.at(-1) ?? "";
  }

  async function nothingHalfDone(): Promise<void> {
    expect(await count("people")).toBe(0);
    expect(await objects()).toEqual([]);
  }

  test("an unreachable host", async () => {
    const outcome = await run(["table", "list"], { PGPORT: "1" });
    expect(sentence(outcome)).toMatch(/^error: .*(127\.0\.0\.1|localhost):1\b.*[.]$/);
  });

  test("a host name that does not exist", async () => {
    const outcome = await run(["table", "list"], { PGHOST: "no-such-cluster.invalid" });
    expect(sentence(outcome)).toMatch(/^error: .*no-such-cluster\.invalid.*[.]$/);
  });

  test("a wrong password", async () => {
    const outcome = await run(["table", "list"], { PGPASSWORD: "WrongWrong1" });
    expect(sentence(outcome)).toMatch(/^error: .*password.*[.]$/);
    expect(outcome.stderr).not.toContain("WrongWrong1");
  });

  test("a missing table names the nearest", async () => {
    expect(sentence(await run(["table", "show", "peopel"]))).toMatch(/^error: .*"peopel".*"people"\?$/);
    const outcome = await run(
      ["load", "json", "-", "--table", "peopel", "--s3", "s3://sandbox/loads", "--execute"],
      {},
      '{"id":1}',
    );
    expect(sentence(outcome)).toMatch(/"people"\?$/);
    await nothingHalfDone();
  });

  test("a missing bucket", async () => {
    const outcome = await run(
      ["load", "json", "-", "--table", "people", "--s3", "s3://nowhere/x", "--execute"],
      {},
      '{"id":1}',
    );
    expect(sentence(outcome)).toMatch(
      /^error: Cannot \w+ s3:\/\/nowhere\/.*there is no bucket named nowhere;.*[.]$/,
    );
    await nothingHalfDone();
  });

  test("a line that is not JSON names file and line", async () => {
    const file = join(directory, "people.json");
    await writeFile(file, '{"id":1}\n{"id":2}\n{"id":oops}\n');
    const outcome = await run([
      "load",
      "json",
      file,
      "--table",
      "people",
      "--s3",
      "s3://sandbox/loads",
      "--execute",
    ]);
    expect(sentence(outcome)).toContain(`error: ${file}, line 3 is not JSON`);
    await nothingHalfDone();
    await rm(file);
  });

  test("a value too long for its column names row, column and value", async () => {
    const outcome = await run(load, {}, '{"id":1,"name":"short"}\n{"id":2,"name":"far too long"}\n');
    expect(sentence(outcome)).toMatch(
      /^error: stdin, row 2, column name \(VARCHAR\(5\)\): "far too long" \("far t»oo long«"\): String length exceeds DDL length\. Nothing was loaded .*[.]$/,
    );
    await nothingHalfDone();
  });

  test("S3 refusing the keys", async () => {
    const outcome = await run(load, { AWS_SECRET_ACCESS_KEY: "wrong-wrong-wrong" }, '{"id":1}');
    expect(sentence(outcome)).toMatch(/^error: .*access keys.*[.]$/);
    expect(outcome.stderr).not.toContain("wrong-wrong-wrong");
    await nothingHalfDone();
  });

  test("a role that may not be assumed", async () => {
    const outcome = await run(
      [...load, "--iam-role", "arn:aws:iam::123456789012:role/other"],
      {},
      '{"id":1}',
    );
    expect(sentence(outcome)).toMatch(/role\/other/);
    await nothingHalfDone();
  });

  test("what is no role is refused before anything is uploaded", async () => {
    const outcome = await run([...load, "--iam-role", "role/loader"], {}, '{"id":1}');
    expect(sentence(outcome)).toMatch(/^error: "role\/loader" is not a role: write its ARN .*[.]$/);
    expect(outcome.stderr).not.toContain("Upload");
    await nothingHalfDone();
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      "no credentials",
      { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
      /no AWS credentials were found;/,
    ],
    ["no region", {}, /no region is set; set AWS_REGION\.$/],
    [
      "a region that is none",
      { AWS_REGION: "-" },
      /the region's name is empty or none of AWS's; set AWS_REGION\.$/,
    ],
    [
      "an endpoint that is no URL",
      { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_S3: "::::" },
      /the S3 endpoint's address is no URL; correct AWS_ENDPOINT_URL_S3\.$/,
    ],
    ["another region", { AWS_REGION: "eu-west-1" }, /the bucket is in another region; set AWS_REGION\.$/],
  ])("with %s nothing is said to be left in S3", async (_, given, message) => {
    const { AWS_REGION: _region, ...env } = sandbox.env;
    const nowhere = { AWS_EC2_METADATA_DISABLED: "true", HOME: directory };
    const outcome = await runCommand(load, { ...env, ...nowhere, ...given }, '{"id":1}');
    everything += outcome.stdout + outcome.stderr;
    expect(sentence(outcome)).toMatch(message);
    expect(outcome.stderr).not.toContain("may be left");
    await nothingHalfDone();
  });

  test("a file that is not there", async () => {
    const outcome = await run([
      "load",
      "json",
      "no-such.json",
      "--table",
      "people",
      "--s3",
      "s3://sandbox/l",
      "--execute",
    ]);
    expect(sentence(outcome)).toBe(
      "error: The file no-such.json cannot be read (ENOENT); check its name and content.",
    );
  });

  test("a batch whose third statement fails leaves nothing and says which one it was", async () => {
    const outcome = await run(
      ["exec", "--execute", "-"],
      {},
      "INSERT INTO people VALUES (1, 'a'); INSERT INTO people VALUES (2, 'b'); INSERT INTO peopel VALUES (3, 'c')",
    );
    expect(sentence(outcome)).toMatch(/Statement 3 of 3.*peopel.*nothing was kept/);
    await nothingHalfDone();
  });
});

test("an unknown flag is exit code 2 and suggests the nearest", async () => {
  const { code, stderr } = await run(["table", "list", "--shema", "x"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--schema/);
});

test.each([
  [["usr", "list"], "user"],
  [["user", "crate", "chad"], "create"],
  [["completion", "fsh"], "fish"],
])("an unknown word is exit code 2 and suggests the nearest: %j", async (args, nearest) => {
  const { code, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(nearest);
});

test("nothing that any of these printed holds a secret", () => {
  for (const name of ["PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]) {
    const secret = sandbox.env[name];
    expect(secret).toMatch(/.{8}/);
    expect(everything.includes(secret ?? "")).toBe(false);
  }
});
