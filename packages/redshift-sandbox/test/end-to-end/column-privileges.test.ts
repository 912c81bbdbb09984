import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** AWS: r_GRANT-usage-notes, "Usage notes for column-level access control". */
let sandbox: Sandbox;
let admin: pg.Client;
let bob: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query("CREATE USER bob PASSWORD 'Abcdefg1'; CREATE GROUP g; CREATE SCHEMA s");
  await admin.query("GRANT USAGE ON SCHEMA s TO bob");
  bob = await connect(sandbox, { user: "bob", password: "Abcdefg1" });
});

beforeEach(async () => {
  await admin.query("DROP TABLE IF EXISTS s.t CASCADE; DROP TABLE IF EXISTS t CASCADE");
  await admin.query("CREATE TABLE t (a INT, b INT, c INT); INSERT INTO t VALUES (1, 2, 3)");
  await admin.query("CREATE TABLE s.t AS SELECT * FROM t");
});

afterAll(async () => {
  await bob.end();
  await admin.end();
  await sandbox.stop();
});

describe.each(["simple", "extended"] as const)("* by the %s protocol", (protocol) => {
  test("is the columns that may be read", async () => {
    await admin.query("GRANT SELECT (a, c) ON t TO bob; GRANT SELECT (b) ON s.t TO bob");
    const rows = async (text: string): Promise<unknown[]> =>
      (
        await bob.query<unknown[]>({
          text,
          rowMode: "array",
          ...(protocol === "extended" ? { queryMode: "extended" } : {}),
        } as pg.QueryArrayConfig)
      ).rows.flat();
    expect(await rows("SELECT * FROM t")).toEqual([1, 3]);
    expect(await rows("SELECT t.* FROM t")).toEqual([1, 3]);
    expect(await rows("SELECT x.*, x.a AS n, n + 1 FROM t AS x")).toEqual([1, 3, 1, 2]);
    expect(await rows("SELECT * FROM t x JOIN s.t y ON x.a = 1")).toEqual([1, 3, 2]);
    expect(await rows("SELECT y.* FROM t x, s.t y WHERE x.c = 3")).toEqual([2]);
    expect(await rows("SELECT COUNT(*) FROM (SELECT * FROM t) q WHERE q.c = 3")).toEqual(["1"]);
    expect(await rows("WITH t AS (SELECT 5 AS b) SELECT * FROM t")).toEqual([5]);
    expect(await refusal(bob, "SELECT *, b FROM t", protocol)).toMatch(/^42501 permission denied/);
    expect(await refusal(bob, "SELECT b FROM t", protocol)).toMatch(/^42501 permission denied/);
    await bob.query("BEGIN");
    expect(await rows("SELECT * FROM t")).toEqual([1, 3]);
    await bob.query("COMMIT");
    expect(await values(admin, "SELECT * FROM t")).toEqual([1, 2, 3]);
  });
});

test("* of a group's and PUBLIC's columns is theirs too, and of nothing it is refused", async () => {
  expect(await refusal(bob, "SELECT * FROM t")).toMatch(/^42501 permission denied/);
  await admin.query(
    "GRANT SELECT (b) ON t TO PUBLIC; ALTER GROUP g ADD USER bob; GRANT SELECT (c) ON t TO GROUP g",
  );
  expect(await values(bob, "SELECT * FROM t")).toEqual([2, 3]);
  await bob.query("CREATE TABLE mine AS SELECT * FROM t");
  expect(await values(bob, "SELECT * FROM mine")).toEqual([2, 3]);
  await bob.query("DROP TABLE mine");
});

test("* of some columns makes no view", async () => {
  await admin.query("GRANT SELECT (a) ON t TO bob");
  for (const create of ["CREATE VIEW", "CREATE OR REPLACE VIEW"])
    expect(await refusal(bob, `${create} mine AS SELECT * FROM t`)).toBe(
      "42501 permission denied for relation t",
    );
  await bob.query("CREATE VIEW mine AS SELECT a FROM t");
  expect(await values(bob, "SELECT * FROM mine")).toEqual([1]);
});

test("a grant on columns beside the same one on the table is nothing", async () => {
  await admin.query("GRANT SELECT ON t TO bob; GRANT SELECT (a), UPDATE (b) ON t TO bob");
  await admin.query("REVOKE SELECT ON t FROM bob");
  expect(await refusal(bob, "SELECT a FROM t")).toMatch(/^42501 permission denied/);
  await bob.query("UPDATE t SET b = 5");
  expect(
    await values(admin, "SELECT attacl FROM pg_attribute_info WHERE attname = 'b' AND attacl IS NOT NULL"),
  ).toHaveLength(1);
});

test("a privilege on the table is not revoked on columns", async () => {
  await admin.query("GRANT SELECT ON t TO bob");
  expect(await refusal(admin, "REVOKE SELECT (a) ON t FROM bob")).toBe(
    "0LP01 cannot revoke on columns what is granted at the table level",
  );
  await admin.query("REVOKE UPDATE (a) ON t FROM bob");
});

test("a privilege on columns is not granted on the table until it is revoked there", async () => {
  await admin.query("GRANT SELECT (a) ON t TO bob");
  const refused = "0LP01 cannot grant at the table level what is granted on columns";
  expect(await refusal(admin, "GRANT SELECT ON t TO bob")).toBe(refused);
  expect(await refusal(admin, "GRANT ALL ON t TO bob")).toBe(refused);
  expect(await refusal(admin, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO GROUP g, bob")).toBe(refused);
  expect(await refusal(admin, "GRANT ALL ON ALL TABLES IN SCHEMA public TO bob")).toBe(refused);
  await admin.query("GRANT DELETE ON ALL TABLES IN SCHEMA public TO bob");
  await admin.query("GRANT UPDATE ON t TO bob; GRANT SELECT ON t TO GROUP g");
  await admin.query("REVOKE SELECT ON t FROM bob; GRANT SELECT ON t TO bob");
  expect(await values(bob, "SELECT * FROM t")).toEqual([1, 2, 3]);
});

test("columns are granted by owners only, and of views only for SELECT", async () => {
  await admin.query("CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON t TO bob WITH GRANT OPTION");
  expect(await refusal(bob, "GRANT SELECT (a) ON t TO GROUP g")).not.toMatch(/^not refused/);
  expect(await refusal(admin, "GRANT UPDATE (a) ON v TO bob")).toBe(
    "0LP01 on columns of a view only SELECT can be granted",
  );
  await admin.query("GRANT SELECT (a) ON v TO bob");
});
