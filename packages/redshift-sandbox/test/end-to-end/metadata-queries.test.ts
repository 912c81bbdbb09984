import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { missingRelations } from "../../src/sql/known.ts";
import { connect, refusal, values } from "./sessions.ts";

/** Statements of the shapes that drivers, dbt, SQLAlchemy's dialect and AWS's admin scripts send. */
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  client = await connect(sandbox);
  await client.query("CREATE SCHEMA sales; CREATE TABLE sales.t (id BIGINT PRIMARY KEY, n VARCHAR(10))");
  await client.query("CREATE TABLE sales.u (t_id BIGINT REFERENCES sales.t (id))");
  await client.query("CREATE VIEW sales.late AS SELECT id FROM sales.t WITH NO SCHEMA BINDING");
});

afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

describe("reflection", () => {
  test.each<[string, unknown[]]>([
    [
      `SELECT conname, conkey FROM pg_constraint WHERE conname = 't_pkey'
       UNION SELECT 'x' || s.schemaname, ARRAY[1::SMALLINT] FROM svv_external_columns c JOIN svv_external_schemas s ON s.schemaname = c.schemaname WHERE 1`,
      ["t_pkey", [1]],
    ],
    [
      `SELECT fka.attname, pos.n FROM pg_catalog.pg_constraint con, pg_catalog.pg_attribute fka, pg_catalog.generate_series(1, 32) pos(n)
       WHERE con.contype = 'f' AND fka.attrelid = con.conrelid AND fka.attnum = con.conkey[pos.n]`,
      ["t_id", 1],
    ],
    [
      `SELECT nspname FROM pg_catalog.pg_namespace
       WHERE nspname = 'sales' AND (nspname !~ '^pg_temp_' OR nspname = (pg_catalog.current_schemas(true))[1])`,
      ["sales"],
    ],
    ["SELECT schema_name, schema_type FROM svv_all_schemas WHERE schema_name = 'sales'", ["sales", "local"]],
    ["SELECT database_name FROM pg_catalog.svv_redshift_databases", ["dev"]],
    ["SELECT l.name, e.esoptions FROM pg_library l, pg_external_schema e", []],
    ["SELECT COUNT(*) FROM pg_default_acl WHERE defaclacl = '{}'::aclitem[]", ["0"]],
    [
      "SELECT ROUND(2.346::FLOAT8, 2), TRUNC(-2.345::FLOAT8, 1), ROUND(15, -1), TRUNC(15::BIGINT, -1)",
      [2.35, -2.3, "20", "10"],
    ],
    [
      `SELECT p.proname || '_' || p.prooid, proargnames[1], (string_to_array(textin(byteaout(probin)), ','))[1]::INT
       FROM pg_catalog.pg_proc_info p WHERE p.prokind = 'p'`,
      [],
    ],
    [
      "SELECT textin(regprocedureout(p.oid::regprocedure)) FROM pg_proc p WHERE p.proname = 'getdate'",
      ["getdate()"],
    ],
    ["SELECT TRIM(oid) = oid::TEXT FROM pg_class WHERE relname = 'pg_class'", [true]],
    [
      "SELECT CURRENT_SETTING('server_version'), setting FROM pg_settings WHERE name = 'server_version'",
      ["8.0.2", "8.0.2"],
    ],
  ])("%s", async (sql, expected) => {
    expect(await values(client, sql)).toEqual(expected);
  });

  test("CURRENT_TIMESTAMP and LISTAGG stand beside SVV_TRANSACTIONS and STV_RECENTS", async () => {
    const sql = `SELECT LISTAGG(t.pid, ','), MAX(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM t.txn_start)) >= 0
      FROM pg_catalog.pg_locks l JOIN pg_catalog.svv_transactions t ON l.pid = t.pid LEFT JOIN stv_recents r ON r.pid = l.pid`;
    expect(await values(client, sql)).toHaveLength(2);
  });
});

describe("a system view that is not imitated is named, also within other statements", () => {
  test.each([
    ["SELECT * FROM stl_query", "stl_query"],
    ["SELECT q.query FROM pg_catalog.stl_scan q JOIN sales.t ON true", "stl_scan"],
    [
      "SELECT MAX(d.start_time) FROM pg_class c JOIN sys_query_detail d ON d.table_id = c.oid",
      "sys_query_detail",
    ],
    ["CREATE VIEW seen AS SELECT * FROM svv_diskusage", "svv_diskusage"],
    ["CREATE TABLE kept AS SELECT * FROM stv_blocklist", "stv_blocklist"],
  ])("%s", async (sql, view) => {
    expect(await refusal(client, sql)).toBe(
      `0A000 redshift-sandbox does not imitate the system view ${view}`,
    );
  });

  test("and none of them is there", async () => {
    const names = [...missingRelations].map((name) => `'${name}'`).join(", ");
    expect(await values(client, `SELECT relname FROM pg_class WHERE relname IN (${names})`)).toEqual([]);
  });

  test("but what no page tells of does not exist", async () => {
    expect(await refusal(client, "SELECT * FROM stl_nothing")).toBe(
      '42P01 relation "stl_nothing" does not exist',
    );
  });
});

test("no view shows what the sandbox keeps for itself", async () => {
  const views = await values(
    client,
    `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND (n.nspname = 'information_schema' AND c.relname !~ '^_' OR c.relname IN ('pg_tables', 'pg_views', 'pg_indexes', 'pg_rules',
       'pg_stats', 'pg_stat_all_tables', 'pg_stat_user_tables', 'pg_namespace', 'svv_tables', 'svv_columns', 'svv_all_schemas'))`,
  );
  expect(views.length).toBeGreaterThan(40);
  for (const view of views) {
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${String(view)}`);
    const own = rows.filter((row) => Object.values(row).includes("redshift_sandbox"));
    expect({ view, own }).toEqual({ view, own: [] });
  }
});
