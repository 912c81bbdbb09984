import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, values } from "./sessions.ts";

let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query("CREATE TABLE plain (a int); CREATE TABLE other (a int)");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

let names = 0;
const long = (head: string): string => `${head}_${"é".repeat(40)}`;

describe("a name of over 63 bytes is in the catalogs as soon as the statement is done", () => {
  // Each name is new: the first statement that holds it has to wait until it is written.
  test.each<[string, string, string]>([
    ["CREATE TABLE NEW (a int)", "CREATE", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    ["CREATE TEMP TABLE NEW (a int)", "CREATE", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    ["CREATE VIEW NEW AS SELECT 1 AS a", "CREATE", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    ["CREATE SCHEMA NEW", "CREATE", "SELECT nspname FROM pg_namespace WHERE nspname = 'NEW'"],
    ["CREATE TABLE NEW AS SELECT 1 AS a", "SELECT", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    ["SELECT 1 AS a INTO NEW", "SELECT", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    [
      "WITH w AS (SELECT 1 AS a) SELECT a INTO TEMP NEW FROM w",
      "SELECT",
      "SELECT relname FROM pg_class WHERE relname = 'NEW'",
    ],
    [
      "ALTER TABLE plain RENAME COLUMN a TO NEW",
      "ALTER",
      "SELECT attname FROM pg_attribute WHERE attname = 'NEW'",
    ],
    ["ALTER TABLE other RENAME TO NEW", "ALTER", "SELECT relname FROM pg_class WHERE relname = 'NEW'"],
    ["CREATE VIEW v AS SELECT 1 AS NEW", "CREATE", "SELECT attname FROM pg_attribute WHERE attname = 'NEW'"],
    ["CREATE USER NEW PASSWORD 'Abcdefg1'", "CREATE", "SELECT usename FROM pg_user WHERE usename = 'NEW'"],
    ["CREATE GROUP NEW", "CREATE", "SELECT groname FROM pg_group WHERE groname = 'NEW'"],
  ])("%s", async (statement, command, question) => {
    names += 1;
    const name = long(`name${names}`);
    expect(Buffer.byteLength(name)).toBeGreaterThan(63);
    const answer = await client.query(statement.replace("NEW", `"${name}"`));
    expect(answer.command).toBe(command);
    expect(await values(client, question.replace("NEW", name))).toEqual([name]);
  });

  test("by the extended protocol too", async () => {
    const name = long("extended");
    await client.query({ text: `CREATE TABLE "${name}" (a int)`, queryMode: "extended" } as pg.QueryConfig);
    expect(await values(client, `SELECT relname FROM pg_class WHERE relname = '${name}'`)).toEqual([name]);
  });

  test("a query with parameters does not mind a name that is new", async () => {
    const name = long("parameter");
    const { rows } = await client.query(`SELECT $1::int AS "${name}"`, [7]);
    expect(rows).toEqual([{ [name]: 7 }]);
  });
});

test("a user of a long name is shown under it, and so is whoever the user becomes", async () => {
  const name = long("somebody");
  await client.query(`CREATE USER "${name}" PASSWORD 'Abcdefg1'`);
  const own = await connect(sandbox, { user: name, password: "Abcdefg1" });
  const { rows } = await own.query("SELECT current_user, session_user, user, current_user AS user");
  expect(rows).toEqual([{ current_user: name, session_user: name, user: name }]);
  expect(await values(own, "SELECT 1 FROM pg_user WHERE usename = current_user")).toEqual([1]);
  await own.query("CREATE TEMP TABLE signed (a int, b varchar(200) DEFAULT current_user)");
  await own.query("INSERT INTO signed (a) VALUES (1)");
  expect(await values(own, "SELECT b FROM signed")).toEqual([name]);
  await own.end();
});
