import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CatalogSession } from "./session.ts";

let session: CatalogSession;
beforeAll(async () => {
  session = await CatalogSession.start();
});
afterEach(() => session.reset());
afterAll(() => session.stop());

const relacl = "SELECT relacl FROM pg_class WHERE oid = 't'::regclass";

test("an access list names groups apart, and keeps the order in which it was granted (facts 3.6)", async () => {
  await session.run(
    'CREATE ROLE alice; CREATE ROLE "group/etl"; CREATE TABLE t (a int); REVOKE ALL ON t FROM rdsdb',
    'GRANT INSERT, SELECT ON t TO "group/etl"; GRANT INSERT, SELECT, UPDATE, DELETE, REFERENCES ON t TO alice; GRANT SELECT ON t TO PUBLIC',
  );
  expect(await session.values(relacl)).toEqual([["group etl=ar/rdsdb", "alice=arwdx/rdsdb", "=r/rdsdb"]]);
  expect(await session.values("SELECT relacl::text FROM pg_class WHERE oid = 't'::regclass")).toEqual([
    '{"group etl=ar/rdsdb",alice=arwdx/rdsdb,=r/rdsdb}',
  ]);
});

test("a table without grants has no access list, its owner's appears with the first one", async () => {
  await session.run("CREATE TABLE t (a int)");
  expect(await session.values(relacl)).toEqual([null]);
  await session.run("GRANT SELECT ON t TO PUBLIC");
  expect(await session.values(relacl)).toEqual([["rdsdb=arwdRxtDPA/rdsdb", "=r/rdsdb"]]);
});

test.each([
  ["SELECT", "r"],
  ["INSERT, DELETE", "ad"],
  ["TRUNCATE", "D"],
  ["MAINTAIN", "P"],
  ["TRIGGER", "A"],
  ["SELECT, TRUNCATE, MAINTAIN, TRIGGER", "rDPA"],
  ["ALL", "arwdRxtDPA"],
])("PostgreSQL's %s is written %s (DESIGN.md 9)", async (privileges, letters) => {
  await session.run(`CREATE ROLE alice; CREATE TABLE t (a int); GRANT ${privileges} ON t TO alice`);
  expect(await session.values("SELECT relacl[2] FROM pg_class WHERE oid = 't'::regclass")).toEqual([
    `alice=${letters}/rdsdb`,
  ]);
});

test("a grant option is a star behind the letter", async () => {
  await session.run("CREATE ROLE alice; CREATE TABLE t (a int); GRANT SELECT ON t TO alice");
  await session.run("GRANT INSERT ON t TO alice WITH GRANT OPTION");
  expect(await session.values("SELECT relacl[2] FROM pg_class WHERE oid = 't'::regclass")).toEqual([
    "alice=a*r/rdsdb",
  ]);
  await session.run("GRANT ALL ON t TO alice WITH GRANT OPTION");
  expect(await session.values("SELECT relacl[2] FROM pg_class WHERE oid = 't'::regclass")).toEqual([
    "alice=a*r*w*d*R*x*t*D*P*A*/rdsdb",
  ]);
});

test("odd names are quoted inside an access list as aclitemout does", async () => {
  await session.run(
    'CREATE ROLE "we ""ird"; CREATE ROLE "group/a-b"; CREATE ROLE "日本"; CREATE TABLE t (a int)',
  );
  await session.run(
    'GRANT SELECT ON t TO "we ""ird"; GRANT SELECT ON t TO "group/a-b"; GRANT SELECT ON t TO "日本"',
  );
  expect(await session.values("SELECT relacl[2:] FROM pg_class WHERE oid = 't'::regclass")).toEqual([
    ['"we ""ird"=r/rdsdb', 'group "a-b"=r/rdsdb', '"日本"=r/rdsdb'],
  ]);
});

test("schemas, databases, columns and default privileges have access lists too", async () => {
  await session.run('CREATE ROLE "group/etl"; CREATE SCHEMA s; CREATE TABLE s.t (a int)');
  await session.run('GRANT USAGE, CREATE ON SCHEMA s TO "group/etl"; GRANT UPDATE (a) ON s.t TO "group/etl"');
  await session.run(
    'GRANT CREATE ON DATABASE dev TO "group/etl"; ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO "group/etl"',
  );
  expect(await session.values("SELECT nspacl[2] FROM pg_namespace WHERE nspname = 's'")).toEqual([
    "group etl=UC/rdsdb",
  ]);
  expect(await session.values("SELECT datacl FROM pg_database WHERE datname = 'dev'")).toEqual([
    ["=T/rdsdb", "rdsdb=CT/rdsdb", "group etl=C/rdsdb"],
  ]);
  expect(
    await session.values(
      "SELECT attacl FROM pg_attribute_info WHERE attrelid = 's.t'::regclass AND attnum = 1",
    ),
  ).toEqual([["group etl=w/rdsdb"]]);
  expect(await session.rows("SELECT defacluser, defaclobjtype, defaclacl FROM pg_default_acl")).toEqual([
    [10, "r", ["group etl=r/rdsdb"]],
  ]);
});

