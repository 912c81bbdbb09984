import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** What AWS's developer guide forbids in words, page by page, and beside each what it allows. */
let sandbox: Sandbox;
let client: pg.Client;
let bob: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query(`
    CREATE TABLE t (id BIGINT, n INT, name VARCHAR(20) ENCODE lzo);
    INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b');
    CREATE TABLE o (id BIGINT, x INT, y VARCHAR(9));
    INSERT INTO o VALUES (1, 1, 'a');
    CREATE TABLE p (id BIGINT, x INT);
    CREATE TABLE keyed (a INT UNIQUE, b INT);
    CREATE TABLE mixed (a INT, b INT) INTERLEAVED SORTKEY (a, b);
    CREATE TABLE everywhere (a INT) DISTSTYLE ALL;
    CREATE VIEW v AS SELECT id FROM t;
    CREATE VIEW on_mixed AS SELECT a FROM mixed;
    CREATE MATERIALIZED VIEW first AS SELECT id FROM t;
    CREATE MATERIALIZED VIEW second AS SELECT id FROM first;
    CREATE SCHEMA s;
    CREATE USER bob PASSWORD 'Correct4Horse';
    CREATE GROUP g;
    GRANT SELECT (id) ON o TO bob`);
  bob = await connect(sandbox, { user: "bob", password: "Correct4Horse" });
});

afterAll(async () => {
  await bob.end();
  await client.end();
  await sandbox.stop();
});

const correlated = "0A000 This type of correlated subquery pattern is not supported yet";
const unframed = "0A000 Aggregate window functions with an ORDER BY clause require a frame clause";
const unlike = "0A000 within group ORDER BY clauses for aggregate functions must be the same";
const limited = "0A000 LIMIT may not be used within input to set operations.";
const constant = "0A000 constants are not supported in the ORDER BY of a window function";

