import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  await redshift.execute(`
    CREATE USER alice PASSWORD 'Abcdefg1';
    CREATE GROUP etl;
    CREATE ROLE analyst;
    CREATE SCHEMA shop AUTHORIZATION alice;
    CREATE SCHEMA empty;
    GRANT USAGE ON SCHEMA shop TO GROUP etl;
    GRANT USAGE ON SCHEMA shop TO ROLE analyst;
    CREATE TABLE shop.items (id BIGINT IDENTITY(5, 3) NOT NULL, name VARCHAR(40) DEFAULT 'x' ENCODE zstd)
      DISTSTYLE KEY DISTKEY (id) SORTKEY (name);
    ALTER TABLE shop.items ADD CONSTRAINT items_pkey PRIMARY KEY (id);
    CREATE TABLE sales (item BIGINT, at TIMESTAMP);
    ALTER TABLE sales ADD CONSTRAINT sales_item FOREIGN KEY (item) REFERENCES shop.items (id);
    COMMENT ON TABLE sales IS 'what was sold';
    COMMENT ON COLUMN sales.at IS 'when';
    COMMENT ON CONSTRAINT sales_item ON sales IS 'what';
    GRANT SELECT ON sales TO GROUP etl;
    GRANT SELECT (at) ON sales TO ROLE analyst;
    INSERT INTO sales VALUES (1, '2020-01-01');
    CREATE VIEW shop.recent AS SELECT at FROM public.sales;
    CREATE VIEW shop.late AS SELECT at FROM public.sales WITH NO SCHEMA BINDING;
  `);
}, 60_000);

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

test("the catalog holds every schema at once", async () => {
  const catalog = await redshift.catalog;
  expect(catalog).toMatchObject({ database: "dev", complete: true });
  expect(catalog.schemas.map(({ name, owner }) => `${name} of ${owner ?? "nobody"}`)).toEqual(
    expect.arrayContaining(["empty of awsuser", "shop of alice"]),
  );
  expect(catalog.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual([
    "public.sales",
    "shop.items",
  ]);
  expect(catalog.views.map(({ schema, name, kind }) => `${kind} ${schema}.${name}`)).toEqual([
    "late-binding shop.late",
    "regular shop.recent",
  ]);
  expect(catalog.find("shop.items")).toMatchObject({
    owner: "awsuser",
    diststyle: "key",
    columns: [
      {
        name: "id",
        type: "bigint",
        notNull: true,
        identity: { kind: "always", seed: "5", step: "3" },
        distkey: true,
      },
      {
        name: "name",
        encoding: "zstd",
        sortkeyPosition: 1,
        default: expect.stringContaining("'x'") as string,
      },
    ],
    keys: [{ kind: "primary key", name: "items_pkey", columns: ["id"] }],
    referencedBy: [{ name: "sales_item", table: { schema: "public", name: "sales" }, columns: ["item"] }],
  });
  expect(catalog.find("sales")).toMatchObject({
    comment: "what was sold",
    encodeAuto: true,
    columns: [{ comment: null }, { comment: "when" }],
    foreignKeys: [
      { references: { schema: "shop", name: "items" }, referencedColumns: ["id"], comment: "what" },
    ],
  });
  expect(catalog.find("sales")?.grants).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ grantee: { kind: "group", name: "etl" }, privilege: "SELECT", column: null }),
      expect.objectContaining({
        grantee: { kind: "role", name: "analyst" },
        privilege: "SELECT",
        column: "at",
      }),
    ]),
  );
  expect(catalog.schemas.find(({ name }) => name === "shop")?.grants).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ grantee: { kind: "group", name: "etl" }, privilege: "USAGE" }),
      expect.objectContaining({ grantee: { kind: "role", name: "analyst" }, privilege: "USAGE" }),
    ]),
  );
});

test("it is a value: frozen, with a JSON form, and the search path stays as it was", async () => {
  await redshift.execute("SET search_path TO shop, public");
  const catalog = await redshift.catalog;
  expect(JSON.parse(JSON.stringify(catalog))).toMatchObject({ database: "dev", tables: [{}, {}] });
  const [table] = catalog.tables;
  expect(() => Object.assign(table?.columns[0] ?? {}, { name: "other" })).toThrow(TypeError);
  expect((await redshift.execute("SHOW search_path"))[0]?.rows).toEqual([{ search_path: "shop, public" }]);
  expect(catalog.find("items")).toMatchObject({ schema: "shop" });
  expect(catalog.find("SHOP.Items")).toMatchObject({ schema: "shop" });
  expect(catalog.find("sales")).toBeNull();
  expect(catalog.find("sales", { schema: "public" })).toMatchObject({ name: "sales" });
  await redshift.execute("RESET search_path");
});

