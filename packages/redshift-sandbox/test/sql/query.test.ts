import { parseSync } from "libpg-query";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldAscii } from "../../src/sql/lexer.ts";
import { shortName } from "../../src/sql/names.ts";
import { plan, refusal, translated, translator, context } from "./translated.ts";

describe("on Serverless", () => {
  const edition = "serverless";

  test.each([
    ["select * from stl_load_errors", "stl_load_errors"],
    ["select * from STV_SESSIONS", "stv_sessions"],
    ['select 1 from t where a in (select pid from pg_catalog."svl_user_info")', "svl_user_info"],
    ["with x as (select * from stl_query) select * from x", "stl_query"],
    ["create view v as select * from stl_load_errors", "stl_load_errors"],
    ["create table x as select * from svcs_query_summary", "svcs_query_summary"],
    ["insert into t select query from stl_load_errors", "stl_load_errors"],
    ["prepare p as select * from stv_locks", "stv_locks"],
    ["declare c cursor for select * from stv_recents", "stv_recents"],
    ["explain select * from stv_slices", "stv_slices"],
    ["grant select on stl_load_errors to public", "stl_load_errors"],
  ])("%s: nobody may read it", (sql, name) => {
    expect(refusal(sql)).not.toContain("permission denied for relation");
    expect(refusal(sql, { edition })).toBe(`42501 permission denied for relation ${name}`);
  });

  test("SYS_ and SVV_ views are read, and a table of that name in a user's schema is the user's", () => {
    for (const name of ["sys_load_error_detail", "svv_table_info", "s.stl_mine"])
      expect(refusal(`select * from ${name}`, { edition })).toBe("not refused");
  });
});

