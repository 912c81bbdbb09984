import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchFromText } from "../../src/sql/from-text.ts";
import { tokenize } from "../../src/sql/lexer.ts";
import type { Parameters } from "../../src/sql/mogrify.ts";
import { identifier, secret } from "../../src/sql/quote.ts";

const bind = (text: string, parameters?: Parameters) => String(batchFromText(text, parameters));

describe("binding", () => {
  test.each<[string, string, Parameters, string]>([
    ["text", "SELECT $1", ["it's \\ %s"], "SELECT 'it''s \\\\ %s'"],
    ["a negative number cannot begin a comment", "SELECT a-$1", [-1], "SELECT a-(-1)"],
    ["minus zero neither", "SELECT a-$1", [-0], "SELECT a-(0)"],
    [
      "null, booleans, bigints",
      "SELECT $1, $2, $3",
      [null, true, 12345678901234567890n],
      "SELECT NULL, TRUE, 12345678901234567890",
    ],
    ["a date is its UTC time", "SELECT $1", [new Date(0)], "SELECT '1970-01-01 00:00:00.000+00'"],
    ["a list becomes a comma list", "a IN ($1)", [[1, -2, "x"]], "a IN (1, (-2), 'x')"],
    [
      "an object becomes its JSON text",
      "SELECT JSON_PARSE($1)",
      [{ a: "it's" }],
      `SELECT JSON_PARSE('{"a":"it''s"}')`,
    ],
    [
      "a fragment is put in as it is",
      "SELECT * FROM $1",
      [identifier("My Table")],
      'SELECT * FROM "My Table"',
    ],
    [
      "$10 is not $1",
      "$1 $2 $3 $4 $5 $6 $7 $8 $9 $10",
      [1, 2, 3, 4, 5, 6, 7, 8, 9, "x"],
      "1 2 3 4 5 6 7 8 9 'x'",
    ],
    ["one value may be used twice", "$1 $1", [1], "1 1"],
    ["names", "SELECT :a, :b::int", { a: "x", b: 2 }, "SELECT 'x', 2::int"],
    [
      "a name inside a literal, name, comment or body stays",
      `:a ':a' ":a" -- :a\n/* :a */ $$ :a $$`,
      { a: 1 },
      `1 ':a' ":a" -- :a\n/* :a */ $$ :a $$`,
    ],
    ["a number inside a name stays", "a$1 = $1", [1], "a$1 = 1"],
    ["a value does not grow together with a literal before it", "SELECT 'a'$1", ["b"], "SELECT 'a' 'b'"],
    ["%s and {} are nothing special", "SELECT '%s' % $1, '{}'", [2], "SELECT '%s' % 2, '{}'"],
  ])("%s", (_, text, parameters, expected) => {
    expect(bind(text, parameters)).toBe(expected);
  });

  test("without parameters the text is left alone", () => {
    expect(bind("SELECT $1, :a")).toBe("SELECT $1, :a");
  });

  test.each<[string, Parameters, string]>([
    ["SELECT $2", [1], "There is no value for $2 at line 1, column 8 (character 8); 1 was given."],
    ["SELECT $0", [1], "There is no value for $0"],
    [
      "SELECT :b",
      { a: 1 },
      'There is no value for :b at line 1, column 8 (character 8); give "b" in the parameters.',
    ],
    ["SELECT :toString", {}, "There is no value for :toString"],
    ["SELECT $1", [1, 2], "The text has no placeholder $2 outside literals and comments"],
    ["SELECT ':a'", { a: 1 }, "The text has no placeholder :a outside literals and comments"],
    ["SELECT $1", [[]], "$1 is an empty list, for which SQL has no form; leave the condition out."],
    ["SELECT $1", [undefined as unknown as null], "$1 is undefined, which has no form in SQL"],
    ["SELECT $1", [Number.NaN], "NaN has no literal in SQL"],
    [
      "SELECT $1",
      [new Map([["a", 1]]) as never],
      "$1 is a value (Map) of which JSON keeps nothing; pass plain data.",
    ],
    ["SELECT $1", [Promise.resolve(1) as never], "$1 is a value (Promise) of which JSON keeps nothing"],
    ["SELECT $1", [{ toJSON: () => undefined }], "$1 is a value (Object) of which JSON keeps nothing"],
    [
      "SELECT $1",
      [new Date(-1e14)],
      "The year of the Date -001199-02-15T14:13:20.000Z is not from 1 to 9999",
    ],
    ["SELECT $1", [new Date(8e15)], "is not from 1 to 9999; pass it as text."],
  ])("%s with %j is refused", (text, parameters, message) => {
    expect(() => bind(text, parameters)).toThrow(message);
  });

  test("whatever the value, it is one literal in the statement", () => {
    const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(text, (value) => {
        const kinds = tokenize(bind("SELECT $1 AS a", [value]), "x").map(({ kind }) => kind);
        expect(kinds).toEqual(["word", "space", "string", "space", "word", "space", "word"]);
      }),
    );
  });
});

describe("secrets in text", () => {
  test.each([
    "ALTER USER u PASSWORD 'Secret123'",
    "COPY t FROM 's3://b' CREDENTIALS AS 'aws_access_key_id=Secret123'",
    "COPY t FROM 's3://b' secret_access_key /* */ 'Secret123'",
  ])("%s is masked when shown and sent in full", (text) => {
    const batch = batchFromText(text);
    expect(String(batch)).not.toContain("Secret123");
    expect(String(batch)).toContain("<secret>");
    expect(batch.toSQL({ secrets: "reveal" })).toBe(text);
  });

  test("a bound value after PASSWORD is a secret, and so is secret()", () => {
    expect(bind("ALTER USER u PASSWORD $1", ["Secret123"])).toBe("ALTER USER u PASSWORD <secret>");
    expect(bind("SELECT $1", [secret("Secret123")])).toBe("SELECT <secret>");
  });

  test("text that was printed masked cannot be executed", () => {
    expect(() => batchFromText("ALTER USER u PASSWORD <secret>")).toThrow(
      "The text holds the mark <secret> at line 1, column 23 (character 23)",
    );
  });
});
