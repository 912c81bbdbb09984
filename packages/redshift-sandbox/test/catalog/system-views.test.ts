import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

test("PG_TABLE_DEF shows the search path only, keys included (facts 3.3)", async () => {
  await session.run(
    "CREATE SCHEMA s",
    "CREATE TABLE s.t (a int NOT NULL, b varchar(9))",
    "SELECT redshift_sandbox.set_distkey('s.t', 'a')",
  );
  await session.run(
    "SELECT redshift_sandbox.set_sortkey('s.t', '{b}', false)",
    "SELECT redshift_sandbox.add_key('s.t', NULL, 'p', '{a}', true)",
  );
  const sql = "SELECT * FROM pg_table_def WHERE schemaname = 's' ORDER BY tablename, \"column\"";
  expect(await session.rows(sql)).toEqual([]);
  await session.run("SET LOCAL search_path = s");
  expect(await session.rows(sql)).toEqual([
    ["s", "t", "a", "integer", "az64", true, 0, true],
    ["s", "t", "b", "character varying(9)", "none", false, 1, false],
    ["s", "t_pkey", "a", "integer", "none", false, 0, false],
  ]);
});

const info =
  'SELECT "schema", "table", encoded, diststyle, sortkey1, max_varchar, sortkey1_enc, sortkey_num, tbl_rows FROM svv_table_info';

test("SVV_TABLE_INFO has no row for an empty table, and none for an ordinary user", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN",
    "CREATE TABLE t (a int, b varchar(9))",
    "SAVEPOINT s",
    "INSERT INTO t VALUES (1)",
    "ROLLBACK TO s",
  );
  expect(await session.rows(info)).toEqual([]);
  await session.run("INSERT INTO t VALUES (1), (2)");
  expect(await session.rows(info)).toEqual([
    ["public", "t", "Y, AUTO(ENCODE)", "AUTO(ALL)", "AUTO(SORTKEY)", 9, null, 0, "2"],
  ]);
  await session.run("SET SESSION AUTHORIZATION alice");
  expect(await session.rows(info)).toEqual([]);
});

test.each([
  [
    "SELECT redshift_sandbox.set_sortkey('t', '{b,a}', false)",
    ["N, AUTO(ENCODE)", "AUTO(ALL)", "b", 9, "none", 2],
  ],
  [
    "SELECT redshift_sandbox.set_sortkey('t', '{b,a}', true)",
    ["N, AUTO(ENCODE)", "AUTO(ALL)", "INTERLEAVED", 9, "none", 2],
  ],
  [
    "SELECT redshift_sandbox.set_distkey('t', 'a'), redshift_sandbox.set_table_design('t', NULL, NULL, false, NULL)",
    ["Y, AUTO(ENCODE)", "KEY(a)", null, 9, null, 0],
  ],
  [
    "SELECT redshift_sandbox.set_encoding('t', 'a', 'raw'), redshift_sandbox.set_encoding('t', 'b', 'raw'), redshift_sandbox.set_table_design('t', 8::smallint, NULL, NULL, NULL)",
    ["N", "ALL", "AUTO(SORTKEY)", 9, null, 0],
  ],
])("SVV_TABLE_INFO after %s", async (sql, expected) => {
  await session.run("CREATE TABLE t (a int, b varchar(9))", "INSERT INTO t VALUES (1)", sql);
  expect((await session.rows(info))[0]?.slice(2, -1)).toEqual(expected);
});

test("SVV_RELATION_PRIVILEGES lists what was granted, not what an owner holds (facts 3.6)", async () => {
  await session.run(
    'CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE "group/etl"; CREATE TABLE t (a int)',
  );
  await session.run(
    'GRANT SELECT, TRUNCATE, MAINTAIN, TRIGGER ON t TO alice; GRANT INSERT ON t TO "group/etl"; GRANT SELECT ON t TO PUBLIC; GRANT UPDATE ON t TO bob WITH GRANT OPTION',
  );
  const sql =
    "SELECT namespace_name, relation_name, privilege_type, identity_name, identity_type, admin_option FROM svv_relation_privileges ORDER BY identity_type, identity_name, privilege_type";
  const all = [
    ["public", "t", "INSERT", "etl", "group", false],
    ["public", "t", "SELECT", "public", "public", false],
    ["public", "t", "ALTER", "alice", "user", false],
    ["public", "t", "DROP", "alice", "user", false],
    ["public", "t", "SELECT", "alice", "user", false],
    ["public", "t", "TRUNCATE", "alice", "user", false],
    ["public", "t", "UPDATE", "bob", "user", true],
  ];
  expect(await session.rows(sql)).toEqual(all);
  await session.run("SET SESSION AUTHORIZATION alice");
  expect(await session.rows(sql)).toEqual(
    all.filter(([, , , name]) => name === "alice" || name === "public"),
  );
  await session.run(
    "RESET SESSION AUTHORIZATION",
    "SELECT redshift_sandbox.set_user_option('alice', 'syslog_access', 'UNRESTRICTED')",
    "SET SESSION AUTHORIZATION alice",
  );
  expect(await session.rows(sql)).toEqual(all);
});

