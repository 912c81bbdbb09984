import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../../src/index.ts";

let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  sandbox = await startSandbox();
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = sandbox.env;
  client = new pg.Client({
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
  });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await sandbox?.stop();
});

test("SHOW COLUMNS tells each column's design and collation", async () => {
  await client.query(`CREATE TABLE public.shown (
    id INTEGER NOT NULL ENCODE az64, name VARCHAR(20) COLLATE CASE_INSENSITIVE DEFAULT 'x' ENCODE lzo, price DECIMAL(10,2), code CHAR(3)
  ) DISTKEY (id) SORTKEY (price)`);
  const { rows } = await client.query("SHOW COLUMNS FROM TABLE dev.public.shown");
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatchObject({
    database_name: "dev",
    schema_name: "public",
    table_name: "shown",
    column_name: "id",
    ordinal_position: 1,
    is_nullable: "NO",
    data_type: "integer",
    numeric_precision: 32,
    dist_key: 1,
    collation: null,
  });
  expect(rows[1]).toMatchObject({
    column_default: "'x'::character varying",
    character_maximum_length: 20,
    encoding: "lzo",
    collation: "case_insensitive",
  });
  expect(rows[2]).toMatchObject({ numeric_scale: 2, sort_key_type: "COMPOUND", sort_key: 1 });
  expect(rows[3]).toMatchObject({ collation: "case_sensitive" });
  const some = await client.query<{ column_name: string }>(
    "SHOW COLUMNS FROM TABLE dev.public.shown LIKE '%c%' LIMIT 1",
  );
  expect(some.rows.map(({ column_name }) => column_name)).toEqual(["price"]);
});

test.each([
  ["SHOW COLUMNS FROM TABLE public.not_there", 'relation "public.not_there" does not exist'],
  ["SHOW COLUMNS FROM TABLE other.public.shown", "relations of another database"],
  ["SHOW COLUMNS FROM TABLE shown", "without its schema"],
  ["SHOW COLUMNS FROM shown", "syntax error"],
])("refused: %s", async (sql, message) => {
  await expect(client.query(sql)).rejects.toThrow(message);
});
