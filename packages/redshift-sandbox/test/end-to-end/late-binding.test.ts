import { text } from "node:stream/consumers";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
let alice: pg.Client;
let bob: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query(
    "CREATE USER alice PASSWORD 'Correct4Horse'; CREATE USER bob PASSWORD 'Correct4Horse'; CREATE SCHEMA s",
  );
  await admin.query("GRANT ALL ON SCHEMA s TO alice; GRANT USAGE ON SCHEMA s TO bob");
  alice = await connect(sandbox, { user: "alice", password: "Correct4Horse" });
  bob = await connect(sandbox, { user: "bob", password: "Correct4Horse" });
});

afterAll(async () => {
  for (const client of [admin, alice, bob]) await client.end();
  await sandbox.stop();
});

beforeEach(async () => {
  await admin.query("DROP TABLE IF EXISTS s.t, s.before CASCADE");
  for (const view of ["v", "w", "u"]) await admin.query(`DROP VIEW IF EXISTS s.${view}`);
});

const create = "CREATE VIEW s.v AS SELECT a, b FROM s.t WITH NO SCHEMA BINDING";
const columns =
  "SELECT view_schema || '.' || view_name || '.' || col_name || ' ' || col_type || ' ' || col_num FROM pg_get_late_binding_view_cols() cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)";

test("is unloaded, with a verbose manifest too", async () => {
  await admin.query(`CREATE TABLE s.t (a INT, b DECIMAL(5, 2)); INSERT INTO s.t VALUES (1, 2.5); ${create}`);
  await admin.query(
    "UNLOAD ('SELECT * FROM s.v') TO 's3://sandbox/verbose/' IAM_ROLE default CSV MANIFEST VERBOSE PARALLEL OFF",
  );
  const manifest = await sandbox.s3.store.read("sandbox", "verbose/manifest");
  if (manifest === undefined) throw new Error("no manifest was written");
  expect(JSON.parse(await text(manifest))).toMatchObject({
    schema: {
      elements: [
        { name: "a", type: { base: "integer" } },
        { name: "b", type: { base: "numeric", precision: 5, scale: 2 } },
      ],
    },
  });
});

describe("two transactions at once", () => {
  test.each([
    ["the table's ends last", ["view", "table"]],
    ["the view's ends last", ["table", "view"]],
  ] as const)("a view reads the table that the other makes: %s", async (_, order) => {
    const other = await connect(sandbox);
    const sessions = { view: admin, table: other };
    await other.query("BEGIN; CREATE TABLE s.t (a int, b int)");
    await admin.query(`BEGIN; ${create}`);
    for (const kind of order) await sessions[kind].query("COMMIT");
    await other.query("INSERT INTO s.t VALUES (1, 2)");
    expect(await values(admin, "SELECT a, b FROM s.v")).toEqual([1, 2]);
    await other.end();
  });
});

