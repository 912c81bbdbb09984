import { describe, expect, test } from "vitest";
import type { CreateUserOptions } from "../../src/users/create-user.ts";
import { createUser } from "../../src/users/create-user.ts";

const text = (name: string, password: string | null, options?: CreateUserOptions) =>
  createUser(name, password, options).toSQL({ secrets: "reveal" });

describe("createUser", () => {
  test("every option in the manual's order, parameters as further statements", () => {
    const sql = text("chad", "Str0ngEnough", {
      createdb: true,
      createuser: false,
      syslogAccess: "unrestricted",
      validUntil: new Date("2030-01-02T03:04:05.678Z"),
      connectionLimit: 5,
      groups: ["analysts", "Data Team", "group"],
      sessionTimeoutSeconds: 3600,
      parameters: {
        wlm_query_slot_count: 2,
        search_path: "sales, '$user', \"My Schema\"",
        query_group: "it's",
      },
    });
    expect(sql).toBe(`CREATE USER chad
  PASSWORD 'Str0ngEnough'
  CREATEDB
  NOCREATEUSER
  SYSLOG ACCESS UNRESTRICTED
  VALID UNTIL '2030-01-02 03:04:05+00'
  CONNECTION LIMIT 5
  IN GROUP analysts, "Data Team", "group"
  SESSION TIMEOUT 3600;
ALTER USER chad SET wlm_query_slot_count = 2;
ALTER USER chad SET search_path = sales, '$user', "My Schema";
ALTER USER chad SET query_group = 'it''s'`);
  });

  test("a password ending in a backslash stays inside its quotes", () => {
    expect(text("u", "Abcdefg1\\")).toBe("CREATE USER u\n  PASSWORD 'Abcdefg1\\\\'");
  });

  test("the md5 verifier is the manual's", () => {
    // facts.md 1.1: md5('ez' || 'user1'); a verifier is passed on as it is.
    expect(text("user1", "md5153c434b4b77c89e6b94f12c5393af5b")).toBe(
      "CREATE USER user1\n  PASSWORD 'md5153c434b4b77c89e6b94f12c5393af5b'",
    );
  });

  test("a shown password is masked, and the mark is no SQL", () => {
    const batch = createUser("u", "Str0ngEnough", { passwordHash: "md5" });
    expect(String(batch)).toBe("CREATE USER u\n  PASSWORD <secret>");
    expect(JSON.stringify(batch)).not.toContain("md5");
  });

  test("null disables the password", () => {
    expect(text("u", null, { externalId: "ABC123" })).toBe(
      'CREATE USER u\n  PASSWORD DISABLE\n  EXTERNALID "ABC123"',
    );
  });

  test.each<[string, string | null, CreateUserOptions, string]>([
    [
      "short",
      "Ab1",
      {},
      "Redshift would refuse the password: it needs 8 to 64 characters (it has 3); randomPassword() makes one that fits.",
    ],
    ["poor", "abcdefgh", { passwordHash: "md5" }, "it needs an upper-case letter and a digit"],
    ["PUBLIC", "Str0ngEnough", {}, "PUBLIC stands for every user"],
    ["u", null, { createuser: true }, "A superuser's password cannot be disabled"],
    ["u", "Str0ngEnough", { externalId: "x" }, "externalId needs a disabled password"],
    ["u", "Str0ngEnough", { sessionTimeoutSeconds: 10 }, "Redshift takes whole seconds from 60 to 1728000"],
    [
      "u",
      "Str0ngEnough",
      { connectionLimit: -1 },
      'connectionLimit is -1; it is a whole number from 0, or "unlimited".',
    ],
    ["u", "Str0ngEnough", { validUntil: new Date("no") }, "validUntil is an invalid Date."],
    [
      "u",
      "Str0ngEnough",
      { parameters: { a: null } },
      "A new user has nothing to reset; leave out the parameter a.",
    ],
    [
      "u",
      "Str0ngEnough",
      { parameters: { search_path: "a b" } },
      'search_path "a b" is no list of schema names',
    ],
    [
      "u",
      "Str0ngEnough",
      { parameters: { search_path: "a," } },
      'search_path "a," is no list of schema names',
    ],
    // What TypeScript would refuse, from JavaScript.
    ["u", undefined as never, {}, "The password is no text; give text, or null to disable it."],
    ["u", 12345678 as never, {}, "The password is no text"],
    [
      "u",
      "Str0ngEnough",
      { passwordHash: "sha1" as never },
      'passwordHash is "sha1"; it must be md5 or sha256, or be left out.',
    ],
    ["u", "Str0ngEnough", { syslogAccess: "all" as never }, '"all" is not one of RESTRICTED, UNRESTRICTED.'],
    [
      "u",
      "Str0ngEnough",
      { parameters: { a: undefined as never } },
      "a is undefined; leave it out, or to reset it pass null.",
    ],
  ])("%s is refused", (name, password, options, message) => {
    expect(() => createUser(name, password, options)).toThrow(message);
  });

  test("no error quotes the password", () => {
    expect(() => createUser("u", "hunter2secret")).toThrow(/^(?!.*hunter2).*$/);
  });
});