describe.each(["simple", "extended"] as const)("by the %s protocol", (protocol) => {
  test.each<[string, string]>([
    // Tables
    ["ALTER TABLE t RENAME TO #t", "42602 a table cannot be renamed to a name that begins with #"],
    ["CREATE TABLE x (LIKE t) BACKUP NO", "42601 table attributes are not allowed with LIKE"],
    [
      "CREATE TABLE x (a INT, b INT, UNIQUE (a, b), UNIQUE (b, a))",
      '42P16 table "x" already has a key on these columns',
    ],
    ["CREATE TABLE x (a INT PRIMARY KEY, UNIQUE (a))", '42P16 table "x" already has a key on these columns'],
    ["ALTER TABLE keyed ADD UNIQUE (a)", '42P16 table "keyed" already has a key on these columns'],
    [
      "ALTER TABLE t ALTER COLUMN name ENCODE zstd, ALTER COLUMN name ENCODE raw",
      '0A000 the encoding of column "name" can be altered once in a command',
    ],
    [
      "ALTER TABLE t ADD COLUMN x VARCHAR(9) COLLATE CASE_INSENSITIVE",
      "0A000 ALTER TABLE ADD COLUMN does not support COLLATE",
    ],
    [
      `CREATE TABLE x (${Array.from({ length: 16 }, (_, index) => `c${index} CHAR(4096)`).join(", ")})`,
      "54000 CHAR columns of together 65536 bytes exceed the limit of 65535",
    ],
    [
      "CREATE TABLE x SORTKEY AUTO AS SELECT id FROM t",
      "42601 CREATE TABLE AS takes neither SORTKEY AUTO nor ENCODE AUTO",
    ],
    [
      "CREATE TABLE x ENCODE AUTO AS SELECT id FROM t",
      "42601 CREATE TABLE AS takes neither SORTKEY AUTO nor ENCODE AUTO",
    ],
    [
      "CREATE TABLE x AS SELECT INTERVAL '1 day' AS a FROM t",
      "0A000 columns of type INTERVAL are not supported in tables",
    ],
    [
      "SELECT INTERVAL '1 day' AS a INTO TEMP x FROM t",
      "0A000 columns of type INTERVAL are not supported in tables",
    ],
    [
      "CREATE MATERIALIZED VIEW x AS SELECT INTERVAL '1 day' AS a FROM t",
      "0A000 columns of type INTERVAL are not supported in tables",
    ],
    [
      "ALTER MATERIALIZED VIEW second AUTO REFRESH YES",
      "0A000 Auto-refresh is not supported for materialized views defined on other materialized views.",
    ],
    // Privileges and datashares
    [
      "ALTER DEFAULT PRIVILEGES REVOKE GRANT OPTION FOR SELECT ON TABLES FROM GROUP g",
      "0LP01 grant options can only be granted to individual users",
    ],
    [
      "ALTER DEFAULT PRIVILEGES REVOKE GRANT OPTION FOR SELECT ON TABLES FROM PUBLIC",
      "0LP01 grant options can only be granted to individual users",
    ],
    [
      "ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA s GRANT SELECT ON TABLES TO GROUP g",
      "42501 permission denied for schema s",
    ],
    // Upkeep and sessions
    ["VACUUM RECLUSTER mixed", "/^0A000 VACUUM RECLUSTER is not supported on /"],
    ["VACUUM RECLUSTER everywhere", "/^0A000 VACUUM RECLUSTER is not supported on /"],
    ["ANALYZE COMPRESSION v", '42809 "v" is not a table'],
    ["FETCH 1 IN c", '42601 syntax error at or near "IN"'],
    [
      "SET wlm_query_slot_count TO 51",
      '22023 51 is outside the valid range for parameter "wlm_query_slot_count" (1 .. 50)',
    ],
    [
      "SET analyze_threshold_percent TO -1",
      '22023 -1 is outside the valid range for parameter "analyze_threshold_percent" (0 .. 100)',
    ],
    [
      "SET enable_result_cache_for_session TO maybe",
      '22023 parameter "enable_result_cache_for_session" requires a Boolean value',
    ],
    // Changes
    [
      "UPDATE t SET name = o.y FROM o LEFT JOIN p ON o.id = p.id WHERE t.id = o.id",
      "0A000 Target table must be part of an equijoin predicate",
    ],
    [
      "UPDATE t SET name = o.y FROM o JOIN (p FULL JOIN keyed ON p.x = keyed.a) ON o.id = p.id WHERE t.id = o.id",
      "0A000 Target table must be part of an equijoin predicate",
    ],
    // Correlated subqueries
    [
      "SELECT name FROM t WHERE NOT EXISTS (SELECT * FROM o WHERE NOT EXISTS (SELECT * FROM p WHERE t.id = p.id))",
      correlated,
    ],
    // Without the table's name, which only the catalog tells.
    [
      "SELECT name FROM t WHERE EXISTS (SELECT 1 FROM o WHERE EXISTS (SELECT 1 FROM p WHERE p.x = n))",
      correlated,
    ],
    [
      "SELECT * FROM t LEFT JOIN o ON t.id = o.id AND x = (SELECT MAX(x) FROM p WHERE p.id = o.id)",
      correlated,
    ],
    ["SELECT n FROM t WHERE n NOT IN (SELECT SUM(x) OVER () FROM o WHERE o.id = t.id)", correlated],
    ["SELECT * FROM t WHERE id IN (SELECT SUM(x) FROM o WHERE n > 0 GROUP BY y)", correlated],
    [
      "SELECT attrelid FROM stv_locks sl, pg_attribute WHERE sl.table_id = attrelid AND 1 NOT IN (SELECT 1 FROM pg_opclass WHERE sl.lock_owner = opcowner)",
      correlated,
    ],
    [
      "SELECT t.id, (SELECT COUNT(*) FROM o WHERE o.id = t.id) AS list FROM t GROUP BY list, t.id",
      "0A000 scalar subqueries are not supported in GROUP BY",
    ],
    [
      "UPDATE t SET n = 5 WHERE EXISTS (SELECT 1 FROM o WHERE EXISTS (SELECT 1 FROM p WHERE p.id = t.id))",
      correlated,
    ],
    [
      "CREATE TABLE x AS SELECT name FROM t WHERE EXISTS (SELECT 1 FROM o WHERE EXISTS (SELECT 1 FROM p WHERE p.x = n))",
      correlated,
    ],
    // Other queries
    ["SELECT COUNT(*) FROM t GROUP BY 1, (SELECT MAX(x) FROM o)", "/^(0A000 scalar|42803) /"],
    [
      "SELECT id FROM t GROUP BY id HAVING COUNT(*) > (SELECT MAX(x) FROM o)",
      "0A000 scalar subqueries are not supported in HAVING",
    ],
    ["SELECT id FROM t WHERE id > ANY (SELECT id FROM o)", "0A000 > ANY is not supported"],
    ["SELECT id FROM t WHERE id <> SOME (SELECT id FROM o)", "0A000 <> ANY is not supported"],
    ["SELECT id FROM t WHERE id = ALL (SELECT id FROM o)", "0A000 = ALL is not supported"],
    ["(SELECT id FROM t LIMIT 1) UNION SELECT id FROM o", limited],
    ["SELECT id FROM t EXCEPT (SELECT id FROM o OFFSET 1)", limited],
    [
      "SELECT id FROM t UNION SELECT TOP 1 id FROM o",
      "0A000 redshift-sandbox does not imitate TOP beside UNION",
    ],
    ["SELECT id FROM t LIMIT 2147483648", "2201W LIMIT must be a whole number of up to 2147483647"],
    ["SELECT TOP 1.5 id FROM t", "2201W LIMIT must be a whole number of up to 2147483647"],
    ["SELECT id FROM t OFFSET '1'", "2201X OFFSET must be a whole number of up to 2147483647"],
    ["SELECT id FROM t LIMIT (SELECT 1)", "0A000 a subquery is not supported in LIMIT"],
    [
      "WITH w AS (WITH i AS (SELECT id FROM t) SELECT id FROM i) SELECT id FROM w",
      "0A000 a WITH clause is not supported inside a WITH clause subquery",
    ],
    [
      "SELECT * FROM (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r) q",
      "0A000 WITH RECURSIVE is not supported in a subquery",
    ],
    [
      "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
      "42601 a recursive common table expression needs a list of column names",
    ],
    [
      "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL (SELECT n + 1 FROM r WHERE n < 3 ORDER BY 1)) SELECT n FROM r",
      "0A000 ORDER BY and LIMIT are not supported in a recursive query",
    ],
    // Window functions and aggregates that sort
    ["SELECT SUM(n) OVER (ORDER BY id) FROM t", unframed],
    ["SELECT FIRST_VALUE(n) OVER (PARTITION BY name ORDER BY id) FROM t", unframed],
    [
      "SELECT RANK() OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM t",
      "0A000 the OVER of RANK takes no frame",
    ],
    ["SELECT LAG(n) OVER (PARTITION BY name) FROM t", "42601 the OVER of LAG requires ORDER BY"],
    ["SELECT ROW_NUMBER() OVER (ORDER BY 1) FROM t", constant],
    ["SELECT ROW_NUMBER() OVER (ORDER BY 'id'::VARCHAR) FROM t", constant],
    ["SELECT ROW_NUMBER() OVER (ORDER BY id, 1 + 1) FROM t", constant],
    [
      "SELECT ROW_NUMBER() OVER (PARTITION BY 'name' ORDER BY id) FROM t",
      "0A000 string literals are not supported in the PARTITION BY of a window function",
    ],
    ["SELECT MEDIAN(n), MEDIAN(id) FROM t", unlike],
    [
      "SELECT LISTAGG(name) WITHIN GROUP (ORDER BY id), LISTAGG(name) WITHIN GROUP (ORDER BY id DESC) FROM t",
      unlike,
    ],
    ["SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY n) FROM t HAVING MEDIAN(id) > 0", unlike],
  ])("%s", async (sql, expected) => {
    const answer = await refusal(client, sql, protocol);
    await client.query("ROLLBACK");
    if (expected.startsWith("/")) expect(answer).toMatch(new RegExp(expected.slice(1, -1)));
    else expect(answer).toBe(expected);
  });
});

