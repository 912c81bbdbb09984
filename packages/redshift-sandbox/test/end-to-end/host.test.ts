import { existsSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal } from "./sessions.ts";

let sandbox: Sandbox;
let canary: string;
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  sandbox = await startSandbox();
  canary = join(sandbox.runDir, "canary");
  const admin = await connect(sandbox);
  clients.set("awsuser", admin);
  await admin.query("CREATE USER plain PASSWORD 'Plain123'");
  await admin.query("CREATE TABLE t (a int, b varchar(100))");
  await admin.query("GRANT ALL ON t TO plain");
  clients.set("plain", await connect(sandbox, { user: "plain", password: "Plain123" }));
});

afterAll(async () => {
  for (const client of clients.values()) await client.end();
  await sandbox.stop();
});

/** What a refusal may be: not imitated, no permission, syntax, or no such thing. An error of the server's own would be none. */
const refused = /^(?:0A000|42501|42601|42703|42704|42809|42883|42P01|22023) |^XX000 Invalid S3 URI/;

/** One statement that would reach the host, in every dress. */
async function expectRefused(sql: string): Promise<void> {
  const answers = [];
  for (const client of clients.values()) {
    answers.push(await refusal(client, sql), await refusal(client, sql, "extended"));
    // Whatever state it has left, the next row starts in a new one.
    await client.query("ROLLBACK");
  }
  for (const answer of answers) expect(answer).toMatch(refused);
  expect(existsSync(canary)).toBe(false);
}

describe("statements that reach the host are refused", () => {
  test.each([
    "COPY t FROM '/etc/passwd'",
    "COPY t TO '/tmp/x'",
    "COPY t FROM PROGRAM 'touch CANARY'",
    "COPY (SELECT 1) TO PROGRAM 'touch CANARY'",
    "COPY t FROM STDIN",
    "COPY t TO STDOUT",
    "UNLOAD ('SELECT pg_read_file(''/etc/passwd'')') TO 's3://sandbox/x' IAM_ROLE default",
    "UNLOAD ('SELECT 1; COPY t TO PROGRAM ''touch CANARY''') TO 's3://sandbox/x' IAM_ROLE default",
    "ALTER SYSTEM SET archive_command = 'touch CANARY'",
    "LOAD '/tmp/x.so'",
    "CREATE LANGUAGE plpythonu",
    "CREATE TRUSTED LANGUAGE plperlu",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION file_fdw",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x.so', 'f'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE internal AS 'pg_read_file_all'",
    "CREATE FUNCTION f() RETURNS text STABLE AS $$ SELECT pg_read_file('/etc/passwd') $$ LANGUAGE sql",
    "CREATE OR REPLACE FUNCTION f() RETURNS int AS $f$ BEGIN EXECUTE 'COPY t TO PROGRAM ''touch CANARY'''; RETURN 1; END $f$ LANGUAGE plpgsql",
    "CREATE PROCEDURE p() AS $$ BEGIN EXECUTE 'LOAD ''x'''; END $$ LANGUAGE plpgsql",
    "CALL p()",
    "DO $$ BEGIN PERFORM pg_read_file('/etc/passwd'); END $$",
    "CREATE SERVER s FOREIGN DATA WRAPPER w",
    "CREATE FOREIGN TABLE f (a int) SERVER s",
    "CREATE TABLESPACE s LOCATION '/tmp'",
    "CREATE SUBSCRIPTION s CONNECTION 'host=example.com' PUBLICATION p",
    "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()",
    "CREATE TRIGGER e BEFORE INSERT ON t EXECUTE FUNCTION f()",
    "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT 1",
    "CREATE CAST (int AS text) WITH INOUT",
    "CREATE OPERATOR public.+ (LEFTARG = int, RIGHTARG = text, FUNCTION = f)",
    "CHECKPOINT",
    "SECURITY LABEL ON TABLE t IS 'x'",
    "REASSIGN OWNED BY rdsdb TO plain",
  ])("%s", async (sql) => {
    await expectRefused(sql.replaceAll("CANARY", canary));
  });
});