test("STL_LOAD_ERRORS pads like CHAR, and shows a user his own rows", async () => {
  await session.run("CREATE ROLE alice LOGIN");
  const insert =
    "INSERT INTO redshift_sandbox.load_error (userid, tbl, session, query, filename, line_number, colname, err_code, err_reason) VALUES ($1::regrole::oid::integer, 1, 2, 3, 's3://b/é', 4, 'a', 1204, 'too long')";
  await session.values(insert, ["alice"]);
  await session.values(insert, ["rdsdb"]);
  expect(
    await session.rows(
      "SELECT octet_length(filename), octet_length(colname), octet_length(err_reason), octet_length(raw_line) FROM stl_load_errors LIMIT 1",
    ),
  ).toEqual([[256, 127, 100, 1024]]);
  expect(await session.values("SELECT count(*)::integer FROM sys_load_error_detail")).toEqual([2]);
  await session.run("SET SESSION AUTHORIZATION alice");
  expect(
    await session.rows("SELECT line_number, trim(filename), trim(err_reason) FROM stl_load_errors"),
  ).toEqual([["4", "s3://b/é", "too long"]]);
});

test("SYS_TRANSACTION_HISTORY tells a superuser which transactions that have ended were committed", async () => {
  const statusOf = async (end: string) => {
    await session.rows("BEGIN");
    const [[xid] = []] = await session.rows("SELECT pg_current_xact_id()::text");
    const history = `SELECT status FROM sys_transaction_history WHERE transaction_id = ${String(xid)}`;
    expect(await session.rows(history)).toEqual([]);
    await session.rows(end);
    const undone = `SELECT xact_id_undone::text FROM stl_undone WHERE xact_id_undone = ${String(xid)}`;
    return [await session.rows(history), (await session.rows(undone)).length];
  };
  expect(await statusOf("ROLLBACK")).toEqual([[["rolledback"]], 1]);
  expect(await statusOf("COMMIT")).toEqual([[["committed"]], 0]);
});

test("locks and sessions name who holds what, and never the sandbox's own", async () => {
  const { cluster } = session;
  const other = new pg.Client({
    host: cluster.socketDir,
    port: cluster.port,
    user: "awsuser",
    password: cluster.password,
    database: "dev",
  });
  await other.connect();
  try {
    await other.query("BEGIN; CREATE TABLE u (a int)");
    const [pid] = (await other.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    expect(
      await session.rows(
        "SELECT DISTINCT txn_owner, txn_db, pid FROM svv_transactions WHERE lock_mode = 'AccessExclusiveLock'",
      ),
    ).toEqual([["awsuser", "dev", pid?.pid]]);
    expect(await session.rows("SELECT DISTINCT lock_owner_pid, lock_status FROM stv_locks")).toEqual([
      [pid?.pid, "Holding write lock    "],
    ]);
    expect(await session.rows("SELECT procpid, usename, current_query FROM pg_stat_activity")).toEqual([
      [pid?.pid, "awsuser", "<IDLE> in transaction"],
    ]);
    expect(await session.rows("SELECT process, trim(user_name), trim(db_name) FROM stv_sessions")).toEqual([
      [pid?.pid, "awsuser", "dev"],
    ]);
  } finally {
    await other.end();
  }
  expect(await session.values("SELECT count(*)::integer FROM stv_slices WHERE type = 'D'")).toEqual([2]);
});

test("features that are not imitated have empty views with the columns that tools ask for", async () => {
  for (const sql of [
    "SELECT schema_name, name FROM svv_mv_info",
    "SELECT schema, name FROM stv_mv_info",
    "SELECT schemaname, tablename FROM svv_external_tables",
  ])
    expect(await session.rows(sql)).toEqual([]);
});
