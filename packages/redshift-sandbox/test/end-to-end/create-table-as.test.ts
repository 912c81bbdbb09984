import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** AWS: r_CTAS_usage_notes, r_CTAS_examples. */
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query("CREATE TABLE sales (id INT, list INT DISTKEY, day DATE, sold INT) SORTKEY (day, id)");
  await client.query(
    "CREATE TABLE everywhere (id INT, day DATE) DISTSTYLE ALL INTERLEAVED SORTKEY (id, day)",
  );
  await client.query("CREATE TABLE evenly (id INT) DISTSTYLE EVEN");
  await client.query('CREATE SCHEMA other; CREATE TABLE other."Odd name" ("a b" INT DISTKEY SORTKEY, c INT)');
  await client.query(
    "CREATE TABLE holed (gone INT, id INT DISTKEY, c INT SORTKEY); ALTER TABLE holed DROP COLUMN gone",
  );
});

beforeEach(async () => {
  await client.query("DROP TABLE IF EXISTS made");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

/** The style's number, the distribution key, and the sort key with its signs. */
async function design(table: string): Promise<string> {
  const [number] = await values(client, `SELECT '${table}'::regclass::oid::BIGINT`);
  const [style, ...keys] = await values(
    client,
    `SELECT c.reldiststyle::VARCHAR || ' ' || MAX(CASE WHEN a.attisdistkey THEN a.attname::VARCHAR ELSE '' END),
       LISTAGG(CASE WHEN a.attsortkeyord <> 0 THEN a.attname::VARCHAR || a.attsortkeyord::VARCHAR END, ' ') WITHIN GROUP (ORDER BY a.attnum)
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN evenly ON 1 = 0
     WHERE c.oid = ${String(number)} GROUP BY c.reldiststyle`,
  );
  return [style, ...keys].join(" ").trim();
}

describe("a simple SELECT from one table gives distribution style and sort key", () => {
  test.each([
    ["SELECT * FROM sales", "1 list id2 day1"],
    ["SELECT day, list, id FROM sales WHERE sold > 1", "1 list day1 id2"],
    ["SELECT s.sold + 1 AS more, s.* FROM sales AS s", "1 list id2 day1"],
    ["SELECT *, 1 AS one FROM everywhere", "8  id1 day-2"],
    ["SELECT id FROM evenly", "0"],
    ['SELECT c, "a b" AS other FROM other."Odd name"', "1 other other1"],
    ["SELECT * FROM holed", "1 id c1"],
    // A key that was not selected whole
    ["SELECT id, sold FROM sales", "9"],
    ["SELECT list, day FROM sales", "1 list"],
    ["SELECT list + 0 AS list, day, id FROM sales", "9  day1 id2"],
  ])("%s", async (query, expected) => {
    await client.query(`CREATE TABLE made AS ${query}`);
    expect(await design("made")).toBe(expected);
  });

  test("to columns that are named anew, and to a temporary table of the same name", async () => {
    await client.query("CREATE TABLE made (w, x, y, z) AS SELECT * FROM sales");
    expect(await design("made")).toBe("1 x w2 y1");
    await client.query("CREATE TEMP TABLE sales AS SELECT * FROM sales");
    expect(await design("pg_temp.sales")).toBe("1 list id2 day1");
    await client.query("DROP TABLE sales");
    expect(await design("sales")).toBe("1 list id2 day1");
  });
});

describe("other queries give none", () => {
  test.each([
    "SELECT id, list, day FROM sales LIMIT 10",
    "SELECT id, list, day FROM sales ORDER BY list",
    "SELECT list, day, id FROM sales GROUP BY list, day, id",
    "SELECT DISTINCT id, list, day FROM sales",
    "SELECT MAX(id) AS id FROM sales",
    "SELECT id, list, day, ROW_NUMBER() OVER (ORDER BY id) AS n FROM sales",
    "SELECT s.* FROM sales s JOIN evenly USING (id)",
    "SELECT * FROM sales UNION ALL SELECT * FROM sales",
    "WITH sales AS (SELECT 1 AS list) SELECT list FROM sales",
    "SELECT * FROM (SELECT * FROM sales) s",
    "SELECT * FROM sales WHERE id IN (SELECT id FROM evenly)",
    "SELECT usename FROM pg_user",
  ])("%s", async (query) => {
    await client.query(`CREATE TABLE made AS ${query}`);
    expect(await design("made")).toBe("9");
  });
});

describe("what the statement says goes first", () => {
  test.each([
    ["DISTSTYLE EVEN", "0"],
    ["DISTSTYLE AUTO", "9"],
    ["DISTKEY (id)", "1 id"],
    ["SORTKEY (sold)", "1 list sold1"],
    ["DISTSTYLE ALL SORTKEY (1)", "8  id1"],
    ["BACKUP NO", "1 list id2 day1"],
  ])("%s", async (attributes, expected) => {
    await client.query(`CREATE TABLE made ${attributes} AS SELECT * FROM sales`);
    expect(await design("made")).toBe(expected);
  });
});

test("a table that may not be read gives nothing, not even a design", async () => {
  await client.query("CREATE USER eve PASSWORD 'Correct4Horse'");
  const eve = await connect(sandbox, { user: "eve", password: "Correct4Horse" });
  expect(await refusal(eve, "CREATE TABLE made AS SELECT * FROM sales")).toMatch(/^42501 /);
  await client.query("GRANT SELECT ON sales TO eve");
  await eve.query("CREATE TABLE made AS SELECT * FROM sales");
  await eve.end();
  expect(await design("made")).toBe("1 list id2 day1");
});
