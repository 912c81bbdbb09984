import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grantsOf, parseAcl, type Grantee } from "../../src/catalog/acl.ts";

function read(text: string): readonly string[] {
  return grantsOf(parseAcl(text)).map(
    ({ grantee, privilege, grantOption, grantor }) =>
      `${privilege}${grantOption ? "*" : ""} ${grantee.kind} ${grantee.kind === "public" ? "-" : grantee.name} by ${grantor}`,
  );
}

describe("parseAcl", () => {
  test.each<[string, readonly string[]]>([
    ["alice=r/admin", ["SELECT user alice by admin"]],
    ["=r/admin", ["SELECT public - by admin"]],
    ["group etl=ar/admin", ["INSERT group etl by admin", "SELECT group etl by admin"]],
    ['"group etl"=r/admin', ["SELECT user group etl by admin"]],
    ['group "night shift"=r/admin', ["SELECT group night shift by admin"]],
    ["group=r/admin", ["SELECT user group by admin"]],
    ['"a=r/b"=w/admin', ["UPDATE user a=r/b by admin"]],
    ['"say ""hi"", do"=d/"the ""boss"""', ['DELETE user say "hi", do by the "boss"']],
    ["IAM:ann=x/IAMR:ops", ["REFERENCES user IAM:ann by IAMR:ops"]],
    ["a=b=r/admin", ["SELECT user a=b by admin"]],
    ["alice=r*w/admin", ["SELECT* user alice by admin", "UPDATE user alice by admin"]],
    [
      "alice=arwdRxtDPA/alice",
      ["INSERT", "SELECT", "UPDATE", "DELETE", "REFERENCES", "DROP", "TRUNCATE", "ALTER"].map(
        (privilege) => `${privilege} user alice by alice`,
      ),
    ],
    ["alice=/admin", []],
    ["", []],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(parseAcl(text).unknown).toEqual([]);
  });

  test("an unknown letter is reported and the letters beside it are read", () => {
    expect(read("alice=rZ/admin")).toEqual(["SELECT user alice by admin"]);
    expect(parseAcl("alice=rZ/admin").unknown).toEqual([
      'The privilege letter "Z" of user alice is not one this version knows.',
    ]);
  });

  test("an entry that is no entry is reported and the others are read", () => {
    expect(read("nonsense\nbob=a/admin")).toEqual(["INSERT user bob by admin"]);
    expect(parseAcl("nonsense\nbob=a/admin").unknown).toEqual([
      "The privilege entry nonsense cannot be read.",
    ]);
  });

  test("any names come back, however nasty", () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, unit: "grapheme" }),
      fc.constantFrom("group", "group etl", "a=b", "x/y", "a,b", '"', "\n", "public", "a\nb=r/c"),
    );
    const grantee = fc.oneof(
      fc.record({ kind: fc.constantFrom("user" as const, "group" as const), name }),
      fc.constant<Grantee>({ kind: "public" }),
    );
    const item = fc.record({
      grantee,
      letters: fc.uniqueArray(fc.constantFrom(..."arwdxDPA"), { minLength: 1 }),
      option: fc.boolean(),
      grantor: name,
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), (items) => {
        const text = items
          .map(({ grantee, letters, option, grantor }) => {
            const who = grantee.kind === "public" ? "" : putName(grantee.name);
            const prefix = grantee.kind === "group" ? "group " : "";
            return `${prefix}${who}=${letters.map((letter) => letter + (option ? "*" : "")).join("")}/${putName(grantor)}`;
          })
          .join("\n");
        expect(parseAcl(text)).toEqual({
          items: items.map(({ grantee, letters, option, grantor }) => ({
            grantee,
            letters: letters.map((letter) => ({ letter, grantOption: option })),
            grantor,
          })),
          unknown: [],
        });
      }),
    );
  });
});

/** As the server writes a name in an access list. */
function putName(name: string): string {
  return /^\w+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
