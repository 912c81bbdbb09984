import fc from "fast-check";
import { expect, test } from "vitest";
import { createTranslator } from "../../src/sql/translator.ts";
import { isShortened, Names, shortName } from "../../src/sql/names.ts";
import { context, refusal, translated } from "./translated.ts";

test("a name of 63 bytes is itself", () => {
  expect(shortName("a".repeat(63))).toBe("a".repeat(63));
});

test("a name of 64 to 127 bytes keeps 40 bytes of its head and 16 digits of its digest", () => {
  expect(shortName(`${"a".repeat(50)}${"b".repeat(14)}`)).toBe(`${"a".repeat(40)}…01eae6a8532e87fc`);
  expect(shortName("é".repeat(40))).toMatch(/^é{20}…[0-9a-f]{16}$/);
});

test("a name of 128 bytes is refused", () => {
  expect(refusal(`create table ${"t".repeat(128)} (a int)`)).toMatch(
    /^42622 identifier "t+" is longer than 127 bytes$/,
  );
  expect(refusal(`select 1 as "${"é".repeat(64)}"`)).toMatch(/^42622 /);
});

test("two long names that differ at the end stay apart, and PostgreSQL would cut neither", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
      fc.string({ minLength: 1, maxLength: 12 }),
      (head, tail) => {
        const long = (end: string): string => `${head}${"x".repeat(70)}${end}`;
        fc.pre(Buffer.byteLength(long(tail)) <= 127 && Buffer.byteLength(head) <= 40);
        const short = shortName(long(tail));
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(63);
        expect(isShortened(short)).toBe(true);
        expect(short).not.toBe(shortName(long(tail.slice(1))));
      },
    ),
  );
});

test("a long name is told once, before the plan that holds it", async () => {
  const told: string[][] = [];
  const own = await createTranslator({ onLongName: (short, full) => told.push([short, full]) });
  const full = "n".repeat(100);
  own.translate(`select a from ${full}`, context);
  own.translate(`select b from "${full}"`, context);
  expect(told).toEqual([[shortName(full), full]]);
});

test("a group's role is `group/NAME`, cut as a whole when that is too long", () => {
  const names = new Names();
  expect(names.groupRole("etl")).toBe("group/etl");
  expect(names.groupRole("g".repeat(60))).toMatch(/^group\/g{34}…[0-9a-f]{16}$/);
});

test("quoted names fold, unless the session keeps case; users' names always keep it", () => {
  expect(translated(`create table "Sales" ("Id" int)`)).toBe(`CREATE TABLE "sales" ("id" integer)`);
  expect(translated(`create table "Sales" ("Id" int)`, { caseSensitiveIdentifiers: true })).toBe(
    `CREATE TABLE "Sales" ("Id" integer)`,
  );
  expect(translated(`grant select on "T" to "Bob"`)).toBe(`GRANT SELECT ON TABLE "t" TO "Bob"`);
  expect(translated(`grant select on T to BOB`)).toBe(`GRANT SELECT ON TABLE "t" TO "bob"`);
});
