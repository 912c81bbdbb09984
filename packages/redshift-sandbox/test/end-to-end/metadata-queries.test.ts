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
  await client.query("CREATE TABLE sales.documents (doc SUPER)");
  await client.query("CREATE VIEW sales.bound AS SELECT t_id FROM sales.u");
  await client.query("CREATE USER reader PASSWORD 'Correct4Horse'; CREATE GROUP readers");
  await client.query("GRANT SELECT, INSERT ON sales.t TO reader; GRANT SELECT ON sales.t TO GROUP readers");
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
    ["SHOW search_path", ["$user, public"]],
    [
      "SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_schema = 'sales' ORDER BY 1",
      ["t_pkey", "PRIMARY KEY", "u_t_id_fkey", "FOREIGN KEY"],
    ],
    ["SELECT COUNT(*) FROM information_schema.check_constraints", ["0"]],
    [
      "SELECT COUNT(*) FROM pg_class WHERE oid >= 16384 AND (relname ~ '^pg_toast' OR reltoastrelid <> 0)",
      ["0"],
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
    ["SELECT tgrelid, tgname, tgenabled FROM pg_catalog.pg_trigger", []],
    ["SELECT rulename FROM pg_rules", []],
    ["SELECT usesysid FROM pg_user WHERE usename = 'rdsdb'", [1]],
    [
      "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspowner = 1 AND nspname = 'pg_catalog'",
      ["rdsdb"],
    ],
    [
      "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner > 1 AND n.nspname = 'pg_catalog'",
      [],
    ],
    ["SELECT proname FROM pg_proc WHERE proowner > 1", []],
    [
      "SELECT lanname, COUNT(*) > 0 FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname = 'json_parse' GROUP BY lanname",
      ["internal", true],
    ],
    [
      "SELECT 'super'::regtype, 'super'::regtype::oid, 4000::regtype, format_type(4000, NULL)",
      ["super", 4000, "super", "super"],
    ],
    [
      "SELECT DISTINCT atttypid::regtype, textin(regtypeout(atttypid::regtype)) FROM pg_attribute WHERE atttypid = 'super'::regtype AND attrelid = 'sales.documents'::regclass",
      ["super", "super"],
    ],
    [
      "SELECT a.atttypid::regtype FROM pg_attribute a WHERE a.attrelid IN ('sales.documents'::regclass, 'sales.u'::regclass) AND a.attnum > 0 ORDER BY a.atttypid::regtype",
      ["bigint", "super"],
    ],
    [
      "SELECT p.oid::regprocedure, p.proargtypes[0]::regtype FROM pg_proc p WHERE p.proname = 'json_typeof' AND p.proargtypes[0] = 'super'::regtype",
      ["json_typeof(super)", "super"],
    ],
    [
      "SELECT castsource::regtype, castfunc::regprocedure FROM pg_cast WHERE castsource = 'super'::regtype AND casttarget = 'text'::regtype",
      ["super", "-"],
    ],
    ["SELECT 1259::regclass, 'pg_class'::regclass, 'sales.t'::regclass", ["pg_class", "pg_class", "sales.t"]],
    [
      `SELECT DISTINCT s.relname, v.relname FROM pg_class s JOIN pg_depend d ON d.refobjid = s.oid
       JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class WHERE s.relowner > 1 AND s.oid <> v.oid`,
      ["u", "bound"],
    ],
    [
      `SELECT u.usename, p.priv FROM pg_class c, pg_user u, (SELECT 'SELECT' AS priv UNION SELECT 'INSERT' UNION SELECT 'DELETE') p
       WHERE c.relname = 't' AND u.usename = 'reader' AND aclcontains(c.relacl, makeaclitem(u.usesysid, 0, c.relowner::INT, p.priv, false)) ORDER BY 2`,
      ["reader", "INSERT", "reader", "SELECT"],
    ],
    [
      `SELECT g.groname, aclcontains(c.relacl, makeaclitem(0, g.grosysid, c.relowner::INT, 'SELECT', false)),
         aclcontains(c.relacl, makeaclitem(0, g.grosysid, c.relowner::INT, 'SELECT', true)),
         aclcontains(c.relacl, makeaclitem(0, 0, c.relowner::INT, 'SELECT', false))
       FROM pg_class c, pg_group g WHERE c.relname = 't' AND g.groname = 'readers'`,
      ["readers", true, false, false],
    ],
  ])("%s", async (sql, expected) => {
    expect(await values(client, sql)).toEqual(expected);
  });

  test.each([
    ["SELECT 'jsonb'::regtype", '42704 type "jsonb" does not exist'],
    ["SELECT t::regtype FROM (SELECT 'jsonb'::TEXT AS t) n", '42704 type "jsonb" does not exist'],
    ["SELECT 'lower(jsonb)'::regprocedure", '42704 type "jsonb" does not exist'],
    [
      "SELECT i::regproc FROM generate_series(16384, 17000) i",
      "42501 permission denied for schema redshift_sandbox",
    ],
    [
      "SELECT i::BIGINT::regclass FROM generate_series(16384, 17000) i",
      "42501 permission denied for schema redshift_sandbox",
    ],
    ["SELECT 'redshift_sandbox.full_name'::regproc", "42501 permission denied for schema redshift_sandbox"],
    [
      "SELECT '\"redshift_sandbox\" . table_design'::regclass",
      "42501 permission denied for schema redshift_sandbox",
    ],
    ["SELECT 'pg_class_base'::regclass", '42P01 relation "pg_class_base" does not exist'],
    ["SELECT 'pg_catalog.pg_policy'::regclass", '42P01 relation "pg_catalog.pg_policy" does not exist'],
    [
      "SELECT * FROM information_schema.sequences",
      '42P01 relation "information_schema.sequences" does not exist',
    ],
    ["SELECT makeaclitem(1, 0, 1, 'DROP', false)", '22023 unrecognized privilege type: "DROP"'],
  ])("%s is refused", async (sql, expected) => {
    expect(await refusal(client, sql)).toBe(expected);
  });

  test("the views of the system have no text", async () => {
    expect(
      await values(
        client,
        "SELECT DISTINCT schemaname FROM pg_views WHERE definition IS NOT NULL UNION SELECT pg_get_viewdef('pg_user'::regclass)",
      ),
    ).toEqual(["sales", null]);
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

describe("no catalog shows what the sandbox keeps for itself, nor what stands behind SUPER", () => {
  // Trees in PostgreSQL's own form, its list of the standard's features, and of its settings.
  const apart = new Set([
    "pg_catalog.pg_rewrite",
    "information_schema.sql_features",
    "pg_catalog.pg_settings",
  ]);

  test.each([
    ["awsuser", undefined, []],
    ["reader", "Correct4Horse", ["pg_catalog.pg_statistic"]],
  ])("as %s", async (user, password, refused) => {
    const session = await connect(sandbox, { user, ...(password === undefined ? {} : { password }) });
    const relations = await values(
      session,
      `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema')`,
    );
    expect(relations.length).toBeGreaterThan(120);
    const found: unknown[] = [];
    const denied: unknown[] = [];
    for (const relation of relations) {
      try {
        const { rows } = await session.query<Record<string, unknown>>(`SELECT * FROM ${String(relation)}`);
        const own = rows.filter((row) => /redshift_sandbox|jsonb|_base\b/.test(JSON.stringify(row)));
        if (own.length > 0 && !apart.has(String(relation))) found.push({ relation, row: own[0] });
      } catch {
        denied.push(relation);
      }
    }
    await session.end();
    expect({ found, denied }).toEqual({ found: [], denied: refused });
  });
});