describe("becoming someone else is refused", () => {
  test.each([
    "SET ROLE rdsdb",
    "SET LOCAL ROLE rdsdb",
    'SET "role" TO rdsdb',
    "SET SESSION AUTHORIZATION rdsdb",
    "SET SESSION AUTHORIZATION 'rdsdb'",
    'SET SESSION AUTHORIZATION "rdsdb"',
    "SET session_authorization TO rdsdb",
    "SET LOCAL SESSION AUTHORIZATION rdsdb",
    "SET SESSION AUTHORIZATION 'group/g'",
    "SELECT set_config('role', 'rdsdb', false)",
    "SELECT set_config('session_authorization', 'rdsdb', false)",
    "ALTER USER plain SET role TO rdsdb",
    "ALTER USER rdsdb PASSWORD 'Secret123'",
    "ALTER USER plain RENAME TO rdsdb",
    "DROP USER rdsdb",
    "ALTER ROLE plain SUPERUSER",
    "GRANT rdsdb TO plain",
    "GRANT pg_read_server_files TO plain",
    "GRANT pg_execute_server_program TO plain",
    "CREATE USER pg_execute_server_program PASSWORD 'Secret123'",
    "CREATE USER redshift_sandbox PASSWORD 'Secret123'",
    "ALTER USER plain RENAME TO redshift_sandbox",
    "ALTER GROUP pg_read_server_files ADD USER plain",
    "ALTER TABLE t OWNER TO rdsdb",
    "ALTER SCHEMA public OWNER TO rdsdb",
    "CREATE SCHEMA s AUTHORIZATION rdsdb",
  ])("%s", expectRefused);
});

describe("settings of the server are refused", () => {
  test.each([
    "SET session_replication_role TO replica",
    'SET "session_replication_role" TO replica',
    'SET "SESSION_REPLICATION_ROLE" TO replica',
    "SET LOCAL session_replication_role = replica",
    "SET allow_system_table_mods TO on",
    "SET standard_conforming_strings TO on",
    "SET backslash_quote TO off",
    "SET dynamic_library_path TO '/tmp'",
    "SET local_preload_libraries TO 'x'",
    "SET log_statement TO 'all'",
    "SET plpgsql.extra_warnings TO 'all'",
    "SET redshift_sandbox.x TO 1",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "SELECT set_config('session_' || 'replication_role', 'replica', false)",
    "SELECT pg_catalog.set_config('allow_system_table_mods', 'on', false)",
    "SELECT server_set_config('session_replication_role', 'replica', false)",
    "SELECT redshift_sandbox.server_set_config('session_replication_role', 'replica', false)",
    "SET search_path TO redshift_sandbox, pg_catalog",
    'SET search_path TO "redshift_sandbox"',
    "SET search_path TO 'public, redshift_sandbox'",
    "SET LOCAL search_path = Redshift_Sandbox",
    "SELECT set_config('search_path', 'redshift_' || 'sandbox, pg_catalog', false)",
    "ALTER USER plain SET search_path TO redshift_sandbox",
    "ALTER USER plain SET session_replication_role TO replica",
    "ALTER DATABASE dev SET session_replication_role TO replica",
    "UPDATE pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'",
    "UPDATE pg_catalog.pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'",
    "SHOW data_directory",
    "SELECT current_setting('data_directory')",
    "SELECT current_setting('CONFIG_FILE')",
    "SELECT current_setting('data_' || 'directory', true)",
    "SELECT set_config('client_encoding', 'SJIS', false)",
    "SET client_encoding TO 'SJIS'",
    "ALTER USER plain SET client_encoding TO 'SJIS'",
  ])("%s", expectRefused);

  test("what pg_settings shows says nothing about the host's files", async () => {
    for (const client of clients.values()) {
      const { rows } = await client.query<Record<string, string | null>>("SELECT * FROM pg_settings");
      expect(rows.length).toBeGreaterThan(100);
      expect(JSON.stringify(rows)).not.toContain(sandbox.runDir);
    }
  });
});

