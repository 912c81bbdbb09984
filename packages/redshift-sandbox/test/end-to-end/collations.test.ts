import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** AWS: r_CREATE_DATABASE, "Database collation", and r_COLLATE. */
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query("CREATE TABLE t (a VARCHAR(10) COLLATE CASE_INSENSITIVE, b VARCHAR(10), n INT)");
  await client.query("INSERT INTO t VALUES ('a', 'a', 1), ('A', 'A', 2), ('b', 'b', 3)");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

describe("a case-insensitive column", () => {
  test.each<[string, unknown[]]>([
    ["SELECT n FROM t WHERE a = 'A' ORDER BY n", [1, 2]],
    ["SELECT n FROM t WHERE a <> 'A'", [3]],
    ["SELECT n FROM t WHERE a IN ('B')", [3]],
    ["SELECT COUNT(*) FROM t GROUP BY a ORDER BY a", ["2", "1"]],
    ["SELECT COUNT(DISTINCT a) FROM t", ["2"]],
    ["SELECT n FROM t WHERE COLLATE(a, 'case_sensitive') = 'A'", [2]],
    ["SELECT n FROM t WHERE COLLATE(b, 'CASE_INSENSITIVE') = 'A' ORDER BY n", [1, 2]],
    ["SELECT n FROM t WHERE b = 'A'", [2]],
    ["SELECT DECODE(a, 'A', 1, 0) FROM t ORDER BY n", [1, 1, 0]],
    ["SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY n) FROM t ORDER BY n", ["1", "2", "1"]],
  ])("%s", async (sql, expected) => {
    expect(await values(client, sql)).toEqual(expected);
  });

  test.each([
    "a LIKE 'A%'",
    "a ILIKE 'A'",
    "a SIMILAR TO 'A'",
    "a ~ 'A'",
    "STRPOS(a, 'A') > 0",
    "CHARINDEX('A', a) > 0",
    "POSITION('A' IN a) > 0",
    "REGEXP_REPLACE(a, 'A') = 'x'",
    "REGEXP_REPLACE(a, 'A', 'x') = 'x'",
    "REGEXP_SUBSTR(a, 'A') = 'x'",
    "REGEXP_COUNT(a, 'A') > 0",
    "REGEXP_INSTR(a, 'A') > 0",
    "REPLACE(a, 'A', 'x') = 'x'",
    "SPLIT_PART(a, 'A', 1) = 'x'",
  ])("%s is refused rather than answered by case", async (condition) => {
    expect(await refusal(client, `SELECT n FROM t WHERE ${condition}`)).toMatch(/^0A000 /);
  });

  test.each([
    "SELECT n FROM t WHERE a = b",
    "SELECT n FROM t WHERE a = UPPER(b)",
    "SELECT n FROM t x JOIN t y ON x.a = y.b",
    "SELECT a FROM t UNION SELECT b FROM t",
    "SELECT n FROM t ORDER BY a || b",
  ])("%s is refused: it compares with a case-sensitive column", async (sql) => {
    expect(await refusal(client, sql.replace("SELECT n FROM t x", "SELECT x.n FROM t x"))).toMatch(
      /^42P2[12] Query with different collations is not supported yet\.$/,
    );
  });

  test.each([
    "SELECT n FROM none WHERE a = b",
    "SELECT n FROM none WHERE b < UPPER(a)",
    "SELECT n FROM none WHERE a IN (SELECT b FROM none)",
    "SELECT x.n FROM none x JOIN none y ON x.a = y.b AND x.n = $1",
    "SELECT CONCAT(a, b) FROM none",
    "SELECT COALESCE(a, b) FROM none",
    "SELECT CASE WHEN n > 0 THEN a ELSE b END FROM none",
    "SELECT CASE a WHEN b THEN 1 END FROM none",
    "SELECT MAX(a) FROM none HAVING MAX(a) > MAX(b)",
    "UPDATE none SET n = 1 WHERE a = b",
    "DELETE FROM none WHERE a = b",
    "INSERT INTO none (n) SELECT n FROM none WHERE a = b",
    "WITH w AS (SELECT a AS c FROM none) SELECT 1 FROM w, none WHERE w.c = none.b",
    "INSERT INTO none (n) VALUES ((SELECT MAX(n) FROM none WHERE a = b))",
    "SELECT n INTO made FROM none WHERE a = b",
    "CREATE TABLE made AS SELECT n FROM none WHERE a = b",
    "CREATE VIEW made AS SELECT n FROM none WHERE a = b",
    "CREATE OR REPLACE VIEW made AS SELECT n FROM none WHERE a = b",
    "CREATE MATERIALIZED VIEW made AS SELECT n FROM none WHERE a = b",
    "MERGE INTO none USING t ON none.a = t.b WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (n) VALUES (1)",
    "MERGE INTO none USING t ON none.a = t.b REMOVE DUPLICATES",
    "UNLOAD ('SELECT n FROM none WHERE a = b') TO 's3://$bucket/none_' $credentials",
    "PREPARE made (INT) AS SELECT n FROM none WHERE a = b AND n = $1",
    "EXPLAIN SELECT n FROM none WHERE a = b",
    `SELECT n AS "${"a long name (of {sixty-three} characters) ".repeat(3).slice(0, 63)}" FROM none WHERE a = b`,
  ])("%s is refused although there is no row", async (sql) => {
    await client.query("DROP TABLE IF EXISTS none; CREATE TABLE none (LIKE t)");
    const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = sandbox.env;
    const target = sql
      .replace("$bucket", sandbox.s3.buckets[0] ?? "")
      .replace("$credentials", `ACCESS_KEY_ID '${id}' SECRET_ACCESS_KEY '${secret}'`);
    for (const protocol of ["simple", "extended"] as const) {
      const text = protocol === "simple" && !sql.startsWith("PREPARE") ? target.replace("$1", "1") : target;
      expect(await refusal(client, text, protocol)).toBe(
        "42P22 Query with different collations is not supported yet.",
      );
      await client.query("BEGIN");
      expect(await refusal(client, text, protocol)).toMatch(/^42P22 /);
      await client.query("ROLLBACK");
    }
  });

  test("is refused also where only reading is allowed, and of a cursor", async () => {
    await client.query("DROP TABLE IF EXISTS none; CREATE TABLE none (LIKE t)");
    for (const sql of [
      "SELECT n FROM none WHERE a = b",
      "DECLARE c CURSOR FOR SELECT n FROM none WHERE a = b",
    ]) {
      await client.query("BEGIN READ ONLY");
      expect(await refusal(client, sql)).toMatch(/^42P22 /);
      await client.query("ROLLBACK");
    }
  });

  test("is refused to a user who may not make temporary tables", async () => {
    await client.query(
      "DROP TABLE IF EXISTS none; CREATE TABLE none (LIKE t); GRANT SELECT ON none TO PUBLIC",
    );
    await client.query("CREATE USER ann PASSWORD 'Abcdefg1'; REVOKE TEMP ON DATABASE dev FROM PUBLIC");
    const ann = await connect(sandbox, { user: "ann", password: "Abcdefg1" });
    const notices: unknown[] = [];
    ann.on("notice", (notice) => notices.push(notice.message));
    expect(await refusal(ann, "CREATE TEMP TABLE mine (n INT)")).toMatch(/^42501 /);
    for (const protocol of ["simple", "extended"] as const)
      expect(await refusal(ann, "SELECT n FROM none WHERE a = b", protocol)).toMatch(/^42P22 /);
    expect(await refusal(ann, "SET log_min_messages TO panic")).toMatch(/^(?:42704|42501|0A000) /);
    expect(notices).toEqual([]);
    await ann.end();
    await client.query("GRANT TEMP ON DATABASE dev TO PUBLIC");
  });

  test("in a late-binding view is refused when the view is read", async () => {
    await client.query("DROP TABLE IF EXISTS none CASCADE; CREATE TABLE none (LIKE t)");
    await client.query("CREATE VIEW late AS SELECT n FROM public.none WHERE a = b WITH NO SCHEMA BINDING");
    expect(await refusal(client, "SELECT n FROM late")).toMatch(/^42P22 /);
  });

  test("is no trouble beside literals, parameters, catalogs and itself", async () => {
    const notices: unknown[] = [];
    client.on("notice", (notice) => notices.push(notice.message));
    for (const sql of [
      "SELECT a || 'x', COALESCE(a, 'x'), CASE WHEN b = 'x' THEN a ELSE 'y' END FROM t WHERE b = 'b'",
      "SELECT b || n, LEN(a) FROM t x JOIN t y USING (a, b, n) WHERE x.b = UPPER(y.b)",
      "SELECT relname FROM pg_class WHERE relname = 'T' AND relname IN (SELECT table_name FROM information_schema.tables)",
      "SELECT a FROM t WHERE a = $1 AND b IN ($2, 'q') LIMIT $3",
    ])
      for (const [before, behind] of [
        ["SELECT 1", "SELECT 1"],
        ["BEGIN", "COMMIT"],
      ] as const) {
        await client.query(before);
        await client.query(sql, sql.includes("$1") ? ["x", "y", 1] : []);
        await client.query(behind);
      }
    client.removeAllListeners("notice");
    expect(notices).toEqual([]);
  });

  test("is compared with a case-sensitive one through COLLATE", async () => {
    expect(await values(client, "SELECT n FROM t WHERE a = COLLATE(b, 'case_insensitive')")).toEqual(
      await values(client, "SELECT n FROM t WHERE LOWER(COLLATE(a, 'case_sensitive')) = LOWER(b)"),
    );
  });

  test("keeps apart from columns that came later", async () => {
    await client.query("CREATE TABLE later AS SELECT 'x'::VARCHAR(9) AS made, a FROM t");
    await client.query("ALTER TABLE later ADD COLUMN added VARCHAR(9); UPDATE later SET added = 'x'");
    for (const column of ["made", "added"])
      expect(await refusal(client, `SELECT 1 FROM later WHERE a = ${column}`)).toMatch(/^42P22 /);
  });

  test("stays so in copies, views and after its length has grown", async () => {
    await client.query("CREATE TABLE alike (LIKE t); INSERT INTO alike SELECT * FROM t");
    await client.query("CREATE TABLE copied AS SELECT a FROM t; CREATE VIEW seen AS SELECT a FROM t");
    await client.query("ALTER TABLE copied ALTER COLUMN a TYPE VARCHAR(20)");
    for (const relation of ["alike", "copied", "seen"])
      expect(await values(client, `SELECT COUNT(*) FROM ${relation} WHERE a = 'A'`)).toEqual(["2"]);
    const shown = await client.query<{ collation: string }>("SHOW COLUMNS FROM TABLE dev.public.copied");
    expect(shown.rows[0]?.collation).toBe("case_insensitive");
  });
});

