import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { badPlace, excerptAround, markedText } from "../../../src/load/failure/bad-place.ts";

const marked = (value: string, reason: string, bytes?: number) =>
  markedText(excerptAround(value, badPlace(value, reason, bytes)));

describe("the bad place of a value", () => {
  test.each<[string, string, number | undefined, string]>([
    ["12a4", "Invalid digit, Value 'a', Pos 2, Type: Long", undefined, '"12a4" ("12»a«4")'],
    ["", "Invalid digit, Value '', Pos 0, Type: Long", undefined, '""'],
    ["too long", "String length exceeds DDL length", 5, '"too long" ("too l»ong«")'],
    ["ööö", "String length exceeds DDL length", 3, '"ööö" ("ö»öö«")'],
    [
      "größe",
      "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 b6 c3 9f",
      9,
      '"größe" ("gr»ö«ße")',
    ],
    ["maybe", "Unknown boolean format", undefined, '"maybe"'],
    ['a"b\u001b[31m', "String length exceeds DDL length", 3, '"a\\"b\\u001b[31m" ("a\\"b»\\u001b[31m«")'],
    // All of it is bad: marks would tell nothing.
    ["x", "Invalid digit, Value 'x', Pos 0, Type: Integer", undefined, '"x"'],
    [
      `${"a".repeat(40)}bad${"c".repeat(40)}`,
      "String length exceeds DDL length",
      40,
      `"${"a".repeat(40)}bad${"c".repeat(40)}" ("…${"a".repeat(20)}»bad${"c".repeat(17)}…«")`,
    ],
  ])("%j, %s", (value, reason, bytes, expected) => {
    expect(marked(value, reason, bytes)).toBe(expected);
  });

  test("of any text that is too long is what its column has no room for, and what is shown is short", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.nat(200), (value, bytes) => {
        const place = badPlace(value, "String length exceeds DDL length", bytes);
        if (Buffer.byteLength(value) <= bytes) {
          expect(place).toBeUndefined();
          return;
        }
        const fits = value.slice(0, place?.start);
        expect(Buffer.byteLength(fits)).toBeLessThanOrEqual(bytes);
        const [next = ""] = value.slice(place?.start);
        expect(Buffer.byteLength(fits + next)).toBeGreaterThan(bytes);
        const shown = excerptAround(value, place);
        expect(shown.value.length).toBeLessThanOrEqual(102);
        const bad = shown.value.slice(shown.badPlace?.start, shown.badPlace?.end);
        expect(bad).not.toBe("");
        expect(value.slice(place?.start).startsWith(bad)).toBe(true);
      }),
    );
  });
});
