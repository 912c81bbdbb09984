import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../src/sandbox.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { makeTmpdir } from "./cli/command.ts";

function clientOf({ env }: Sandbox, more: pg.ClientConfig = {}): pg.Client {
  const { PGHOST: host, PGPORT, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = env;
  return new pg.Client({ host, port: Number(PGPORT), user, password, database, ssl: false, ...more });
}

async function ask(sandbox: Sandbox, sql: string, more: pg.ClientConfig = {}): Promise<unknown[]> {
  const client = clientOf(sandbox, more);
  await client.connect();
  try {
    const answer = (await client.query<unknown[]>({ text: sql, rowMode: "array" })) as
      pg.QueryArrayResult<unknown[]> | readonly pg.QueryArrayResult<unknown[]>[];
    // Of several statements, the last.
    return [answer].flat().at(-1)?.rows.flat() ?? [];
  } finally {
    await client.end();
  }
}

function s3Of({ s3 }: Sandbox): S3Client {
  const { url: endpoint, region, accessKeyId, secretAccessKey } = s3;
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

describe("a sandbox", () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ buckets: ["first", "second"], tls: true });
  });

  afterAll(async () => {
    await sandbox.stop();
  });

  test("answers as Redshift to the user of its environment", async () => {
    expect(await ask(sandbox, "SELECT current_user, current_database(), version()")).toEqual([
      "awsuser",
      "dev",
      expect.stringContaining("Redshift") as string,
    ]);
  });

  test("a wrong password is refused", async () => {
    await expect(ask(sandbox, "SELECT 1", { password: "wrong" })).rejects.toMatchObject({ code: "28P01" });
  });

  test("a client that trusts the authority of the environment verifies the server", async () => {
    const ca = await readFile(sandbox.env["PGSSLROOTCERT"] ?? "", "utf8");
    expect(await ask(sandbox, "SELECT 1", { ssl: { ca, rejectUnauthorized: true } })).toEqual([1]);
    await expect(ask(sandbox, "SELECT 1", { ssl: { rejectUnauthorized: true } })).rejects.toThrow(
      "unable to verify the first certificate",
    );
  });

  test("serves the buckets asked for with the keys of its environment", async () => {
    const s3 = s3Of(sandbox);
    await s3.send(new PutObjectCommand({ Bucket: "second", Key: "a/b", Body: "text" }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "second", Key: "a/b" }));
    expect(await Body?.transformToString()).toBe("text");
  });

  test("createDatabase makes a database with Redshift's catalogs that belongs to the administrator", async () => {
    await sandbox.createDatabase('Other "one"');
    const database = 'Other "one"';
    expect(await ask(sandbox, "SELECT count(*)::int FROM svv_table_info", { database })).toEqual([0]);
    expect(
      await ask(
        sandbox,
        "SELECT u.usename FROM pg_database d JOIN pg_user u ON u.usesysid = d.datdba WHERE d.datname = current_database()",
        { database },
      ),
    ).toEqual(["awsuser"]);
  });

  test("a table with a name of 127 bytes is listed under its full name, in a new database as well", async () => {
    const name = `t${"ä".repeat(63)}`;
    for (const database of ["dev", "long_names"]) {
      if (database !== "dev") await sandbox.createDatabase(database);
      await ask(sandbox, `CREATE TABLE ${name} (a int)`, { database });
      expect(
        await ask(sandbox, "SELECT tablename FROM pg_table_def WHERE schemaname = 'public'", { database }),
      ).toEqual([name]);
    }
  });

  test("a table renamed to a long name shows it to the very next statement", async () => {
    for (let i = 0; i < 5; i++) {
      const name = `renamed_${i}${"ä".repeat(50)}`;
      await ask(sandbox, `CREATE TABLE short_${i} (a int)`);
      expect(
        await ask(
          sandbox,
          `ALTER TABLE short_${i} RENAME TO ${name}; SELECT relname FROM pg_class WHERE relname LIKE 'renamed_${i}%'`,
        ),
      ).toEqual([name]);
    }
  });

  test("an armed fault happens once, to the operation it names", async () => {
    const s3 = s3Of(sandbox);
    sandbox.faults.add({ target: "s3", operation: "ListObjectsV2", action: "503" });
    const list = () => s3.send(new ListObjectsV2Command({ Bucket: "first" }));
    await expect(list()).rejects.toMatchObject({ name: "SlowDown" });
    await expect(list()).resolves.toMatchObject({ KeyCount: 0 });
  });

  test("reset leaves no table, user, group, database, object or fault, and the same ports and passwords", async () => {
    const held = clientOf(sandbox);
    const disconnected = new Promise<void>((resolve) =>
      held.on("error", () => undefined).on("end", () => resolve()),
    );
    await held.connect();
    await held.query("CREATE TABLE kept (a int)");
    await held.query("CREATE USER alice PASSWORD 'Abcd1234'");
    await held.query("CREATE GROUP etl WITH USER alice");
    sandbox.faults.add({ target: "s3", action: "503" });
    const before = { ...sandbox.env };
    await sandbox.reset();
    await disconnected;
    expect(sandbox.env).toEqual(before);
    expect(await ask(sandbox, "SELECT tablename FROM pg_table_def WHERE schemaname = 'public'")).toEqual([]);
    expect(
      await ask(sandbox, "SELECT usename FROM pg_user WHERE usename NOT IN ('rdsdb', 'awsuser')"),
    ).toEqual([]);
    expect(await ask(sandbox, "SELECT groname FROM pg_group")).toEqual([]);
    expect(await ask(sandbox, "SELECT datname FROM pg_database WHERE datname LIKE 'Other%'")).toEqual([]);
    const listed = await s3Of(sandbox).send(new ListObjectsV2Command({ Bucket: "second" }));
    expect(listed.KeyCount).toBe(0);
  });

  test("after reset a long name is still listed in full", async () => {
    const name = `t${"ä".repeat(63)}`;
    await ask(sandbox, `CREATE TABLE ${name} (a int)`);
    expect(await ask(sandbox, "SELECT tablename FROM pg_table_def WHERE schemaname = 'public'")).toEqual([
      name,
    ]);
  });
});