describe("queries", () => {
  test("text that means the same to both is left alone, byte for byte", () => {
    for (const sql of [
      "select a.*, count(*) from t a where b = 'it''s' and c=-1 group by 1 order by 2 desc limit 10 offset 5",
      "insert into t (a, b) values (1, default), (2, 'x')",
      "insert into t select * from s",
      "insert into t default values",
      "update t set a = s.b from s where t.id = s.id",
      "delete from t using s where t.id = s.id",
      "with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select * from n",
      "select extract(year from d), position('a' in b), trim(both 'x' from c), substring(a from 1 for 2) from t",
      "select sum(a) over (partition by b order by c rows unbounded preceding) from t",
      "select a from t union all select b from s except select 1 intersect select 2",
      "select * into #copy from t".replace("#copy", "copy"),
      "select * from pg_get_late_binding_view_cols() cols(s name, v name, c name, t varchar, n int)",
      "explain select 1",
      "explain verbose select 1",
      "declare c cursor for select * from t",
      "execute p (1, 'x')",
      "select relacl from pg_catalog.pg_class c join pg_namespace n on c.relnamespace = n.oid",
      "select '{}'::aclitem[], 't'::regclass::oid, interval '1 day', date '2020-01-01'",
    ])
      expect(translated(sql)).toBe(sql);
  });

  test.each([
    [String.raw`select 'a\'b', '\\', 'tab\t'`, String.raw`select E'a''b', E'\\', E'tab` + "\t'"],
    ["select $$it's$$", "select E'it''s'"],
    [`select "Foo" as "Bar""s"`, `select "foo" as "bar""s"`],
    ["select 1 -- it's\n, 2 /* ' */ + 3", "select 1        \n, 2         + 3"],
    ["select * from #t", `select * from "#t"`],
    [
      "select a::varchar(max), b::decimal, c::text, d::super, e::char",
      "select a::character varying(65535), b::numeric(18,0), c::text, d::super, e::character",
    ],
    [
      "select cast(a as varchar(max)), cast((select 1 as x) as int)",
      "select cast(a as character varying(65535)), cast((select 1 as x) as integer)",
    ],
    ["select convert(decimal(8,2), a + 1)", "select CAST( a + 1 AS numeric(8,2))"],
    [
      "select dateadd(month, 1, d), datediff(qtr, a, b), date_part(w, c)",
      "select dateadd('month', 1, d), datediff('qtr', a, b), date_part('w', c)",
    ],
    ["select dateadd('month', 1, d)", "select dateadd('month', 1, d)"],
    [
      "select listagg(distinct a, ', ') within group (order by b desc, a) as l from t",
      "select listagg(distinct a, ', ' order by b desc, a) as l from t",
    ],
    ["select listagg(a) from t", "select listagg(a) from t"],
    ["select sysdate", "select pg_catalog.sysdate()"],
    ["select a from t minus select b from s", "select a from t EXCEPT select b from s"],
    ["select top 5 a from t order by a", "select       a from t order by a LIMIT 5"],
    [
      "select a from (select distinct top 2 b as a from t) x",
      "select a from (select distinct       b as a from t LIMIT 2) x",
    ],
    ["select approximate count(distinct a) from t", "select             count(distinct a) from t"],
    [
      "select decode(a, 1, 'x', null, 'y', 'z')",
      "select (CASE WHEN (a) = (1) OR ((a) IS NULL AND (1) IS NULL) THEN ('x') WHEN (a) = (null) OR ((a) IS NULL AND (null) IS NULL) THEN ('y') ELSE ('z') END)",
    ],
    [
      "prepare p (int, varchar(max)) as select $1, $2",
      `PREPARE "p" (integer, character varying(65535)) AS select $1, $2`,
    ],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test("any literal means to PostgreSQL what it means to Redshift", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.includes("\0"));
        const sql = `select '${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}' where 'x' = 'y'`;
        expect(firstTarget(translated(sql))).toMatchObject({ val: { A_Const: { sval: { sval: text } } } });
      }),
    );
  });

  test("any octal or named escape means to PostgreSQL what it means to Redshift", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 126 })), (codes) => {
        const sql = `select '${codes.map((code) => `\\${code.toString(8).padStart(3, "0")}`).join("")}'`;
        expect(firstTarget(translated(sql))).toMatchObject({
          val: { A_Const: { sval: codes.length === 0 ? {} : { sval: String.fromCharCode(...codes) } } },
        });
      }),
    );
  });

  test("any quoted name arrives folded, whole or mapped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (name) => {
        fc.pre(!name.includes("\0") && Buffer.byteLength(name) <= 127);
        const target = firstTarget(translated(`select 1 as "${name.replaceAll('"', '""')}"`));
        expect(target).toMatchObject({ name: shortName(foldAscii(name)) });
      }),
    );
  });

  test("a literal that holds U+0000 is refused", () => {
    expect(refusal(String.raw`select '\0'`)).toBe('22021 invalid byte sequence for encoding "UTF8": 0x00');
  });

  test("a plan that passes is remembered, and forgotten when names fold otherwise", () => {
    const sql = `select "A" from remembered`;
    expect(plan(sql)).toBe(plan(sql));
    expect(plan(sql, { caseSensitiveIdentifiers: true })).toMatchObject({ kind: "pass", sql });
  });

  test("COPY and UNLOAD get the tokens, and tools for names and queries", async () => {
    const { createTranslator } = await import("../../src/sql/translator.ts");
    const seen: string[] = [];
    const own = await createTranslator({
      virtual: {
        unload: (tokens, text, _context, tools) => {
          seen.push(
            text,
            tokens[2]?.value ?? "",
            tools.translateQuery(tokens[2]?.value ?? "").sql,
            tools.shortName("x"),
          );
          return { kind: "pass", sql: "SELECT 1" };
        },
      },
    });
    const sql = `unload ('select \\'a\\', "B" from t') to 's3://b/k'`;
    own.translate(sql, context);
    expect(seen).toEqual([sql, `select 'a', "B" from t`, `select 'a', "b" from t`, "x"]);
    expect(() => own.translate("copy t from 's3://b/k'", context)).toThrow("does not imitate COPY");
  });
});

test("the translator splits", () => {
  expect(translator.split("a; b").map((statement) => statement.text)).toEqual(["a", "b"]);
});

function firstTarget(sql: string): unknown {
  const { stmts } = parseSync(sql) as {
    stmts: { stmt: { SelectStmt: { targetList: { ResTarget: unknown }[] } } }[];
  };
  return stmts[0]?.stmt.SelectStmt.targetList[0]?.ResTarget;
}
