import { afterAll, beforeAll, expect, test } from "vitest";
import { createTranslator } from "../../src/sql/translator.ts";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";

let wire: TestWire;
beforeAll(async () => {
  wire = await startTestWire(await createTranslator());
});
afterAll(() => wire[Symbol.asyncDispose]());

test("a table's design, a user's password and a block's TRUNCATE go through the whole proxy", async () => {
  const client = await wire.connect();
  await client.query("CREATE TABLE designed (n int DISTKEY SORTKEY, s varchar) DISTSTYLE KEY");
  const { rows } = await client.query(
    `SELECT "column", type, distkey, sortkey FROM pg_table_def WHERE tablename = 'designed' ORDER BY 1`,
  );
  expect(rows).toEqual([
    { column: "n", type: "integer", distkey: true, sortkey: 1 },
    { column: "s", type: "character varying(256)", distkey: false, sortkey: 0 },
  ]);
  await client.query("CREATE USER reader PASSWORD 'Mypassword1'");
  const reader = await wire.connect({ user: "reader", password: "Mypassword1" });
  await expect(reader.query("SELECT * FROM designed")).rejects.toMatchObject({ code: "42501" });
  await client.query("INSERT INTO designed VALUES (1)");
  await client.query("BEGIN");
  await client.query("TRUNCATE designed");
  await client.query("INSERT INTO designed VALUES (2)");
  await client.query("ROLLBACK");
  expect((await client.query("SELECT count(*)::int AS count FROM designed")).rows).toEqual([{ count: 0 }]);
  await expect(client.query("BEGIN; VACUUM designed")).rejects.toMatchObject({
    code: "25001",
    message: "VACUUM cannot run inside a transaction block",
  });
});

test("a session that keeps case is understood at once", async () => {
  const client = await wire.connect();
  await client.query("SET enable_case_sensitive_identifier TO on");
  const { fields } = await client.query('SELECT 1 AS "CamelCase"');
  expect(fields.map(({ name }) => name)).toEqual(["CamelCase"]);
  await client.query("RESET enable_case_sensitive_identifier");
  const folded = await client.query('SELECT 1 AS "CamelCase"');
  expect(folded.fields.map(({ name }) => name)).toEqual(["camelcase"]);
});