test("users and groups are apart; a group lists its members by number", async () => {
  await session.run(
    'CREATE ROLE alice LOGIN CREATEDB; CREATE ROLE "group/etl"; CREATE ROLE "group/empty"; GRANT "group/etl" TO alice',
  );
  await session.run(
    "ALTER ROLE alice SET search_path = a, b; ALTER ROLE alice SET redshift.wlm_query_slot_count = '2'; ALTER ROLE alice CONNECTION LIMIT 3",
  );
  expect(
    await session.rows(
      "SELECT usename, usecreatedb, usesuper, usecatupd, passwd, useconfig FROM pg_user ORDER BY usesysid",
    ),
  ).toEqual([
    ["rdsdb", true, true, true, "********", null],
    ["awsuser", true, true, false, "********", null],
    ["alice", true, false, false, "********", ["search_path=a, b", "wlm_query_slot_count=2"]],
  ]);
  expect(
    await session.rows(
      "SELECT g.groname, u.usename FROM pg_group g LEFT JOIN pg_user u ON u.usesysid = ANY (g.grolist) ORDER BY 1",
    ),
  ).toEqual([
    ["empty", null],
    ["etl", "alice"],
  ]);
  expect(
    await session.values(
      "SELECT useconnlimit FROM pg_user_info WHERE usename IN ('alice', 'rdsdb') ORDER BY usename",
    ),
  ).toEqual(["3", "UNLIMITED"]);
});

test("identities are defaults in pg_attrdef, by adsrc and by pg_get_expr (facts 3.2)", async () => {
  await session.run(`CREATE TABLE t (a int DEFAULT 1, b bigint GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 3),
    c int GENERATED BY DEFAULT AS IDENTITY (START WITH -1 INCREMENT BY -2), d varchar(9) DEFAULT E'it''s \\\\ x')`);
  const [oid] = await session.values("SELECT 't'::regclass::oid");
  expect(
    await session.rows(
      "SELECT a.attname, a.atthasdef, d.adsrc, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 't'::regclass ORDER BY a.attnum",
    ),
  ).toEqual(
    [
      ["a", "1"],
      ["b", `"identity"(${String(oid)}, 1, '5,3'::text)`],
      ["c", `"default_identity"(${String(oid)}, 2, '-1,-2'::text)`],
      // Backslashes are doubled, as in every literal that Redshift writes.
      ["d", String.raw`'it''s \\ x'::character varying`],
    ].map(([name, text]) => [name, true, text, text]),
  );
});

test("encodings that nobody chose are those of facts 1.4", async () => {
  await session.run(
    "CREATE TABLE t (a smallint, b bigint, c numeric(9, 2), d date, e timestamptz, f char(3), g varchar(3), h real, i float8, j boolean, k int)",
  );
  await session.run("SELECT redshift_sandbox.set_sortkey('t', '{k}', false)");
  const encodings =
    "SELECT format_encoding(attencodingtype::integer) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum";
  expect(await session.values(encodings)).toEqual([
    "az64",
    "az64",
    "az64",
    "az64",
    "az64",
    "lzo",
    "lzo",
    "none",
    "none",
    "none",
    "none",
  ]);
  await session.run("CREATE TEMP TABLE u (a int, b varchar(3))");
  expect(await session.values(encodings.replace("'t'", "'u'"))).toEqual(["none", "none"]);
});

test("SUPER is type 4000, and the server names it so too", async () => {
  await session.run("CREATE TABLE t (a super)");
  expect(
    await session.rows(
      "SELECT a.atttypid, format_type(a.atttypid, a.atttypmod), t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = 't'::regclass AND attnum = 1",
    ),
  ).toEqual([[4000, "super", "super"]]);
  expect(
    await session.values("SELECT data_type FROM information_schema.columns WHERE table_name = 't'"),
  ).toEqual(["super"]);
});

