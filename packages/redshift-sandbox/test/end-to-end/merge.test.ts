import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal, values } from "./sessions.ts";

/** https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html */
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
  await admin.query("DROP TABLE IF EXISTS target, source CASCADE");
  await admin.query(
    "CREATE TABLE target (id INT, name CHAR(10)); CREATE TABLE source (id INT, name CHAR(10))",
  );
  await admin.query("INSERT INTO target VALUES (101, 'Bob'), (102, 'John'), (103, 'Susan')");
  await admin.query("INSERT INTO source VALUES (102, 'Tony'), (103, 'Alice'), (104, 'Bill')");
});

const update = `MERGE INTO target USING source ON target.id = source.id
WHEN MATCHED THEN UPDATE SET id = source.id, name = source.name
WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name)`;
const remove = `MERGE INTO target USING source AS s ON target.id = s.id
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (name, id) VALUES (s.name, s.id)`;
const simplified = "MERGE INTO target USING source ON target.id = source.id REMOVE DUPLICATES";
const rows = (): Promise<unknown[]> =>
  values(admin, "SELECT id::varchar + ' ' + name FROM target ORDER BY id, name");

test("rows that match are updated, the others inserted", async () => {
  expect((await admin.query(update)).command).toBe("MERGE");
  expect(await rows()).toEqual(["101 Bob", "102 Tony", "103 Alice", "104 Bill"]);
});

test("rows that match are deleted, the others inserted", async () => {
  await admin.query(remove);
  expect(await rows()).toEqual(["101 Bob", "104 Bill"]);
});

test("REMOVE DUPLICATES leaves one row for each row of the source, and what matches none as it was", async () => {
  await admin.query("INSERT INTO target VALUES (101, 'Bob'), (103, 'Nikki')");
  await admin.query(simplified);
  expect(await rows()).toEqual(["101 Bob", "101 Bob", "102 Tony", "103 Alice", "104 Bill"]);
});

test.each([
  ["an update", update],
  ["a deletion", remove],
  ["REMOVE DUPLICATES", simplified],
])("%s of a row that matches two is refused, and changes nothing", async (_, sql) => {
  await admin.query("INSERT INTO source VALUES (102, 'Twice')");
  expect(await refusal(admin, sql)).toBe("21000 Found multiple matches to update the same tuple.");
  expect(await rows()).toEqual(["101 Bob", "102 John", "103 Susan"]);
});

test("in a transaction it is undone with the rest", async () => {
  await admin.query("BEGIN");
  await admin.query(simplified);
  await admin.query("ROLLBACK");
  expect(await rows()).toEqual(["101 Bob", "102 John", "103 Susan"]);
});

test("a name of more than 63 bytes is one", async () => {
  const long = `wide_${"x".repeat(90)}`;
  await admin.query(`ALTER TABLE source RENAME TO ${long}`);
  await admin.query(simplified.replaceAll("source", long));
  await admin.query(`DROP TABLE ${long}`);
  expect(await rows()).toEqual(["101 Bob", "102 Tony", "103 Alice", "104 Bill"]);
});

test("the user needs SELECT on both whole tables, and what each WHEN does on the target", async () => {
  const alice = await connect(sandbox, { user: "alice", password: "Correct4Horse" });
  const granted: string[] = [];
  try {
    for (const [grant, sql] of [
      ["SELECT ON target", update],
      ["SELECT (id), UPDATE (name) ON source", update],
      ["SELECT ON source", update],
      ["UPDATE ON target", update],
      ["INSERT ON target", remove],
      ["INSERT ON target", simplified],
    ] as const) {
      granted.push(`${grant}: ${await refusal(alice, sql)}`);
      if (!grant.includes("(")) await admin.query(`GRANT ${grant} TO alice`);
    }
    expect(granted).toEqual([
      "SELECT ON target: 42501 permission denied for relation target",
      "SELECT (id), UPDATE (name) ON source: 42501 permission denied for relation source",
      "SELECT ON source: 42501 permission denied for relation source",
      "UPDATE ON target: 42501 permission denied for relation target",
      "INSERT ON target: 42501 permission denied for relation target",
      "INSERT ON target: 42501 permission denied for relation target",
    ]);
    expect(await refusal(alice, update)).toBe("not refused: []");
    expect(await refusal(alice, remove)).toBe("42501 permission denied for relation target");
    await admin.query("GRANT DELETE ON target TO alice");
    expect(await refusal(alice, simplified)).toBe("not refused: []");
  } finally {
    await alice.end();
  }
});

