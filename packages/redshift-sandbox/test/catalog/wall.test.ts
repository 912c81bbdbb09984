import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

test.each([
  "pg_read_file('/etc/passwd')",
  "pg_read_binary_file('/etc/passwd')",
  "pg_ls_dir('/')",
  "pg_stat_file('/')",
  "lo_import('/etc/passwd')",
  "lo_export(1, '/tmp/x')",
  "lo_from_bytea(0, 'x')",
  "pg_reload_conf()",
  "pg_rotate_logfile()",
  "pg_promote()",
  "pg_switch_wal()",
  "pg_backup_start('x')",
  "pg_create_physical_replication_slot('x')",
  "pg_logical_emit_message(true, 'a', 'b')",
  "query_to_xml('SELECT 1', true, true, '')",
  "table_to_xml('pg_authid', true, true, '')",
  "ts_stat('SELECT 1')",
  "pg_relation_filepath('pg_proc')",
  "pg_show_all_file_settings()",
  "pg_hba_file_rules()",
  "binary_upgrade_set_next_pg_authid_oid(1)",
])("even the owner of the server cannot name %s", async (call) => {
  expect(await session.refusal(`SELECT ${call}`)).toMatch(/^42883 function .* does not exist$/);
  expect(await session.refusal(`SELECT redshift_sandbox.${call}`)).toMatch(
    /^42883 function .* does not exist$/,
  );
});

test.each([
  ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/lib/x.so', 'f'", '42704 language "c" does not exist'],
  [
    "CREATE FUNCTION f(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'",
    '42704 language "internal" does not exist',
  ],
  ["CREATE EXTENSION dblink", /^(42704|0A000) /],
  ["CREATE EXTENSION adminpack", /^(42704|0A000|58P01) /],
  [
    "SELECT set_config('session_replication_role', 'replica', false)",
    '42501 permission denied to set parameter "session_replication_role"',
  ],
  ["SELECT set_config('role', 'rdsdb', false)", '42501 permission denied to set parameter "role"'],
  [
    "UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
    '55000 cannot update view "pg_settings"',
  ],
])("%s is refused", async (sql, refusal) => {
  expect(await session.refusal(sql)).toMatch(refusal);
});

test("what a client needs goes on working", async () => {
  await session.run(
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "DO 'BEGIN PERFORM 1; END'",
    "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a",
    "REFRESH MATERIALIZED VIEW m",
    "CREATE TEMP TABLE x (a text, b int GENERATED ALWAYS AS IDENTITY)",
    "INSERT INTO x VALUES ('a')",
    "ANALYZE x",
    "DECLARE c CURSOR FOR SELECT * FROM x",
    "PREPARE p (int) AS SELECT $1",
  );
  expect(await session.values("SELECT f(), g()")).toEqual([1, 2]);
  expect(await session.rows("FETCH c")).toEqual([["a", 1]]);
  expect(await session.values("EXECUTE p (3)")).toEqual([3]);
  expect(await session.values("SELECT set_config('search_path', 'public, pg_temp', true)")).toEqual([
    "public, pg_temp",
  ]);
  expect(await session.values("SHOW search_path")).toEqual(["public, pg_temp"]);
});
