import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Generated, Kysely } from "kysely";
import { CamelCasePlugin, Migrator, sql } from "kysely";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { ConnectionError, OptionsError, StatementError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

interface Database {
  sales: { id: number; note: string | null; sold: string | Date | null; total: string | number | null };
  numbered: { id: Generated<number>; note: string };
}

let sandbox: Sandbox;
let redshift: Redshift;
let db: Kysely<Database>;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  db = await redshift.kysely<Database>();
});

beforeEach(async () => {
  await redshift.execute(`DROP TABLE IF EXISTS sales;
    CREATE TABLE sales (id INT NOT NULL, note VARCHAR(200), sold TIMESTAMP, total DECIMAL(18, 4))`);
});

afterEach(() => sandbox.faults.clear());

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

const count = async (): Promise<number> => (await db.selectFrom("sales").select("id").execute()).length;

describe("queries", () => {
  test("insert, select, update and delete, with how many rows they changed", async () => {
    const rows = [
      {
        id: 1,
        note: "it's \\ $1 :x",
        sold: new Date("2024-03-31T02:30:00.125Z"),
        total: "12345678901234.5678",
      },
      { id: 2, note: null, sold: null, total: -1 },
    ];
    expect(await db.insertInto("sales").values(rows).executeTakeFirst()).toMatchObject({
      numInsertedOrUpdatedRows: 2n,
    });
    expect(await db.selectFrom("sales").selectAll().orderBy("id").limit(5).execute()).toEqual([
      { id: 1, note: "it's \\ $1 :x", sold: "2024-03-31 02:30:00.125", total: "12345678901234.5678" },
      { id: 2, note: null, sold: null, total: "-1.0000" },
    ]);
    expect(
      await db.updateTable("sales").set({ note: "new" }).where("id", "in", [1, 2]).executeTakeFirst(),
    ).toMatchObject({ numUpdatedRows: 2n });
    expect(await db.deleteFrom("sales").where("id", "=", 1).executeTakeFirst()).toEqual({
      numDeletedRows: 1n,
    });
    expect(
      await db
        .selectFrom("sales")
        .select(({ fn }) => fn.countAll().as("n"))
        .executeTakeFirst(),
    ).toEqual({
      n: "1",
    });
  });

  test("any text arrives as it was, as a value and as a literal", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."aé漢😀 '\"\\$1:?%{}\n\t-/*;"), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const { rows } = await sql<{
          a: string;
          b: string;
        }>`select ${value} as a, ${sql.lit(value)} as b`.execute(db);
        expect(rows).toEqual([{ a: value, b: value }]);
      }),
      { numRuns: 40, examples: [["\\'; drop table sales; --"], ["$1"], ["'||$1||'"]] },
    );
  });

  test("what the server refuses is this library's error, and the next query goes on", async () => {
    await expect(sql`select no_such from sales`.execute(db)).rejects.toThrow(StatementError);
    expect(await count()).toBe(0);
  });

  test("what the types do not have does not compile, and the server does not know it", async () => {
    const wrong = [
      // @ts-expect-error: no such column
      () => db.selectFrom("sales").select("no_such").execute(),
      // @ts-expect-error: no such table
      () => db.selectFrom("no_such").selectAll().execute(),
      // @ts-expect-error: a number is wanted
      () => db.insertInto("sales").values({ id: "text", note: null, sold: null, total: null }).execute(),
    ];
    for (const query of wrong) await expect(query()).rejects.toThrow(StatementError);
    const [row] = await db.selectFrom("sales").select(["id", "note"]).execute();
    expectTypeOf(row).toEqualTypeOf<{ id: number; note: string | null } | undefined>();
  });

  test("stream says why it would save nothing", async () => {
    const read = async () => {
      for await (const row of db.selectFrom("sales").selectAll().stream()) expect(row).toBeUndefined();
    };
    await expect(read()).rejects.toThrow(OptionsError);
    expect(await count()).toBe(0);
  });

  test("CamelCasePlugin goes with names that Redshift folds to lower case", async () => {
    const camel = (await redshift.kysely<{ sales: { id: number } }>()).withPlugin(new CamelCasePlugin());
    await sql`insert into sales (id) values (7)`.execute(db);
    expect(await camel.selectFrom("sales").select("id as saleId").execute()).toEqual([{ saleId: 7 }]);
  });
});

