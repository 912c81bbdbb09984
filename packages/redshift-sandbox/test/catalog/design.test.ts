import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

const design =
  "SELECT attname, attisdistkey, attsortkeyord, format_encoding(attencodingtype::integer) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
const style = "SELECT reldiststyle, releffectivediststyle FROM pg_class_info WHERE reloid = 't'::regclass";

test("a new table is AUTO throughout", async () => {
  await session.run("CREATE TABLE t (a int)");
  expect(await session.values(style)).toEqual([9, 10]);
  expect(
    await session.rows(
      "SELECT diststyle, backup, sort_auto, encode_auto FROM redshift_sandbox.table_design WHERE reloid = 't'::regclass",
    ),
  ).toEqual([[9, true, true, true]]);
});

test("keys and encodings are read back, and follow a rename", async () => {
  await session.run(
    "CREATE TABLE t (a int, b varchar(9), c date)",
    "SELECT redshift_sandbox.set_distkey('t', 'a')",
  );
  await session.run(
    "SELECT redshift_sandbox.set_sortkey('t', '{c,a}', false)",
    "SELECT redshift_sandbox.set_encoding('t', 'b', 'RAW')",
    "ALTER TABLE t RENAME COLUMN a TO aa",
  );
  expect(await session.rows(design)).toEqual([
    ["aa", true, 2, "none"],
    ["b", false, 0, "none"],
    ["c", false, 1, "none"],
  ]);
  expect(await session.values(style)).toEqual([1, 1]);
  await session.run("SELECT redshift_sandbox.set_table_design('t', 0::smallint, NULL, NULL, NULL)");
  expect((await session.rows(design))[0]).toEqual(["aa", false, 2, "none"]);
});

test("AUTO keeps a key that is there: AUTO(KEY)", async () => {
  await session.run(
    "CREATE TABLE t (a int)",
    "SELECT redshift_sandbox.set_distkey('t', 'a')",
    "SELECT redshift_sandbox.set_table_design('t', 9::smallint, NULL, NULL, NULL)",
    "INSERT INTO t VALUES (1)",
  );
  expect(await session.values(style)).toEqual([9, 12]);
  expect(await session.values("SELECT diststyle FROM svv_table_info")).toEqual(["AUTO(KEY(a))"]);
});

test.each([
  ["{a,b,c}", [1, -2, 3]],
  ["{c,b}", [0, -2, 1]],
  ["{b}", [0, -1, 0]],
])("an interleaved sort key %s alternates in sign", async (columns, expected) => {
  await session.run(
    "CREATE TABLE t (a int, b int, c int)",
    `SELECT redshift_sandbox.set_sortkey('t', '${columns}', true)`,
  );
  expect((await session.rows(design)).map((row) => row[2])).toEqual(expected);
});

test("a copy of a design goes by column names", async () => {
  await session.run(
    "CREATE TABLE s (x int, a int, b int)",
    "ALTER TABLE s DROP COLUMN x",
    "SELECT redshift_sandbox.set_distkey('s', 'a')",
  );
  await session.run(
    "SELECT redshift_sandbox.set_sortkey('s', '{b}', false)",
    "SELECT redshift_sandbox.set_table_design('s', NULL, false, NULL, NULL)",
  );
  await session.run("CREATE TABLE t (a int, b int)", "SELECT redshift_sandbox.copy_design('s', 't')");
  expect(await session.rows(design)).toEqual([
    ["a", true, 0, "az64"],
    ["b", false, 1, "none"],
  ]);
  const [oid] = await session.values("SELECT 't'::regclass::oid");
  expect(
    await session.values(
      "SELECT split_part(key, '_', 5) FROM pg_conf WHERE split_part(key, '_', 5) = $1::oid",
      [oid],
    ),
  ).toEqual([String(oid)]);
});

test("a dropped table leaves nothing behind, a key column cannot be dropped", async () => {
  await session.run(
    "CREATE TABLE t (a int, b int)",
    "SELECT redshift_sandbox.set_distkey('t', 'a')",
    "SELECT redshift_sandbox.set_encoding('t', 'b', 'zstd')",
  );
  expect(await session.refusal("ALTER TABLE t DROP COLUMN a")).toMatch(
    "0A000 cannot drop public.t.a, a distribution key column",
  );
  await session.run("ALTER TABLE t DROP COLUMN b");
  expect(await session.values("SELECT attnum FROM redshift_sandbox.column_design")).toEqual([1]);
  await session.run("DROP TABLE t");
  expect(
    await session.rows(
      "SELECT 1 FROM redshift_sandbox.column_design UNION ALL SELECT 1 FROM redshift_sandbox.table_design",
    ),
  ).toEqual([]);
});

test.each([
  ["SELECT redshift_sandbox.set_distkey('t', 'z')", '42703 column "z" of relation "t" does not exist'],
  ["SELECT redshift_sandbox.set_encoding('t', 'a', 'zip')", '42601 invalid encoding type "zip"'],
  [
    "SELECT redshift_sandbox.set_sortkey('t', '{a,a}', false)",
    '42701 column "a" appears twice in the sort key',
  ],
])("%s is refused", async (sql, refusal) => {
  await session.run("CREATE TABLE t (a int)");
  expect(await session.refusal(sql)).toBe(refusal);
});

