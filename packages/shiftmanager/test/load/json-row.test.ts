import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonRow } from "../../src/load/json-row.ts";
import { JsonText } from "../../src/load/json-text.ts";
import { repeatedKey } from "../../src/load/repeated-key.ts";

describe("jsonRow", () => {
  test("an object becomes one line with its value", () => {
    const document = { b: 1, a: { c: "x\ny" } };
    const { number, text, value, where, file } = jsonRow(document, 1);
    expect({ number, text, value, where, file }).toEqual({
      number: 1,
      text: '{"b":1,"a":{"c":"x\\ny"}}',
      value: document,
      where: "row 1",
      file: undefined,
    });
  });

  test("the text of a document is passed on unchanged", () => {
    const text = '{"n": 1e400, "m": 12345678901234567890}';
    expect(jsonRow(new JsonText(text, "f", 7), 1)).toMatchObject({
      text,
      value: { n: Infinity, m: 12345678901234567890 },
      where: "f, line 7",
    });
  });

  test.each([
    [{ a: 1, b: { c: Number.NaN } }, "Row 1 holds NaN or infinity at $['b']['c']"],
    [{ a: [Number.POSITIVE_INFINITY] }, "Row 1 holds NaN or infinity at $['a'][0]"],
    [{ a: 5n }, "Row 1 holds a bigint at $['a'], which JSON cannot hold; pass it as text"],
    [{ a: "x\0y" }, "Row 1 holds a NUL character at $['a']"],
    [{ "k\0": 1 }, 'Row 1 holds a NUL character at the key "k\\u0000" of $'],
    [{ a: "\ud800" }, "Row 1 holds half of a surrogate pair at $['a']"],
    [[1], "Row 1 is not an object"],
    [null, "Row 1 is not an object"],
    [undefined, "Row 1 is undefined, not an object"],
    [new JsonText("{oops}", "f.json", 3), "f.json, line 3 is not JSON ("],
    [new JsonText("{oops}", "f.json", 3), "; mend it. Nothing was loaded."],
    [
      new JsonText('{"a":1,"b":{"c":{"d":1},"d":1,"\\u0064":2}}', "f.json", 3),
      'f.json, line 3 has the key "d" twice in one object',
    ],
    [new JsonText('{"a":":","a":2}', "f.json", 3), 'f.json, line 3 has the key "a" twice'],
    [new JsonText('{"a":1,"a":2}', "f.json", 3), "could be kept; leave one out. Nothing was loaded."],
    [{ a: "x".repeat(4 * 1024 * 1024) }, "Row 1 is over 4 MB"],
  ])("what COPY would lose or refuse is refused by row and key (%#)", (document, message) => {
    expect(() => jsonRow(document, 1)).toThrow(message);
  });

  test("a null, an escaped backslash before u0000 and a whole surrogate pair are fine", () => {
    const document = { a: null, b: "\\u0000", c: "😀", d: { e: [null, 1.5] } };
    expect(jsonRow(document, 1).value).toBe(document);
  });

  test("text that needs no parsing is passed on without it, unless it may hold what COPY would lose", () => {
    const text = '{"a": 1, "a": oops}';
    expect(jsonRow(new JsonText(text, "f", 1), 1, { needs: "text" })).toMatchObject({
      text,
      value: undefined,
    });
    expect(() => jsonRow(new JsonText('{"a":"x\\u0000"}', "f", 1), 1, { needs: "text" })).toThrow(
      "f, line 1 holds a NUL character at $['a']",
    );
    expect(() => jsonRow(new JsonText('{"a":"\\ud800"}', "f", 1), 1, { needs: "text" })).toThrow(
      "f, line 1 holds half of a surrogate pair at $['a']",
    );
  });

  test("a class that writes itself as JSON has the keys it writes", () => {
    const document = { secret: 1, toJSON: () => ({ shown: 2 }) };
    expect(jsonRow(document, 1)).toMatchObject({ text: '{"shown":2}', value: { shown: 2 } });
  });

  test("whatever keys and strings hold, an ordinary document has no key twice", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const text = JSON.stringify(document);
        expect(repeatedKey(text, JSON.parse(text))).toBeUndefined();
        const key = JSON.stringify(Object.keys(document)[0] ?? "");
        const twice = `{${key}:1,"inner":[${text},{${key}:[],"x":{},${key}:{}}]}`;
        expect(repeatedKey(twice, JSON.parse(twice))).toBe(key);
      }),
    );
  });
});
