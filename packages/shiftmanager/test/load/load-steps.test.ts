import { describe, expect, test } from "vitest";
import type { Column } from "../../src/catalog/columns.ts";
import { OptionsError } from "../../src/errors.ts";
import { copyJson } from "../../src/load/copy-json-batch.ts";
import { rowsMark } from "../../src/load/copy-proof.ts";
import { Ledger } from "../../src/load/ledger/ledger.ts";
import { LoadSteps, type LoadParts } from "../../src/load/load-steps.ts";
import type { LoadTable } from "../../src/load/load-table.ts";
import { planMerge, type MergeOptions } from "../../src/load/merge/merge-options.ts";
import { stagingOf } from "../../src/load/merge/merge-statements.ts";
import type { Session } from "../../src/session.ts";

const column = (name: string, change: Partial<Column> = {}): Column => ({
  number: 1,
  name,
  type: "integer",
  notNull: false,
  default: null,
  identity: null,
  encoding: "none",
  distkey: false,
  sortkeyPosition: 0,
  interleaved: false,
  ...change,
});
const table: LoadTable = {
  schema: "shop",
  name: "orders",
  columns: [column("id"), column("Line"), column("note", { type: "super" })],
};

/** A database without the table of ids. */
const session = { query: () => Promise.resolve({ rows: [], rowCount: 0, notices: [] }) } as Session;
const ledgerOf = (options: { readonly runId?: string; readonly runsTable?: string }) =>
  Ledger.of(session, options, table);

function steps(options: MergeOptions, columns: readonly string[], more: Partial<LoadParts> = {}): LoadSteps {
  const plan = planMerge(options, table, columns);
  const merging = plan && { plan, staging: stagingOf(plan, "0a1b") };
  const copy = copyJson({
    into: merging === undefined ? table : { name: merging.staging.name, temporary: true },
    columns,
    manifest: { bucket: "b", key: "manifest.json" },
    mapping: { auto: "auto" },
    authorization: { iamRole: "default" },
    region: undefined,
    rows: rowsMark,
  });
  return new LoadSteps({ table, copies: [copy], merging, rows: rowsMark, ...more });
}

describe("a load with a run id", () => {
  test("locks the ledger before anything else, proves that the id is not there, and writes it down last", async () => {
    const load = steps({}, ["id"], { ledger: await ledgerOf({ runId: "it's 2026" }) });
    expect(load.review.toScript()).toBe(`-- Makes the table of run ids where it is missing
CREATE TABLE IF NOT EXISTS shop.shiftmanager_runs (
  run_id VARCHAR(1024) NOT NULL,
  table_name VARCHAR(512) NOT NULL,
  row_count BIGINT NOT NULL,
  loaded_at TIMESTAMP NOT NULL
);

BEGIN;

-- Waits until no other run is writing down its id
LOCK shop.shiftmanager_runs;

-- Proves that the run id it's 2026 was not loaded before
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS not_loaded_before
FROM shop.shiftmanager_runs
WHERE run_id = 'it''s 2026'
  AND table_name = 'shop.orders';

-- Loads the uploaded files into shop.orders, all of them or none
COPY shop.orders (id)
FROM 's3://b/manifest.json'
IAM_ROLE DEFAULT
MANIFEST
FORMAT AS JSON 'auto'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto';

-- Proves that every row was loaded; a division by zero stops the transaction
SELECT 1 / CASE WHEN pg_last_copy_count() = <rows> THEN 1 ELSE 0 END AS every_row_was_loaded;

-- Writes the run id down
INSERT INTO shop.shiftmanager_runs (run_id, table_name, row_count, loaded_at)
VALUES ('it''s 2026', 'shop.orders', <rows>, SYSDATE);

COMMIT;
`);
    // The table of ids is made before the transaction, whose snapshot its creation would take.
    expect(load.transaction.statements[0]?.sql.toSQL()).toBe("LOCK shop.shiftmanager_runs");
  });

  test("writes it down for no rows as well", async () => {
    const load = steps({}, ["id"], { ledger: await ledgerOf({ runId: "x" }), copies: [], rows: 0 });
    expect(load.transaction.statements.map(({ sql }) => sql.toSQL().split(/[ \n]/)[0])).toEqual([
      "LOCK",
      "SELECT",
      "INSERT",
    ]);
  });

  test("keeps ids where it is told to", async () => {
    expect((await ledgerOf({ runId: "x", runsTable: "audit.Runs" }))?.name).toEqual({
      schema: "audit",
      name: "runs",
    });
    expect((await ledgerOf({ runId: "x", runsTable: "runs" }))?.name).toEqual({
      schema: "shop",
      name: "runs",
    });
  });

  test.each([
    { runId: "" },
    { runId: "é".repeat(513) },
    { runsTable: "runs" },
    { runId: "x", runsTable: "a.b.c" },
  ])("is refused with %j", async (options) => {
    await expect(ledgerOf(options)).rejects.toBeInstanceOf(OptionsError);
  });
});

