import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** What PostgreSQL 17 would do and Redshift does not: facts.md 1 to 3 and 7. */
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query("CREATE TABLE t (a int PRIMARY KEY, b varchar(20), c int DEFAULT 3, d boolean)");
  await client.query("INSERT INTO t VALUES (1, 'x', 1, true), (1, 'y', 2, false)");
  await client.query("CREATE VIEW v AS SELECT a, b FROM t");
  await client.query("CREATE SCHEMA s; CREATE USER u PASSWORD 'Abcdefg1'; CREATE GROUP g");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

const onTables =
  "0A000 Specified types or functions (one per INFO message) not supported on Amazon Redshift tables.";
const onNoTable =
  "0A000 One or more of the used functions must be applied on at least one user created table.";

describe.each(["simple", "extended"] as const)("by the %s protocol", (protocol) => {
  test.each<[string, string]>([
    // DDL
    ["CREATE TABLE x (a serial)", '0A000 type "serial" is not supported by Redshift'],
    ["CREATE TABLE x (a bigserial)", '0A000 type "bigserial" is not supported by Redshift'],
    ["CREATE TABLE x (a uuid)", '0A000 type "uuid" is not supported by Redshift'],
    ["CREATE TABLE x (a json)", '0A000 type "json" is not supported by Redshift'],
    ["CREATE TABLE x (a jsonb)", '0A000 type "jsonb" is not supported by Redshift'],
    ["CREATE TABLE x (a bytea)", '0A000 type "bytea" is not supported by Redshift'],
    ["CREATE TABLE x (a bit)", '0A000 type "bit" is not supported by Redshift'],
    ["CREATE TABLE x (a money)", '0A000 type "money" is not supported by Redshift'],
    ["CREATE TABLE x (a inet)", '0A000 type "inet" is not supported by Redshift'],
    ["CREATE TABLE x (a xml)", '0A000 type "xml" is not supported by Redshift'],
    ["CREATE TABLE x (a t)", '42704 type "t" does not exist'],
    ["CREATE TABLE x (a int[])", "/^(42601|0A000) /"],
    ["CREATE TABLE x (a int CHECK (a > 0))", "0A000 CHECK constraints are not supported by Redshift"],
    ["CREATE TABLE x (a int, CHECK (a > 0))", "0A000 CHECK constraints are not supported by Redshift"],
    ["CREATE TABLE x (a int, EXCLUDE USING gist (a WITH =))", "/^42/"],
    ["CREATE TABLE x (a int REFERENCES t ON DELETE CASCADE)", '42601 syntax error at or near "ON"'],
    ["CREATE TABLE x (a int GENERATED ALWAYS AS (1) STORED)", '42601 syntax error at or near "ALWAYS"'],
    ["CREATE TABLE x (a int GENERATED ALWAYS AS IDENTITY)", '42601 syntax error at or near "ALWAYS"'],
    ["CREATE TABLE x (a int) INHERITS (t)", '42601 syntax error at or near "INHERITS"'],
    ["CREATE TABLE x (a int) PARTITION BY LIST (a)", '42601 syntax error at or near "PARTITION"'],
    ["CREATE TABLE x PARTITION OF t DEFAULT", '42601 syntax error at or near "PARTITION"'],
    ["CREATE TABLE x (a int) TABLESPACE pg_default", '42601 syntax error at or near "TABLESPACE"'],
    ["CREATE TABLE x (a int) WITH (fillfactor = 50)", '42601 syntax error at or near "WITH"'],
    ["CREATE TEMP TABLE x (a int) ON COMMIT DROP", '42601 syntax error at or near "ON"'],
    ["CREATE TABLE x OF t", '42601 syntax error at or near "OF"'],
    ["SELECT a FROM t WHERE a = ANY('{1}')", "0A000 arrays are not supported by Redshift"],
    ["SELECT ARRAY(SELECT a FROM t)", "0A000 arrays are not supported by Redshift"],
    ["SELECT ARRAY(1, 2)", "0A000 redshift-sandbox does not imitate function array"],
    ["SELECT JSON_PARSE('[1]')[0]", "0A000 redshift-sandbox does not imitate navigation into SUPER values"],
    ["SELECT CONCAT('a', 'b', 'c')", "/^42883 function concat/"],
    ["SELECT a FROM t OFFSET 1 ROWS", '42601 syntax error at or near "ROWS"'],
    ["SELECT FROM t", "42601 syntax error: a SELECT list is expected"],
    ["SELECT INTO x FROM t", "42601 syntax error: a SELECT list is expected"],
    ["SELECT a INTO UNLOGGED x FROM t", '42601 syntax error at or near "unlogged"'],
    ["INSERT INTO t AS x (a) VALUES (1)", '42601 syntax error at or near "as"'],
    ["INSERT INTO t TABLE t", '42601 syntax error at or near "TABLE"'],
    ["CREATE TABLE x AS TABLE t", '42601 syntax error at or near "TABLE"'],
    ["SELECT * FROM (TABLE t) AS x", '42601 syntax error at or near "TABLE"'],
    ['SELECT b COLLATE "C" FROM t', '42601 syntax error at or near "COLLATE"'],
    ["SELECT COLLATE(b, 'de_DE') FROM t", "/^22023 COLLATE takes /"],
    [
      "SELECT COLLATE(usename, 'case_insensitive') FROM pg_user",
      "0A000 Case insensitive collation is not supported in leader node only query.",
    ],
    ['CREATE TABLE x (a varchar COLLATE "C")', '42601 syntax error at or near ""C""'],
    ["CREATE TABLE x (a int DEFAULT (SELECT 1))", "0A000 cannot use subquery in default expression"],
    ["CREATE TABLE x (a int DEFAULT nextval('s'))", "42883 function nextval does not exist"],
    ["CREATE TABLE x (ctid int)", '42701 column name "ctid" conflicts with a system column name'],
    ["CREATE TABLE x AS SELECT 1 AS a WITH NO DATA", '42601 syntax error at or near "WITH"'],
    ["CREATE TABLE IF NOT EXISTS x AS SELECT 1 AS a", "/^42601 /"],
    ["CREATE UNLOGGED TABLE x (a int)", "/^0A000 SQL command /"],
    ["CREATE INDEX i ON t (a)", '0A000 SQL command "CREATE INDEX" is not supported by Redshift'],
    ["CREATE SEQUENCE x", '0A000 SQL command "CREATE SEQUENCE" is not supported by Redshift'],
    ["CREATE TYPE x AS (a int)", '0A000 SQL command "CREATE TYPE" is not supported by Redshift'],
    ["CREATE DOMAIN x AS int", '0A000 SQL command "CREATE DOMAIN" is not supported by Redshift'],
    ["CREATE TEMP VIEW x AS SELECT 1", '0A000 SQL command "CREATE TEMP VIEW" is not supported by Redshift'],
    ["CREATE VIEW x AS SELECT 1 AS a WITH CHECK OPTION", "/^42601 /"],
    ["CREATE OR REPLACE VIEW v AS SELECT a, b, c FROM t", "42P16 cannot change number of columns in view"],
    ["CREATE OR REPLACE VIEW v AS SELECT a FROM t", "/^42P16 /"],
    ["CREATE OR REPLACE VIEW v AS SELECT a AS z, b FROM t", "/^42P16 cannot change name of view column/"],
    ["CREATE OR REPLACE VIEW v AS SELECT a::bigint AS a, b FROM t", "/^42P16 cannot change data type/"],
    ["ALTER TABLE t SET SCHEMA s", '42601 syntax error at or near "SET"'],
    ["ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'", "/^42601 /"],
    ["ALTER TABLE t ALTER COLUMN b SET NOT NULL", "/^42601 /"],
    ["ALTER TABLE t ALTER COLUMN a TYPE bigint", "/^(42601|0A000|42804) /"],
    ["ALTER TABLE t ADD COLUMN x int, ADD COLUMN y int", '42601 syntax error at or near ","'],
    ["ALTER TABLE t ADD COLUMN x int UNIQUE", "/^(42601|0A000|42P16) /"],
    ["ALTER TABLE t ADD CHECK (a > 0)", "/^0A000 |^42601 /"],
    ["ALTER TABLE t DISABLE TRIGGER ALL", "/^42601 /"],
    ["ALTER TABLE t CLUSTER ON x", "/^42601 /"],
    ["ALTER VIEW v RENAME TO w", '0A000 SQL command "ALTER VIEW" is not supported by Redshift'],
    ["COMMENT ON SCHEMA s IS 'x'", '42601 syntax error at or near "SCHEMA"'],
    ["COMMENT ON FUNCTION len(text) IS 'x'", '42601 syntax error at or near "FUNCTION"'],
    ["REASSIGN OWNED BY u TO awsuser", '0A000 SQL command "REASSIGN OWNED" is not supported by Redshift'],
    ["DROP OWNED BY u", '0A000 SQL command "DROP OWNED" is not supported by Redshift'],
    ["TRUNCATE t, t", '42601 syntax error at or near ","'],
    ["TRUNCATE t CASCADE", '42601 syntax error at or near "CASCADE"'],
    ["LOCK TABLE t IN SHARE MODE", '42601 syntax error at or near "IN"'],
    // Users and grants
    ["CREATE ROLE r LOGIN", '42601 syntax error at or near "LOGIN"'],
    ["CREATE USER x PASSWORD 'short'", "22023 password must have at least 8 characters"],
    ["CREATE USER x SUPERUSER", '42601 syntax error at or near "SUPERUSER"'],
    ["CREATE USER x LOGIN", '42601 syntax error at or near "LOGIN"'],
    [
      "GRANT SELECT ON t TO GROUP g WITH GRANT OPTION",
      "0LP01 grant options can only be granted to individual users",
    ],
    [
      "GRANT SELECT ON t TO PUBLIC WITH GRANT OPTION",
      "0LP01 grant options can only be granted to individual users",
    ],
    ["GRANT SELECT (a) ON t TO u WITH GRANT OPTION", "/^0LP01 /"],
    ["GRANT INSERT (a) ON t TO u", "0LP01 invalid privilege type INSERT for column"],
    ["GRANT CONNECT ON DATABASE dev TO u", "/^0LP01 /"],
    ["GRANT TRIGGER ON t TO u", "/^0LP01 /"],
    ["GRANT MAINTAIN ON t TO u", "/^0LP01 /"],
    ["GRANT g TO u", "/^(42601|0A000) /"],
    ["REVOKE SELECT ON t FROM u CASCADE", "0A000 redshift-sandbox does not imitate REVOKE … CASCADE"],
    ["GRANT SELECT ON t TO u GRANTED BY awsuser", '42601 syntax error at or near "GRANTED"'],
    // Transactions
    ["SAVEPOINT x", '0A000 SQL command "SAVEPOINT" is not supported by Redshift'],
    ["RELEASE x", '0A000 SQL command "RELEASE" is not supported by Redshift'],
    ["ROLLBACK TO x", "0A000 ROLLBACK TO SAVEPOINT is not supported by Redshift"],
    ["COMMIT AND CHAIN", '42601 syntax error at or near "AND"'],
    ["PREPARE TRANSACTION 'x'", "/^42601 /"],
    ["BEGIN DEFERRABLE", '42601 syntax error at or near "DEFERRABLE"'],
    ["SET CONSTRAINTS ALL DEFERRED", '42601 syntax error at or near "ALL"'],
    // The session
    ["LISTEN x", '0A000 SQL command "LISTEN" is not supported by Redshift'],
    ["NOTIFY x", '0A000 SQL command "NOTIFY" is not supported by Redshift'],
    ["DISCARD ALL", '0A000 SQL command "DISCARD" is not supported by Redshift'],
    ["DEALLOCATE ALL", '42601 syntax error at or near "ALL"'],
    ["SET lock_timeout TO 1", '42704 unrecognized configuration parameter "lock_timeout"'],
    ["SET work_mem TO '1MB'", '42704 unrecognized configuration parameter "work_mem"'],
    ["SET extra_float_digits TO 3", "/^22023 /"],
    ["SET client_encoding TO 'LATIN1'", '22023 invalid value for parameter "client_encoding": "LATIN1"'],
    [
      "SELECT set_config('client_encoding', 'latin1', false)",
      '22023 invalid value for parameter "client_encoding": "latin1"',
    ],
    // Queries
    ["SELECT E'x'", '42704 type "e" does not exist'],
    ["SELECT ARRAY[1]", "0A000 arrays are not supported by Redshift"],
    ["SELECT array_agg(a) FROM t", "42883 function array_agg does not exist"],
    ["SELECT string_agg(b, ',') FROM t", "42883 function string_agg does not exist"],
    ["SELECT unnest('{1}')", "42883 function unnest does not exist"],
    ["SELECT gen_random_uuid()", "42883 function gen_random_uuid does not exist"],
    ["SELECT json_build_object('a', 1)", "/^42883 /"],
    ["SELECT '{}'::json", '42704 type "json" does not exist'],
    ["SELECT b -> 'x' FROM t", "42883 operator does not exist: ->"],
    ["SELECT pg_advisory_lock(1)", "42883 function pg_advisory_lock does not exist"],
    ["SELECT currval('s')", "42883 function currval does not exist"],
    ["SELECT a FROM t WHERE b IS DISTINCT FROM 'x'", '42601 syntax error at or near "distinct"'],
    [
      "SELECT a, b FROM t GROUP BY a",
      '42803 column "t.b" must appear in the GROUP BY clause or be used in an aggregate function',
    ],
    ["SELECT DISTINCT ON (a) a FROM t", "0A000 SELECT DISTINCT ON is not supported"],
    ["SELECT a FROM ONLY t", '42601 syntax error at or near "only"'],
    ["DELETE FROM ONLY t", '42601 syntax error at or near "only"'],
    ["SELECT a FROM t FOR UPDATE", '42601 syntax error at or near "for"'],
    ["SELECT a FROM t FETCH FIRST 1 ROW ONLY", '42601 syntax error at or near "FETCH"'],
    ["SELECT * FROM (VALUES (1)) x", '42601 syntax error at or near "values"'],
    ["SELECT * FROM t, LATERAL (SELECT t.a) x", "0A000 redshift-sandbox does not imitate LATERAL"],
    [
      "SELECT count(*) FILTER (WHERE d) FROM t",
      "0A000 redshift-sandbox does not imitate FILTER on an aggregate",
    ],
    ["SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a)", '42601 syntax error at or near "window"'],
    [
      "SELECT sum(a) OVER (ORDER BY a GROUPS 1 PRECEDING) FROM t",
      "0A000 window frames other than ROWS are not supported",
    ],
    [
      "SELECT sum(a) OVER (ORDER BY a RANGE UNBOUNDED PRECEDING) FROM t",
      "0A000 window frames other than ROWS are not supported",
    ],
    [
      "SELECT sum(a) OVER (ORDER BY a ROWS 1 PRECEDING EXCLUDE TIES) FROM t",
      '42601 syntax error at or near "exclude"',
    ],
    ["SELECT (a, b) FROM t", "0A000 composite values are not supported by Redshift"],
    ["SELECT ROW(a, b) FROM t", "0A000 composite values are not supported by Redshift"],
    ["SELECT * FROM t JOIN t x USING (a) AS j", '42601 syntax error at or near "as"'],
    ["SELECT * FROM ROWS FROM (generate_series(1, 2))", '42601 syntax error at or near "from"'],
    ["SELECT * FROM generate_series(1, 2) WITH ORDINALITY", '42601 syntax error at or near "with"'],
    ["WITH x AS MATERIALIZED (SELECT 1) SELECT * FROM x", "/^0A000 /"],
    ["WITH x AS (DELETE FROM t) SELECT 1", "0A000 INSERT, UPDATE and DELETE are not supported in WITH"],
    [
      "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) CYCLE n SET c USING p SELECT * FROM r",
      '42601 syntax error at or near "cycle"',
    ],
    ["SELECT a FROM t GROUP BY DISTINCT a", '42601 syntax error at or near "distinct"'],
    ["SELECT ctid FROM t", '42703 column "ctid" does not exist'],
    ["SELECT t.xmin FROM t", '42703 column "xmin" does not exist'],
    ["DELETE FROM t WHERE tableoid = 1", '42703 column "tableoid" does not exist'],
    ["INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", '42601 syntax error at or near "on"'],
    ["INSERT INTO t VALUES (1) RETURNING a", '42601 syntax error at or near "returning"'],
    ["UPDATE t SET (a, b) = (1, 'x')", "/^0A000 /"],
    ["DELETE FROM t WHERE CURRENT OF c", "/^0A000 /"],
    ["COPY t FROM STDIN", "/^42601 /"],
    ["EXPLAIN ANALYZE SELECT 1", '42601 syntax error at or near "ANALYZE"'],
    ["EXPLAIN (FORMAT json) SELECT 1", "/^42601 /"],
    ["TABLE t", '42601 syntax error at or near "TABLE"'],
    // Where functions run (facts 3.1)
    ["SELECT now() FROM t", onTables],
    ["SELECT current_timestamp FROM t", onTables],
    ["SELECT a, current_schema() FROM t", onTables],
    ["SELECT * FROM t, generate_series(1, 2)", onTables],
    ["SELECT has_table_privilege('t', 'select') FROM svv_table_info", onTables],
    ["WITH x AS (SELECT a FROM t) SELECT age(getdate()) FROM x", onTables],
    ["INSERT INTO t (a) SELECT generate_series(1, 3)", onTables],
    ["INSERT INTO t (a) SELECT 1 WHERE now() > '2020-01-01'", onTables],
    ["CREATE TABLE x AS SELECT generate_series(1, 3) AS a", onTables],
    ["CREATE TEMP TABLE x AS SELECT current_schema() AS a", onTables],
    ["SELECT now() AS a INTO x FROM pg_class", onTables],
    ["CREATE TABLE x (a timestamp DEFAULT now())", onTables],
    ["CREATE TABLE x (a timestamp DEFAULT current_timestamp)", onTables],
    ["ALTER TABLE t ADD COLUMN x timestamp DEFAULT now()", onTables],
    ["UNLOAD ('SELECT now()') TO 's3://sandbox/x' IAM_ROLE default", onTables],
    ["SELECT get_byte('a', 1) FROM t", onTables],
    ["SELECT to_ascii(b) FROM t", onTables],
    ["SELECT listagg(relname, ',') FROM pg_class", onNoTable],
    // What PostgreSQL has grown since 8.0 under names that Redshift knows
    ["SELECT random(1, 10)", "/^42883 /"],
    ["SELECT to_timestamp(1.5)", "/^42883 /"],
    ["SELECT decode('YQ==', 'base64')", "/^42883 /"],
    ["SELECT date_trunc('day', sysdate, 'UTC')", "/^42883 /"],
    ["SELECT log(2, 8)", "/^42883 /"],
    ["SELECT lag(a, 1, 0) OVER (ORDER BY a) FROM t", "/^42883 /"],
    ["SELECT lead(a, 1, 0) OVER (ORDER BY a) FROM t", "/^42883 /"],
    ["SELECT sysdate AT LOCAL", "/^42883 /"],
    ["SELECT has_column_privilege('t', 'a', 'select')", "/^42883 /"],
    ["SELECT regexp_replace('a', 'b', 'c', 'g')", "/^(42883|22P02) /"],
    ["SELECT regexp_replace('a', 'b', 'c', 1, 2)", "/^42883 /"],
    ["SELECT regexp_count('a', 'b', 1, 'p')", '/^0A000 .* the parameters "p"/'],
    ["SELECT regexp_substr('a', 'b', 1, 1, 'e')", '/^0A000 .* the parameters "e"/'],
    ["SELECT split_part('a,b', ',', -1)", "22023 field position must be greater than zero"],
    ["SELECT extract(julian FROM sysdate)", '22023 unit "julian" not recognized'],
    ["SELECT date_part('isoyear', sysdate)", '22023 unit "isoyear" not recognized'],
    ["SELECT substring('abc' FROM 'b')", "/^22P02 /"],
    ["SELECT t.* IS NULL FROM t", "0A000 redshift-sandbox does not imitate whole-row values (t.*)"],
    ["SELECT a FROM t ORDER BY t.*", "0A000 redshift-sandbox does not imitate whole-row values (t.*)"],
    ["SELECT a FROM t ORDER BY a USING <", '42601 syntax error at or near "using"'],
    ["SELECT 1 INTERSECT ALL SELECT 1", "0A000 INTERSECT ALL is not supported"],
    ["SELECT 1 EXCEPT ALL SELECT 1", "0A000 EXCEPT ALL is not supported"],
    ["SELECT a FROM (SELECT 1 AS a MINUS ALL SELECT 1) t", "0A000 EXCEPT ALL is not supported"],
    [
      "WITH RECURSIVE x (n) AS (SELECT 1 UNION SELECT n + 1 FROM x WHERE n < 3) SELECT n FROM x",
      "0A000 a recursive common table expression must be a UNION ALL",
    ],
    ["SELECT listagg(b) OVER (ORDER BY a) FROM t", "0A000 the OVER of LISTAGG takes PARTITION BY only"],
    ["SELECT median(a) OVER (ORDER BY b) FROM t", "0A000 the OVER of MEDIAN takes PARTITION BY only"],
    ["SELECT rank(1) WITHIN GROUP (ORDER BY a) FROM t", '42601 syntax error at or near "within"'],
    ["SELECT ratio_to_report(a) FROM t", '42601 syntax error at or near "ratio_to_report"'],
    ["SELECT ratio_to_report(a) OVER (ORDER BY a) FROM t", '42601 syntax error at or near "ORDER"'],
    [
      "SELECT first_value(a IGNORE NULLS) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t",
      "0A000 redshift-sandbox does not imitate IGNORE NULLS",
    ],
    ["ALTER TABLE v ALTER DISTSTYLE ALL", '42809 "v" is not a table'],
    ["SELECT median(1)", onNoTable],
    // What Redshift's manual has and the sandbox has not, wherever a query may stand
    [
      "SELECT t.a FROM t, v WHERE t.a = v.a(+)",
      "0A000 redshift-sandbox does not imitate the outer join operator (+)",
    ],
    [
      "SELECT approximate percentile_disc(0.5) WITHIN GROUP (ORDER BY a) FROM t",
      "0A000 redshift-sandbox does not imitate APPROXIMATE PERCENTILE_DISC",
    ],
    ["CREATE VIEW x AS SELECT a FROM t QUALIFY a > 1", "0A000 redshift-sandbox does not imitate QUALIFY"],
    [
      "CREATE TABLE x AS SELECT a FROM t CONNECT BY a = 1",
      "0A000 redshift-sandbox does not imitate CONNECT BY",
    ],
    [
      "CREATE MATERIALIZED VIEW x AS SELECT a, i FROM t, t.b AS o AT i",
      "0A000 redshift-sandbox does not imitate unnesting SUPER values with AT",
    ],
    [
      "PREPARE x AS SELECT * FROM t PIVOT (max(a) FOR b IN ('x'))",
      "0A000 redshift-sandbox does not imitate PIVOT",
    ],
    ["SELECT current_aws_account", "0A000 redshift-sandbox does not imitate function current_aws_account"],
    ["SELECT size(b) FROM t", "0A000 redshift-sandbox does not imitate function size"],
    [
      "SELECT change_user_priority('u', 'low')",
      "0A000 redshift-sandbox does not imitate function change_user_priority",
    ],
    ["SELECT from_hex('6162')", "0A000 redshift-sandbox does not imitate function from_hex"],
    [
      "COPY t FROM 's3://sandbox/x' IAM_ROLE default JOB CREATE j AUTO ON",
      "0A000 redshift-sandbox does not imitate COPY JOB",
    ],
    [
      "ALTER TABLE t PARTITION (a = '1') SET LOCATION 's3://sandbox/x'",
      "0A000 redshift-sandbox does not imitate external tables",
    ],
    ["SET timezone INTERVAL '-8 hours'", "0A000 redshift-sandbox does not imitate SET TIMEZONE INTERVAL"],
    ["SET TIME ZONE INTERVAL '-8' HOUR", "0A000 redshift-sandbox does not imitate SET TIME ZONE INTERVAL"],
    ["SELECT b = 'x' AS c, (a = 1) IS TRUE AS d FROM t", "0A000 Not implemented"],
    // Types and functions of the catalogs, on tables
    ["SELECT a::regclass FROM t", onTables],
    ["SELECT b::name FROM t", onTables],
    [`SELECT b FROM t WHERE b::"char" = 'x'`, onTables],
    ["SELECT CAST(a AS oid) FROM t", onTables],
    ["SELECT format_type(a, 0) FROM t", onTables],
    ["SELECT obj_description(a) FROM t", onTables],
    ["CREATE TABLE x AS SELECT oid FROM pg_class", "0A000 columns of type OID are not supported in tables"],
    [
      "SELECT typname::name AS n INTO x FROM pg_type",
      "0A000 columns of type NAME are not supported in tables",
    ],
    // Switches of the session that would change what statements do
    [
      "SET enable_numeric_rounding TO off",
      "0A000 redshift-sandbox does not imitate enable_numeric_rounding = off",
    ],
    [
      "SET cast_super_null_on_error = false",
      "0A000 redshift-sandbox does not imitate cast_super_null_on_error = false",
    ],
    [
      "SET parse_super_null_on_error TO on",
      "0A000 redshift-sandbox does not imitate parse_super_null_on_error = on",
    ],
    [
      "SELECT set_config('error_on_nondeterministic_update', 'true', false)",
      "0A000 redshift-sandbox does not imitate error_on_nondeterministic_update = true",
    ],
    [
      "SELECT set_config('enable_case_sensitive_identifier', 'on', false)",
      '42501 permission denied to set parameter "redshift.enable_case_sensitive_identifier"',
    ],
    ["SELECT current_setting('app.none')", '42704 unrecognized configuration parameter "app.none"'],
    ["SELECT current_setting('app.none', true)", '42704 unrecognized configuration parameter "app.none"'],
    [
      "CREATE MATERIALIZED VIEW x SORTKEY (2) AS SELECT a FROM t",
      "42703 position 2 is not in the select list",
    ],
    ["INSERT INTO TABLE t SELECT 1, 'x', 1", '42601 syntax error at or near "TABLE"'],
  ])("%s", async (sql, expected) => {
    const answer = await refusal(client, sql, protocol);
    await client.query("ROLLBACK");
    if (expected.startsWith("/")) expect(answer).toMatch(new RegExp(expected.slice(1, -1)));
    else expect(answer).toBe(expected);
  });
});