describe("transactions", () => {
  test("one that throws leaves nothing, one that ends keeps all", async () => {
    const insert = db.insertInto("sales").values({ id: 1, note: null, sold: null, total: null });
    await expect(
      db.transaction().execute(async (trx) => {
        await trx.executeQuery(insert);
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    expect(await count()).toBe(0);
    await db
      .transaction()
      .setIsolationLevel("serializable")
      .execute((trx) => trx.executeQuery(insert));
    expect(await count()).toBe(1);
  });

  test("calls of the Redshift object wait for its end, in order", async () => {
    const seen: string[] = [];
    const transaction = db.transaction().execute(async (trx) => {
      await sql`insert into sales (id) values (1)`.execute(trx);
      seen.push("begun");
      await sleep(100);
      await sql`insert into sales (id) values (2)`.execute(trx);
      seen.push("ended");
    });
    await sleep(30);
    const [first, second] = await Promise.all([
      redshift.execute("SELECT COUNT(*)::INT AS n FROM sales").then((results) => {
        seen.push("execute");
        return results;
      }),
      db
        .selectFrom("sales")
        .select("id")
        .execute()
        .then((rows) => {
          seen.push("kysely");
          return rows;
        }),
      transaction,
    ]);
    expect(first[0]?.rows).toEqual([{ n: 2 }]);
    expect(second).toHaveLength(2);
    expect(seen).toEqual(["begun", "ended", "execute", "kysely"]);
  });

  const refused =
    "This call would wait for the end of the Kysely transaction it is made in, and that for the end of this call; inside, use " +
    "the transaction that is given to you, or make the call after it.";
  const nested: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["execute", () => redshift.execute("SELECT 1")],
    ["a reader", () => redshift.getTableNames()],
    ["the catalog", () => redshift.catalog],
    ["a query of the instance", () => db.selectFrom("sales").select("id").execute()],
    ["its introspection", () => db.introspection.getSchemas()],
    ["another transaction", () => db.transaction().execute(() => Promise.resolve())],
    ["close", () => redshift.close()],
  ];
  test.each(nested)("%s awaited inside one is refused, not left to wait for ever", async (_, call) => {
    await expect(
      db.transaction().execute(async (trx) => {
        await sql`insert into sales (id) values (1)`.execute(trx);
        await call();
      }),
    ).rejects.toThrow(refused);
    await expect(db.connection().execute(call)).rejects.toThrow(refused);
    expect(await count()).toBe(0);
  });

  test("a call of another object inside one goes on", async () => {
    const other = openRedshift(sandbox);
    try {
      const seen = await db.transaction().execute(async (trx) => {
        await sql`insert into sales (id) values (1)`.execute(trx);
        return other.execute("SELECT 1 AS one");
      });
      expect(seen[0]?.rows).toEqual([{ one: 1 }]);
    } finally {
      await other.close();
    }
  });

  test("a savepoint, which Redshift does not have, is refused", async () => {
    const controlled = await db.startTransaction().execute();
    await expect(controlled.savepoint("s").execute()).rejects.toThrow(
      "Redshift has no savepoints; use several transactions, each of which is whole or absent.",
    );
    await controlled.rollback().execute();
    expect(await count()).toBe(0);
  });

  test.each([
    [
      "a statement",
      "(2)",
      /^The connection was lost \(.*\); the next call opens a new one; the transaction is rolled back\.$/,
    ],
    [
      "COMMIT",
      /^COMMIT/,
      /whether the transaction was committed is unknown, so look before running it again\.$/,
    ],
  ])("a connection lost at %s is an error that says what became of it", async (_, statement, message) => {
    sandbox.faults.add({ target: "sql", statement, action: "drop" });
    const error: unknown = await db
      .transaction()
      .execute(async (trx) => {
        await sql`insert into sales (id) values (1)`.execute(trx);
        await sql`insert into sales (id) values (2)`.execute(trx);
      })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toMatch(message);
    expect(await count()).toBe(0);
  });

  test("a connection lost outside of one leaves it unknown whether the statement took effect", async () => {
    sandbox.faults.add({ target: "sql", operation: "after", statement: "(9)", action: "drop" });
    await expect(sql`insert into sales (id) values (9)`.execute(db)).rejects.toThrow(
      "whether the statement took effect is unknown, so look before running it again.",
    );
    expect(await count()).toBe(1);
  });
});

describe("the database as Kysely sees it", () => {
  test("its tables, from this library's catalog readers", async () => {
    await redshift.execute(`CREATE SCHEMA "odd one"; CREATE TABLE "odd one".numbered (id INT IDENTITY(1, 1), note VARCHAR(10) DEFAULT 'x');
      COMMENT ON COLUMN "odd one".numbered.note IS 'what it is'; CREATE VIEW "odd one".seen AS SELECT id FROM "odd one".numbered`);
    const schemas = await db.introspection.getSchemas();
    expect(schemas).toEqual([{ name: "odd one" }, { name: "public" }]);
    const tables = (await db.introspection.getTables()).filter(({ schema }) => schema === "odd one");
    expect(tables).toEqual([
      {
        name: "numbered",
        schema: "odd one",
        isView: false,
        columns: [
          {
            name: "id",
            dataType: "integer",
            dataTypeSchema: "pg_catalog",
            isNullable: false,
            isAutoIncrementing: true,
            hasDefaultValue: true,
          },
          {
            name: "note",
            dataType: "character varying(10)",
            dataTypeSchema: "pg_catalog",
            isNullable: true,
            isAutoIncrementing: false,
            hasDefaultValue: true,
            comment: "what it is",
          },
        ],
      },
      expect.objectContaining({ name: "seen", isView: true }),
    ]);
  });

  test("migrations run, once", async () => {
    const migrator = new Migrator({
      db,
      provider: {
        getMigrations: () =>
          Promise.resolve({
            "001": { up: (own) => own.schema.createTable("migrated").addColumn("id", "integer").execute() },
          }),
      },
    });
    expect(await migrator.migrateToLatest()).toMatchObject({ results: [{ status: "Success" }] });
    expect(await migrator.migrateToLatest()).toMatchObject({ results: [] });
    expect(await redshift.tableExists("migrated")).toBe(true);
    const names = (await db.introspection.getTables()).map(({ name }) => name);
    expect(names).toContain("migrated");
    expect(names).not.toContain("kysely_migration");
  });

  test("destroying the instance leaves the connection to the Redshift object", async () => {
    await (await redshift.kysely()).destroy();
    expect(await count()).toBe(0);
  });
});
