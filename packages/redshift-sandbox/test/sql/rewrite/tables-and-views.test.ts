import { describe, expect, test } from "vitest";
import { plan, refusal, translated } from "../translated.ts";

const design = (...args: string[]): string =>
  `SELECT redshift_sandbox.set_table_design(E'"t"'::regclass, ${args.join(", ")})`;

describe("ALTER TABLE", () => {
  test.each([
    [`alter table s.t owner to "Bob"`, `ALTER TABLE "s"."t" OWNER TO "Bob"`],
    ["alter table t rename to u", `ALTER TABLE "t" RENAME TO "u"`],
    ["alter table t rename column a to b", `ALTER TABLE "t" RENAME COLUMN "a" TO "b"`],
    ["alter table t add column a int", `ALTER TABLE "t" ADD COLUMN "a" integer`],
    [
      "alter table t add a varchar default 'x' encode lzo not null",
      `ALTER TABLE "t" ADD COLUMN "a" character varying(256) NOT NULL DEFAULT 'x'\nSELECT redshift_sandbox.set_encoding(E'"t"'::regclass, E'a', E'lzo')`,
    ],
    ["alter table t drop column a cascade", `ALTER TABLE "t" DROP COLUMN "a" CASCADE`],
    ["alter table t drop constraint k", `ALTER TABLE "t" DROP CONSTRAINT "k"`],
    [
      "alter table t add primary key (a, b)",
      `SELECT redshift_sandbox.add_key(E'"t"'::regclass, NULL, E'p', ARRAY[E'a', E'b']::text[], false)`,
    ],
    [
      "alter table t add constraint u unique (a)",
      `SELECT redshift_sandbox.add_key(E'"t"'::regclass, E'u', E'u', ARRAY[E'a']::text[], false)`,
    ],
    [
      "alter table t add foreign key (a) references s.r (b)",
      `SELECT redshift_sandbox.add_foreign_key(E'"t"'::regclass, NULL, ARRAY[E'a']::text[], E'"s"."r"'::regclass, ARRAY[E'b']::text[])`,
    ],
    [
      "alter table t alter column a type varchar(300)",
      `ALTER TABLE "t" ALTER COLUMN "a" TYPE character varying(300)`,
    ],
    [
      "alter table t alter distkey a",
      `${design("1::smallint", "NULL", "NULL", "NULL")}\nSELECT redshift_sandbox.set_distkey(E'"t"'::regclass, E'a')`,
    ],
    [
      "alter table t alter diststyle key distkey a",
      `${design("1::smallint", "NULL", "NULL", "NULL")}\nSELECT redshift_sandbox.set_distkey(E'"t"'::regclass, E'a')`,
    ],
    [
      "alter table t alter diststyle even",
      `${design("0::smallint", "NULL", "NULL", "NULL")}\nSELECT redshift_sandbox.set_distkey(E'"t"'::regclass, NULL)`,
    ],
    ["alter table t alter diststyle auto", design("9::smallint", "NULL", "NULL", "NULL")],
    ["alter table t alter sortkey auto", design("NULL", "NULL", "true", "NULL")],
    [
      "alter table t alter sortkey none",
      `${design("NULL", "NULL", "false", "NULL")}\nSELECT redshift_sandbox.set_sortkey(E'"t"'::regclass, ARRAY[]::text[], false)`,
    ],
    ["alter table t alter encode auto", design("NULL", "NULL", "NULL", "true")],
    [
      "alter table t alter column a encode zstd, alter column b encode raw",
      `${design("NULL", "NULL", "NULL", "false")}\nSELECT redshift_sandbox.set_encoding(E'"t"'::regclass, E'a', E'zstd')\n${design("NULL", "NULL", "NULL", "false")}\nSELECT redshift_sandbox.set_encoding(E'"t"'::regclass, E'b', E'none')`,
    ],
    [
      "alter table t alter compound sortkey (a, b), alter diststyle all",
      `${design("NULL", "NULL", "false", "NULL")}\nSELECT redshift_sandbox.set_sortkey(E'"t"'::regclass, ARRAY[E'a', E'b']::text[], false)\nSELECT redshift_sandbox.set_encoding(E'"t"'::regclass, E'a', E'none')\nSELECT redshift_sandbox.set_encoding(E'"t"'::regclass, E'b', E'none')\n${design("8::smallint", "NULL", "NULL", "NULL")}\nSELECT redshift_sandbox.set_distkey(E'"t"'::regclass, NULL)`,
    ],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test.each([
    ["alter table t add a int, add b int", '42601 syntax error at or near ","'],
    ["alter table t add a int sortkey", "0A000 ALTER TABLE ADD COLUMN does not support SORTKEY columns"],
    [
      "alter table t add a int identity (1, 1)",
      "0A000 ALTER TABLE ADD COLUMN does not support IDENTITY columns",
    ],
    [
      "alter table t add a int unique",
      "0A000 ALTER TABLE ADD COLUMN does not support UNIQUE, PRIMARY KEY or REFERENCES columns",
    ],
    [
      "alter table t add a int not null",
      "42601 ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
    ],
    [
      "alter table t add a int default null not null",
      "42601 ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
    ],
    ["alter table t add check (a > 1)", "0A000 CHECK constraints are not supported by Redshift"],
    ["alter table t rename to s.u", '42601 syntax error at or near "."'],
    ["alter table t set schema s", '42601 syntax error at or near "set"'],
    ["alter table t alter column a set default 1", '42601 syntax error at or near "set"'],
    [
      "alter table t alter column a type int",
      "0A000 ALTER COLUMN TYPE is only supported for VARCHAR columns",
    ],
    ["alter table t alter interleaved sortkey (a)", "0A000 a sort key cannot be altered to INTERLEAVED"],
    [
      "alter table t alter diststyle even, alter sortkey (a)",
      "0A000 these ALTER TABLE clauses cannot be combined",
    ],
    [
      "alter table t alter distkey a, alter sortkey auto",
      "0A000 these ALTER TABLE clauses cannot be combined",
    ],
    ["alter table t alter column a encode best", '42601 encoding "best" is not supported'],
    ["alter table t row level security", "42601 syntax error at end of input"],
    ["alter table pg_class rename to x", "42501 permission denied for relation pg_class"],
    ["alter table t disable trigger all", '42601 syntax error at or near "disable"'],
    ["alter table t enable row level security", '42601 syntax error at or near "enable"'],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });

  test("APPEND and a change of type cannot be in a transaction", () => {
    expect(
      plan("alter table t append from s fillttarget".replace("fillttarget", "filltarget")),
    ).toMatchObject({ transaction: "forbidden" });
    expect(plan("alter table t alter column a type varchar(5)")).toMatchObject({ transaction: "forbidden" });
    expect(plan("alter table t alter column a encode raw")).toMatchObject({ transaction: "joins" });
  });
});

describe("views, schemas, comments", () => {
  test.each([
    [
      String.raw`create view v as select 'a\\b' as "X" from t`,
      String.raw`CREATE VIEW "v" AS select E'a\\b' as "x" from t`,
    ],
    [
      "create or replace view s.v (a, b) as select top 1 1, 2 from t",
      `CREATE OR REPLACE VIEW "s"."v" ("a", "b") AS select       1, 2 from t LIMIT 1`,
    ],
    [
      "create view s.v (x) as with q as (select * from r.t) select A, count(*) from q, r.u with no schema binding",
      [
        `CREATE VIEW "s"."v" AS SELECT`,
        `SELECT redshift_sandbox.set_late_view(E'"s"."v"'::regclass, E'create view s.v (x) as with q as (select * from r.t) select A, count(*) from q, r.u with no schema binding;', E'("x") AS with q as (select * from r.t) select A, count(*) from q, r.u', ARRAY[E'"r"."u"', E'"r"."t"']::text[], ARRAY[E'r']::text[], ARRAY[E'x', E'count']::text[])`,
      ].join("\n"),
    ],
    ["drop view if exists a, s.b cascade", `DROP VIEW IF EXISTS "a", "s"."b" CASCADE`],
    ["drop table a, b", `DROP TABLE "a", "b"`],
    [
      "create schema if not exists s authorization bob",
      `CREATE SCHEMA IF NOT EXISTS "s" AUTHORIZATION "bob"`,
    ],
    ["create schema s", `CREATE SCHEMA "s"`],
    ["alter schema s rename to u", `ALTER SCHEMA "s" RENAME TO "u"`],
    ["alter schema s owner to bob", `ALTER SCHEMA "s" OWNER TO "bob"`],
    ["drop schema if exists a, b cascade", `DROP SCHEMA IF EXISTS "a", "b" CASCADE`],
    [String.raw`comment on table s.t is 'it\'s \\'`, String.raw`COMMENT ON TABLE "s"."t" IS E'it''s \\'`],
    ["comment on column t.a is null", `COMMENT ON COLUMN "t"."a" IS NULL`],
    ["comment on column dev.s.t.a is $$x$$", `COMMENT ON COLUMN "s"."t"."a" IS E'x'`],
    ["comment on constraint k on t is 'x'", `COMMENT ON CONSTRAINT "k" ON "t" IS E'x'`],
    ["comment on view v is 'x'", `COMMENT ON VIEW "v" IS E'x'`],
    ["comment on database dev is 'x'", `COMMENT ON DATABASE "dev" IS E'x'`],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test.each([
    [
      "create view v as select a from t with no schema binding",
      "42P01 All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.",
    ],
    ["create view v as select 1 with check option", '42601 syntax error at or near "with"'],
    ["create view v as delete from t", "42601 syntax error: a SELECT is expected"],
    ["create view v as select 1; drop table t", '42601 syntax error at or near "table"'],
    ["create view v as select * into x from t", "42601 syntax error: a SELECT is expected"],
    ["create temp view v as select 1", '0A000 SQL command "CREATE TEMP VIEW" is not supported by Redshift'],
    ["create schema s quota 5 gb", "0A000 redshift-sandbox does not imitate schema quotas"],
    ["create schema redshift_sandbox", "42501 permission denied for schema redshift_sandbox"],
    ["drop schema redshift_sandbox cascade", "42501 permission denied for schema redshift_sandbox"],
    ["drop table redshift_sandbox.long_name", "42501 permission denied for schema redshift_sandbox"],
    ["comment on schema s is 'x'", '42601 syntax error at or near "schema"'],
    ["comment on column a is 'x'", "42601 column name must be qualified"],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });

  test("CREATE TABLE AS runs as one statement and answers SELECT", () => {
    expect(plan("create temp table t (a) distkey (1) sortkey (a) as select 1")).toMatchObject({
      kind: "virtual",
      tag: "SELECT",
    });
    expect(refusal("create table t as select 1 into x")).toBe("42601 syntax error: a SELECT is expected");
    expect(refusal("create table t as insert into x values (1)")).toBe(
      "42601 syntax error: a SELECT is expected",
    );
    expect(refusal("create table t as select 1 with no data")).toBe('42601 syntax error at or near "with"');
    expect(refusal("create table t diststyle even distkey (a) as select 1 a")).toBe(
      "42601 Cannot specify DISTKEY column with DISTSTYLE EVEN",
    );
    expect(refusal("create table if not exists t as select 1")).toBe('42601 syntax error at or near "as"');
  });
});

describe("maintenance", () => {
  test.each([
    ["analyze t (a, b) predicate columns", `ANALYZE "t" ("a", "b")`],
    ["analyze verbose s.t", `ANALYZE VERBOSE "s"."t"`],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test.each([
    ["vacuum", { tag: "VACUUM", transaction: "forbidden" }],
    ["vacuum full t to 75 percent boost", { tag: "VACUUM", transaction: "forbidden" }],
    ["vacuum sort only t", { tag: "VACUUM", transaction: "forbidden" }],
    ["vacuum reindex t", { tag: "VACUUM", transaction: "forbidden" }],
    ["truncate t", { tag: "TRUNCATE TABLE", transaction: "commits" }],
    ["lock a, s.b", { tag: "LOCK TABLE", transaction: "joins" }],
    ["analyze", { tag: "ANALYZE", transaction: "joins" }],
    [
      "analyze compression t (a) comprows 1000",
      {
        tag: "ANALYZE COMPRESSION",
        columns: ["Table", "Column", "Encoding", "Est_reduction_pct"].map((name) => ({ name, oid: 1043 })),
      },
    ],
  ])("%s", (sql, expected) => {
    expect(plan(sql)).toMatchObject({ kind: "virtual", ...expected });
  });

  test.each([
    ["vacuum reindex", "42601 VACUUM REINDEX requires a table name"],
    ["vacuum reindex t to 5 percent", '42601 syntax error at or near "to"'],
    ["vacuum t to 101 percent", "22023 the threshold of VACUUM must be between 0 and 100"],
    ["vacuum analyze t", '42601 syntax error at or near "analyze"'],
    ["vacuum (full) t", '42601 syntax error at or near "("'],
    ["truncate a, b", '42601 syntax error at or near ","'],
    ["truncate t cascade", '42601 syntax error at or near "cascade"'],
    ["lock t in share mode", '42601 syntax error at or near "in"'],
    ["analyze a, b", '42601 syntax error at or near ","'],
    ["analyze compression t comprows 5", "22023 COMPROWS 5 is out of range: 1000 to 1000000000"],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });
});