test("it is kept until this object changes something, or it is refreshed", async () => {
  const first = await redshift.catalog;
  expect(await redshift.catalog).toBe(first);
  expect(redshift.lastCatalog).toBe(first);
  await redshift.execute("SELECT 1");
  expect(await redshift.catalog).toBe(first);

  await redshift.execute("CREATE TABLE fresh (a INTEGER)");
  expect(redshift.lastCatalog).toBe(first);
  const second = await redshift.catalog;
  expect(second.find("fresh")).not.toBeNull();
  expect(first.find("fresh")).toBeNull();

  const other = openRedshift(sandbox);
  await other.execute("DROP TABLE fresh");
  await other.close();
  expect((await redshift.catalog).find("fresh")).not.toBeNull();
  const third = await second.refresh();
  expect(third.find("fresh")).toBeNull();
  expect(await redshift.catalog).toBe(third);
});

test("calls made at once share one reading", async () => {
  await redshift.execute("CREATE TABLE passing (a INTEGER); DROP TABLE passing");
  const [one, other] = await Promise.all([redshift.catalog, redshift.catalog]);
  expect(one).toBe(other);
});

const collations =
  "Which columns have a COLLATE of their own is in no catalog; SHOW COLUMNS tells it table by table, and tableDefinition asks.";

test("what no catalog tells is said to a superuser too, though he sees all there is", async () => {
  const { complete, missing, tables } = await redshift.catalog;
  expect(complete).toBe(true);
  expect(missing).toEqual([
    "Whether a table is SORTKEY AUTO or ENCODE AUTO, and its size, could not be read of shop.items (the table is empty, and SVV_TABLE_INFO has no row for an empty table).",
    collations,
  ]);
  expect(tables.map(({ name, sortkeyAuto }) => [name, sortkeyAuto])).toEqual([
    ["sales", expect.any(Boolean)],
    ["items", "unknown"],
  ]);
});

test("who is no superuser is told what may be missing: grants, AUTO flags and sizes", async () => {
  const alice = openRedshift(sandbox, { user: "alice", password: "Abcdefg1" });
  const catalog = await alice.catalog;
  expect(catalog.complete).toBe(false);
  expect(catalog.missing).toEqual([
    "What may be missing: grants to roles (only a superuser sees all of them).",
    "Whether a table is SORTKEY AUTO or ENCODE AUTO, and its size, could not be read of public.sales, shop.items (SVV_TABLE_INFO shows this user no row for it, which only a superuser sees in every case).",
    collations,
  ]);
  expect(catalog.tables).toHaveLength(2);
  await alice.close();
});

test("twelve statements read it, however many tables there are", async () => {
  const client = await redshift.connection;
  const texts: string[] = [];
  const original = client.query.bind(client);
  client.query = ((...args: Parameters<typeof original>) => {
    const [query] = args as unknown as [string | { readonly text?: string }];
    texts.push(typeof query === "string" ? query : (query.text ?? ""));
    return original(...args);
  }) as typeof client.query;
  await (await redshift.catalog).refresh();
  client.query = original;
  expect(texts.length).toBeGreaterThan(8);
  expect(texts.length).toBeLessThanOrEqual(12);
});

test("a view's definition and privileges come from the catalog, and with useCache: false from the server", async () => {
  await redshift.execute("CREATE VIEW shop.moving AS SELECT at FROM public.sales");
  const before = await redshift.viewDefinition("shop.moving");
  await redshift.catalog;
  expect((await redshift.viewDefinition("shop.moving")).toScript()).toBe(before.toScript());
  expect(String(await redshift.reflectedPrivileges("moving", { schema: "shop" }))).toBe("");

  const other = openRedshift(sandbox);
  await other.execute("GRANT SELECT ON shop.moving TO GROUP etl");
  const grant = "GRANT SELECT ON TABLE shop.moving TO GROUP etl";
  expect(String(await redshift.viewDefinition("shop.moving"))).not.toContain(grant);
  expect(String(await redshift.viewDefinition("shop.moving", { useCache: false }))).toContain(grant);
  expect(String(await redshift.reflectedPrivileges("shop.moving"))).toBe("");
  expect(String(await redshift.reflectedPrivileges("shop.moving", { useCache: false }))).toBe(grant);

  await other.execute("CREATE VIEW shop.newer AS SELECT at FROM public.sales");
  expect(String(await redshift.viewDefinition("shop.newer"))).toContain("shop.newer");
  await other.close();
});

test("a table's definition comes from the catalog, and with useCache: false from the server", async () => {
  await redshift.execute("CREATE TABLE shop.growing (a INTEGER)");
  await redshift.catalog;
  const other = openRedshift(sandbox);
  await other.execute("ALTER TABLE shop.growing ADD COLUMN b INTEGER");
  await other.close();
  expect(String(await redshift.tableDefinition("shop.growing"))).not.toContain("b INTEGER");
  expect(String(await redshift.tableDefinition("shop.growing", { useCache: false }))).toContain("b INTEGER");
});
