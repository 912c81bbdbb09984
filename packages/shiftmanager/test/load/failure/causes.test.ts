import { describe, expect, test } from "vitest";
import { causes, mend, type Trouble } from "../../../src/load/failure/causes.ts";
import { inWords } from "../../../src/wording.ts";

const column = {
  number: 1,
  name: "c",
  type: "character varying(5)",
  notNull: false,
  default: null,
  identity: null,
  encoding: "lzo",
  distkey: false,
  sortkeyPosition: 0,
  interleaved: false,
};

const trouble: Trouble = {
  code: 1204,
  reason: "",
  table: "public.t",
  column,
  value: "x",
  mostBytes: undefined,
  source: "documents",
};

const said = (more: Partial<Trouble>) => inWords(mend({ ...trouble, ...more }));

test.each(causes.map((row) => [`${row.code} ${row.cause}`, row] as const))(
  "%s has one way out, a sentence's end, for documents and for a query",
  (_, row) => {
    for (const source of ["documents", "postgres"] as const) {
      const text = inWords(row.mend({ ...trouble, code: row.code, source }));
      expect(text).toMatch(/^[a-z].*\.$/s);
      expect(text).not.toContain("undefined");
    }
  },
);

test("codes are those of AWS's load error reference", () => {
  const documented = Array.from({ length: 25 }, (_, i) => 1200 + i);
  expect([...new Set(causes.map(({ code }) => code))]).toEqual([...documented, 8001, 9005]);
});

describe("the way out depends on what is known", () => {
  test.each<[string, Partial<Trouble>, RegExp]>([
    ["no length", {}, /TYPE VARCHAR\(n\), n in bytes\)/],
    ["a length", { mostBytes: 12 }, /TYPE VARCHAR\(12\), the longest value's bytes\)/],
    [
      "an encoding that keeps the length",
      { mostBytes: 12, column: { ...column, encoding: "text255" } },
      /^give the column c of public\.t the type varchar\(12\) by a copy of the table \(deepCopy, columns\): a column with ENCODE text255/,
    ],
    [
      "a query's value beyond any VARCHAR",
      { mostBytes: 70_000, source: "postgres" },
      /^shorten the values in a query/,
    ],
    ["a code that no source names", { code: 4711 }, /^mend the value, and run it again\.$/],
    [
      "a record over 4 MB",
      { code: 1216, reason: "Record is larger than the 4 MB limit" },
      /^split the record/,
    ],
    ["a record that is no JSON", { code: 1216, reason: "Invalid JSON" }, /^mend the record/],
    [
      "a moment in a query, whose text its owner writes",
      {
        code: 1206,
        source: "postgres",
        value: "1700000000",
        column: { ...column, type: "timestamp without time zone" },
      },
      /^write it as 2026-12-31 23:59:59, or null, in the source or by a query of your own/,
    ],
    [
      "a default in the way of a missing key",
      { code: 1213, column: { ...column, default: "7" } },
      /or leave the column out so that its default is used\.$/,
    ],
    ["real", { code: 1222, column: { ...column, type: "real" } }, /the type double precision/],
    ["integer", { code: 1222, column: { ...column, type: "integer" } }, /the type bigint/],
    ["bigint", { code: 1222, column: { ...column, type: "bigint" } }, /the type decimal\(38,0\)/],
    [
      "the widest DECIMAL",
      { code: 1222, column: { ...column, type: "numeric(38,2)" } },
      /^write a value that DECIMAL\(38,2\) holds, and run it again/,
    ],
  ])("%s", (_, more, expected) => {
    expect(said(more)).toMatch(expected);
  });
});