describe("a merge", () => {
  test("of whole rows proves the keys, deletes the rows that are replaced and inserts", () => {
    expect(steps({ mergeOn: ["ID", "Line"] }, ["id", "Line", "note"]).review.toSQL()).toBe(
      `CREATE TEMP TABLE shiftmanager_staging_0a1b AS
SELECT id, "Line", note FROM shop.orders WHERE 1 = 0;
COPY shiftmanager_staging_0a1b (id, "Line", note)
FROM 's3://b/manifest.json'
IAM_ROLE DEFAULT
MANIFEST
FORMAT AS JSON 'auto'
GZIP
DATEFORMAT 'auto'
TIMEFORMAT 'auto'
COMPUPDATE OFF;
SELECT 1 / CASE WHEN pg_last_copy_count() = <rows> THEN 1 ELSE 0 END AS every_row_was_loaded;
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_key_is_null
FROM shiftmanager_staging_0a1b
WHERE id IS NULL
    OR "Line" IS NULL;
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_key_is_there_twice
FROM (
  SELECT id, "Line" FROM shiftmanager_staging_0a1b GROUP BY id, "Line" HAVING COUNT(*) > 1
) AS several;
DELETE FROM shop.orders
USING shiftmanager_staging_0a1b
WHERE orders.id = shiftmanager_staging_0a1b.id
    AND orders."Line" = shiftmanager_staging_0a1b."Line";
INSERT INTO shop.orders (id, "Line", note)
SELECT id, "Line", note FROM shiftmanager_staging_0a1b;
DROP TABLE shiftmanager_staging_0a1b`,
    );
  });

  test("of some columns is a MERGE, which lets the others keep what they have", () => {
    const load = steps({ mergeOn: ["id"] }, ["id", "Line"]);
    expect(load.transaction.statements.at(-2)?.sql.toSQL()).toBe(
      `MERGE INTO shop.orders
USING shiftmanager_staging_0a1b
ON orders.id = shiftmanager_staging_0a1b.id
WHEN MATCHED THEN UPDATE SET "Line" = shiftmanager_staging_0a1b."Line"
WHEN NOT MATCHED THEN INSERT (id, "Line")
  VALUES (shiftmanager_staging_0a1b.id, shiftmanager_staging_0a1b."Line")`,
    );
    expect(load.review.destroys).toEqual([
      "the rows of shop.orders that have the same id as loaded ones, as they are now",
    ]);
  });

  test.each([
    ["first", "1"],
    ["last", "places"],
  ] as const)("keeps the %s row of a key by an order", (onDuplicate, wanted) => {
    const load = steps({ mergeOn: ["id"], onDuplicate, orderBy: '"Line" DESC' }, ["id", "Line"]);
    const texts = load.review.statements.map(({ sql }) => sql.toSQL());
    expect(texts).toContain(
      `INSERT INTO shiftmanager_chosen_0a1b (id, "Line")
SELECT id, "Line"
FROM (
  SELECT id, "Line",
    ROW_NUMBER() OVER (PARTITION BY id ORDER BY "Line" DESC) AS place,
    COUNT(*) OVER (PARTITION BY id) AS places
  FROM shiftmanager_staging_0a1b
) AS numbered
WHERE place = ${wanted}`,
    );
    expect(texts.join()).not.toContain("no_key_is_there_twice");
    expect(texts.slice(-2)).toEqual([
      "DROP TABLE shiftmanager_staging_0a1b",
      "DROP TABLE shiftmanager_chosen_0a1b",
    ]);
  });

  test.each<[MergeOptions, readonly string[], RegExp]>([
    [{ mergeOn: [] }, ["id"], /mergeOn is empty/],
    [{ mergeOn: ["Line"] }, ["id"], /mergeOn names "Line", which is none of the columns that are loaded/],
    [{ mergeOn: ["note"] }, ["id", "note"], /whose type \(super\) cannot be compared/],
    [{ onDuplicate: "first" }, ["id"], /onDuplicate goes with mergeOn/],
    [{ orderBy: "id" }, ["id"], /orderBy goes with mergeOn/],
    [{ mergeOn: ["id"], onDuplicate: "last" }, ["id"], /onDuplicate: "last" needs an order/],
    [{ mergeOn: ["id"], orderBy: "id" }, ["id"], /orderBy goes with onDuplicate: "first"/],
    [{ mergeOn: ["id"], onDuplicate: "last", orderBy: "id; DROP TABLE t" }, ["id"], /holds a ";"/],
  ])("is refused with %j for %j", (options, columns, message) => {
    expect(() => planMerge(options, table, columns)).toThrow(message);
  });

  test("is refused into an identity column that takes no values but its own", () => {
    const numbered: LoadTable = {
      ...table,
      columns: [column("id", { identity: { kind: "always", seed: 1n, step: 1n } }), column("Line")],
    };
    expect(() => planMerge({ mergeOn: ["Line"] }, numbered, undefined)).toThrow(/identity column id/);
    expect(planMerge({ mergeOn: ["Line"] }, numbered, ["Line"])).toMatchObject({ whole: false });
  });
});