describe("what only PostgreSQL's server or the sandbox itself reads is refused", () => {
  test.each([
    "SELECT * FROM pg_authid",
    "SELECT rolpassword FROM pg_catalog.pg_authid",
    'SELECT * FROM "PG_AUTHID"',
    "SELECT * FROM pg_class_base",
    "SELECT * FROM pg_catalog.pg_settings_base",
    "SELECT passwd FROM pg_catalog.pg_shadow_base",
    "SELECT * FROM pg_largeobject",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
    "SELECT * FROM pg_db_role_setting",
    "SELECT * FROM pg_toast.pg_toast_1255",
    "SELECT * FROM redshift_sandbox.long_name",
    "INSERT INTO redshift_sandbox.long_name VALUES ('a', 'b')",
    "SELECT redshift_sandbox.set_user_option('plain', 'external_id', 'x')",
    "SELECT \"redshift_sandbox\".set_distkey('t', 'a')",
    "CREATE TABLE redshift_sandbox.x (a int)",
    "CREATE VIEW v AS SELECT * FROM pg_authid",
    "CREATE VIEW v AS SELECT * FROM pg_authid WITH NO SCHEMA BINDING",
    "CREATE MATERIALIZED VIEW v AS SELECT * FROM pg_authid",
    "CREATE MATERIALIZED VIEW v AS SELECT * FROM redshift_sandbox.long_name",
    "REFRESH MATERIALIZED VIEW redshift_sandbox.long_name",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY t",
    "DROP MATERIALIZED VIEW redshift_sandbox.long_name",
    "CREATE VIEW v AS SELECT * FROM pg_catalog.pg_authid WITH NO SCHEMA BINDING",
    "CREATE VIEW v AS SELECT * FROM redshift_sandbox.long_name WITH NO SCHEMA BINDING",
    "CREATE VIEW v AS SELECT redshift_sandbox.bind_late_view(1) FROM public.t WITH NO SCHEMA BINDING",
    "CREATE TABLE x AS SELECT * FROM pg_authid",
    "GRANT SELECT ON pg_authid TO plain",
    "GRANT SELECT ON pg_catalog.pg_authid TO plain",
    "GRANT USAGE ON SCHEMA redshift_sandbox TO plain",
    "LOCK pg_authid",
    "TRUNCATE pg_authid",
    "DROP TABLE pg_authid",
    "VACUUM pg_authid",
    "ANALYZE pg_authid",
    "ANALYZE COMPRESSION pg_authid",
    "COMMENT ON TABLE pg_authid IS 'x'",
    "ALTER TABLE pg_authid ADD COLUMN a int",
    "ALTER TABLE pg_class RENAME TO x",
    "ALTER TABLE t RENAME TO pg_authid",
    "CREATE TABLE pg_authid (a int)",
    "CREATE TABLE pg_catalog.x (a int)",
    "UPDATE pg_class SET relname = 'x'",
    "DELETE FROM pg_catalog.pg_proc",
    "INSERT INTO pg_user_info SELECT * FROM pg_user_info",
    "CREATE TABLE x (LIKE pg_authid)",
    "ALTER TABLE t APPEND FROM pg_authid",
    "COPY pg_authid FROM 's3://sandbox/x' IAM_ROLE default",
    "UNLOAD ('SELECT * FROM pg_authid') TO 's3://sandbox/x' IAM_ROLE default",
  ])("%s", expectRefused);
});

/** `X` is a call that would read a file of the host; it is tried in every place where an expression may stand. */
const reads = "pg_read_file('/etc/passwd')";

