import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
let alice: pg.Client;
const notices: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  admin.on("notice", ({ severity, message }) => notices.push(`${severity ?? ""} ${message ?? ""}`));
  await admin.query(
    "CREATE USER alice PASSWORD 'Correct4Horse'; CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO alice",
  );
  alice = await connect(sandbox, { user: "alice", password: "Correct4Horse" });
});

afterAll(async () => {
  for (const client of [admin, alice]) await client.end();
  await sandbox.stop();
});

beforeEach(async () => {
  await admin.query("DROP TABLE IF EXISTS s.t, s.renamed CASCADE");
  await admin.query("CREATE TABLE s.t (a int, b varchar(10), c int); INSERT INTO s.t VALUES (1, 'x', 2)");
  notices.length = 0;
});

const create = "CREATE MATERIALIZED VIEW s.m AS SELECT a, count(*) AS n FROM s.t GROUP BY a";
const info = "SELECT trim(name), is_stale, state, autorefresh FROM stv_mv_info ORDER BY name";

describe("refreshing", () => {
  test("shows what changed, and says how; twice is once", async () => {
    await admin.query(create);
    await admin.query("INSERT INTO s.t VALUES (1, 'y', 3)");
    expect(await values(admin, "SELECT n FROM s.m")).toEqual(["1"]);
    expect(await values(admin, info)).toEqual(["m", "t", 1, "f"]);
    await admin.query("REFRESH MATERIALIZED VIEW s.m");
    expect(await values(admin, "SELECT n FROM s.m")).toEqual(["2"]);
    expect(await values(admin, info)).toEqual(["m", "f", 1, "f"]);
    await admin.query("REFRESH MATERIALIZED VIEW s.m");
    expect(notices).toEqual([
      "INFO Materialized view m was incrementally updated successfully.",
      "INFO Materialized view m is already up to date.",
    ]);
    const statuses = ["Refresh successfully updated MV incrementally", "MV was already updated"];
    expect(
      await values(
        admin,
        "SELECT status FROM svl_mv_refresh_status WHERE trim(mv_name) = 'm' ORDER BY starttime DESC LIMIT 2",
      ),
    ).toEqual([...statuses].reverse());
    expect(
      await values(admin, "SELECT status FROM sys_mv_refresh_history ORDER BY start_time DESC LIMIT 2"),
    ).toEqual([...statuses].reverse());
  });

  test("one over another is refreshed from what the other holds", async () => {
    await admin.query("CREATE MATERIALIZED VIEW s.m AS SELECT a FROM s.t");
    await admin.query("CREATE MATERIALIZED VIEW s.over AS SELECT a FROM s.m");
    await admin.query("INSERT INTO s.t VALUES (5)");
    await admin.query("REFRESH MATERIALIZED VIEW s.over");
    expect(notices).toEqual([
      "INFO Materialized view over is already up to date.  However, it depends on another materialized view that is not up to date.",
    ]);
    expect(
      await values(
        admin,
        "SELECT trim(schema), trim(name), trim(ref_schema), trim(ref_name) FROM stv_mv_deps",
      ),
    ).toEqual(["s", "over", "s", "m"]);
    expect(await refusal(admin, "DROP MATERIALIZED VIEW s.m")).toMatch(/^2BP01 /);
  });

  test("is its owner's, who must still have SELECT on the base table; others see no row of it", async () => {
    expect(await refusal(alice, create)).toMatch(/^42501 permission denied for \w+ t/);
    await admin.query("GRANT SELECT ON s.t TO alice");
    await alice.query(create);
    await admin.query("REVOKE SELECT ON s.t FROM alice; INSERT INTO s.t VALUES (9)");
    expect(await refusal(alice, "REFRESH MATERIALIZED VIEW s.m")).toMatch(
      /^42501 permission denied for \w+ t/,
    );
    expect(await values(alice, info)).toEqual(["m", "t", 1, "f"]);
    await alice.query("DROP MATERIALIZED VIEW s.m");
    await admin.query(create);
    await admin.query("GRANT SELECT ON s.m TO alice");
    expect(await values(alice, "SELECT a FROM s.m ORDER BY a")).toEqual([1, 9]);
    expect(await values(alice, info)).toEqual([]);
    expect(await refusal(alice, "REFRESH MATERIALIZED VIEW s.m")).toBe("42501 must be owner of relation m");
    expect(await refusal(alice, "ALTER MATERIALIZED VIEW s.m AUTO REFRESH YES")).toBe(
      "42501 must be owner of relation m",
    );
  });
});

