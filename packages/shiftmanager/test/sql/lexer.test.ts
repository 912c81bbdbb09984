import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkExpression, checkStatement } from "../../src/sql/check-text.ts";
import { splitStatements, tokenize } from "../../src/sql/lexer.ts";
import { identifier, literal } from "../../src/sql/quote.ts";

const texts = (sql: string) => splitStatements(sql, "The text").map(({ text }) => text);

describe("splitting", () => {
  test.each<[string, string, string[]]>([
    ["at semicolons", "SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["not in a literal", "SELECT ';'; SELECT 2", ["SELECT ';'", "SELECT 2"]],
    [
      "not after an escaped quote",
      String.raw`SELECT 'a\';b'; SELECT 2`,
      [String.raw`SELECT 'a\';b'`, "SELECT 2"],
    ],
    ["after a doubled backslash", String.raw`SELECT '\\'; SELECT 2`, [String.raw`SELECT '\\'`, "SELECT 2"]],
    ["not after a doubled quote", "SELECT 'a'';b'", ["SELECT 'a'';b'"]],
    ["not in a name", 'SELECT "a;""b"', ['SELECT "a;""b"']],
    [
      "a backslash in a name escapes nothing",
      String.raw`SELECT "a\"; SELECT 2`,
      [String.raw`SELECT "a\"`, "SELECT 2"],
    ],
    ["not in a comment to the end of the line", "SELECT 1 -- ;\n; SELECT 2", ["SELECT 1 -- ;", "SELECT 2"]],
    ["not in a nested comment", "SELECT /* /* ; */ ; */ 1", ["SELECT /* /* ; */ ; */ 1"]],
    ["not in a $$ body", "CREATE X AS $$ a; b $$; SELECT 1", ["CREATE X AS $$ a; b $$", "SELECT 1"]],
    ["not in a tagged body", "A $f$ $$ ; $$ $f$; B", ["A $f$ $$ ; $$ $f$", "B"]],
    ["empty statements and bare comments are left out", ";; -- nothing\n; SELECT 1;", ["SELECT 1"]],
    ["a temporary table's # is part of its name", "SELECT * FROM #t; X", ["SELECT * FROM #t", "X"]],
  ])("%s", (_, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test.each([
    ["SELECT 'abc", "The text has a quote that is never closed, at line 1, column 8 (character 8)."],
    ['SELECT\n "abc', "The text has a double quote that is never closed, at line 2, column 2 (character 9)."],
    ["/* /* */", "The text has a comment that is never closed, at line 1, column 1 (character 1)."],
    [
      "DELETE FROM t \0 WHERE a = 1",
      "The text has a NUL character at line 1, column 15 (character 15); take it out.",
    ],
    ["a $x$ b $$", "The text has a $x$ that is never closed, at line 1, column 3 (character 3)."],
  ])("%s is refused", (sql, message) => {
    expect(() => texts(sql)).toThrow(message);
  });

  test("all tokens together are the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        let tokens;
        try {
          tokens = tokenize(text, "x");
        } catch {
          return; // something is never closed
        }
        expect(tokens.map((token) => token.text).join("")).toBe(text);
      }),
    );
  });

  test("any literal and any name that we quote is one token", () => {
    const sendable = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
      .filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(sendable, sendable, (value, name) => {
        const sql = `${String(literal(value))};${String(identifier(name))}`;
        expect(texts(sql)).toEqual([String(literal(value)), String(identifier(name))]);
      }),
    );
  });
});

describe("SQL given as text", () => {
  test("an expression comes back without its comments", () => {
    expect(String(checkExpression("a = 1 /* x */ AND b = ')' -- y", "where"))).toBe("a = 1   AND b = ')'");
  });

  test.each([
    ["", "where is empty; leave it out."],
    ["-- only talk", "where is empty; leave it out."],
    ["1=1; DROP TABLE t", 'where holds a ";" at line 1, column 4 (character 4)'],
    ["a) OR (b", 'where has a ")" that closes nothing, at line 1, column 2 (character 2).'],
    ["(a", 'where has a "(" that is never closed, at line 1, column 1 (character 1).'],
    ["a[1)]", 'where has a ")" that closes nothing, at line 1, column 4 (character 4).'],
    ["a = 'x", "where has a quote that is never closed, at line 1, column 5 (character 5)."],
  ])("%j is refused", (text, message) => {
    expect(() => checkExpression(text, "where")).toThrow(message);
  });

  test("a statement may be held to certain verbs", () => {
    expect(String(checkStatement("delete from t", "deleteStatement", ["DELETE"]))).toBe("delete from t");
    expect(() => checkStatement("DROP TABLE t", "deleteStatement", ["DELETE"])).toThrow(
      'deleteStatement begins with "DROP"; it must begin with DELETE.',
    );
  });
});
