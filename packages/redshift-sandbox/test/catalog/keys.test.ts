import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

const definitions = "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conname";

test("keys are noted under PostgreSQL's names and never enforced (facts 1.4)", async () => {
  await session.run("CREATE TABLE t (a int, b varchar(65535), c int)", "CREATE TABLE f (x int, y int)");
  await session.run(
    "INSERT INTO t SELECT 1, repeat('é', 32767), 1 FROM generate_series(1, 2)",
    "INSERT INTO f VALUES (77, 1)",
  );
  await session.run(
    "SELECT redshift_sandbox.add_key('t', NULL, 'p', '{a}', true)",
    "SELECT redshift_sandbox.add_key('t', NULL, 'u', '{b,c}', false)",
  );
  await session.run("SELECT redshift_sandbox.add_foreign_key('f', NULL, '{x}', 't', NULL)");
  await session.run("SELECT redshift_sandbox.add_foreign_key('f', 'second', '{y}', 't', '{a}')");
  expect(await session.rows(definitions)).toEqual([
    ["f_x_fkey", "f", "FOREIGN KEY (x) REFERENCES t(a)"],
    ["second", "f", "FOREIGN KEY (y) REFERENCES t(a)"],
    ["t_b_c_key", "u", "UNIQUE (b, c)"],
    ["t_pkey", "p", "PRIMARY KEY (a)"],
  ]);
  await session.run(
    "INSERT INTO t SELECT 1, 'x', 1 FROM generate_series(1, 3)",
    "INSERT INTO f VALUES (99, 99)",
  );
  await session.run("UPDATE t SET a = 2", "DELETE FROM t WHERE b <> 'x'", "UPDATE f SET x = 5");
  expect(await session.values("SELECT count(*)::integer FROM t")).toEqual([3]);
  expect(await session.refusal("INSERT INTO t (a) VALUES (NULL)")).toMatch("23502");
});

test("TRUNCATE neither minds a foreign key nor brings a key to life", async () => {
  await session.run(
    "CREATE TABLE t (a int)",
    "CREATE TABLE f (x int)",
    "SELECT redshift_sandbox.add_key('t', NULL, 'p', '{a}', true)",
  );
  await session.run(
    "SELECT redshift_sandbox.add_foreign_key('f', NULL, '{x}', 't', '{}')",
    "COMMIT",
    "TRUNCATE t",
  );
  try {
    await session.run("VACUUM FULL t", "INSERT INTO t VALUES (1), (1)", "ANALYZE t");
    expect(await session.values("SELECT count(*)::integer FROM t")).toEqual([2]);
    expect((await session.values("EXPLAIN (COSTS OFF) SELECT * FROM t WHERE a = 1"))[0]).toBe(
      "Seq Scan on t",
    );
  } finally {
    await session.run("DROP TABLE t, f", "BEGIN");
  }
});

test("a referenced table or key is dropped only with CASCADE", async () => {
  await session.run(
    "CREATE TABLE t (a int)",
    "CREATE TABLE f (x int)",
    "SELECT redshift_sandbox.add_key('t', NULL, 'p', '{a}', true)",
  );
  await session.run("SELECT redshift_sandbox.add_foreign_key('f', NULL, '{x}', 't', NULL)");
  expect(await session.refusal("DROP TABLE t")).toBe(
    "2BP01 cannot drop table t because other objects depend on it",
  );
  expect(await session.refusal("ALTER TABLE t DROP CONSTRAINT t_pkey")).toMatch("2BP01");
  await session.run("DROP TABLE t CASCADE");
  expect(await session.rows(definitions)).toEqual([]);
});

