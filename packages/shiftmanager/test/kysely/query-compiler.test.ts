import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, sql } from "kysely";
import type { Generated } from "kysely";
import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/index.ts";
import { RedshiftQueryCompiler } from "../../src/kysely/query-compiler.ts";

interface Database {
  sales: { id: Generated<number>; note: string | null; order: number };
  "mart.people": { id: number; name: string };
}

/** Kysely's own driver that runs nothing: only the texts matter here. */
const db = new Kysely<Database>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (own) => new PostgresIntrospector(own),
    createQueryCompiler: () => new RedshiftQueryCompiler(),
  },
});

describe("texts", () => {
  test.each<[string, { compile(): { readonly sql: string } }, string]>([
    [
      "names are quoted only where they need it",
      db.selectFrom("sales as s").select(["s.id", "s.order"]).where("s.note", "=", "x"),
      'select s.id, s."order" from sales as s where s.note = $1',
    ],
    ["a schema is a name of its own", db.selectFrom("mart.people").selectAll(), "select * from mart.people"],
    [
      "an alias with a quote stays inside its quotes",
      db.selectFrom("sales").select(sql<number>`1`.as('a"; drop')),
      'select 1 as "a""; drop" from sales',
    ],
    [
      "a literal has its backslashes and quotes doubled",
      db.selectFrom("sales").select(sql.lit("it's \\ here").as("text")),
      "select 'it''s \\\\ here' as text from sales",
    ],
    [
      "and so has a default in DDL",
      db.schema
        .createTable("t")
        .addColumn("a", "varchar(10)", (column) => column.defaultTo("\\'; drop table sales; --").notNull()),
      "create table t (a varchar(10) default '\\\\''; drop table sales; --' not null)",
    ],
    [
      "a merge",
      db
        .mergeInto("sales")
        .using("mart.people", "mart.people.id", "sales.id")
        .whenMatched()
        .thenUpdateSet({ note: "seen" })
        .whenNotMatched()
        .thenInsertValues({ note: "new", order: 1 }),
      'merge into sales using mart.people on mart.people.id = sales.id when matched then update set note = $1 when not matched then insert (note, "order") values ($2, $3)',
    ],
  ])("%s", (_, query, text) => {
    expect(query.compile().sql).toBe(text);
  });
});

describe("what Redshift does not have says what to do in its place", () => {
  const row = { note: "x", order: 1 };
  test.each<[string, { compile(): unknown }]>([
    ["Redshift has no RETURNING; select", db.insertInto("sales").values(row).returning("id")],
    ["Redshift has no RETURNING; select", db.deleteFrom("sales").returningAll()],
    [
      "Redshift has no ON CONFLICT; use mergeInto()",
      db
        .insertInto("sales")
        .values(row)
        .onConflict((conflict) => conflict.column("id").doNothing()),
    ],
    ["Redshift has no ON DUPLICATE KEY; use", db.insertInto("sales").values(row).onDuplicateKeyUpdate(row)],
    ["Redshift has no DISTINCT ON; number", db.selectFrom("sales").distinctOn("id").selectAll()],
    ["Redshift has no locks on rows; LOCK", db.selectFrom("sales").selectAll().forUpdate()],
    ["Redshift has no indexes; choose", db.schema.createIndex("i").on("sales").column("id")],
  ])("%s", (message, query) => {
    expect(() => query.compile()).toThrow(OptionsError);
    expect(() => query.compile()).toThrow(message);
  });

  test("a name that Redshift would cut, or one with no letters", () => {
    expect(() => db.selectFrom(sql<object>`${sql.id("x".repeat(128))}`.as("t")).compile()).toThrow(
      "has 128 bytes",
    );
  });
});
