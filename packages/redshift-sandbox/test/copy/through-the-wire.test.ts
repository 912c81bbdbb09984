import { Readable } from "node:stream";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";

let sandbox: Sandbox;
let client: pg.Client;
const notices: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = sandbox.env;
  client = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    database: PGDATABASE,
    user: PGUSER,
    password: PGPASSWORD,
  });
  client.on("notice", ({ severity, message }) => notices.push(`${severity ?? ""}: ${message ?? ""}`));
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await sandbox.stop();
});

const bucket = (): string => sandbox.s3.buckets[0] ?? "";

async function put(key: string, text: string): Promise<void> {
  await sandbox.s3.store.write(bucket(), key, Readable.from([Buffer.from(text)]));
}

it("a client loads, sees the notice and the count, and unloads", async () => {
  await client.query("CREATE TABLE films (id int, title varchar(20), released date, more super)");
  await put("films/1", '{"id":1,"title":"It\\u0027s","released":"Jun 12 1998","more":{"a":[1]}}\n{"id":2}');
  await client.query(
    `COPY films FROM 's3://${bucket()}/films/' IAM_ROLE default JSON 'auto' DATEFORMAT 'auto'`,
  );
  expect(notices.splice(0)).toEqual([
    "INFO: Load into table 'films' completed, 2 record(s) loaded successfully.",
  ]);
  const count = await client.query<{ n: string }>("SELECT pg_last_copy_count()::varchar AS n");
  expect(count.rows).toEqual([{ n: "2" }]);
  await client.query(
    `UNLOAD ('select * from films where title = ''It\\\\''s'' or id = 2 order by id') TO 's3://${bucket()}/out/' IAM_ROLE default JSON PARALLEL OFF`,
  );
  expect(notices.splice(0)).toEqual(["INFO: UNLOAD completed, 2 record(s) unloaded successfully."]);
  const stream = await sandbox.s3.store.read(bucket(), "out/000");
  expect(Buffer.concat((await stream?.toArray()) as Buffer[]).toString()).toBe(
    '{"id":1,"title":"It\'s","released":"1998-06-12","more":{"a":[1]}}\n{"id":2,"title":null,"released":null,"more":null}\n',
  );
});

it("a failed load leaves nothing, and its errors are found by pg_last_copy_id()", async () => {
  await client.query("CREATE TABLE numbers (n int)");
  await put("numbers", "1\nx\n");
  await expect(client.query(`COPY numbers FROM 's3://${bucket()}/numbers' IAM_ROLE default`)).rejects.toThrow(
    "Load into table 'numbers' failed.  Check 'stl_load_errors' system table for details.",
  );
  const errors = await client.query(
    "SELECT line_number::int, trim(colname) AS colname, err_code, trim(err_reason) AS reason FROM stl_load_errors WHERE query = pg_last_copy_id()",
  );
  expect(errors.rows).toEqual([
    {
      line_number: 2,
      colname: "n",
      err_code: 1207,
      reason: "Invalid digit, Value 'x', Pos 0, Type: Integer",
    },
  ]);
  expect((await client.query("SELECT * FROM numbers")).rows).toEqual([]);
});

it("a long column name is matched in full", async () => {
  const name = `a${"é".repeat(50)}`;
  await client.query(`CREATE TABLE long_names ("${name}" int)`);
  await put("long", JSON.stringify({ [name]: 7 }));
  await client.query(`COPY long_names FROM 's3://${bucket()}/long' IAM_ROLE default JSON 'auto'`);
  expect((await client.query("SELECT * FROM long_names")).rows).toEqual([{ [name]: 7 }]);
});
