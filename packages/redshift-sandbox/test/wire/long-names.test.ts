import fc from "fast-check";
import { expect, test } from "vitest";
import { shortName } from "../../src/sql/names.ts";
import { LongNames } from "../../src/wire/long-names.ts";

const long = "a_table_whose_name_goes_on_and_on_beyond_what_postgresql_would_ever_keep";

test("a remembered name comes back wherever it stands, and an unknown one stays", () => {
  const names = new LongNames();
  names.remember(shortName(long), long);
  const short = shortName(long);
  expect(names.fullNames(`relation "${short}" and ${short}${short}; x…0123456789abcdef`)).toBe(
    `relation "${long}" and ${long}${long}; x…0123456789abcdef`,
  );
});

test("names of any letters come back from any text", () => {
  const name = fc.string({ unit: "grapheme", minLength: 20, maxLength: 60 }).filter((found) => {
    const bytes = Buffer.byteLength(found);
    return bytes > 63 && bytes <= 127;
  });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 4 }), fc.string(), (found, between) => {
      const names = new LongNames();
      for (const full of found) names.remember(shortName(full), full);
      expect(names.fullNames(found.map((full) => shortName(full)).join(`"${between}"`))).toBe(
        found.join(`"${between}"`),
      );
    }),
    { numRuns: 50 },
  );
});