describe("what can never be refreshed again", () => {
  test.each([
    ["ALTER TABLE s.t RENAME TO renamed", "Table was renamed", 103],
    ["ALTER TABLE s.t DROP COLUMN a", "Column was dropped", 101],
    ["ALTER TABLE s.t DROP COLUMN c", "Column was dropped", 101],
    ["ALTER TABLE s.t RENAME COLUMN b TO bb", "Column was renamed", 104],
    ["ALTER TABLE s.t ALTER COLUMN b TYPE varchar(20)", "Column type was changed", 102],
  ])("after %s", async (change, event, state) => {
    await admin.query(create);
    await admin.query(change);
    expect(await refusal(admin, "REFRESH MATERIALIZED VIEW s.m")).toMatch(
      new RegExp(`^55000 Materialized view m is unrefreshable. ${event}.`),
    );
    expect(await values(admin, "SELECT n FROM s.m")).toEqual(["1"]);
    expect(await values(admin, info)).toEqual(["m", "t", state, "f"]);
    expect(
      await values(
        admin,
        "SELECT trim(event_desc), trim(base_table_name), trim(mv_name), trim(state) FROM stl_mv_state ORDER BY starttime DESC LIMIT 1",
      ),
    ).toEqual([event, "t", "m", "Unrefreshable"]);
  });

  test("a name that comes back does not help; a rename that is rolled back did not happen", async () => {
    await admin.query(create);
    await admin.query("BEGIN; ALTER TABLE s.t RENAME TO renamed; ROLLBACK");
    await admin.query("REFRESH MATERIALIZED VIEW s.m");
    await admin.query("ALTER TABLE s.t RENAME TO renamed");
    await admin.query("ALTER TABLE s.renamed RENAME TO t");
    expect(await refusal(admin, "REFRESH MATERIALIZED VIEW s.m")).toMatch(/^55000 /);
  });

  test("a schema that gets another name", async () => {
    await admin.query("CREATE SCHEMA one; CREATE TABLE one.t (a int)");
    await admin.query(
      "CREATE MATERIALIZED VIEW one.m AS SELECT a FROM one.t; ALTER SCHEMA one RENAME TO two",
    );
    expect(await refusal(admin, "REFRESH MATERIALIZED VIEW two.m")).toMatch(/Schema name was changed/);
    await admin.query("DROP SCHEMA two CASCADE");
  });

  test("not one whose base table gets another column; and the table is not dropped under it", async () => {
    await admin.query(create);
    await admin.query("ALTER TABLE s.t ADD COLUMN d int; INSERT INTO s.t (a) VALUES (1)");
    await admin.query("REFRESH MATERIALIZED VIEW s.m");
    expect(await values(admin, "SELECT n FROM s.m")).toEqual(["2"]);
    expect(await refusal(admin, "DROP TABLE s.t")).toMatch(/^2BP01 /);
    await admin.query("DROP TABLE s.t CASCADE");
    expect(await values(admin, info)).toEqual([]);
  });
});

test("catalogs show it as a view, with the whole statement as it was written", async () => {
  const text =
    "create materialized view s.m BACKUP NO diststyle key DISTKEY (a) SORTKEY (a) AUTO REFRESH YES as select A from s.t";
  await admin.query(text);
  expect(
    await values(
      admin,
      `SELECT pg_get_viewdef('s.m'::regclass::oid, true), (SELECT definition FROM pg_views WHERE viewname = 'm'),
        (SELECT view_definition FROM information_schema.views WHERE table_name = 'm'),
        (SELECT table_type FROM information_schema.tables WHERE table_name = 'm'), (SELECT table_type FROM svv_tables WHERE table_name = 'm'),
        (SELECT relkind FROM pg_class WHERE oid = 's.m'::regclass)`,
    ),
  ).toEqual([`${text};`, `${text};`, `${text};`, "VIEW", "VIEW", "v"]);
  expect(
    await values(admin, "SELECT column_name FROM information_schema.columns WHERE table_name = 'm'"),
  ).toEqual(["a"]);
  expect(await values(admin, info)).toEqual(["m", "f", 1, "t"]);
  await admin.query("ALTER MATERIALIZED VIEW s.m AUTO REFRESH NO");
  expect(await values(admin, info)).toEqual(["m", "f", 1, "f"]);
});

