import fc from "fast-check";
import { expect, test } from "vitest";
import { cutRanges, inRange } from "../../../src/load/postgres/page-ranges.ts";

const stretch = fc.record({ pages: fc.integer({ min: 1, max: 1000 }), weight: fc.nat(1_000_000) });

test("every page is in exactly one range, and the last has no end", () => {
  fc.assert(
    fc.property(fc.array(stretch), fc.integer({ min: 1, max: 200 }), (stretches, count) => {
      const ranges = cutRanges(stretches, count);
      expect(ranges[0]?.from).toBe(0);
      expect(ranges.at(-1)?.to).toBeUndefined();
      for (const [i, { from, to }] of ranges.slice(0, -1).entries()) {
        expect(to).toBeGreaterThan(from);
        expect(ranges[i + 1]?.from).toBe(to);
      }
      expect(ranges.length).toBeLessThanOrEqual(count);
    }),
  );
});

test.each([
  ["an even table", [{ pages: 1000, weight: 1000 }], 4, [0, 250, 500, 750]],
  [
    "dead space in the middle",
    [
      { pages: 100, weight: 50 },
      { pages: 900, weight: 0 },
      { pages: 100, weight: 50 },
    ],
    4,
    [0, 50, 100, 1050],
  ],
  ["no rows", [{ pages: 100, weight: 0 }], 4, [0]],
  ["fewer pages than files", [{ pages: 2, weight: 100 }], 4, [0, 1]],
  ["no pages", [], 4, [0]],
] as const)("%s is cut by weight", (_, stretches, count, cuts) => {
  expect(cutRanges(stretches, count).map(({ from }) => from)).toEqual(cuts);
});

test("a range is a condition on where a row is", () => {
  expect(inRange('"t"', { from: 0, to: 10 })).toBe(
    `"t"\nWHERE ctid >= '(0,0)'::tid AND ctid < '(10,0)'::tid`,
  );
  expect(inRange('"t"', { from: 10, to: undefined })).toBe(`"t"\nWHERE ctid >= '(10,0)'::tid`);
});