test("the seed and step of an IDENTITY keep every digit", async () => {
  await client.query("CREATE TABLE ids (id BIGINT IDENTITY(9007199254740993, -9007199254740993), n INT)");
  await client.query("INSERT INTO ids (n) VALUES (1), (2)");
  expect(await values(client, "SELECT id FROM ids ORDER BY n")).toEqual(["9007199254740993", "0"]);
});

describe.each(["simple", "extended"] as const)("by the %s protocol", (protocol) => {
  test("a statement of more than 16 MB is refused", async () => {
    const sql = `SELECT '${"x".repeat(16 * 1024 * 1024 - 8)}'`;
    expect(await refusal(client, sql, protocol)).toBe(
      "54000 Statement is too large. Statement Size: 16777217 bytes. Maximum Allowed: 16777216 bytes",
    );
  });
});

test("errors speak of relations, as PostgreSQL 8.0 did", async () => {
  await client.query("CREATE USER bob PASSWORD 'Abcdefg1'; CREATE VIEW v AS SELECT n FROM t");
  const bob = await connect(sandbox, { user: "bob", password: "Abcdefg1" });
  expect(await refusal(bob, "SELECT n FROM t")).toBe("42501 permission denied for relation t");
  expect(await refusal(bob, "SELECT n FROM v")).toBe("42501 permission denied for relation v");
  expect(await refusal(bob, "INSERT INTO t (n) VALUES (1)")).toBe("42501 permission denied for relation t");
  expect(await refusal(bob, "ALTER TABLE t ADD COLUMN x INT")).toBe("42501 must be owner of relation t");
  expect(await refusal(bob, "SELECT n FROM missing")).toBe('42P01 relation "missing" does not exist');
  await bob.end();
});