describe("a late-binding view", () => {
  test("may be made before its table, fails by the missing name, and reads the table once it is there", async () => {
    await admin.query(create);
    for (const sql of [
      "SELECT * FROM s.v",
      "SELECT a FROM s.v",
      "SELECT count(*) FROM s.v",
      "EXPLAIN SELECT a FROM s.v",
    ])
      expect(await refusal(admin, sql)).toBe('42P01 relation "s.t" does not exist');
    expect(await values(admin, columns)).toEqual([]);
    await admin.query("CREATE TABLE s.t (a int, b varchar(10)); INSERT INTO s.t VALUES (1, 'x')");
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([1, "x"]);
    expect(await values(admin, columns)).toEqual(["s.v.a integer 1", "s.v.b character varying(10) 2"]);
  });

  test("survives the end of its table and follows the name, whatever the new table's columns", async () => {
    await admin.query("CREATE TABLE s.t (a int, b varchar(10))");
    await admin.query(create);
    await admin.query("DROP TABLE s.t");
    expect(await refusal(admin, "SELECT a + 1 FROM s.v")).toBe('42P01 relation "s.t" does not exist');
    await admin.query(
      "CREATE TABLE s.t (b varchar(99), c int, a bigint); INSERT INTO s.t VALUES ('y', 2, 3)",
    );
    expect(await values(admin, "SELECT * FROM s.v")).toEqual(["3", "y"]);
    await admin.query("ALTER TABLE s.t RENAME TO before; CREATE TABLE s.t (a int, b char(1))");
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([]);
    await admin.query("ALTER TABLE s.t RENAME COLUMN b TO bb");
    expect(await refusal(admin, "SELECT * FROM s.v")).toBe('42703 column "b" does not exist');
  });

  test("lets its table be renamed whatever the types of its columns, and keeps them", async () => {
    await admin.query(
      "CREATE TABLE s.t (a super, b varchar(9), c decimal(20,4), d char(2)); CREATE VIEW s.v AS SELECT * FROM s.t WITH NO SCHEMA BINDING",
    );
    await admin.query("ALTER TABLE s.t RENAME TO before");
    expect(await refusal(admin, "SELECT a FROM s.v")).toBe('42P01 relation "s.t" does not exist');
    await admin.query("ALTER TABLE s.before RENAME TO t");
    expect(await values(admin, columns)).toEqual([
      "s.v.a super 1",
      "s.v.b character varying(9) 2",
      "s.v.c numeric(20,4) 3",
      "s.v.d character(2) 4",
    ]);
  });

  test("takes part in the transaction of the statement that changed its table", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    await admin.query(create);
    await admin.query(
      "BEGIN; ALTER TABLE s.t RENAME TO before; CREATE TABLE s.t AS SELECT 5 AS a, 6 AS b FROM s.before",
    );
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([5, 6]);
    await admin.query("ROLLBACK");
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([1, 2]);
  });

  test("does not keep a reader that waits from going on when tables change places", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    await admin.query(create);
    await admin.query(
      "GRANT SELECT ON s.t TO alice; GRANT SELECT ON s.v TO bob; ALTER TABLE s.v OWNER TO alice",
    );
    await admin.query("BEGIN; LOCK s.t");
    const waiting = values(bob, "SELECT a, b FROM s.v");
    await admin.query(
      "CREATE TABLE s.after (LIKE s.t); INSERT INTO s.after VALUES (3, 4); GRANT SELECT ON s.after TO alice",
    );
    await admin.query("ALTER TABLE s.t RENAME TO before; ALTER TABLE s.after RENAME TO t; COMMIT");
    // The one it was about to read, or the new one: which, is the server's affair.
    expect([
      [1, 2],
      [3, 4],
    ]).toContainEqual(await waiting);
    expect(await values(bob, "SELECT a, b FROM s.v")).toEqual([3, 4]);
  });

  test("may read another, in any order of making", async () => {
    await admin.query("CREATE VIEW s.w AS SELECT v.* FROM s.v WITH NO SCHEMA BINDING");
    await admin.query(create);
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    expect(await values(admin, "SELECT * FROM s.w")).toEqual([1, 2]);
    await admin.query("DROP TABLE s.t");
    expect(await refusal(admin, "SELECT * FROM s.w")).toBe('42P01 relation "s.t" does not exist');
  });

  test("may use an alias in WHERE, as every query of Redshift's", async () => {
    await admin.query("CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1), (2)");
    await admin.query(
      "CREATE VIEW s.v AS SELECT a + 1 AS next FROM s.t WHERE next > 2 WITH NO SCHEMA BINDING",
    );
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([3]);
    await admin.query("DROP TABLE s.t; CREATE TABLE s.t (a bigint); INSERT INTO s.t VALUES (5)");
    expect(await values(admin, "SELECT * FROM s.v")).toEqual(["6"]);
  });

  test("two that read each other fail when they are read", async () => {
    await admin.query("CREATE VIEW s.v AS SELECT * FROM s.w WITH NO SCHEMA BINDING");
    await admin.query("CREATE VIEW s.w AS SELECT * FROM s.v WITH NO SCHEMA BINDING");
    expect(await refusal(admin, "SELECT * FROM s.v")).toMatch(/^42P17 infinite recursion/);
  });

  test("stands in joins, CTEs, subqueries, prepared statements, UNLOAD and COPY's query", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    await admin.query(create);
    expect(
      await values(
        admin,
        "WITH q AS (SELECT * FROM s.v) SELECT x.a, y.b FROM q x JOIN s.v y ON x.a = y.a WHERE x.a IN (SELECT a FROM s.v)",
      ),
    ).toEqual([1, 2]);
    const named = { name: "n", text: "SELECT b FROM s.v WHERE a = $1", values: [1] };
    expect((await admin.query<{ b: number }>(named)).rows).toEqual([{ b: 2 }]);
    await admin.query("PREPARE p AS SELECT a FROM s.v");
    await admin.query("ALTER TABLE s.t RENAME TO before");
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 9)");
    expect((await admin.query<{ b: number }>(named)).rows).toEqual([{ b: 9 }]);
    expect(await values(admin, "EXECUTE p")).toEqual([1]);
    await admin.query("UNLOAD ('SELECT * FROM s.v') TO 's3://sandbox/late/' IAM_ROLE default");
    await admin.query("COPY s.t FROM 's3://sandbox/late/' IAM_ROLE default");
    expect(await values(admin, "SELECT count(*)::int FROM s.v")).toEqual([2]);
  });
});

