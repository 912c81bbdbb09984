import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ColumnPlan } from "../../src/load/column-plan.ts";
import type { JsonObject } from "../../src/load/gen-jsonpaths.ts";
import { jsonRow } from "../../src/load/json-row.ts";
import { JsonText } from "../../src/load/json-text.ts";
import { plainText } from "../../src/load/plain-text.ts";

/** What code may hold where JSON has nothing for it, or something else. */
const odd = fc.constantFrom<unknown>(
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -0,
  5n,
  undefined,
  Symbol("s"),
  () => 1,
  new Date(0),
  new Date(Number.NaN),
  new Map([["a", 1]]),
  Object("boxed"),
  Object(Number.NaN),
  Object(1n),
  "\0",
  "\ud800",
  "\u0001",
  "\u2028",
  '"\\u0000"',
  { toJSON: () => Number.NaN },
  { toJSON: () => ({ other: 1 }) },
  Object.create({ inherited: 1 }),
  Object.create(null),
);

const anything = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.double() },
    { weight: 2, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 2, arbitrary: tie("object") },
  ),
  object: fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("a", "b", "toJSON", "__proto__")),
    tie("value"),
    {
      maxKeys: 4,
    },
  ),
}));

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

const names = ["a", "b", "c"];
const table = { schema: "s", name: "t", columns: names.map((name) => ({ name, identity: null })) };

describe("plainText", () => {
  test("whatever a document holds, it is the text that jsonRow makes of it, or undefined", () => {
    fc.assert(
      fc.property(fc.oneof(anything.object, anything.value), (document) => {
        const text = outcome(() => plainText(document as JsonObject));
        if (text === undefined) return;
        expect(outcome(() => jsonRow(document, 1).text)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("an ordinary document needs no closer look, whatever its texts are", () => {
    const texts = fc.string({ unit: "grapheme" }).filter((text) => !JSON.stringify(text).includes("\\u"));
    fc.assert(
      fc.property(
        fc.dictionary(texts, fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null), fc.array(texts))),
        (document) => {
          expect(plainText(document)).toBe(JSON.stringify(document));
        },
      ),
    );
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["a text", "text"],
    ["an array", [1]],
    ["a boxed text", Object("text")],
    ["the text of a document", new JsonText("{}", "f", 1)],
    ["what writes itself", { toJSON: () => ({}) }],
    ["over 1 MB", { a: "x".repeat(1024 * 1024) }],
  ])("%s is left to jsonRow", (_, document) => {
    expect(plainText(document as JsonObject)).toBeUndefined();
  });

  test("one that holds itself, and one that throws, are left to jsonRow", () => {
    const document: Record<string, unknown> = {};
    document["self"] = [document];
    expect(plainText(document as JsonObject)).toBeUndefined();
    const throwing = {
      get a(): number {
        throw new Error("no");
      },
    };
    expect(plainText(throwing)).toBeUndefined();
  });
});

describe("ColumnPlan.covers", () => {
  test.each([
    ["keys are columns", undefined],
    ["columns are named and nested values are paths", ["a", "b"]],
  ])("says yes only of documents that the full check has nothing against, where %s", (_, columns) => {
    const first = { a: 1, b: { x: 1, y: { z: 2 } } };
    const paths = { a: 1, b: { x: 1 } };
    const decided = columns === undefined ? first : paths;
    const value = fc.oneof(
      fc.integer(),
      odd,
      fc.dictionary(fc.constantFrom("x", "y"), fc.oneof(fc.integer(), odd)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value), (document) => {
        const plan = new ColumnPlan(table, null, columns);
        plan.check(jsonRow(decided, 1));
        if (plainText(document as JsonObject) === undefined || !plan.covers(document as JsonObject)) return;
        plan.check(jsonRow(document, 2));
      }),
      { numRuns: 500 },
    );
  });

  test("says yes of documents with the keys of the first, in any order, and of some without some of them", () => {
    const plan = new ColumnPlan(table, null, undefined);
    expect(plan.covers({ a: 1, b: 2 })).toBe(false);
    plan.check(jsonRow({ a: 1, b: 2 }, 1));
    for (const document of [{ a: 1, b: 2 }, { b: 2, a: 1 }, { b: 2 }, {}])
      expect(plan.covers(document)).toBe(true);
    expect(plan.covers({ a: 1, b: 2, c: 3 })).toBe(false);
  });

  test("says yes of everything where COPY looks for what it wants itself", () => {
    expect(new ColumnPlan(table, "auto", undefined).covers({ zzz: 1 })).toBe(true);
  });
});