const head = "MERGE INTO target USING source ON target.id = source.id";
const insert = "WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name)";
test.each<[string, string]>([
  [
    `MERGE INTO target t USING source ON t.id = source.id REMOVE DUPLICATES`,
    '42601 syntax error at or near "t"',
  ],
  [`MERGE target USING source ON true REMOVE DUPLICATES`, '42601 syntax error at or near "target"'],
  [
    `MERGE INTO target USING (SELECT 1 AS id) s ON target.id = s.id REMOVE DUPLICATES`,
    '42601 syntax error at or near "("',
  ],
  [head, "42601 syntax error at end of input"],
  [`${head} WHEN MATCHED THEN DELETE`, "42601 syntax error: MERGE takes WHEN MATCHED, then WHEN NOT MATCHED"],
  [`${head} ${insert}`, "42601 syntax error: MERGE takes WHEN MATCHED, then WHEN NOT MATCHED"],
  [
    `${head} ${insert} WHEN MATCHED THEN DELETE`,
    "42601 syntax error: MERGE takes WHEN MATCHED, then WHEN NOT MATCHED",
  ],
  [
    `${head} WHEN MATCHED THEN DELETE ${insert} WHEN NOT MATCHED BY SOURCE THEN DELETE`,
    "42601 syntax error: MERGE takes WHEN MATCHED, then WHEN NOT MATCHED",
  ],
  [
    `${head} WHEN MATCHED THEN DO NOTHING ${insert}`,
    "42601 syntax error: WHEN MATCHED THEN takes UPDATE or DELETE",
  ],
  [
    `${head} WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT DEFAULT VALUES`,
    "42601 syntax error: WHEN NOT MATCHED THEN takes INSERT … VALUES",
  ],
  [`${head} WHEN MATCHED AND target.id > 1 THEN DELETE ${insert}`, '42601 syntax error at or near "and"'],
  [`${head} WHEN MATCHED THEN DELETE ${insert} RETURNING 1`, '42601 syntax error at or near "returning"'],
  [`${head} WHEN MATCHED THEN UPDATE SET target.name = 'x' ${insert}`, '/^42703 column "target"/'],
  [
    `${head} WHEN MATCHED THEN UPDATE SET name = DEFAULT ${insert}`,
    "0A000 redshift-sandbox does not imitate DEFAULT in MERGE",
  ],
  [
    `${head} WHEN MATCHED THEN UPDATE SET name = (SELECT 'x') ${insert}`,
    "0A000 redshift-sandbox does not imitate subqueries in MERGE",
  ],
  [
    `${head} WHEN MATCHED THEN UPDATE SET name = source::varchar ${insert}`,
    '0A000 redshift-sandbox does not imitate whole-row values ("source" is a table of the MERGE)',
  ],
  [`WITH w AS (SELECT 1) ${head} REMOVE DUPLICATES`, "/^42601 /"],
  [`EXPLAIN ${head} WHEN MATCHED THEN DELETE ${insert}`, "/^0A000 /"],
  [
    "MERGE INTO target USING target ON true REMOVE DUPLICATES",
    "0A000 the source and the target of MERGE cannot be the same table",
  ],
  [
    "MERGE INTO target USING public.target x ON true REMOVE DUPLICATES",
    "0A000 the source and the target of MERGE cannot be the same table",
  ],
  [
    "MERGE INTO pg_class USING source ON true REMOVE DUPLICATES",
    "42501 permission denied for relation pg_class",
  ],
  ["MERGE INTO nothing USING source ON true REMOVE DUPLICATES", '42P01 relation "nothing" does not exist'],
])("%s is refused", async (sql, expected) => {
  const found = await refusal(admin, sql);
  if (expected.startsWith("/")) expect(found).toMatch(new RegExp(expected.slice(1, -1)));
  else expect(found).toBe(expected);
  expect(await rows()).toEqual(["101 Bob", "102 John", "103 Susan"]);
});

test("views, tables with policies and sources of another width are refused by name", async () => {
  await admin.query("CREATE VIEW seen AS SELECT * FROM source");
  expect(await refusal(admin, "MERGE INTO target USING seen ON true REMOVE DUPLICATES")).toBe(
    '0A000 redshift-sandbox does not imitate MERGE with "seen", which is no table',
  );
  await admin.query("DROP VIEW seen; ALTER TABLE source ROW LEVEL SECURITY ON");
  expect(await refusal(admin, simplified)).toBe(
    '0A000 redshift-sandbox does not imitate MERGE with policies on "source"',
  );
  await admin.query("ALTER TABLE source ROW LEVEL SECURITY OFF; ALTER TABLE source ADD COLUMN c INT");
  expect(await refusal(admin, simplified)).toBe(
    "42601 MERGE with REMOVE DUPLICATES needs as many columns in the source as in the target",
  );
});
