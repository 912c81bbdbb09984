import type { QueryResult } from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";
import type pg from "pg";

let wire: TestWire;
let client: pg.Client;
beforeAll(async () => {
  wire = await startTestWire();
});
afterAll(() => wire[Symbol.asyncDispose]());
beforeEach(async () => {
  await client?.end();
  client = await wire.connect();
  await client.query("DROP TABLE IF EXISTS t; CREATE TABLE t (n int)");
});

/** Several statements give several results; pg's types know only one. */
async function results(sql: string): Promise<readonly QueryResult[]> {
  const found = (await client.query(sql)) as unknown as QueryResult | QueryResult[];
  return Array.isArray(found) ? found : [found];
}

async function numbers(): Promise<readonly number[]> {
  const { rows } = await client.query<{ n: number }>("SELECT n FROM t ORDER BY n");
  return rows.map(({ n }) => n);
}

test("a plain statement comes back, and a rewritten one", async () => {
  expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  expect((await client.query("SELECT getdate() IS NOT NULL AS now")).rows).toEqual([{ now: true }]);
});

test("an empty query and a comment are answered", async () => {
  expect((await client.query("")).rows).toEqual([]);
  expect((await client.query(" ; -- nothing\n")).rows).toEqual([]);
});

test("text beyond ASCII goes both ways", async () => {
  const { rows } = await client.query("SELECT 'grüße ✓ 🦀' AS \"größe\"");
  expect(rows).toEqual([{ größe: "grüße ✓ 🦀" }]);
});

test("a result much larger than a chunk is whole", async () => {
  const { rows } = await client.query<{ n: number; s: string }>(
    "SELECT n, repeat('x', 3000) AS s FROM generate_series(1, 5000) n",
  );
  expect(rows).toHaveLength(5000);
  expect(rows.every(({ n, s }, at) => n === at + 1 && s.length === 3000)).toBe(true);
});

test("a row of several megabytes is whole", async () => {
  const { rows } = await client.query<{ s: string }>("SELECT repeat('ab', 4000000) AS s");
  expect(rows[0]?.s.length).toBe(8_000_000);
});

test("several plain statements are one transaction, and an error undoes all", async () => {
  await expect(
    client.query("INSERT INTO t VALUES (1); INSERT INTO t VALUES ('x'); SELECT 1"),
  ).rejects.toThrow("invalid input syntax");
  expect(await numbers()).toEqual([]);
});

test("an explicit COMMIT inside a request keeps what came before it", async () => {
  await expect(
    client.query("BEGIN; INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); SELECT 1/0"),
  ).rejects.toThrow("division by zero");
  expect(await numbers()).toEqual([1]);
});

test("a virtual statement answers with its tag, rows and notices", async () => {
  const notices: unknown[] = [];
  client.on("notice", (notice) => notices.push([notice.severity, notice.message, notice.detail]));
  const { command, rows, fields } = await client.query("VIRTUAL rows 2");
  expect(command).toBe("SHOW");
  expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
    ["n", 23],
    ["label", 1043],
  ]);
  expect(rows).toEqual([
    { n: 1, label: "row 1 ✓" },
    { n: 2, label: null },
  ]);
  await client.query("VIRTUAL notice Load into table 't' completed");
  expect(notices).toEqual([["INFO", "Load into table 't' completed", "more"]]);
});

test("a virtual statement without rows still describes its columns", async () => {
  const { rows, fields } = await client.query("VIRTUAL rows 0");
  expect(rows).toEqual([]);
  expect(fields.map(({ name }) => name)).toEqual(["n", "label"]);
});

test("plain and virtual statements of one request are one transaction", async () => {
  const mixed = "INSERT INTO t VALUES (1); VIRTUAL joins INSERT INTO t VALUES (2); SELECT n FROM t";
  expect((await results(mixed)).map(({ command, rowCount }) => [command, rowCount])).toEqual([
    ["INSERT", 1],
    ["VIRTUAL", null],
    ["SELECT", 2],
  ]);
  await expect(client.query(`${mixed}; SELECT 1/0`)).rejects.toThrow("division by zero");
  await expect(client.query(`${mixed}; VIRTUAL fail no`)).rejects.toThrow("no");
  expect(await numbers()).toEqual([1, 2]);
});

