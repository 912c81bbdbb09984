import { describe, expect, test } from "vitest";
import { genJsonpaths } from "../../src/load/gen-jsonpaths.ts";

describe("genJsonpaths", () => {
  test("paths come in alphabetical order, nested objects opened", () => {
    expect(genJsonpaths({ two: { three: 3, a: 1 }, one: 1 })).toEqual({
      jsonpaths: ["$['one']", "$['two']['a']", "$['two']['three']"],
    });
  });

  test("JSON text does as well as an object", () => {
    expect(genJsonpaths('{"b": 1, "a": null}')).toEqual({ jsonpaths: ["$['a']", "$['b']"] });
  });

  test("an array is one value, or the element that listIdx names, opened in turn", () => {
    const doc = { list: [{ x: 1 }, { x: 2, y: 3 }] };
    expect(genJsonpaths(doc)).toEqual({ jsonpaths: ["$['list']"] });
    expect(genJsonpaths(doc, { listIdx: 1 })).toEqual({
      jsonpaths: ["$['list'][1]['x']", "$['list'][1]['y']"],
    });
  });

  test("an empty object and an empty array are not lost", () => {
    expect(genJsonpaths({ a: {}, b: [] })).toEqual({ jsonpaths: ["$['a']", "$['b']"] });
  });

  test("a nested empty object and an array of objects each keep a path of their own", () => {
    const doc = { a: { b: {}, c: { d: [] } }, e: [{ f: 1 }, {}], g: [[{ h: 1 }]] };
    expect(genJsonpaths(doc)).toEqual({
      jsonpaths: ["$['a']['b']", "$['a']['c']['d']", "$['e']", "$['g']"],
    });
    expect(genJsonpaths(doc, { listIdx: 0 })).toEqual({
      jsonpaths: ["$['a']['b']", "$['a']['c']['d'][0]", "$['e'][0]['f']", "$['g'][0][0]['h']"],
    });
  });

  test("an element that is an empty object, or that this document lacks, has a path", () => {
    expect(genJsonpaths({ e: [{ f: 1 }, {}] }, { listIdx: 1 })).toEqual({ jsonpaths: ["$['e'][1]"] });
    expect(genJsonpaths({ e: [{ f: 1 }] }, { listIdx: 2 })).toEqual({ jsonpaths: ["$['e'][2]"] });
  });

  test("quotes and backslashes in keys are escaped, spaces and brackets stand as they are", () => {
    expect(genJsonpaths({ "it's": 1, "a\\b": 2, "c [d]": 3 })).toEqual({
      jsonpaths: ["$['a\\\\b']", "$['c [d]']", "$['it\\'s']"],
    });
  });

  test.each([["[1]"], ['"text"'], ["null"]])("%s is no document", (text) => {
    expect(() => genJsonpaths(text)).toThrow(/made from one JSON object/);
  });

  test("text that is not JSON and an index that is none are refused", () => {
    expect(() => genJsonpaths("{")).toThrow(/not JSON/);
    expect(() => genJsonpaths({ a: [] }, { listIdx: -1 })).toThrow(
      "listIdx must be a whole number from 0, not -1.",
    );
  });
});
