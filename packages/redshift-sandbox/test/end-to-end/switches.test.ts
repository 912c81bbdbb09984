import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
beforeAll(async () => {
  sandbox = await startSandbox({ switches: { trustDeclaredKeys: true, dropFailsWaiters: true } });
  admin = await connect(sandbox);
  await admin.query(`
    CREATE TABLE keyed (id INT, day INT, note VARCHAR(9), PRIMARY KEY (id, day));
    INSERT INTO keyed VALUES (1, 1, 'a'), (1, 1, 'a'), (2, 1, 'b');
    CREATE TABLE target (id INT, day INT);
    CREATE TABLE plain (id INT);
    INSERT INTO plain VALUES (1), (1)`);
});
afterAll(async () => {
  await admin.end();
  await sandbox.stop();
});

const count = async (sql: string, ...values: unknown[]): Promise<number> =>
  (await admin.query<unknown[]>({ text: sql, values, rowMode: "array" })).rows.length;

test.each([
  ["SELECT DISTINCT id, day FROM keyed", 3],
  ["SELECT DISTINCT * FROM public.keyed AS k", 3],
  ["SELECT DISTINCT k.day, k.id, note FROM keyed k WHERE note <> 'ü'", 3],
  ["SELECT id, day, COUNT(*) FROM keyed GROUP BY id, day", 3],
  ["SELECT id, day FROM keyed k GROUP BY 2, 1 HAVING COUNT(*) > 1", 0],
  ["SELECT * FROM (SELECT DISTINCT id, day FROM keyed) d", 3],
  ["SELECT DISTINCT id FROM keyed", 2],
  ["SELECT id, COUNT(*) FROM keyed GROUP BY id", 2],
  ["SELECT DISTINCT k.id, k.day FROM keyed k, plain p", 2],
  ["SELECT DISTINCT id FROM plain", 1],
])("with declared keys trusted: %s gives %i rows", async (sql, expected) => {
  expect(await count(sql)).toBe(expected);
});

test("with declared keys trusted, what is inserted keeps the duplicates, until the key is dropped", async () => {
  await admin.query("INSERT INTO target SELECT DISTINCT id, day FROM keyed");
  expect(await count("SELECT * FROM target")).toBe(3);
  expect(await count("SELECT DISTINCT id, day FROM keyed WHERE id < $1", 5)).toBe(3);
  await admin.query("BEGIN; ALTER TABLE keyed DROP CONSTRAINT keyed_pkey");
  expect(await count("SELECT DISTINCT id, day FROM keyed")).toBe(2);
  await admin.query("ROLLBACK");
});

test("a query that waits for a table fails when it is dropped, though there is one of its name again", async () => {
  await admin.query("CREATE TABLE swapped (id INT); CREATE TABLE copied (id INT)");
  const waiting = await connect(sandbox);
  await admin.query("BEGIN; LOCK swapped");
  const answer = refusal(waiting, "SELECT * FROM swapped");
  await expect
    .poll(async () => (await admin.query("SELECT 1 FROM pg_locks WHERE NOT granted")).rowCount)
    .toBe(1);
  await admin.query(
    "ALTER TABLE swapped RENAME TO outgoing; ALTER TABLE copied RENAME TO swapped; DROP TABLE outgoing; COMMIT",
  );
  expect(await answer).toMatch(/^XX000 table \d+ dropped by concurrent transaction$/);
  expect(await refusal(waiting, "SELECT * FROM swapped")).toBe("not refused: []");
  await waiting.end();
});