test("an error stops the statements after it", async () => {
  await expect(client.query("VIRTUAL fail no; INSERT INTO t VALUES (1)")).rejects.toMatchObject({
    code: "22000",
    message: "no",
    detail: "why",
    hint: "try",
    severity: "ERROR",
  });
  expect(await numbers()).toEqual([]);
});

test("a statement that cannot be read lets none of the request run", async () => {
  await expect(client.query("INSERT INTO t VALUES (1); /* 🦀 */ REFUSED; SELECT 1")).rejects.toMatchObject({
    code: "0A000",
    position: "35",
  });
  expect(await numbers()).toEqual([]);
});

test("BEGIN after a virtual statement makes the request's transaction the client's own", async () => {
  await client.query("VIRTUAL joins INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)");
  await client.query("ROLLBACK");
  expect(await numbers()).toEqual([]);
});

test("COMMIT after a virtual statement commits, with PostgreSQL's warning", async () => {
  const notices: unknown[] = [];
  client.on("notice", (notice) => notices.push(notice.message));
  await expect(
    client.query("VIRTUAL joins INSERT INTO t VALUES (1); COMMIT; VIRTUAL fail no"),
  ).rejects.toThrow("no");
  expect(await numbers()).toEqual([1]);
  expect(notices).toEqual(["there is no transaction in progress"]);
});

test("a virtual statement in a block ends with the block", async () => {
  await client.query("BEGIN");
  await client.query("VIRTUAL joins INSERT INTO t VALUES (1)");
  await client.query("ROLLBACK");
  expect(await numbers()).toEqual([]);
});

test.each(["VIRTUAL fail no", "VIRTUAL joins SELECT 1/0", "REFUSED", "SELECT 1/0", "VIRTUAL crash"])(
  "after an error of %s in a block all is refused but its end",
  async (wrong) => {
    await client.query("BEGIN; INSERT INTO t VALUES (1)");
    await expect(client.query(wrong)).rejects.toThrow();
    for (const next of [
      "SELECT 1",
      "VIRTUAL rows 1",
      "VIRTUAL forbidden SELECT 1",
      "VIRTUAL rows 1; SELECT 1",
    ])
      await expect(client.query(next)).rejects.toMatchObject({
        code: "25P02",
        message: "current transaction is aborted, commands ignored until end of transaction block",
      });
    expect((await client.query("COMMIT")).command).toBe("ROLLBACK");
    expect(await numbers()).toEqual([]);
  },
);

test("a statement that may not share a transaction is refused in a block and beside others", async () => {
  const refusal = {
    code: "25001",
    message: "VIRTUAL FORBIDDEN cannot run inside a transaction block",
  };
  await client.query("VIRTUAL forbidden VACUUM t");
  await expect(client.query("SELECT 1; VIRTUAL forbidden VACUUM t")).rejects.toMatchObject(refusal);
  await client.query("BEGIN");
  await expect(client.query("VIRTUAL forbidden VACUUM t")).rejects.toMatchObject(refusal);
  await client.query("ROLLBACK");
});

test("a statement that commits keeps what came before it and opens a new transaction", async () => {
  await client.query("BEGIN; INSERT INTO t VALUES (1)");
  await client.query("VIRTUAL commits INSERT INTO t VALUES (2)");
  await client.query("INSERT INTO t VALUES (3)");
  await client.query("ROLLBACK");
  expect(await numbers()).toEqual([1, 2]);
  await expect(
    client.query(
      "INSERT INTO t VALUES (4); VIRTUAL commits INSERT INTO t VALUES (5); INSERT INTO t VALUES (6); SELECT 1/0",
    ),
  ).rejects.toThrow("division by zero");
  expect(await numbers()).toEqual([1, 2, 4, 5]);
  await client.query("VIRTUAL commits INSERT INTO t VALUES (7)");
  expect(await numbers()).toEqual([1, 2, 4, 5, 7]);
});

