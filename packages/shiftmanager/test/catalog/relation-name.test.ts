import { describe, expect, test } from "vitest";
import { nearestName } from "../../src/nearest-name.ts";
import { parseRelation } from "../../src/catalog/relation-name.ts";

describe("parseRelation", () => {
  test.each([
    ["sales", undefined, ["sales"]],
    ["Sales", undefined, ["sales", "Sales"]],
    ["public.sales", ["public"], ["sales"]],
    ['"Sales"', undefined, ["Sales", "sales"]],
    ['"a.b"."c""d"', ["a.b"], ['c"d']],
    ["my table", undefined, ["my table"]],
    ["ÄRGER", undefined, ["ÄrGER".toLowerCase().replace("ä", "Ä"), "ÄRGER"]],
  ])("%s", (text, schema, name) => {
    expect(parseRelation(text)).toEqual({ schema, name });
  });

  test.each(["", ".", "a.", ".a", "a.b.c", '"', '"a', '"a"b', 'a"b"', '""'])("%j is refused", (text) => {
    expect(() => parseRelation(text)).toThrow("is not a table's name");
  });

  test("a schema given twice must be the same", () => {
    expect(parseRelation("public.sales", "public").schema).toEqual(["public"]);
    expect(() => parseRelation("public.sales", "other")).toThrow(
      'schema is "other" but the name says "public"; give it once.',
    );
  });

  test("an object's parts are taken as they are", () => {
    expect(parseRelation({ schema: "a.b", name: 'c"d' })).toEqual({ schema: ["a.b"], name: ['c"d'] });
  });
});

describe("nearestName", () => {
  test.each([
    ["slaes", ["sales", "listing"], "sales"],
    ["SALES", ["sales"], "sales"],
    ["sale", ["sales", "salt"], "sales"],
    ["zebra", ["sales"], undefined],
    ["x", [], undefined],
    ["cg", ["$1", "own"], undefined],
    ["c", ["cg"], "cg"],
  ])("%s", (wanted, names, nearest) => {
    expect(nearestName(wanted, names)).toBe(nearest);
  });
});
