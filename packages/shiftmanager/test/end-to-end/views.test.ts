import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  await redshift.execute(`
    CREATE USER alice PASSWORD 'Abcdefg1';
    CREATE GROUP etl;
    CREATE SCHEMA shop;
    CREATE TABLE shop.sales (id INTEGER, note VARCHAR(40), at TIMESTAMP);
    CREATE VIEW shop.recent (number, label) AS SELECT id, note || ' 100% {} :x ''q'' \\\\' FROM shop.sales WHERE note <> 'x';
    CREATE VIEW shop."view of ""views""" AS SELECT number FROM shop.recent;
    CREATE VIEW shop.late AS SELECT id FROM shop.sales WITH NO SCHEMA BINDING;
    SET search_path TO shop;
    CREATE MATERIALIZED VIEW kept SORTKEY (id) AUTO REFRESH YES AS SELECT id FROM shop.sales;
    SET search_path TO public;
    GRANT SELECT ON shop.late TO GROUP etl;
    ALTER TABLE shop.kept OWNER TO alice;
    COMMENT ON VIEW shop.recent IS 'it''s $$ new %';
    GRANT SELECT ON shop.recent TO GROUP etl;
    ALTER TABLE shop.recent OWNER TO alice;
  `);
}, 60_000);

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

describe("viewDefinition", () => {
  test.each([["shop.recent"], ['shop."view of ""views"""'], ["shop.late"]])(
    "a view made from its definition has the same definition: %s",
    async (view) => {
      const here = await redshift.viewDefinition(view);
      const database = `copy_${Math.random().toString(36).slice(2)}`;
      await sandbox.createDatabase(database);
      const other = openRedshift(sandbox, { database });
      try {
        await other.execute(`
          CREATE SCHEMA shop;
          CREATE TABLE shop.sales (id INTEGER, note VARCHAR(40), at TIMESTAMP)`);
        if (view !== "shop.recent") await other.execute(await redshift.viewDefinition("shop.recent"));
        await other.execute(here);
        expect((await other.viewDefinition(view)).toScript()).toBe(here.toScript());
      } finally {
        await other.close();
      }
    },
  );

  test("a materialized view that was named without its schema is written with it", async () => {
    const batch = await redshift.viewDefinition("shop.kept");
    expect(String(batch)).toBe(
      "CREATE MATERIALIZED VIEW shop.kept SORTKEY (id) AUTO REFRESH YES AS SELECT id FROM shop.sales;\n" +
        "ALTER TABLE shop.kept OWNER TO alice",
    );
    expect(batch.notes).toHaveLength(1);
    await redshift.execute("DROP MATERIALIZED VIEW shop.kept");
    await redshift.execute(batch);
    expect(String(await redshift.viewDefinition("shop.kept"))).toBe(String(batch));
  });

  test("executed where the view is, it leaves owner and grants as they were", async () => {
    const before = await redshift.viewDefinition("shop.recent");
    expect(String(before)).toContain("GRANT SELECT ON TABLE shop.recent TO GROUP etl");
    await redshift.viewDefinition("recent", { schema: "shop", execute: true });
    expect(String(await redshift.viewDefinition("shop.recent"))).toBe(String(before));
  });

  test("a missing view names the nearest, and a table is told from a view", async () => {
    await expect(redshift.viewDefinition("recnet", { schema: "shop" })).rejects.toThrow(
      'There is no table or view "recnet" in the schema "shop"; did you mean "recent"?',
    );
    await expect(redshift.viewDefinition("shop.sales")).rejects.toThrow(
      "shop.sales is a table; tableDefinition writes those.",
    );
  });
});

describe("shiftmanager view", () => {
  test("list names the views of a schema and their kinds", async () => {
    expect(await runCommand(["view", "list", "--schema", "shop"], sandbox.env)).toMatchObject({
      code: 0,
      stdout: `name             kind
---------------  ------------
kept             materialized
late             late-binding
recent           regular
view of "views"  regular
`,
    });
    const json = await runCommand(["--json", "view", "list", "--schema", "shop"], sandbox.env);
    expect(json.stdout.split("\n")[0]).toBe(
      '{"type":"view","schema":"shop","name":"kept","kind":"materialized"}',
    );
  });

  test("show prints what creates a view", async () => {
    const { code, stdout } = await runCommand(
      ["view", "show", 'shop."view of ""views"""', "--no-privileges"],
      sandbox.env,
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `-- Creates the view view of "views"
CREATE OR REPLACE VIEW shop."view of ""views""" AS
SELECT number
   FROM shop.recent;
`,
    });
  });
});
