import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SqlError } from "../../src/errors.ts";
import { lex } from "../../src/sql/lexer.ts";
import { split } from "../../src/sql/split.ts";

const kinds = (sql: string): string[] => lex(sql).map((token) => `${token.kind} ${token.value}`);
const values = (sql: string): string[] => lex(sql).map((token) => token.value);
const failure = (sql: string): string => {
  try {
    lex(sql);
  } catch (error) {
    const { sqlstate, message, position } = error as SqlError;
    return `${sqlstate} ${message} @${position ?? 0}`;
  }
  return "no error";
};

describe("tokens", () => {
  test("every kind is told apart", () => {
    expect(kinds(`SELECT "a""B".c, 'x', $$y$$, 1.5e3, $1, a::int <> -2 FROM #Temp`)).toEqual([
      "word select",
      'quoted a"B',
      "punctuation .",
      "word c",
      "punctuation ,",
      "string x",
      "punctuation ,",
      "dollar y",
      "punctuation ,",
      "number 1.5e3",
      "punctuation ,",
      "parameter $1",
      "punctuation ,",
      "word a",
      "operator ::",
      "word int",
      "operator <>",
      "operator -",
      "number 2",
      "word from",
      "word #temp",
    ]);
  });

  test("comments are left out, nested ones too", () => {
    expect(values("a /* b /* ' */ c */ d -- ' e\nf")).toEqual(["a", "d", "f"]);
  });

  test("a minus sign after another operator is its own token, as in a=-1", () => {
    expect(values("a=-1")).toEqual(["a", "=", "-", "1"]);
  });

  test("an operator ends where a comment starts", () => {
    expect(values("1+--2\n3")).toEqual(["1", "+", "3"]);
    expect(values("1*/*2*/3")).toEqual(["1", "*", "3"]);
  });

  test("a hash is an operator between operands and starts a temporary name elsewhere", () => {
    expect(kinds("a#b")).toEqual(["word a", "operator #", "word b"]);
    expect(kinds("from #b")).toEqual(["word from", "word #b"]);
  });

  test("names may hold dollar signs and any letter; ASCII letters fold, others do not", () => {
    expect(values("É_Ab$1 表Z")).toEqual(["É_ab$1", "表z"]);
  });

  test("a dollar-quoted literal may hold quotes, and other tags", () => {
    expect(values("$a$ it's $$ \\n $b$ $a$")).toEqual([" it's $$ \\n $b$ "]);
  });

  test("offsets cut the token's own text out of the statement", () => {
    const sql = `select /* é */ 'a''b', "x" from t`;
    for (const token of lex(sql)) expect(sql.slice(token.start, token.end)).toBe(token.text);
  });
});

describe("literals", () => {
  test.each([
    [String.raw`'a\'b'`, "a'b"],
    [String.raw`'\\'`, "\\"],
    [String.raw`'\t\n\r\b\f'`, "\t\n\r\b\f"],
    [String.raw`'\101\7x'`, "A\u0007x"],
    [String.raw`'\303\251'`, "é"],
    [String.raw`'\N'`, "N"],
    [String.raw`'\0'`, "\0"],
    [`'it''s'`, "it's"],
    [String.raw`'\''''`, "''"],
    [String.raw`'\😀'`, "😀"],
    ["'a' -- c\n  'b'", "ab"],
  ])("%s means %j", (sql, value) => {
    expect(values(sql)).toEqual([value]);
  });

  test("literals on one line do not join", () => {
    expect(values("'a' 'b'")).toEqual(["a", "b"]);
  });

  test("any text comes back when quotes and backslashes are doubled", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, two) => {
        const sql = `select '${escaped(one)}','${escaped(two)}'`;
        expect(values(sql)).toEqual(["select", one, ",", two]);
      }),
    );
  });

  test("any name comes back from between double quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        expect(values(`"${name.replaceAll('"', '""')}"`)).toEqual([name]);
      }),
    );
  });
});

describe("refused", () => {
  test.each([
    ["select 'a", `42601 unterminated quoted string at or near "'a" @8`],
    [String.raw`select 'a\'`, String.raw`42601 unterminated quoted string at or near "'a\'" @8`],
    [`select "a`, `42601 unterminated quoted identifier at or near ""a" @8`],
    ["/* /* */", `42601 unterminated /* comment at or near "/* /* */" @1`],
    ["$x$ a $$", `42601 unterminated dollar-quoted string at or near "$x$ a $$" @1`],
    [`select ""`, `42601 zero-length delimited identifier at or near """" @8`],
    ["select E'a'", `42704 type "e" does not exist @8`],
    ["select e'a'", `42704 type "e" does not exist @8`],
    [`select U&"a"`, `42601 syntax error at or near "U&"" @9`],
    ["select b'1'", "0A000 redshift-sandbox does not imitate bit-string literals @8"],
    [
      String.raw`select '\x41'`,
      "0A000 redshift-sandbox does not imitate hexadecimal escapes in a literal @9",
    ],
    [String.raw`select '\377'`, `22021 invalid byte sequence for encoding "UTF8" @8`],
    ["select 0x1F", `42601 syntax error at or near "0x" @9`],
    ["select 1_000", `42601 syntax error at or near "1_" @9`],
    ["select '😀' || {", `42601 syntax error at or near "{" @15`],
  ])("%s", (sql, message) => {
    expect(failure(sql)).toBe(message);
  });
});

describe("split", () => {
  test("semicolons inside literals, names and comments do not end a statement", () => {
    expect(split(`-- one;\nselect ';' ; ; insert into "a;b" /* ; */ values (1);\n`)).toEqual([
      { text: "select ';'", offset: 8 },
      { text: `insert into "a;b" /* ; */ values (1)`, offset: 23 },
    ]);
  });

  test("nothing but comments is no statement", () => {
    expect(split(" ; -- a\n/* b */;")).toEqual([]);
  });
});

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "''");
}
