import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query(
    "CREATE TABLE sales (id INT); CREATE TABLE other (id INT); CREATE USER bob PASSWORD 'Correct4Horse'",
  );
});
afterAll(async () => {
  await admin.end();
  await sandbox.stop();
});

const rows = async (client: pg.Client, sql: string): Promise<unknown[][]> =>
  (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows;
const objects = "SELECT object_type, object_name, include_new FROM svv_datashare_objects ORDER BY 1, 2";

test("a table is in a datashare under its name, and leaves it when it is dropped and not when it is renamed", async () => {
  await admin.query("CREATE DATASHARE salesshare SET PUBLICACCESSIBLE TRUE");
  expect(await refusal(admin, "ALTER DATASHARE salesshare ADD TABLE public.sales")).toBe(
    '55000 add the schema to datashare "salesshare" before the objects in it',
  );
  await admin.query(
    "ALTER DATASHARE salesshare ADD SCHEMA public; ALTER DATASHARE salesshare ADD TABLE public.sales",
  );
  expect(await rows(admin, objects)).toEqual([
    ["schema", "public", false],
    ["table", "public.sales", null],
  ]);
  await admin.query("ALTER TABLE sales RENAME TO outgoing; CREATE TABLE sales (id INT)");
  expect((await rows(admin, objects))[1]).toEqual(["table", "public.outgoing", null]);
  await admin.query("DROP TABLE outgoing");
  expect(await rows(admin, objects)).toEqual([["schema", "public", false]]);
  expect(
    await rows(
      admin,
      "SELECT share_name, source_database, share_type, is_publicaccessible FROM svv_datashares",
    ),
  ).toEqual([["salesshare", "dev", "OUTBOUND", true]]);
  expect(await rows(admin, "DESC DATASHARE salesshare")).toEqual([
    [
      "123456789012",
      "00000000-0000-4000-8000-000000000000",
      "OUTBOUND",
      "salesshare",
      "SCHEMA",
      "public",
      false,
    ],
  ]);
  expect((await rows(admin, "SHOW DATASHARES LIKE 'sales%'"))[0]?.[0]).toBe("salesshare");
  await admin.query("DROP DATASHARE salesshare");
});

test("INCLUDENEW takes in what is made later, REMOVE takes out", async () => {
  await admin.query(
    "CREATE DATASHARE s; ALTER DATASHARE s ADD SCHEMA public; ALTER DATASHARE s SET INCLUDENEW = TRUE FOR SCHEMA public",
  );
  await admin.query("CREATE TABLE later AS SELECT * FROM other; ALTER DATASHARE s ADD TABLE public.other");
  expect((await rows(admin, objects)).map(([, name]) => name)).toEqual([
    "public",
    "public.later",
    "public.other",
  ]);
  await admin.query(
    "ALTER DATASHARE s REMOVE ALL TABLES IN SCHEMA public; ALTER DATASHARE s REMOVE SCHEMA public",
  );
  expect(await rows(admin, objects)).toEqual([]);
  expect(await refusal(admin, "ALTER DATASHARE s REMOVE TABLE public.other")).toMatch(/^42704 /);
  await admin.query("DROP DATASHARE s; DROP TABLE later");
});

test("only superusers see what is in datashares; others see their own shares", async () => {
  await admin.query(
    "CREATE ROLE sharers; GRANT CREATE DATASHARE TO ROLE sharers; GRANT ROLE sharers TO bob; CREATE DATASHARE hidden",
  );
  const bob = await connect(sandbox, { user: "bob", password: "Correct4Horse" });
  await bob.query(
    "CREATE DATASHARE bobs; ALTER DATASHARE bobs ADD SCHEMA public; CREATE TABLE bobs_table (a INT); ALTER DATASHARE bobs ADD TABLE public.bobs_table",
  );
  expect(await rows(bob, "SELECT share_name FROM svv_datashares")).toEqual([["bobs"]]);
  expect(await rows(bob, objects)).toEqual([]);
  expect((await rows(bob, "DESC DATASHARE bobs")).map((row) => row[5])).toEqual([
    "public.bobs_table",
    "public",
  ]);
  expect(await refusal(bob, "ALTER DATASHARE bobs ADD TABLE public.sales")).toBe(
    "42501 permission denied for relation sales",
  );
  expect(await refusal(bob, "DROP DATASHARE hidden")).toBe("42501 permission denied for datashare hidden");
  await bob.end();
});