describe("a function that reads the host is refused wherever it stands", () => {
  test.each([
    "SELECT X",
    "SELECT pg_catalog.X",
    "SELECT * FROM X",
    "SELECT (SELECT X)",
    "SELECT CASE WHEN true THEN X END",
    "SELECT coalesce(NULL, X)",
    "SELECT nvl(NULL, X)",
    "SELECT decode(1, 1, X)",
    "SELECT convert(varchar, X)",
    "SELECT X::varchar",
    "SELECT listagg(X) WITHIN GROUP (ORDER BY X) FROM t",
    "SELECT count(*) OVER (PARTITION BY X) FROM t",
    "SELECT 1 FROM t WHERE b = X",
    "SELECT 1 FROM t GROUP BY X",
    "SELECT 1 FROM t HAVING X = ''",
    "SELECT 1 FROM t ORDER BY X",
    "SELECT 1 FROM t LIMIT length(X)",
    "SELECT 1 FROM t JOIN t s ON s.b = X",
    "SELECT 1 UNION ALL SELECT length(X)",
    "WITH w AS (SELECT X) SELECT * FROM w",
    "INSERT INTO t VALUES (1, X)",
    "INSERT INTO t SELECT 1, X",
    "UPDATE t SET b = X",
    "DELETE FROM t WHERE b = X",
    "SELECT X INTO y",
    "CREATE TABLE y AS SELECT X AS a",
    "CREATE TEMP TABLE y AS SELECT X AS a",
    "CREATE TABLE y (a varchar DEFAULT X)",
    "ALTER TABLE t ADD COLUMN y varchar DEFAULT X",
    "CREATE VIEW y AS SELECT X AS a",
    "CREATE OR REPLACE VIEW y AS SELECT X AS a",
    "CREATE VIEW y AS SELECT X AS a FROM public.t WITH NO SCHEMA BINDING",
    "CREATE OR REPLACE VIEW y (a) AS SELECT X FROM public.missing WITH NO SCHEMA BINDING",
    "CREATE VIEW y AS WITH w AS (SELECT X) SELECT * FROM w WITH NO SCHEMA BINDING",
    "CREATE MATERIALIZED VIEW y AS SELECT X AS a FROM t",
    "CREATE MATERIALIZED VIEW y AUTO REFRESH YES AS SELECT a FROM t WHERE b = X",
    "EXPLAIN SELECT X",
    "EXPLAIN VERBOSE SELECT X",
    "EXPLAIN ANALYZE SELECT X",
    "DECLARE c CURSOR FOR SELECT X",
    "BEGIN; DECLARE c CURSOR FOR SELECT X; FETCH ALL FROM c",
    "PREPARE p AS SELECT X",
    "EXECUTE p (X)",
    "SELECT 1; SELECT X",
  ])("%s", async (sql) => {
    await expectRefused(sql.replaceAll("X", reads));
  });

  test("nor as a prepared statement with parameters", async () => {
    for (const client of clients.values())
      await expect(
        client.query({ name: "reader", text: "SELECT pg_read_file($1)", values: ["/etc/passwd"] }),
      ).rejects.toMatchObject({ code: "42883" });
  });
});

