import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathSteps, RecordFields } from "../../src/load/record-fields.ts";

describe("RecordFields", () => {
  test("values keep their digits and their text, wherever they are", () => {
    const fields = new RecordFields([
      { column: "a", steps: ["a"] },
      { column: "deep", steps: ["o", "list", 1, "x"] },
      { column: "whole", steps: ["o"] },
      { column: "none", steps: ["nothing"] },
    ]);
    const text =
      ' { "o" : {"list": [1, { "x" : 1.10e2 } ], "q":"}"} , "a\\u0000": 1, "\\u0061": "\\"ü\\n" } ';
    expect(Object.fromEntries(fields.read(text))).toEqual({
      a: { kind: "string", text: '"ü\n' },
      deep: { kind: "number", text: "1.10e2" },
      whole: { kind: "nested", text: '{"list": [1, { "x" : 1.10e2 } ], "q":"}"}' },
    });
  });

  test("with case ignored a key finds its column", () => {
    const fields = new RecordFields([{ column: "name", steps: ["name"] }], { ignoreCase: true });
    expect(fields.read('{"NaMe":null}').get("name")).toEqual({ kind: "null", text: "null" });
  });

  test("of any document each value is found as JSON.parse reads it", () => {
    const key = fc.string({ unit: "binary", maxLength: 6 });
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })),
        fc.constantFrom(undefined, 1, 2),
        (document, indent) => {
          const keys = Object.keys(document);
          const fields = new RecordFields(keys.map((name, i) => ({ column: String(i), steps: [name] })));
          const found = fields.read(JSON.stringify(document, null, indent));
          keys.forEach((name, i) => {
            const { kind, text } = found.get(String(i)) ?? { kind: "null", text: "" };
            const value: unknown = kind === "string" ? text : JSON.parse(text);
            expect(value).toEqual(JSON.parse(JSON.stringify(document[name])));
          });
        },
      ),
    );
  });

  test("a text that is cut off anywhere ends the search", () => {
    const fields = new RecordFields([{ column: "c", steps: ["a", 0, "b"] }]);
    const whole = '{"x":"y\\\\","a":[{"b":"c"},[1,{}]]}';
    for (let end = 0; end < whole.length; end += 1) {
      expect(fields.read(whole.slice(0, end)).size).toBeLessThan(2);
    }
  });
});

test.each<[string, readonly (string | number)[] | undefined]>([
  ["$", []],
  ["$['a']['it\\'s']", ["a", "it's"]],
  ["$.a.b[3]", ["a", "b", 3]],
  ["$[0]['x']", [0, "x"]],
  ["$.*", ["*"]],
  ["$['a'", undefined],
])("the path %s", (path, steps) => {
  expect(pathSteps(path)).toEqual(steps);
});