test("a key follows renames and goes with its column or by name", async () => {
  await session.run(
    "CREATE TABLE t (a int, b int, c int)",
    "SELECT redshift_sandbox.add_key('t', 'pk', 'p', '{a,b}', true)",
  );
  await session.run("SELECT redshift_sandbox.add_key('t', 'uq', 'u', '{c}', false)");
  await session.run("ALTER TABLE t RENAME COLUMN a TO aa", "ALTER TABLE t RENAME TO u");
  expect(
    await session.values("SELECT pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conname"),
  ).toEqual(["PRIMARY KEY (aa, b)", "UNIQUE (c)"]);
  await session.run("ALTER TABLE u DROP CONSTRAINT pk", "ALTER TABLE u DROP COLUMN c");
  expect(await session.rows(definitions)).toEqual([]);
  expect(await session.values("SELECT relname FROM pg_class WHERE relname IN ('pk', 'uq')")).toEqual([]);
});

test("keys of quoted names survive", async () => {
  const name = "we\"ird \\ n'ame";
  const quoted = name.replaceAll('"', '""');
  await session.run(`CREATE TABLE "${quoted}" ("${quoted}" int)`);
  await session.values("SELECT redshift_sandbox.add_key($1::text::regclass, NULL, 'p', ARRAY[$2], true)", [
    `"${quoted}"`,
    name,
  ]);
  expect(await session.rows(definitions)).toEqual([[`${name}_pkey`, "p", `PRIMARY KEY ("${quoted}")`]]);
});

test.each([
  [
    "SELECT redshift_sandbox.add_key('t', NULL, 'p', '{a}', false)",
    '42P16 cannot add a primary key on column "a", which is not NOT NULL',
  ],
  [
    "SELECT redshift_sandbox.add_key('t', NULL, 'u', '{z}', false)",
    '42703 column "z" of relation "t" does not exist',
  ],
  [
    "SELECT redshift_sandbox.add_key('p', NULL, 'p', '{a}', true)",
    '42P16 multiple primary keys for table "p" are not allowed',
  ],
  [
    "SELECT redshift_sandbox.add_key('p', 'p_pkey', 'u', '{a}', true)",
    '42710 constraint "p_pkey" for relation "p" already exists',
  ],
  [
    "SELECT redshift_sandbox.add_foreign_key('p', NULL, '{a}', 't', NULL)",
    '42704 there is no primary key for referenced table "t"',
  ],
  [
    "SELECT redshift_sandbox.add_foreign_key('t', NULL, '{a}', 'p', '{b}')",
    '42830 there is no unique constraint matching given keys for referenced table "p"',
  ],
  [
    "SELECT redshift_sandbox.add_foreign_key('t', NULL, '{a,b}', 'p', NULL)",
    "42830 number of referencing and referenced columns for foreign key disagree",
  ],
])("%s is refused", async (sql, refusal) => {
  await session.run(
    "CREATE TABLE t (a int, b int)",
    "CREATE TABLE p (a int, b int)",
    "SELECT redshift_sandbox.add_key('p', NULL, 'p', '{a}', true)",
  );
  expect(await session.refusal(sql)).toBe(refusal);
});

test("only the owner adds a key, and a foreign key needs REFERENCES on the other table", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN",
    "CREATE TABLE t (a int)",
    "SELECT redshift_sandbox.add_key('t', NULL, 'p', '{a}', true)",
  );
  await session.run(
    "CREATE TABLE f (x int)",
    "ALTER TABLE f OWNER TO alice",
    "SET SESSION AUTHORIZATION alice",
  );
  expect(await session.refusal("SELECT redshift_sandbox.add_key('t', NULL, 'u', '{a}', false)")).toBe(
    "42501 must be owner of relation t",
  );
  expect(await session.refusal("SELECT redshift_sandbox.add_foreign_key('f', NULL, '{x}', 't', NULL)")).toBe(
    "42501 permission denied for relation t",
  );
  await session.run(
    "RESET SESSION AUTHORIZATION",
    "GRANT REFERENCES ON t TO alice",
    "SET SESSION AUTHORIZATION alice",
  );
  await session.run(
    "SELECT redshift_sandbox.add_foreign_key('f', NULL, '{x}', 't', NULL)",
    "SELECT redshift_sandbox.add_key('f', NULL, 'p', '{x}', true)",
  );
});
