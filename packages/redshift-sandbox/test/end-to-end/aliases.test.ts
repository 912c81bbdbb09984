import { text } from "node:stream/consumers";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** AWS: r_SELECT_list, r_WHERE_clause, r_HAVING_clause. */
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query(
    "CREATE TABLE t (a INT, b INT, c VARCHAR(20)); INSERT INTO t VALUES (1, 2, 'X'), (3, 4, 'y')",
  );
  await client.query("CREATE TABLE name (name INT); INSERT INTO name VALUES (7)");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

describe.each(["simple", "extended"] as const)("by the %s protocol", (protocol) => {
  const answer = async (sql: string): Promise<unknown[]> =>
    (
      await client.query<unknown[]>({
        text: sql,
        rowMode: "array",
        ...(protocol === "extended" ? { queryMode: "extended" } : {}),
      } as pg.QueryArrayConfig)
    ).rows.flat();

  test.each<[string, unknown[]]>([
    ["SELECT a AS n FROM t WHERE n > 1", [3]],
    ["SELECT a AS n, n + 1 AS m, m * 2 AS k FROM t WHERE k > 4 AND n > 1", [3, 4, 8]],
    ["SELECT 'ä\\\\' AS x, x + 'ö' AS y", ["ä\\", "ä\\ö"]],
    ["SELECT EXTRACT(year FROM DATE '2026-01-02') AS y, y - 1 AS z", [2026, 2025]],
    [
      "SELECT CASE WHEN a > 1 THEN 'p' ELSE 'q' END \"N\", n || '!' FROM t WHERE n = 'q' /* n */ -- n",
      ["q", "q!"],
    ],
    ["SELECT a AS n FROM t WHERE n > 1 UNION ALL SELECT b AS n FROM t WHERE n > 2", [3, 4]],
    ["WITH w AS (SELECT a AS n FROM t WHERE n > 1) SELECT n AS q FROM w WHERE q > 2", [3]],
    ["SELECT a AS n FROM t WHERE n IN (SELECT b - 1 AS n FROM t WHERE n > 1)", [3]],
    ["SELECT (SELECT MAX(b) AS z FROM t) AS q, q + 1", [4, 5]],
    ["SELECT TOP 1 a AS n, -n AS m FROM t WHERE m < 0 ORDER BY m", [3, -3]],
    // A column goes before an alias, in the list and in WHERE.
    ["SELECT LOWER(c) AS c FROM t WHERE c = 'X'", ["x"]],
    ["SELECT b AS a, a + 10 AS d FROM t WHERE a = 1", [2, 11]],
    ["SELECT name, name AS n FROM name WHERE n = 7", [7, 7]],
  ])("%s", async (sql, expected) => {
    expect(await answer(sql)).toEqual(expected);
  });

  test.each<[string, string]>([
    ["SELECT a AS n FROM t HAVING n > 1", '42703 column "n" does not exist'],
    ["SELECT n + 1, a AS n FROM t", '42703 column "n" does not exist'],
    [
      "SELECT a AS n FROM t WHERE EXISTS (SELECT 1 FROM t x WHERE x.a = n)",
      '42703 column "n" does not exist',
    ],
    ["SELECT a AS n, b AS n FROM t WHERE n > 1", '42702 column reference "n" is ambiguous'],
    ["SELECT SUM(a) AS s FROM t WHERE s > 1", "42803 aggregate functions are not allowed in WHERE"],
    ["SELECT nothing AS n FROM t WHERE n > 1", '42703 column "nothing" does not exist'],
  ])("%s is refused", async (sql, expected) => {
    expect(await refusal(client, sql, protocol)).toBe(expected);
  });

  test("what is undone by a failing statement is only what the client did", async () => {
    await client.query("BEGIN");
    await client.query("INSERT INTO t VALUES (9)");
    expect(await answer("SELECT a AS n FROM t WHERE n > 8")).toEqual([9]);
    await client.query("ROLLBACK");
    expect(await answer("SELECT a AS n FROM t WHERE n > 8")).toEqual([]);
  });
});

test("aliases are known in what holds a query", async () => {
  await client.query("CREATE TABLE made AS SELECT a AS n, n * 2 AS m FROM t WHERE m > 2");
  await client.query("CREATE VIEW seen AS SELECT a AS n, n * 2 AS m FROM t WHERE m > 2");
  await client.query("CREATE OR REPLACE VIEW seen AS SELECT a AS n, n * 3 AS m FROM t WHERE m > 3");
  await client.query("INSERT INTO made SELECT a AS n, n - 1 FROM t WHERE n = 1");
  expect(await values(client, "SELECT * FROM made UNION ALL SELECT * FROM seen")).toEqual([3, 6, 1, 0, 3, 9]);
  await client.query("PREPARE p (INT) AS SELECT a AS n FROM t WHERE n > $1");
  expect(await values(client, "EXECUTE p (1)")).toEqual([3]);
  expect(await values(client, "EXPLAIN SELECT a AS n FROM t WHERE n > 1")).toContain("  Filter: (a > 1)");
  await client.query("BEGIN");
  await client.query("DECLARE c CURSOR FOR SELECT a AS n FROM t WHERE n > 1");
  expect(await values(client, "FETCH 5 FROM c")).toEqual([3]);
  await client.query("ROLLBACK");
  const { rows } = await client.query("SELECT a AS n FROM t WHERE n > $1", [1]);
  expect(rows).toEqual([{ n: 3 }]);
  const unload =
    "UNLOAD ('SELECT a AS n FROM t WHERE n > 1') TO 's3://sandbox/aliases/' IAM_ROLE default PARALLEL OFF";
  await client.query(unload);
  const written = await sandbox.s3.store.read("sandbox", "aliases/000");
  expect(written && (await text(written))).toBe("3\n");
});

describe("whole rows, which Redshift does not have", () => {
  test.each([
    "SELECT t FROM t",
    "SELECT t::VARCHAR FROM t",
    "SELECT COUNT(t) FROM t",
    "SELECT x FROM (SELECT 1 AS a) x",
    "WITH w AS (SELECT 1 AS a) SELECT w FROM w",
    "SELECT a FROM t WHERE t IS NOT NULL",
    "SELECT a FROM t ORDER BY t",
    "UPDATE t SET a = 1 WHERE t IS NULL",
    "SELECT 1 FROM t WHERE EXISTS (SELECT t)",
    "CREATE TABLE rows AS SELECT t FROM t",
    "CREATE VIEW rows AS SELECT t FROM t",
  ])("%s", async (sql) => {
    expect(await refusal(client, sql)).toMatch(/^0A000 redshift-sandbox does not imitate whole-row values/);
  });

  test.each(["SELECT COUNT(t.*) FROM t", "SELECT COALESCE(t.*) FROM t"])("%s", async (sql) => {
    expect(await refusal(client, sql)).toBe("0A000 redshift-sandbox does not imitate whole-row values (t.*)");
  });

  test("a column with its table's name is a column", async () => {
    expect(await values(client, "SELECT name FROM name WHERE name = 7 ORDER BY name")).toEqual([7]);
    expect(await values(client, "SELECT name FROM name JOIN t ON t.a = 1 WHERE name = 7")).toEqual([7]);
    expect(await values(client, "SELECT a AS t FROM t ORDER BY t")).toEqual([1, 3]);
  });
});