test("a data directory keeps rows, objects, keys, certificate and long names between runs", async () => {
  const tmp = await makeTmpdir();
  const dataDir = join(tmp, "data");
  const name = `t${"b".repeat(100)}`;
  const first = await startSandbox({ dataDir, tls: true });
  await ask(first, `CREATE TABLE ${name} (a int)`);
  await ask(first, `INSERT INTO ${name} VALUES (7)`);
  await s3Of(first).send(new PutObjectCommand({ Bucket: "sandbox", Key: "k", Body: "text" }));
  const certificate = await readFile(first.env["PGSSLROOTCERT"] ?? "", "utf8");
  await first.stop();
  const second = await startSandbox({ dataDir, tls: true });
  try {
    expect(await ask(second, `SELECT a FROM ${name}`)).toEqual([7]);
    await expect(ask(second, `SELECT missing FROM ${name}`)).rejects.toMatchObject({ code: "42703" });
    await expect(ask(second, `CREATE TABLE ${name} (a int)`)).rejects.toThrow(
      `relation "${name}" already exists`,
    );
    const { Body } = await s3Of(second).send(new GetObjectCommand({ Bucket: "sandbox", Key: "k" }));
    expect(await Body?.transformToString()).toBe("text");
    for (const variable of ["PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
      expect(second.env[variable]).toBe(first.env[variable]);
    expect(await readFile(second.env["PGSSLROOTCERT"] ?? "", "utf8")).toBe(certificate);
  } finally {
    await second.stop();
    await rm(tmp, { recursive: true });
  }
});

test("one port for SQL and S3 is refused", async () => {
  await expect(startSandbox({ port: 45_439, s3Port: 45_439 })).rejects.toThrow(
    "SQL and S3 cannot share port 45439; choose another with --port or --s3-port.",
  );
});

test("a port that is taken is one sentence, and nothing is left running", async () => {
  const first = await startSandbox();
  try {
    const port = Number(first.env["PGPORT"]);
    await expect(startSandbox({ s3Port: port })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is in use; choose another with --s3-port, or 0 for any free one.`,
    );
  } finally {
    await first.stop();
  }
});