test("comments are found by the catalog's name and by its number", async () => {
  await session.run(
    "CREATE TABLE t (a int); COMMENT ON TABLE t IS 'of the table'; COMMENT ON COLUMN t.a IS 'of the column'",
  );
  expect(
    await session.values(
      "SELECT description FROM pg_description WHERE objoid = 't'::regclass AND classoid = 'pg_class'::regclass ORDER BY objsubid",
    ),
  ).toEqual(["of the table", "of the column"]);
  expect(
    await session.values(
      "SELECT obj_description('t'::regclass, 'pg_class'), col_description('t'::regclass, 1)",
    ),
  ).toEqual(["of the table", "of the column"]);
  expect(
    await session.values(
      "SELECT count(*)::integer FROM pg_description d JOIN pg_class c ON c.tableoid = d.classoid AND c.oid = d.objoid WHERE c.relname = 't'",
    ),
  ).toEqual([2]);
});

test("a view is found from its table by the two hops of facts 3.9", async () => {
  await session.run("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t");
  expect(
    await session.values(`SELECT DISTINCT v.relname FROM pg_class b JOIN pg_depend s ON s.refobjid = b.oid
      JOIN pg_depend d ON d.objid = s.objid AND d.deptype = 'i' JOIN pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
      WHERE b.relname = 't' AND b.oid <> v.oid AND s.refclassid = 'pg_class'::regclass`),
  ).toEqual(["v"]);
});

test("names of 64 to 127 bytes come back whole, also inside SQL text", async () => {
  const long = `${"a".repeat(100)}é`;
  const [short] = await session.values(
    "SELECT repeat('a', 40) || '…' || left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 16)",
    [long],
  );
  const name = String(short);
  await session.run(`CREATE TABLE "${name}" ("${name}" int DEFAULT 1)`);
  await session.values("SELECT redshift_sandbox.remember_name($1, $2)", [name, long]);
  await session.run(`SELECT redshift_sandbox.add_key('"${name}"', NULL, 'u', ARRAY['${name}'], false)`);
  await session.run(`CREATE VIEW v AS SELECT "${name}" FROM "${name}"`);
  expect(await session.values("SELECT relname FROM pg_class WHERE relname = $1", [long])).toEqual([long]);
  expect(
    await session.values("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", [
      `"${name}"`,
    ]),
  ).toEqual([long]);
  expect(await session.values("SELECT pg_get_constraintdef(oid) FROM pg_constraint")).toEqual([
    `UNIQUE ("${long}")`,
  ]);
  expect(await session.values("SELECT pg_get_viewdef('v'::regclass)")).toEqual([
    ` SELECT "${long}"\n   FROM "${long}";`,
  ]);
  expect(await session.refusal(`SELECT redshift_sandbox.remember_name('${name}', 'another')`)).toMatch(
    "is not the short form of",
  );
});

test("what belongs to the sandbox is not to be seen", async () => {
  await session.run("CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, CHECK (a > 0))");
  expect(
    await session.values(
      "SELECT count(*)::integer FROM pg_class WHERE relname LIKE '%!_base' ESCAPE '!' AND relname LIKE 'pg!_%' ESCAPE '!' OR relkind = 'S'",
    ),
  ).toEqual([0]);
  expect(await session.values("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'redshift%'")).toEqual([]);
  expect(await session.values("SELECT conname FROM pg_constraint")).toEqual([]);
  expect(
    await session.values(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'redshift_sandbox' OR table_name = 'pg_class_base'",
    ),
  ).toEqual([]);
});

test("an ordinary user reads every view, and none of the tables behind them", async () => {
  await session.run(
    "CREATE ROLE alice LOGIN; CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY); GRANT SELECT ON t TO alice",
  );
  const views = await session.values(
    "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND n.nspname = 'pg_catalog' AND c.oid >= 16384 AND c.relname <> 'pg_statistic'",
  );
  expect(views.length).toBeGreaterThan(60);
  await session.run("SET SESSION AUTHORIZATION alice");
  for (const view of views) await session.run(`SELECT * FROM ${String(view)} LIMIT 5`);
  expect(await session.refusal("SELECT * FROM pg_statistic")).toMatch("42501");
  expect(await session.refusal("SELECT * FROM pg_class_base")).toMatch("42501");
  expect(await session.refusal("SELECT * FROM redshift_sandbox.table_design")).toMatch("42501");
  expect(await session.refusal("SELECT * FROM pg_shdescription")).toMatch("42501");
});
