import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query("CREATE USER alice PASSWORD 'Correct4Horse'; CREATE SCHEMA s");
});

afterAll(async () => {
  await admin.end();
  await sandbox.stop();
});

beforeEach(async () => {
  await admin.query("DROP TABLE IF EXISTS s.t, s.renamed CASCADE");
  await admin.query("CREATE TABLE s.t (a int, b varchar(10)); CREATE VIEW s.v (x) AS SELECT a FROM s.t");
});

test("a view follows its table when that is renamed: its text names the new name", async () => {
  await admin.query("ALTER TABLE s.t RENAME TO renamed");
  await admin.query("ALTER TABLE s.renamed RENAME COLUMN a TO aa");
  expect(await values(admin, "SELECT pg_get_viewdef('s.v'::regclass::oid, true)")).toEqual([
    " SELECT aa AS x\n   FROM s.renamed;",
  ]);
  expect(
    await values(admin, "SELECT definition FROM pg_views WHERE schemaname = 's' AND viewname = 'v'"),
  ).toEqual([" SELECT aa AS x\n   FROM s.renamed;"]);
  // A table that takes the old name is another table.
  await admin.query("CREATE TABLE s.t AS SELECT 5 AS a FROM s.renamed");
  expect(await values(admin, "SELECT count(*)::int FROM s.v")).toEqual([0]);
});

test("a view of what its author may not read is refused, and one of what may be read is not", async () => {
  await admin.query("GRANT CREATE, USAGE ON SCHEMA s TO alice; CREATE TABLE s.other (a int, b int)");
  await admin.query("GRANT SELECT (a) ON s.t TO alice; GRANT SELECT ON s.v TO alice");
  const alice = await connect(sandbox, { user: "alice", password: "Correct4Horse" });
  try {
    const denied = (relation: string) => `42501 permission denied for relation ${relation}`;
    for (const query of [
      "SELECT a FROM s.other",
      "SELECT 1 AS one FROM s.other",
      "SELECT x FROM s.v JOIN s.other o ON o.a = x",
    ])
      expect(await refusal(alice, `CREATE VIEW s.mine AS ${query}`)).toBe(denied("other"));
    expect(await refusal(alice, "CREATE VIEW s.mine AS SELECT a, b FROM s.t")).toBe(denied("t"));
    expect(await refusal(alice, "SELECT * FROM s.mine")).toMatch(/^42P01 /);
    await alice.query("CREATE VIEW s.mine AS SELECT a FROM s.t WHERE a IN (SELECT x FROM s.v)");
    expect(await refusal(alice, "CREATE OR REPLACE VIEW s.mine AS SELECT a FROM s.other")).toBe(
      denied("other"),
    );
    expect(await values(alice, "SELECT a FROM s.mine")).toEqual([]);
    await alice.query("CREATE VIEW s.users AS SELECT usename FROM pg_user WHERE usename = current_user");
    expect(await values(alice, "SELECT * FROM s.users")).toEqual(["alice"]);
  } finally {
    await alice.end();
    await admin.query("DROP VIEW IF EXISTS s.users; DROP TABLE s.other CASCADE");
  }
});

test("what only PostgreSQL's roles have is not told of a user who may not do something", async () => {
  const alice = await connect(sandbox, { user: "alice", password: "Correct4Horse" });
  try {
    for (const sql of [
      "CREATE USER zoe PASSWORD DISABLE",
      "CREATE GROUP g",
      "DROP USER awsuser",
      "ALTER USER awsuser CREATEDB",
    ])
      await expect(alice.query(sql)).rejects.toMatchObject({
        code: "42501",
        detail: undefined,
        hint: undefined,
      });
  } finally {
    await alice.end();
  }
});

test("pg_depend leads from a table to the views that read it, and from those to theirs", async () => {
  await admin.query("CREATE VIEW s.over AS SELECT x FROM s.v");
  const readers = (name: string): Promise<unknown[]> =>
    values(
      admin,
      `SELECT DISTINCT view.relname FROM pg_catalog.pg_class base
        JOIN pg_catalog.pg_depend source ON source.refobjid = base.oid
        JOIN pg_catalog.pg_depend target ON target.objid = source.objid AND target.deptype = 'i'
        JOIN pg_catalog.pg_class view ON view.oid = target.refobjid AND view.relkind = 'v'
        WHERE base.oid = '${name}'::regclass AND base.oid <> view.oid`,
    );
  expect(await readers("s.t")).toEqual(["v"]);
  expect(await readers("s.v")).toEqual(["over"]);
});

test("DROP TABLE without CASCADE is refused and names the views; with it they are gone", async () => {
  await expect(admin.query("DROP TABLE s.t")).rejects.toMatchObject({
    code: "2BP01",
    detail: expect.stringContaining("view s.v depends on table s.t") as string,
  });
  expect(await refusal(admin, "ALTER TABLE s.t DROP COLUMN a")).toMatch(/^2BP01 /);
  expect(await refusal(admin, "ALTER TABLE s.t ALTER COLUMN b TYPE varchar(20)")).toBe("not refused: []");
  await admin.query("DROP TABLE s.t CASCADE");
  expect(await refusal(admin, "SELECT 1 FROM s.v")).toMatch(/^42P01 relation "s.v" does not exist/);
});

test("CREATE OR REPLACE VIEW keeps owner and grants, and the columns must stay", async () => {
  await admin.query(
    "GRANT SELECT ON s.v TO alice; ALTER TABLE s.v OWNER TO alice; GRANT SELECT ON s.t TO alice",
  );
  const state =
    "SELECT usename, array_to_string(relacl, ' ') FROM pg_class JOIN pg_user ON usesysid = relowner WHERE oid = 's.v'::regclass";
  const before = await values(admin, state);
  await admin.query("CREATE OR REPLACE VIEW s.v AS SELECT a + 1 AS x FROM s.t");
  expect(await values(admin, state)).toEqual(before);
  for (const query of ["a AS y", "a::bigint AS x", "a AS x, b"])
    expect(await refusal(admin, `CREATE OR REPLACE VIEW s.v AS SELECT ${query} FROM s.t`)).toMatch(/^42P16 /);
});

test("a view whose name begins with # is the session's own", async () => {
  await admin.query("CREATE VIEW #mine AS SELECT a FROM s.t");
  expect(await values(admin, "SELECT count(*)::int FROM #mine")).toEqual([0]);
  const other = await connect(sandbox);
  expect(await refusal(other, "SELECT 1 FROM #mine")).toMatch(/^42P01 /);
  await other.end();
});
