import { describe, expect, test } from "vitest";
import { Batch } from "../../src/sql/batch.ts";
import type { Fragment } from "../../src/sql/fragment.ts";
import { identifier, keyword, list, literal, qualifiedName, secret, userName } from "../../src/sql/quote.ts";
import { join, nothing, sql } from "../../src/sql/sql.ts";

describe("sql", () => {
  test("the template's indentation goes, a value's line breaks stay", () => {
    const value = literal("one\n      two");
    const fragment = sql`
      COMMENT ON TABLE ${identifier("t")}
        IS ${value}
    `;
    expect(String(fragment)).toBe("COMMENT ON TABLE t\n  IS 'one\n      two'");
  });

  test("a plain string as a value throws", () => {
    const untyped = "t; DROP TABLE u" as unknown as Fragment;
    expect(() => sql`DROP TABLE ${untyped}`).toThrow(
      "A string was put into SQL text as it is; wrap it in identifier(), literal() or another fragment.",
    );
  });

  test("a template of one line is kept as it is", () => {
    expect(String(sql`  a ${literal(1)}  b`)).toBe("  a 1  b");
  });

  test("empty fragments are left out of a join", () => {
    expect(String(join([identifier("a"), nothing, identifier("b")], " "))).toBe("a b");
  });
});

describe("quoting", () => {
  test.each([
    ["plain", "plain"],
    ["with space", '"with space"'],
    ["Mixed", '"Mixed"'],
    ['qu"ote', '"qu""ote"'],
    ["user", '"user"'],
    ["größe", '"größe"'],
    ["1st", '"1st"'],
    ["back\\slash", '"back\\slash"'],
  ])("the name %s is written %s", (name, written) => {
    expect(String(identifier(name))).toBe(written);
  });

  test("a name over 127 bytes is refused with its length", () => {
    expect(() => identifier("ä".repeat(64))).toThrow(/has 128 bytes; Redshift keeps 127/);
    expect(String(identifier("a".repeat(127)))).toHaveLength(127);
  });

  test("PUBLIC is no user name", () => {
    expect(() => userName("Public")).toThrow(/PUBLIC stands for every user/);
  });

  test.each([
    ["it's", "'it''s'"],
    ["back\\slash", "'back\\\\slash'"],
    ["ends in \\", "'ends in \\\\'"],
    ["\\'; DROP TABLE t; --", "'\\\\''; DROP TABLE t; --'"],
    ["$$ % :x {}", "'$$ % :x {}'"],
  ])("the text %s is written %s", (value, written) => {
    expect(String(literal(value))).toBe(written);
  });

  test("text that cannot be sent is refused", () => {
    expect(() => literal("a\0b")).toThrow(/NUL character/);
    expect(() => literal("\ud800")).toThrow(/surrogate/);
    expect(() => literal(Number.NaN)).toThrow(/NaN has no literal/);
  });

  test("a keyword outside its list is refused", () => {
    expect(String(keyword("even", ["EVEN", "ALL"]))).toBe("EVEN");
    expect(() => keyword("EVEN; DROP", ["EVEN", "ALL"])).toThrow('"EVEN; DROP" is not one of EVEN, ALL.');
  });

  test("a schema and a name are quoted apart", () => {
    expect(String(qualifiedName({ schema: "My Schema", name: "t" }))).toBe('"My Schema".t');
    expect(String(list([identifier("a"), identifier("b")]))).toBe("a, b");
  });
});

describe("Batch", () => {
  const batch = new Batch(
    [
      {
        kind: "transaction",
        statements: [
          { sql: sql`CREATE USER u PASSWORD ${secret("Tr0ub4dor")}`, summary: "Creates the user u" },
          { sql: sql`DROP TABLE t`, summary: "Drops t\nreally", destroys: "the table t" },
        ],
      },
      { kind: "alone", statements: [{ sql: sql`VACUUM t`, summary: "Vacuums t", transaction: "forbidden" }] },
    ],
    { notes: ["read this"] },
  );

  test("its text is the statements joined by ; and a line break, secrets masked as no valid SQL", () => {
    expect(String(batch)).toBe("CREATE USER u PASSWORD <secret>;\nDROP TABLE t;\nVACUUM t");
    expect(batch.toSQL({ secrets: "reveal" })).toContain("PASSWORD 'Tr0ub4dor'");
  });

  test("its script shows transactions and summaries, and a line break in a summary stays in the comment", () => {
    expect(batch.toScript()).toBe(
      [
        "-- Note: read this",
        "",
        "BEGIN;",
        "",
        "-- Creates the user u",
        "CREATE USER u PASSWORD <secret>;",
        "",
        "-- Drops t really",
        "DROP TABLE t;",
        "",
        "COMMIT;",
        "",
        "-- Vacuums t",
        "VACUUM t;",
        "",
      ].join("\n"),
    );
  });

  test("it is frozen all the way down and says what it destroys", () => {
    expect(
      Object.isFrozen(batch) && Object.isFrozen(batch.steps) && batch.statements.every(Object.isFrozen),
    ).toBe(true);
    expect(batch.destroys).toEqual(["the table t"]);
    expect(JSON.stringify(batch)).not.toContain("Tr0ub4dor");
  });
});