test("it takes a comment as a view", async () => {
  await admin.query("CREATE MATERIALIZED VIEW s.m AS SELECT a FROM s.t; COMMENT ON VIEW s.m IS 'kept'");
  expect(await values(admin, "SELECT obj_description('s.m'::regclass, 'pg_class')")).toEqual(["kept"]);
  expect(await refusal(admin, "COMMENT ON VIEW s.t IS 'x'")).toMatch(/^42809 /);
  expect(await refusal(admin, "COMMENT ON VIEW s.nowhere IS 'x'")).toMatch(/^42P01 /);
});

test("its query may use an alias in WHERE", async () => {
  await admin.query("CREATE MATERIALIZED VIEW s.m AS SELECT a + 1 AS following FROM s.t WHERE following > 1");
  expect(await values(admin, "SELECT following FROM s.m")).toEqual([2]);
});

test("views of both kinds may read it", async () => {
  await admin.query("CREATE MATERIALIZED VIEW s.m AS SELECT a FROM s.t");
  await admin.query("CREATE VIEW s.bound AS SELECT a FROM s.m");
  await admin.query("CREATE VIEW s.late AS SELECT a FROM s.m WITH NO SCHEMA BINDING");
  expect(await values(admin, "SELECT x.a, y.a FROM s.bound x JOIN s.late y ON x.a = y.a")).toEqual([1, 1]);
  await admin.query("DROP MATERIALIZED VIEW s.m CASCADE");
  expect(await refusal(admin, "SELECT a FROM s.late")).toBe('42P01 relation "s.m" does not exist');
});

describe("refusals", () => {
  test.each([
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM s.v", /^0A000 .*standard view "v"/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM s.l", /^0A000 .*late-binding view "l"/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM s.t ORDER BY a", /^0A000 .*ORDER BY/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM (SELECT a FROM s.t LIMIT 1) q", /^0A000 .*LIMIT/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT usename FROM pg_user", /^0A000 .*system tables/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM #temp", /^0A000 .*temporary/],
    ["CREATE MATERIALIZED VIEW s.x AS SELECT a FROM temporary_one", /^0A000 .*temporary/],
    [
      "CREATE MATERIALIZED VIEW s.x AUTO REFRESH YES AS SELECT getdate() AS d FROM s.t",
      /^0A000 Auto-refresh is not supported/,
    ],
    [
      "CREATE MATERIALIZED VIEW s.x AUTO REFRESH YES AS SELECT a FROM s.m",
      /^0A000 Auto-refresh is not supported/,
    ],
    ["CREATE MATERIALIZED VIEW s.x DISTSTYLE AUTO AS SELECT a FROM s.t", /^42601 /],
    ["CREATE OR REPLACE MATERIALIZED VIEW s.x AS SELECT a FROM s.t", /^42601 /],
    ["ALTER TABLE s.m RENAME TO x", /^0A000 materialized views cannot be renamed/],
    ["ALTER TABLE s.m RENAME COLUMN a TO x", /^0A000 columns of materialized views/],
    ["INSERT INTO s.m VALUES (1)", /^42809 /],
    ["DELETE FROM s.m", /^42809 /],
    ["DROP VIEW s.m", /^42809 /],
    ["DROP TABLE s.m", /^42809 /],
    ["REFRESH MATERIALIZED VIEW s.t", /^42809 "t" is not a materialized view/],
    ["ALTER MATERIALIZED VIEW s.v AUTO REFRESH NO", /^42809 "v" is not a materialized view/],
  ])("%s", async (sql, message) => {
    await admin.query("CREATE TEMP TABLE IF NOT EXISTS temporary_one (a int)");
    await admin.query("CREATE MATERIALIZED VIEW s.m AS SELECT a FROM s.t");
    await admin.query("CREATE VIEW s.v AS SELECT a FROM s.t; DROP VIEW IF EXISTS s.l");
    await admin.query("CREATE VIEW s.l AS SELECT a FROM s.t WITH NO SCHEMA BINDING");
    expect(await refusal(admin, sql)).toMatch(message);
  });
});