describe("privileges", () => {
  test("reading needs SELECT on the view, and its owner SELECT on the table", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    await alice.query(create);
    expect(await refusal(bob, "SELECT * FROM s.v")).toMatch(/^42501 permission denied for \w+ v/);
    await alice.query("GRANT SELECT ON s.v TO bob");
    expect(await refusal(bob, "SELECT * FROM s.v")).toMatch(/^42501 permission denied for \w+ t/);
    await admin.query("GRANT SELECT ON s.t TO alice");
    expect(await values(bob, "SELECT * FROM s.v")).toEqual([1, 2]);
    expect(await refusal(bob, "SELECT * FROM s.t")).toMatch(/^42501 /);
    await admin.query("ALTER TABLE s.v OWNER TO bob");
    expect(await refusal(bob, "SELECT * FROM s.v")).toMatch(/^42501 permission denied for \w+ t/);
    // A table made anew has no grants.
    await admin.query("ALTER TABLE s.v OWNER TO alice; DROP TABLE s.t; CREATE TABLE s.t (a int, b int)");
    expect(await refusal(alice, "SELECT * FROM s.v")).toMatch(/^42501 permission denied for \w+ t/);
  });

  test("over a table with policies it cannot be read, because its owner's would be applied", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int); INSERT INTO s.t VALUES (1, 2)");
    await admin.query(create);
    await admin.query("CREATE RLS POLICY ones WITH (a int) USING (a = 1)");
    await admin.query("ATTACH RLS POLICY ones ON s.t TO PUBLIC; ALTER TABLE s.t ROW LEVEL SECURITY ON");
    expect(await refusal(admin, "SELECT * FROM s.v")).toMatch(/^0A000 .*policies/);
    await admin.query("ALTER TABLE s.t ROW LEVEL SECURITY OFF; DETACH RLS POLICY ones ON s.t FROM PUBLIC");
    expect(await values(admin, "SELECT * FROM s.v")).toEqual([1, 2]);
    await admin.query("DROP RLS POLICY ones");
  });

  test("only its owner replaces it; owner, grants and comment stay", async () => {
    await alice.query(create);
    await alice.query("GRANT SELECT ON s.v TO bob; COMMENT ON VIEW s.v IS 'seen'");
    const replace = "CREATE OR REPLACE VIEW s.v AS SELECT 1 AS one FROM s.t WITH NO SCHEMA BINDING";
    expect(await refusal(bob, replace)).toBe("42501 must be owner of relation v");
    await admin.query("CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (0); GRANT SELECT ON s.t TO alice");
    await admin.query(replace);
    expect(await values(bob, "SELECT * FROM s.v")).toEqual([1]);
    expect(
      await values(
        admin,
        "SELECT usename, obj_description(c.oid, 'pg_class') FROM pg_class c, pg_user WHERE relowner = usesysid AND c.oid = 's.v'::regclass",
      ),
    ).toEqual(["alice", "seen"]);
  });

  test("nobody writes through it, nor through a bound view", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int)");
    await admin.query(create);
    await admin.query("CREATE VIEW s.w AS SELECT a FROM s.t");
    for (const [sql, message] of [
      ["INSERT INTO s.v VALUES (1, 2)", "0A000 cannot insert into a view"],
      ["UPDATE s.v SET a = 2", "0A000 cannot update a view"],
      ["DELETE FROM s.v", "0A000 cannot delete from a view"],
      ["DELETE FROM s.w WHERE a = 1", "0A000 cannot delete from a view"],
    ] as const)
      expect(await refusal(admin, sql)).toBe(message);
  });
});