describe("what PostgreSQL refuses and Redshift takes", () => {
  test.each<[string, unknown[]]>([
    ["SELECT current_timestamp IS NOT NULL, current_schema()", [true, "public"]],
    ["SELECT count(*)::int FROM generate_series(1, 3)", [3]],
    ["SELECT getdate() >= sysdate - interval '1 minute', count(*)::int FROM t", [true, 2]],
    ["SELECT count(*)::int FROM t WHERE 1", [2]],
    ["SELECT listagg(b, ',') WITHIN GROUP (ORDER BY b) FROM t", ["x,y"]],
    ["SELECT median(c) FROM t", [1.5]],
    ["SELECT c, ratio_to_report(c + 2) OVER () * 7 FROM t ORDER BY c", [1, 3, 2, 4]],
    ["SELECT ratio_to_report(c) OVER (PARTITION BY b) AS r FROM t", [1, 1]],
    ["DELETE t WHERE a = 99", []],
    ["WITH x AS (SELECT 99 AS a) DELETE t WHERE a IN (SELECT a FROM x)", []],
    ["SELECT sum(a) OVER (ORDER BY c ROWS UNBOUNDED PRECEDING) FROM t ORDER BY c", [1, 2]],
    ["SELECT count(*)::int FROM t WHERE (a, b) = (1, 'x')", [1]],
    ["SELECT a, b, max(c) FROM t GROUP BY a, b ORDER BY b", [1, "x", 1, 1, "y", 2]],
    // A planner that trusted the key would shorten this GROUP BY to `a`.
    ["SELECT count(*)::int FROM (SELECT a, b, c FROM t GROUP BY a, b, c) q", [2]],
    ["SHOW client_encoding", ["UTF8"]],
    ["SELECT tableoid = 'pg_class'::regclass FROM pg_class LIMIT 1", [true]],
    ["SELECT CASE WHEN (a = 1) IS TRUE THEN a END FROM t WHERE (b = 'x') IS NOT FALSE", [1]],
    ["SELECT true IS TRUE", [true]],
    ["SELECT b::CHAR(1), a::BIGINT FROM t LIMIT 0", []],
    ["SELECT 1::oid::INT, 'a'::name::VARCHAR", [1, "a"]],
    ["SELECT format_type(23, NULL), 'pg_class'::regclass::VARCHAR", ["integer", "pg_class"]],
    ["SELECT current_user_id = current_user_id(), 1 AS current_namespace", [true, 1]],
    ["SELECT current_setting('app.none', false)", [null]],
    ["SELECT set_config('app.mine', 'x', false), current_setting('app.mine')", ["x", "x"]],
    ["SELECT current_setting('query_group'), current_setting('wlm_query_slot_count')", ["unset", 1]],
    ["SELECT set_config('query_group', 'etl', false), current_setting('query_group')", ["etl", "etl"]],
    ["SET enable_numeric_rounding TO on", []],
  ])("%s", async (sql, expected) => {
    const found = await values(client, sql);
    expect(found.map((value) => (/^[0-9.]+$/.test(String(value)) ? Number(value) : value))).toEqual(expected);
  });

  test("SELECT … INTO says TABLE, or TEMP TABLE, or neither", async () => {
    for (const into of ["TABLE into_one", "TEMP TABLE into_two", "TEMPORARY into_three", "#into_four"])
      await client.query(`SELECT a INTO ${into} FROM t`);
    expect(
      await values(client, "SELECT COUNT(*)::INT FROM into_one, into_two, into_three, #into_four"),
    ).toEqual([16]);
  });

  test("EXPLAIN of CREATE TABLE AS shows the query's plan and makes no table", async () => {
    for (const words of ["TABLE explained DISTKEY (a) SORTKEY (1)", "TEMP TABLE explained (x, y)"]) {
      const [plan] = await values(client, `EXPLAIN CREATE ${words} AS SELECT a, b FROM t`);
      expect(plan).toMatch(/^Seq Scan on t /);
    }
    expect(await refusal(client, "EXPLAIN CREATE TABLE explained AS SELECT a FROM missing")).toMatch(
      /^42P01 /,
    );
    expect(await refusal(client, "SELECT * FROM explained")).toMatch(/^42P01 /);
  });

  test("a materialized view's keys may be given by position", async () => {
    await client.query("CREATE MATERIALIZED VIEW by_place DISTKEY (2) SORTKEY (2, 1) AS SELECT a, c FROM t");
    expect(
      await values(
        client,
        "SELECT attname::VARCHAR, attisdistkey, attsortkeyord FROM pg_attribute WHERE attrelid = 'by_place'::regclass AND attnum > 0 ORDER BY attnum",
      ),
    ).toEqual(["a", false, 2, "c", true, 1]);
  });

  test("a view is replaced by one of the same columns, and keeps its grants", async () => {
    await client.query("GRANT SELECT ON v TO u");
    await client.query("CREATE OR REPLACE VIEW v AS SELECT a, b FROM t WHERE a > 0");
    expect(await values(client, "SELECT has_table_privilege('u', 'v', 'select')")).toEqual([true]);
    await client.query("CREATE OR REPLACE VIEW new_view AS SELECT 1 AS one");
    expect(await values(client, "SELECT one FROM new_view")).toEqual([1]);
  });

  test("client_encoding may be said to be what it is", async () => {
    for (const name of ["UTF8", "'utf-8'", "UNICODE", "DEFAULT"])
      await client.query(`SET client_encoding TO ${name}`);
    expect(await values(client, "SHOW client_encoding")).toEqual(["UTF8"]);
  });
});

