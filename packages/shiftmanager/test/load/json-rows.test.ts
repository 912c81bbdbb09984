import { describe, expect, test } from "vitest";
import { jsonRows, type JsonSource } from "../../src/load/json-rows.ts";
import { JsonText } from "../../src/load/json-text.ts";

async function rows(source: unknown) {
  const found = [];
  for await (const row of jsonRows(source as JsonSource)) found.push(row);
  return found;
}

describe("jsonRows", () => {
  test("an object becomes one line with its top-level keys", async () => {
    expect(await rows([{ b: 1, a: { c: "x\ny" } }])).toEqual([
      { number: 1, text: '{"b":1,"a":{"c":"x\\ny"}}', keys: ["b", "a"], where: "row 1", file: undefined },
    ]);
  });

  test("the text of a document is passed on unchanged", async () => {
    const text = '{"n": 1e400, "m": 12345678901234567890}';
    expect(await rows([new JsonText(text, "f", 7)])).toMatchObject([
      { text, keys: ["n", "m"], where: "f, line 7" },
    ]);
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
    [{ a: "x".repeat(4 * 1024 * 1024) }, "Row 1 is over 4 MB"],
  ])("what COPY would lose or refuse is refused by row and key (%#)", async (document, message) => {
    await expect(rows([document])).rejects.toThrow(message);
  });

  test("a null, an escaped backslash before u0000 and a whole surrogate pair are fine", async () => {
    expect(await rows([{ a: null, b: "\\u0000", c: "😀" }])).toHaveLength(1);
  });
});