describe("catalogs", () => {
  test("show its text as written, no columns of its own and no dependency", async () => {
    const text = "create  View s.v (x) as /* why */ select A from s.t With No Schema Binding";
    await admin.query("CREATE TABLE s.t (a int)");
    await admin.query(`${text} ;`);
    expect(
      await values(
        admin,
        `SELECT pg_get_viewdef('s.v'::regclass::oid), pg_get_viewdef('s.v'::regclass::oid, true), (SELECT definition FROM pg_views WHERE viewname = 'v'),
          (SELECT view_definition FROM information_schema.views WHERE table_name = 'v')`,
      ),
    ).toEqual([`${text};`, `${text};`, `${text};`, `${text};`]);
    expect(await values(admin, "SELECT relkind FROM pg_class WHERE oid = 's.v'::regclass")).toEqual(["v"]);
    expect(await values(admin, "SELECT attname FROM pg_attribute WHERE attrelid = 's.v'::regclass")).toEqual(
      [],
    );
    expect(
      await values(admin, "SELECT column_name FROM information_schema.columns WHERE table_name = 'v'"),
    ).toEqual([]);
    expect(
      await values(admin, "SELECT column_name, data_type FROM svv_columns WHERE table_name = 'v'"),
    ).toEqual(["x", "integer"]);
    expect(
      await values(
        admin,
        `SELECT d.objid FROM pg_depend d JOIN pg_depend e ON e.objid = d.objid AND e.deptype = 'i'
          WHERE d.refobjid = 's.t'::regclass AND e.refobjid = 's.v'::regclass`,
      ),
    ).toEqual([]);
  });

  test("pg_get_late_binding_view_cols gives one value a column in a select list", async () => {
    await admin.query("CREATE TABLE s.t (a int, b varchar(10))");
    await admin.query(create);
    expect(await values(admin, "SELECT pg_get_late_binding_view_cols()")).toEqual([
      "(s,v,a,integer,1)",
      '(s,v,b,"character varying(10)",2)',
    ]);
    expect(
      await values(admin, "SELECT c FROM pg_get_cols('s.v') cols(s name, v name, c name, t varchar, n int)"),
    ).toEqual(["a", "b"]);
  });

  test("a renamed one keeps its text; a replaced one that is bound has the server's, and holds its table", async () => {
    await admin.query("CREATE TABLE s.t (a int, b int)");
    await admin.query(create);
    await admin.query("ALTER TABLE s.v RENAME TO w");
    expect(await values(admin, "SELECT pg_get_viewdef('s.w'::regclass::oid)")).toEqual([`${create};`]);
    await admin.query("CREATE OR REPLACE VIEW s.w AS SELECT a, b FROM s.t");
    expect(await values(admin, "SELECT pg_get_viewdef('s.w'::regclass::oid) LIKE '% FROM s.t;'")).toEqual([
      true,
    ]);
    expect(await refusal(admin, "DROP TABLE s.t")).toMatch(/^2BP01 /);
  });
});

test.each([
  [
    "CREATE VIEW s.v AS SELECT a FROM t WITH NO SCHEMA BINDING",
    /^42P01 All the relation names inside should be qualified/,
  ],
  [
    "CREATE VIEW s.v AS SELECT a FROM nowhere.t WITH NO SCHEMA BINDING",
    /^3F000 schema "nowhere" does not exist$/,
  ],
  ["CREATE VIEW s.v AS DELETE FROM s.t WITH NO SCHEMA BINDING", /^42601 /],
])("%s is refused and leaves nothing", async (sql, message) => {
  expect(await refusal(admin, sql)).toMatch(message);
  expect(await refusal(admin, "SELECT 1 FROM s.v")).toMatch(/^42P01 relation "s.v" does not exist/);
});