describe("what is like it and allowed", () => {
  test.each<[string, unknown[]]>([
    ["SELECT n FROM t WHERE n = (SELECT MAX(x) FROM o WHERE o.id = t.id)", [1]],
    ["SELECT n FROM t WHERE id IN (SELECT MAX(o.id) FROM o WHERE o.id = t.id GROUP BY y)", [1]],
    ["SELECT n FROM t WHERE id NOT IN (SELECT id FROM o WHERE id IN (SELECT id FROM o))", [2]],
    ["SELECT n FROM t WHERE id IN (SELECT id FROM (SELECT id, SUM(x) AS x FROM o GROUP BY id) q)", [1]],
    [
      "SELECT COUNT(*)::INT FROM pg_class c WHERE EXISTS (SELECT 1 FROM pg_namespace n WHERE EXISTS (SELECT 1 FROM pg_user u WHERE u.usesysid = c.relowner) AND n.oid = c.relnamespace) AND c.relname = 't'",
      [1],
    ],
    ["SELECT n FROM t WHERE n <> ALL (SELECT x FROM o)", [2]],
    ["SELECT n FROM t WHERE n = SOME (SELECT x FROM o)", [1]],
    ["SELECT * FROM (SELECT n FROM t ORDER BY n LIMIT 1) a UNION SELECT x FROM o LIMIT 1", [1]],
    ["SELECT n FROM t ORDER BY n LIMIT 1 OFFSET 1", [2]],
    ["WITH w AS (SELECT n FROM t), z AS (SELECT n FROM w) SELECT n FROM z ORDER BY n LIMIT ALL", [1, 2]],
    ["SELECT SUM(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)::INT FROM t ORDER BY id", [1, 3]],
    ["SELECT MEDIAN(n), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY n) FROM t", [1.5, 1.5]],
    ["UPDATE t SET name = o.y FROM o JOIN p ON o.id = p.id WHERE t.id = o.id", []],
    ["CREATE TABLE several (a INT, b INT, UNIQUE (a), UNIQUE (a, b), PRIMARY KEY (b))", []],
    ["ALTER TABLE t ALTER COLUMN name ENCODE zstd, ALTER COLUMN n ENCODE raw", []],
    ["ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA public GRANT SELECT ON TABLES TO GROUP g", []],
    ["VACUUM RECLUSTER t", []],
    ["SET analyze_threshold_percent TO 0.5", []],
  ])("%s", async (sql, expected) => {
    expect(
      (await values(client, sql)).map((value) => (typeof value === "string" ? Number(value) : value)),
    ).toEqual(expected);
  });

  test("one cursor after another is open in a session, and never two", async () => {
    const declare = (name: string): Promise<string> =>
      refusal(client, `DECLARE ${name} CURSOR FOR SELECT id FROM t`);
    await client.query("BEGIN");
    expect(await declare("one")).toMatch(/^not refused/);
    await client.query("CLOSE one");
    expect(await declare("two")).toMatch(/^not refused/);
    expect(await values(client, "FETCH ALL FROM two")).toHaveLength(2);
    expect(await declare("three")).toBe("42P03 only one cursor can be open in a session");
    await client.query("ROLLBACK");
  });
});