test("every function that changes a table asks for its owner", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN",
    "CREATE TABLE t (a int)",
    "GRANT ALL ON t TO alice",
    "SET SESSION AUTHORIZATION alice",
  );
  for (const call of [
    "set_table_design('t', 0::smallint, NULL, NULL, NULL)",
    "set_distkey('t', 'a')",
    "set_sortkey('t', '{a}', false)",
    "set_encoding('t', 'a', 'raw')",
    "set_collation('t', 'a', true)",
    "copy_design('t', 't')",
    "inherit_design('t', 't', '{a}', true)",
    "analyze_compression('t')",
    "require_owner('t')",
  ])
    expect(await session.refusal(`SELECT redshift_sandbox.${call}`)).toBe(
      "42501 must be owner of relation t",
    );
});

test("DROP and TRUNCATE are privileges of their own", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN",
    "CREATE TABLE t (a int)",
    "INSERT INTO t VALUES (1)",
    "CREATE VIEW v AS SELECT 1",
  );
  await session.run("SET SESSION AUTHORIZATION alice");
  expect(await session.refusal("SELECT redshift_sandbox.drop_table_as_owner('t', false)")).toBe(
    "42501 permission denied for relation t",
  );
  expect(await session.refusal("SELECT redshift_sandbox.truncate_as_owner('t')")).toBe(
    "42501 permission denied for relation t",
  );
  await session.run(
    "RESET SESSION AUTHORIZATION",
    "GRANT MAINTAIN ON t TO alice",
    "GRANT SELECT ON t TO alice",
    "SET SESSION AUTHORIZATION alice",
  );
  expect(
    await session.values(
      "SELECT has_table_privilege('t', 'truncate'), has_table_privilege('alice', 't', 'drop'), has_table_privilege('t', 'select')",
    ),
  ).toEqual([true, false, true]);
  await session.run("SELECT redshift_sandbox.truncate_as_owner('t')");
  expect(await session.rows("SELECT * FROM t")).toEqual([]);
  await session.run(
    "RESET SESSION AUTHORIZATION",
    "GRANT TRUNCATE ON t, v TO alice",
    "SET SESSION AUTHORIZATION alice",
  );
  await session.run(
    "SELECT redshift_sandbox.drop_table_as_owner('t', false)",
    "SELECT redshift_sandbox.drop_table_as_owner('v', true)",
  );
  expect(await session.values("SELECT to_regclass('t'), to_regclass('v')")).toEqual([null, null]);
});

test("a user's options belong to the cluster, and only a password's are one's own", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN",
    "SELECT redshift_sandbox.set_user_option('alice', 'syslog_access', 'UNRESTRICTED')",
    "SELECT redshift_sandbox.set_user_option('alice', 'session_timeout', '60')",
  );
  expect(
    await session.rows(
      "SELECT syslog_access, session_timeout, external_user_id FROM svv_user_info WHERE user_name = 'alice'",
    ),
  ).toEqual([["UNRESTRICTED", 60, null]]);
  await session.run("SELECT redshift_sandbox.set_user_option('alice', 'session_timeout', NULL)");
  expect(await session.rows("SELECT option, value FROM redshift_sandbox.user_option")).toEqual([
    ["syslog_access", "UNRESTRICTED"],
  ]);
  await session.run(
    "SET SESSION AUTHORIZATION alice",
    "SELECT redshift_sandbox.set_user_option('alice', 'password_kind', 'md5')",
  );
  expect(
    await session.refusal(
      "SELECT redshift_sandbox.set_user_option('alice', 'syslog_access', 'UNRESTRICTED')",
    ),
  ).toMatch("42501");
  expect(
    await session.refusal("SELECT redshift_sandbox.set_user_option('awsuser', 'password_kind', 'md5')"),
  ).toMatch("42501");
  await session.run(
    "RESET SESSION AUTHORIZATION",
    "SELECT redshift_sandbox.set_user_option('alice', 'password_kind', 'disabled')",
    "SET SESSION AUTHORIZATION alice",
  );
  expect(
    await session.refusal("SELECT redshift_sandbox.set_user_option('alice', 'password_kind', 'md5')"),
  ).toBe("42501 must be superuser to enable a disabled password");
  await session.run("RESET SESSION AUTHORIZATION", "DROP ROLE alice");
  expect(await session.rows("SELECT 1 FROM redshift_sandbox.user_option")).toEqual([]);
});

test("ANALYZE COMPRESSION gives fixed rows and says so", async () => {
  await session.run(
    "CREATE TABLE t (a int, b varchar(9), c date, d real)",
    "SELECT redshift_sandbox.set_sortkey('t', '{c}', false)",
  );
  const notices: string[] = [];
  session.client.once("notice", (notice: { message?: string | undefined }) =>
    notices.push(notice.message ?? ""),
  );
  expect(await session.rows("SELECT * FROM redshift_sandbox.analyze_compression('t')")).toEqual([
    ["t", "a", "az64", "0.00"],
    ["t", "b", "lzo", "0.00"],
    ["t", "c", "raw", "0.00"],
    ["t", "d", "raw", "0.00"],
  ]);
  expect(notices).toEqual([
    "redshift-sandbox measures nothing: encodings are the defaults by type, Est_reduction_pct is always 0.00",
  ]);
});