describe("in a transaction", () => {
  test.each(["VACUUM t", "ALTER TABLE t ALTER COLUMN b TYPE varchar(30)", "ALTER TABLE t APPEND FROM t"])(
    "%s is refused, as it is in a request of several statements",
    async (sql) => {
      await client.query("BEGIN");
      expect(await refusal(client, sql)).toMatch(/^(?:25001|0A000) /);
      await client.query("ROLLBACK");
      expect(await refusal(client, `SELECT 1; ${sql}`)).toMatch(/^(?:25001|0A000) /);
    },
  );

  test("TRUNCATE commits what was done before it", async () => {
    await client.query("CREATE TABLE gone (a int); CREATE TABLE kept (a int)");
    await client.query("BEGIN; INSERT INTO kept VALUES (1)");
    await client.query("TRUNCATE gone");
    await client.query("ROLLBACK");
    expect(await values(client, "SELECT a FROM kept")).toEqual([1]);
  });

  test("DDL is undone with it", async () => {
    await client.query("BEGIN; CREATE TABLE undone (a int DISTKEY); ROLLBACK");
    expect(await refusal(client, "SELECT * FROM undone")).toBe('42P01 relation "undone" does not exist');
  });
});

describe("what errors and notices say", () => {
  test("nothing of the sandbox's own functions", async () => {
    const attempts = [
      "ALTER TABLE t ALTER DISTKEY nope",
      "SELECT dateadd('nope', 1, getdate())",
      "SELECT json_extract_path_text('{', 'a')",
    ];
    for (const sql of attempts) {
      const error = await client.query(sql).then(
        () => undefined,
        (reason: unknown) => reason as pg.DatabaseError,
      );
      expect(error?.message).toMatch(/nope|JSON parsing/);
      expect(error?.where).toBeUndefined();
      expect(JSON.stringify(error)).not.toContain("redshift_sandbox");
    }
  });

  test("users and groups, where PostgreSQL says roles", async () => {
    const notices: string[] = [];
    const listen = (notice: { message: string | undefined }): number => notices.push(notice.message ?? "");
    client.on("notice", listen);
    await client.query("ALTER GROUP g ADD USER u");
    await client.query("ALTER GROUP g ADD USER u");
    await client.query("ALTER GROUP g DROP USER u");
    await client.query("ALTER GROUP g DROP USER u");
    client.off("notice", listen);
    expect(notices.join("\n")).not.toMatch(/role|group\//);
    expect(await refusal(client, "SELECT has_table_privilege('nobody', 't', 'select')")).toBe(
      '42704 user "nobody" does not exist',
    );
    expect(await refusal(client, "ALTER TABLE t OWNER TO nobody")).toBe('42704 user "nobody" does not exist');
  });
});