describe("other functions that reach the host are refused", () => {
  test.each([
    "pg_read_binary_file('/etc/passwd')",
    "pg_ls_dir('/')",
    "pg_ls_logdir()",
    "pg_stat_file('/etc/passwd')",
    "lo_import('/etc/passwd')",
    "lo_export(1, '/tmp/x')",
    "lo_create(0)",
    "lo_from_bytea(0, 'x')",
    "lo_get(1)",
    "lowrite(1, 'x')",
    "pg_reload_conf()",
    "pg_rotate_logfile()",
    "pg_promote()",
    "pg_switch_wal()",
    "pg_create_restore_point('x')",
    "pg_logical_emit_message(true, 'a', 'b')",
    "pg_notify('a', 'b')",
    "pg_advisory_lock(1)",
    "pg_export_snapshot()",
    "pg_relation_filepath('t')",
    "pg_tablespace_location(0)",
    "pg_stat_get_activity(NULL)",
    "pg_show_all_settings()",
    "pg_get_functiondef(1)",
    "inet_server_addr()",
    "query_to_xml('SELECT 1', true, true, '')",
    "table_to_xml('pg_authid', true, true, '')",
    "cursor_to_xml('c', 1, true, true, '')",
    "database_to_xml(true, true, '')",
    "xmlparse(DOCUMENT '<a/>')",
    "xmlelement(NAME a)",
    "xpath('/a', '<a/>')",
    "ts_stat('SELECT 1')",
    "ts_rewrite('a', 'SELECT 1')",
    "dblink('host=example.com', 'SELECT 1')",
    "dblink_connect('host=example.com')",
    "nextval('s')",
    "pg_ddl_command_start()",
  ])("%s", async (call) => {
    await expectRefused(`SELECT ${call}`);
  });
});

describe("spelling does not get around it", () => {
  test.each([
    "SELECT \"pg_read_file\"('/etc/passwd')",
    "SELECT \"PG_READ_FILE\"('/etc/passwd')",
    'SELECT "pg_catalog"."pg_read_file"(\'/etc/passwd\')',
    "SELECT pg_read_file /* a /* nested */ comment */ ('/etc/passwd')",
    "SELECT /* ' */ pg_read_file('/etc/passwd') /* ' */",
    "SELECT 1 -- '\n, pg_read_file('/etc/passwd') --'",
    "SELECT 1 --\r, pg_read_file('/etc/passwd')",
    "SELECT 1 /*/ */ , pg_read_file('/etc/passwd') /*/ */",
    "SELECT 2 */* */ length(pg_read_file('/etc/passwd'))",
    "SELECT 2 +-- x\n length(pg_read_file('/etc/passwd'))",
    "SELECT U&\"\\0070g_read_file\"('/etc/passwd')",
    "SELECT u&\"pg!005fread_file\" UESCAPE '!' ('/etc/passwd')",
    'SELECT * FROM U&"\\0070g_authid"',
    "SELECT U&'\\0027 , pg_read_file(1) --'",
    "SELECT E'\\'', pg_read_file('/etc/passwd') --'",
    "SELECT e'\\047, pg_read_file(1) --'",
    "SELECT N'x', pg_read_file('/etc/passwd')",
    "SELECT B'1', pg_read_file('/etc/passwd')",
    "SELECT X'1', pg_read_file('/etc/passwd')",
    // To PostgreSQL alone the first literal would end at the second quote, or at the fourth.
    "SELECT 'a\\'', pg_read_file('/etc/passwd') --'",
    "SELECT 'a\\\\', pg_read_file('/etc/passwd') --'",
    "SELECT '\\\\\\' , ', pg_read_file('/etc/passwd')",
    "SELECT '\\u0027 , pg_read_file(1) --'",
    "SELECT '\\x27 , pg_read_file(1) --'",
    "SELECT 'a'\n'b', pg_read_file('/etc/passwd')",
    "SELECT 'a' -- x\n '\\'', pg_read_file('/etc/passwd') --'",
    "SELECT $$a$$ || pg_read_file('/etc/passwd')",
    "SELECT $a$ $$ $a$ || pg_read_file('/etc/passwd') || $a$ $$ $a$",
    "SELECT $a$'$a$, pg_read_file('/etc/passwd'), $a$'$a$",
    "SELECT a$$ || pg_read_file('/etc/passwd') || $$ FROM t",
    "SELECT $1$$x$$, pg_read_file('/etc/passwd')",
    "SELECT 'pg_read_file'::regproc",
    "SELECT 'pg_catalog.pg_read_file(text)'::regprocedure",
    "SELECT CAST('lo_import' AS regproc)",
    "SELECT 'rdsdb'::regrole",
    "SELECT 'redshift_sandbox'::regnamespace",
    "SELECT 'pg_toast.pg_toast_1255' OPERATOR(redshift_sandbox.=) 'x'",
    "SELECT 1 OPERATOR(public.+) 2",
    "SELECT 1 OPERATOR(pg_catalog.@@) 2",
    "SELECT 1 OPERATOR(pg_catalog.+) length(pg_read_file('/etc/passwd'))",
    "SELECT (pg_read_file('/etc/passwd')).x",
    "SELECT pg_read_file(VARIADIC ARRAY['/etc/passwd'])",
    "SELECT '/etc/passwd'::text.pg_read_file",
    "SELECT t.pg_read_file FROM (SELECT '/etc/passwd'::varchar) t",
    "SELECT 'x'::refcursor",
    "SELECT '<a/>'::xml",
    "SELECT '1'::pg_lsn",
    "SELECT f.* FROM ROWS FROM (pg_read_file('/etc/passwd')) f",
    "SELECT * FROM t TABLESAMPLE system (pg_read_file('/etc/passwd'))",
    "SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a text)",
    "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a text PATH '$'))",
    "WITH x AS (DELETE FROM t RETURNING pg_read_file('/etc/passwd')) SELECT * FROM x",
    "INSERT INTO t VALUES (1, 'x') RETURNING pg_read_file('/etc/passwd')",
    "INSERT INTO t VALUES (1, 'x') ON CONFLICT DO UPDATE SET b = pg_read_file('/etc/passwd')",
    "MERGE INTO t USING t s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = pg_read_file('/etc/passwd') WHEN NOT MATCHED THEN INSERT VALUES (1, 'x')",
    "MERGE INTO t USING t s ON pg_read_file('/etc/passwd') = '' REMOVE DUPLICATES",
    "VALUES (pg_read_file('/etc/passwd'))",
    "TABLE pg_authid",
    "SELECT 1 FROM t FOR UPDATE",
    ";;SELECT pg_read_file('/etc/passwd')",
  ])("%j", async (sql) => {
    await expectRefused(sql);
  });

  test("what looks like an attempt and is only text stays text", async () => {
    const admin = await connect(sandbox);
    const { rows } = await admin.query<{ a: string }>(
      String.raw`SELECT '\' || pg_read_file(''/etc/passwd'') || \'' AS a`,
    );
    expect(rows).toEqual([{ a: "' || pg_read_file('/etc/passwd') || '" }]);
    await admin.end();
  });
});

