import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
let bob: pg.Client;
beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query(`
    CREATE USER bob PASSWORD 'Correct4Horse';
    CREATE ROLE analyst; CREATE ROLE auditor;
    CREATE TABLE allowed (category VARCHAR(10))`);
  bob = await connect(sandbox, { user: "bob", password: "Correct4Horse" });
});
beforeEach(async () => {
  await admin.query(`
    DROP TABLE IF EXISTS shows;
    DROP RLS POLICY IF EXISTS concerts;
    DROP RLS POLICY IF EXISTS listed;
    REVOKE ROLE analyst, auditor FROM bob;
    CREATE TABLE shows (id INT, category VARCHAR(10), price INT);
    INSERT INTO shows VALUES (1, 'Concerts', 10), (2, 'Concerts', 20), (3, 'Sports', 30);
    GRANT ALL ON shows TO PUBLIC`);
});
afterAll(async () => {
  await bob.end();
  await admin.end();
  await sandbox.stop();
});

const rows = async (client: pg.Client, sql: string): Promise<unknown[][]> =>
  (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows;
const ids = "SELECT id FROM shows ORDER BY id";

test("policies filter SELECT, UPDATE and DELETE, and not INSERT: a copy loses rows and both counts agree", async () => {
  await admin.query(`
    CREATE RLS POLICY concerts WITH (category VARCHAR(10)) USING (category = 'Concerts');
    ATTACH RLS POLICY concerts ON shows TO ROLE analyst;
    GRANT ROLE analyst TO bob;
    ALTER TABLE shows OWNER TO bob`);
  expect(await rows(bob, ids)).toEqual([[1], [2], [3]]);
  await admin.query("ALTER TABLE shows ROW LEVEL SECURITY ON");
  expect(await rows(bob, ids)).toEqual([[1], [2]]);
  await bob.query("CREATE TABLE copied AS SELECT * FROM shows");
  expect(await rows(bob, "SELECT (SELECT COUNT(*) FROM copied), (SELECT COUNT(*) FROM shows)")).toEqual([
    ["2", "2"],
  ]);
  await bob.query("INSERT INTO shows VALUES (4, 'Sports', 1); UPDATE shows SET price = 0");
  expect(await rows(admin, "SELECT id, price FROM shows ORDER BY id")).toEqual([
    [1, 0],
    [2, 0],
    [3, 30],
    [4, 1],
  ]);
  await bob.query("DELETE FROM shows");
  expect(await rows(admin, "SELECT id FROM shows ORDER BY 1")).toEqual([[3], [4]]);
  await bob.query("DROP TABLE copied");
});

test("without an attached policy a table shows nothing; with two, both hold, or one with CONJUNCTION TYPE OR", async () => {
  await admin.query("ALTER TABLE shows ROW LEVEL SECURITY ON");
  expect(await rows(bob, ids)).toEqual([]);
  await admin.query(`
    INSERT INTO allowed VALUES ('Sports');
    CREATE RLS POLICY concerts WITH (category VARCHAR(10), price INT) AS t USING (t.category = 'Concerts' AND CURRENT_USER = 'bob');
    CREATE RLS POLICY listed WITH (category VARCHAR(10)) AS t USING (category IN (SELECT category FROM allowed));
    ATTACH RLS POLICY concerts ON shows TO PUBLIC;
    ATTACH RLS POLICY listed ON TABLE shows TO ROLE analyst`);
  expect(await rows(bob, ids)).toEqual([[1], [2]]);
  await admin.query("GRANT ROLE analyst TO ROLE auditor; GRANT ROLE auditor TO bob");
  expect(await rows(bob, ids)).toEqual([]);
  await admin.query("ALTER TABLE shows ROW LEVEL SECURITY ON CONJUNCTION TYPE OR");
  expect(await rows(bob, ids)).toEqual([[1], [2], [3]]);
  expect(await refusal(admin, "DROP TABLE allowed")).toMatch(/^2BP01 /);
  await admin.query("ALTER RLS POLICY listed USING (category = 'Theatre')");
  expect(await rows(bob, ids)).toEqual([[1], [2]]);
  await admin.query("GRANT IGNORE RLS TO ROLE auditor");
  expect(await rows(bob, ids)).toEqual([[1], [2], [3]]);
  await admin.query(
    "REVOKE IGNORE RLS FROM ROLE auditor; REVOKE ROLE analyst FROM ROLE auditor; DROP RLS POLICY listed CASCADE",
  );
});

test("EXPLAIN shows a SecureScan and nothing of the policy; superusers are not filtered", async () => {
  await admin.query(`
    CREATE RLS POLICY concerts WITH (category VARCHAR(10)) USING (category = 'Concerts');
    ATTACH RLS POLICY concerts ON shows TO bob;
    ALTER TABLE shows ROW LEVEL SECURITY ON`);
  const explained = (await rows(bob, "EXPLAIN SELECT id FROM shows s WHERE price > 5")).flat().join("\n");
  expect(explained).toMatch(/XN RLS SecureScan s {2}\(cost/);
  expect(explained).not.toMatch(/Concerts|redshift_sandbox/);
  expect((await rows(admin, "EXPLAIN SELECT id FROM shows")).flat().join("\n")).not.toMatch(/SecureScan/);
});

test("only superusers and sys:secadmin see and manage policies; for others the views are silently empty", async () => {
  const views = [
    "svv_rls_policy",
    "svv_rls_attached_policy",
    "svv_rls_relation",
    "svv_masking_policy",
    "svv_attached_masking_policy",
  ];
  await admin.query("GRANT ROLE sys:secadmin TO bob");
  await bob.query(`
    CREATE RLS POLICY concerts WITH (category VARCHAR(10)) AS t USING (t.category = 'Concerts');
    ATTACH RLS POLICY concerts ON shows TO ROLE analyst;
    ALTER TABLE shows ROW LEVEL SECURITY ON;
    CREATE MASKING POLICY hidden WITH (price INT) USING (0);
    ATTACH MASKING POLICY hidden ON shows (price) TO ROLE auditor PRIORITY 3`);
  expect(
    await rows(admin, "SELECT poldb, polname, polalias, polatts, polqual, polmodifiedby FROM svv_rls_policy"),
  ).toEqual([
    [
      "dev",
      "concerts",
      "t",
      '[{"colname":"category","type":"character varying(10)"}]',
      "t.category = 'Concerts'",
      "bob",
    ],
  ]);
  expect(
    await rows(
      bob,
      "SELECT relschema, relname, polname, grantor, grantee, granteekind, is_rls_on FROM svv_rls_attached_policy",
    ),
  ).toEqual([["public", "shows", "concerts", "bob", "analyst", "role", true]]);
  expect(
    await rows(bob, "SELECT datname, relschema, relname, relkind, is_rls_on FROM svv_rls_relation"),
  ).toEqual([["dev", "public", "shows", "table", true]]);
  expect(
    await rows(
      bob,
      "SELECT policy_name, schema_name, table_name, grantee, priority, input_columns, output_columns FROM svv_attached_masking_policy",
    ),
  ).toEqual([["hidden", "public", "shows", "auditor", 3, '["price"]', '["price"]']]);
  await admin.query("REVOKE ROLE sys:secadmin FROM bob");
  for (const view of views) expect(await rows(bob, `SELECT * FROM ${view}`), view).toEqual([]);
  expect(await refusal(bob, "ALTER TABLE shows ROW LEVEL SECURITY OFF")).toBe(
    "42501 must be superuser or have the role sys:secadmin to manage policies",
  );
  expect(await refusal(admin, "DROP RLS POLICY concerts")).toBe(
    '2BP01 cannot drop RLS policy "concerts" because it is attached to a relation',
  );
  await admin.query(
    "DETACH RLS POLICY concerts ON shows FROM ROLE analyst; DETACH MASKING POLICY hidden ON shows (price) FROM ROLE auditor; DROP MASKING POLICY hidden",
  );
});

test("reading a table through a mask is refused, and by no one else", async () => {
  await admin.query(`
    CREATE MASKING POLICY hidden WITH (price INT) USING (CASE WHEN price > 5 THEN NULL ELSE price END);
    ATTACH MASKING POLICY hidden ON shows (price) TO ROLE analyst`);
  expect(await rows(bob, ids)).toEqual([[1], [2], [3]]);
  await admin.query("GRANT ROLE analyst TO bob");
  expect(await refusal(bob, ids)).toBe(
    '0A000 redshift-sandbox does not imitate reading "shows" through the masking policy "hidden"',
  );
  expect(await refusal(admin, "ATTACH MASKING POLICY hidden ON shows (price) TO bob")).toMatch(
    /^42710 .*priority 0/,
  );
  expect(await refusal(admin, "DROP MASKING POLICY hidden")).toMatch(/^2BP01 /);
  await admin.query("DROP TABLE shows; DROP MASKING POLICY hidden");
  expect(await refusal(admin, "CREATE MASKING POLICY wrong WITH (price INT) USING (nothing + 1)")).toMatch(
    /^42703 /,
  );
});

test("objects that policies refer to stay; users, roles and tables that are dropped take their attachments along", async () => {
  await admin.query(`
    CREATE RLS POLICY concerts WITH (category VARCHAR(10)) USING (category = 'Concerts');
    CREATE USER gone PASSWORD 'Correct4Horse'; CREATE ROLE gone_role;
    ATTACH RLS POLICY concerts ON shows TO gone, ROLE gone_role;
    ALTER TABLE shows ROW LEVEL SECURITY ON`);
  expect(await refusal(admin, "ALTER TABLE shows DROP COLUMN category")).toMatch(/^2BP01 /);
  expect(await refusal(admin, "ALTER TABLE shows DROP COLUMN category CASCADE")).toMatch(/^2BP01 /);
  await admin.query("CREATE VIEW late AS SELECT id FROM public.shows WITH NO SCHEMA BINDING");
  expect(await refusal(admin, "SELECT * FROM late")).toMatch(/^0A000 .*views on "shows"/);
  await admin.query("ALTER TABLE shows ROW LEVEL SECURITY OFF");
  expect(await rows(admin, "SELECT COUNT(*) FROM late")).toEqual([["3"]]);
  await admin.query("ALTER TABLE shows ROW LEVEL SECURITY ON; DROP VIEW late");
  expect(await refusal(admin, "CREATE VIEW seen AS SELECT id FROM shows")).toMatch(
    /^0A000 .*views on "shows"/,
  );
  await admin.query("DROP USER gone; DROP ROLE gone_role");
  expect(await rows(admin, "SELECT * FROM svv_rls_attached_policy")).toEqual([]);
  expect(await refusal(admin, "ATTACH RLS POLICY concerts ON shows TO awsuser")).toMatch(/^0LP01 /);
  await admin.query("ATTACH RLS POLICY concerts ON shows TO bob; DROP TABLE shows; DROP RLS POLICY concerts");
  expect(await rows(admin, "SELECT * FROM svv_rls_relation")).toEqual([]);
});