test("a slip inside the sandbox is an internal error, and the session goes on", async () => {
  await expect(client.query("VIRTUAL crash")).rejects.toMatchObject({
    code: "XX000",
    message: "redshift-sandbox failed: a slip of ours",
  });
  await expect(client.query("VIRTUAL swallow")).rejects.toThrow(
    "reported success in a transaction that had failed",
  );
  expect(await numbers()).toEqual([]);
});

test("errors keep PostgreSQL's fields but not its insides", async () => {
  await client.query("CREATE TABLE IF NOT EXISTS checked (n int CONSTRAINT positive CHECK (n > 0))");
  const error = await client.query("INSERT INTO checked VALUES (-1)").catch((found: unknown) => found);
  expect(error).toMatchObject({
    code: "23514",
    table: "checked",
    constraint: "positive",
    detail: "Failing row contains (-1).",
    file: undefined,
    line: undefined,
    routine: undefined,
  });
  await client.query("DROP TABLE checked");
});

test("a position is told only when it counts in the client's own text", async () => {
  await expect(client.query("SELECT nosuch")).rejects.toMatchObject({ position: "8" });
  await expect(client.query("SELECT getdate(), nosuch")).rejects.toMatchObject({ position: undefined });
});

test("names that PostgreSQL knows shortened come back in full", async () => {
  const { fields } = await client.query('SELECT 1 AS "shortened…0123456789abcdef", 2 AS b');
  expect(fields.map(({ name }) => name)).toEqual(["the name in full", "b"]);
  await expect(client.query('SELECT * FROM "shortened…0123456789abcdef"')).rejects.toThrow(
    'relation "the name in full" does not exist',
  );
});

test("what a statement leaves for pg_last_copy_id is there, also after a rollback", async () => {
  await client.query("BEGIN; VIRTUAL remember 42");
  const read =
    "SELECT current_setting('redshift.last_copy_id') AS id /* pg_last_copy_id */, 1 AS pg_last_copy_id";
  expect((await client.query(read)).rows).toMatchObject([{ id: "42" }]);
  await client.query("ROLLBACK");
  expect((await client.query(read)).rows).toMatchObject([{ id: "42" }]);
  expect((await client.query(`${read} WHERE $1 = 1`, [1])).rows).toMatchObject([{ id: "42" }]);
});

test("COPY in and out move rows at any size, and an error on either side ends them", async () => {
  await client.query("CREATE TEMPORARY TABLE lines (n int, line varchar(40))");
  expect((await client.query("VIRTUAL copyin COPY lines FROM STDIN")).command).toBe("COPY");
  expect((await client.query("SELECT count(*)::int AS count, sum(n)::text AS sum FROM lines")).rows).toEqual([
    { count: 200_000, sum: "19999900000" },
  ]);
  const { rowCount } = await client.query("VIRTUAL copyout COPY lines TO STDOUT");
  const { rows } = await client.query(
    "SELECT sum(length(n::text) + length(line) + 2)::int AS bytes FROM lines",
  );
  expect(rows).toEqual([{ bytes: rowCount }]);
  await expect(client.query("VIRTUAL copyhead COPY lines TO STDOUT")).rejects.toThrow("the reader gave up");
  await expect(client.query("VIRTUAL copyinfail COPY lines FROM STDIN")).rejects.toThrow("the source broke");
  await expect(client.query("VIRTUAL copyin COPY lines (line) FROM STDIN")).rejects.toThrow(
    "extra data after last",
  );
  await expect(client.query("VIRTUAL copyin COPY nosuch FROM STDIN")).rejects.toThrow("does not exist");
  await expect(client.query("VIRTUAL copyout COPY nosuch TO STDOUT")).rejects.toThrow("does not exist");
  expect((await client.query("SELECT count(*)::int AS count FROM lines")).rows).toEqual([{ count: 200_000 }]);
});

test("COPY FROM STDIN that gets through the translator does not hang", async () => {
  await expect(client.query("COPY t FROM STDIN")).rejects.toThrow("COPY FROM STDIN is not supported");
  expect(await numbers()).toEqual([]);
});