test("only a superuser disables a password", async () => {
  expect(await refusal(bob, "ALTER USER bob PASSWORD DISABLE")).toBe(
    "42501 must be superuser to disable a password",
  );
  await bob.query("ALTER USER bob PASSWORD 'Correct4Horse'");
});

test("a materialized view does not read by * the columns of a table that its owner may read", async () => {
  expect(await refusal(bob, "CREATE MATERIALIZED VIEW partial AS SELECT * FROM o")).toBe(
    "42501 permission denied for relation o",
  );
});

test("a datashare takes no tables with interleaved sort keys, no views of them, and nothing of the system", async () => {
  await client.query("CREATE DATASHARE share; ALTER DATASHARE share ADD SCHEMA public");
  for (const relation of ["mixed", "on_mixed"])
    expect(await refusal(client, `ALTER DATASHARE share ADD TABLE public.${relation}`)).toMatch(
      /^0A000 "\w+" cannot be shared/,
    );
  expect(await refusal(client, "ALTER DATASHARE share ADD SCHEMA pg_catalog")).toMatch(/^0A000 /);
  await client.query("ALTER DATASHARE share ADD TABLE public.t");
});

test("an RLS policy looks into permanent tables without policies, and correlates nothing", async () => {
  await client.query("CREATE TEMP TABLE passing (id BIGINT)");
  await client.query(`
    CREATE TABLE guarded (id BIGINT); CREATE TABLE listed (id BIGINT);
    CREATE USER officer PASSWORD 'Correct4Horse'; GRANT ROLE sys:secadmin TO officer;
    CREATE RLS POLICY in_list WITH (id BIGINT) USING (id IN (SELECT id FROM listed));
    ATTACH RLS POLICY in_list ON guarded TO bob`);
  const looking = (query: string): Promise<string> =>
    refusal(client, `CREATE RLS POLICY looking WITH (id BIGINT) AS a USING (a.id IN (${query}))`);
  for (const relation of ["pg_class", "v", "passing", "guarded"])
    expect(await looking(`SELECT ${relation === "pg_class" ? "oid" : "id"} FROM ${relation}`)).toBe(
      `0A000 an RLS policy cannot look into "${relation}"`,
    );
  expect(await looking("SELECT id FROM listed WHERE listed.id = a.id")).toBe(
    "0A000 RLS policy could not be rewritten.",
  );
  expect(await refusal(client, "ALTER RLS POLICY in_list USING (id IN (SELECT id FROM v))")).toMatch(
    /^0A000 /,
  );
  expect(await refusal(client, "ATTACH RLS POLICY in_list ON listed TO bob")).toBe(
    '0A000 RLS policies cannot be attached to "listed", which another policy looks into',
  );
  expect(await refusal(client, "ATTACH RLS POLICY in_list ON t TO officer")).toMatch(/^0LP01 /);
  expect(await refusal(client, "ALTER TABLE guarded RENAME COLUMN id TO number")).toBe(
    '2BP01 cannot rename column "id", which the RLS policy "in_list" names',
  );
  await client.query(
    "DETACH RLS POLICY in_list ON guarded FROM bob; ALTER TABLE guarded RENAME COLUMN id TO number",
  );
});

test("a mask is of the type of what it masks", async () => {
  const mask = (using: string): Promise<string> =>
    refusal(client, `CREATE MASKING POLICY mask WITH (name VARCHAR(20)) USING (${using})`);
  for (const using of ["'x'", "5", "TRUE"])
    expect(await mask(using)).toBe("42804 the masking expression must be of type character varying(20)");
  expect(await mask("SUBSTRING(name, 1, 1) || '…'")).toMatch(/^not refused/);
  expect(await refusal(client, "ALTER MASKING POLICY mask USING (5)")).toMatch(/^42804 /);
});
