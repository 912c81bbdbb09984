import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import * as s3 from "@aws-sdk/client-s3";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "redshift-sandbox";
import type { Sandbox } from "redshift-sandbox";
import { codeSpans, readPage } from "./documentation/markdown.ts";
import type { Table } from "./documentation/markdown.ts";

/**
 * docs/sandbox.md says what the sandbox imitates in tables with the columns below. Here every row is tried: the statements
 * of its example run one after the other in a session of their own, and the last must succeed, or fail with the code that
 * the row gives. `$name` in an example stands for each of the names in the row's first cell, one after the other.
 *
 * Comments above a table: `setup sql`, `objects` (a JSON object of keys and texts; a key that ends in `.gz` or `.zst` is
 * compressed), `s3` (the examples are S3 operations and their parameters), `edition serverless` (tried on such a sandbox).
 */
const columns = ["feature", "example", "imitated", "refused with", "notes"];

interface Row {
  readonly line: number;
  /** One list of statements for each time the row is tried. */
  readonly tries: readonly (readonly string[])[];
  /** Undefined when it must succeed. */
  readonly code: string | undefined;
}

const page = readPage(await readFile(fileURLToPath(new URL("../docs/sandbox.md", import.meta.url)), "utf8"));
const supportTables = page.tables
  .filter(({ header }) => header.join() === columns.join())
  .map((table) => ({
    ...table,
    title: page.headings.filter(({ line }) => line < table.line).at(-1)?.text ?? "",
  }));

let provisioned: Sandbox;
/** The one that the row is tried on. */
let sandbox: Sandbox;

beforeAll(async () => {
  provisioned = await startSandbox();
});

beforeEach(() => {
  sandbox = provisioned;
});

afterEach(async () => {
  if (sandbox === provisioned) await sandbox.reset();
  else await sandbox.stop();
});

afterAll(async () => {
  await provisioned.stop();
});

test("docs/sandbox.md has tables for statements, queries, functions, catalogs, COPY, UNLOAD and S3", () => {
  expect(supportTables.length).toBeGreaterThanOrEqual(8);
  expect(supportTables.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
});

test("each row says either that it is imitated, or what it is refused with", () => {
  const wrong = supportTables.flatMap(({ rows }) =>
    rows
      .filter(({ cells }) => {
        const [, example = "", imitated = "", refused = ""] = cells;
        const refusal = /^`[0-9A-Za-z]{5,}`$/.test(refused);
        return (
          cells.length !== columns.length ||
          codeSpans(example).length === 0 ||
          !((imitated === "yes" && refused === "") || (imitated === "no" && refusal))
        );
      })
      .map(({ line }) => `docs/sandbox.md:${line}`),
  );
  expect(wrong).toEqual([]);
});

describe("every row of the support table is true", () => {
  test.each(supportTables)("$title", async (table) => {
    if (table.comments.includes("edition serverless"))
      sandbox = await startSandbox({ edition: "serverless" });
    await prepare(table);
    const lies: string[] = [];
    for (const row of rowsOf(table)) {
      for (const statements of row.tries) {
        const outcome = table.comments.includes("s3") ? await tryS3(statements) : await trySql(statements);
        if (outcome?.code !== row.code)
          lies.push(
            `docs/sandbox.md:${row.line}: ${statements.at(-1) ?? ""}: ${outcome === undefined ? "works" : `${outcome.code} ${outcome.message}`}`,
          );
      }
    }
    expect(lies).toEqual([]);
  });
});

function rowsOf({ rows }: Table): readonly Row[] {
  return rows.map(({ line, cells: [feature = "", example = "", , refused = ""] }) => {
    const statements = codeSpans(example);
    const names = codeSpans(feature);
    const named = statements.some((statement) => statement.includes("$name"));
    return {
      line,
      tries: named
        ? names.map((name) => statements.map((statement) => statement.replaceAll("$name", () => name)))
        : [statements],
      code: codeSpans(refused)[0],
    };
  });
}

async function prepare({ comments }: Table): Promise<void> {
  for (const comment of comments) {
    const [kind, ...rest] = comment.split("\n");
    const text = rest.join("\n");
    if (kind === "setup sql") {
      const failed = await trySql([text]);
      if (failed !== undefined) throw new Error(`setup: ${failed.message}`);
    } else if (kind === "objects") {
      const client = s3Client();
      for (const [key, body] of Object.entries(JSON.parse(text) as Record<string, string>))
        await client.send(new s3.PutObjectCommand({ Bucket: bucket(), Key: key, Body: packed(key, body) }));
      client.destroy();
    } else if (comment !== "s3" && comment !== "edition serverless")
      throw new Error(`unknown comment: ${comment}`);
  }
}

function packed(key: string, body: string): string | Buffer {
  if (key.endsWith(".gz")) return zlib.gzipSync(body);
  // A frame of one raw block, for Nodes without ZSTD: magic, single segment, length, block header, bytes.
  if (key.endsWith(".zst")) {
    const bytes = Buffer.from(body);
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length]);
    const block = Buffer.alloc(3);
    block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
    return Buffer.concat([header, block, bytes]);
  }
  return body;
}

async function trySql(
  statements: readonly string[],
): Promise<{ readonly code: string; readonly message: string } | undefined> {
  const { PGHOST = "", PGPORT, PGUSER = "", PGPASSWORD = "", PGDATABASE = "" } = sandbox.env;
  const client = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
    ssl: false,
  });
  await client.connect();
  try {
    for (const [i, statement] of statements.entries()) {
      try {
        await client.query(statement);
      } catch (error) {
        const { code = "", message } = error as pg.DatabaseError;
        // Only the last statement may fail.
        return { code, message: i === statements.length - 1 ? message : `(before: ${statement}) ${message}` };
      }
    }
    return undefined;
  } finally {
    await client.end();
  }
}

/** Parameters that an earlier answer gave, for `"$UploadId"` and the like. */
const answered: Record<string, unknown> = {};

async function tryS3(
  operations: readonly string[],
): Promise<{ readonly code: string; readonly message: string } | undefined> {
  const client = s3Client();
  try {
    for (const operation of operations) {
      const [, name = "", parameters = "{}"] = /^(\w+)(?: (.*))?$/s.exec(operation) ?? [];
      const Command = (s3 as unknown as Record<string, new (input: object) => s3.ListBucketsCommand>)[
        `${name}Command`
      ];
      if (Command === undefined) throw new Error(`the SDK has no operation ${name}`);
      const input = JSON.parse(parameters, (_, value: unknown) =>
        typeof value === "string" && value.startsWith("$") ? answered[value.slice(1)] : value,
      ) as object;
      const answer = await client.send(new Command({ Bucket: bucket(), ...input }));
      Object.assign(answered, answer);
      await (answer as { Body?: { transformToString(): Promise<string> } }).Body?.transformToString();
    }
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return { code: name, message };
  } finally {
    client.destroy();
  }
}

function bucket(): string {
  return sandbox.env["REDSHIFT_SANDBOX_BUCKET"] ?? "";
}

function s3Client(): s3.S3Client {
  return new s3.S3Client({
    endpoint: sandbox.s3.url,
    region: sandbox.s3.region,
    credentials: { accessKeyId: sandbox.s3.accessKeyId, secretAccessKey: sandbox.s3.secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}