describe("connections", () => {
  test.each([
    ["as the engine's owner", { user: "rdsdb" }, "28P01"],
    ["as a group", { user: "group/g" }, "28P01"],
    ["as a role of the server", { user: "pg_read_server_files" }, "28P01"],
    ["to template1", { database: "template1" }, "3D000"],
    ["to template0", { database: "template0" }, "3D000"],
    ["to the server's own database", { database: "postgres" }, "3D000"],
    ["with a setting of the server", { options: "-c session_replication_role=replica" }, "42704"],
    ["with a setting in long form", { options: "--session-replication-role=replica" }, "42704"],
    ["with another role", { options: "-c role=rdsdb" }, "42704"],
    ["with the sandbox's schema in the path", { options: "-c search_path=redshift_sandbox" }, "42501"],
    ["with a server flag", { options: "-r /tmp/x" }, "42601"],
    ["with system tables open", { options: "-O" }, "42601"],
  ])("%s are refused", async (_how, more, code) => {
    await expect(connect(sandbox, more)).rejects.toMatchObject({ code });
  });

  test("a setting given beside the options is left out", async () => {
    const client = await connect(sandbox, { replication: "database" } as pg.ClientConfig);
    expect(await refusal(client, "IDENTIFY_SYSTEM")).toMatch(/^42601 /);
    await client.end();
  });
});
