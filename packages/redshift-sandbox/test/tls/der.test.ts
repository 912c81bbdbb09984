import { expect, test } from "vitest";
import { boolean, integer, objectIdentifier, octetString, time } from "../../src/tls/der.ts";

test.each([
  ["zero", [0], "020100"],
  ["a number whose first bit is set", [0x80], "02020080"],
  ["a number with zeros before it", [0, 0, 0x7f], "02017f"],
])("%s is a number that is not negative, without needless bytes", (_, bytes, hex) => {
  expect(integer(Buffer.from(bytes)).toString("hex")).toBe(hex);
});

test("object identifiers are packed in sevens of bits", () => {
  // 1.2.840.113549 is RSA Security's, the example of every textbook.
  expect(objectIdentifier("1.2.840.113549").toString("hex")).toBe("06062a864886f70d");
});

test.each([
  [127, "047f"],
  [128, "048180"],
  [256, "04820100"],
  [70_000, "0483011170"],
])("a length of %i bytes is written as DER wants it", (size, head) => {
  expect(
    octetString(Buffer.alloc(size))
      .subarray(0, head.length / 2)
      .toString("hex"),
  ).toBe(head);
});

test("a year from 2050 on has four digits", () => {
  expect(time(new Date("2049-12-31T23:59:59.999Z")).toString("latin1", 2)).toBe("491231235959Z");
  expect(time(new Date("2050-01-01T00:00:00Z")).toString("latin1", 2)).toBe("20500101000000Z");
});

test("true is all bits", () => {
  expect(boolean(true).toString("hex")).toBe("0101ff");
});
