import { describe, expect, test } from "vitest";
import type { AlterUserOptions } from "../../src/users/alter-user.ts";
import { alterUser } from "../../src/users/alter-user.ts";
import { md5Verifier, sha256Verifier } from "../../src/users/password.ts";

const text = (name: string, options: AlterUserOptions) =>
  alterUser(name, options).toSQL({ secrets: "reveal" });

describe("alterUser", () => {
  test.each<[string, AlterUserOptions, string]>([
    [
      "a parameter",
      { parameters: { wlm_query_slot_count: 2 } },
      "ALTER USER chad SET wlm_query_slot_count = 2",
    ],
    [
      "a parameter that is null is reset",
      { parameters: { query_group: null } },
      "ALTER USER chad RESET query_group",
    ],
    [
      "a list of values",
      { parameters: { datestyle: ["ISO", "MDY"] } },
      "ALTER USER chad SET datestyle = 'ISO', 'MDY'",
    ],
    [
      "a truth value",
      { parameters: { enable_result_cache_for_session: false } },
      "ALTER USER chad SET enable_result_cache_for_session = FALSE",
    ],
    ["validUntil alone", { validUntil: "infinity" }, "ALTER USER chad\n  VALID UNTIL 'infinity'"],
    [
      "a session timeout is reset by its own statement",
      { createdb: false, sessionTimeoutSeconds: null },
      "ALTER USER chad\n  NOCREATEDB;\nALTER USER chad RESET SESSION TIMEOUT",
    ],
    ["groups", { groups: ["a", "B"] }, 'ALTER GROUP a ADD USER chad;\nALTER GROUP "B" ADD USER chad'],
    ["no password", { password: null }, "ALTER USER chad\n  PASSWORD DISABLE"],
  ])("%s", (_, options, expected) => {
    expect(text("chad", options)).toBe(expected);
  });

  test("RENAME comes first; everything after it, and the md5 salt, has the new name", () => {
    const sql = text("chad", {
      rename: "Brad",
      password: "Str0ngEnough",
      passwordHash: "md5",
      createuser: true,
      connectionLimit: "unlimited",
      parameters: { query_group: "q" },
    });
    expect(sql).toBe(`ALTER USER chad RENAME TO "Brad";
ALTER USER "Brad"
  PASSWORD '${md5Verifier("Brad", "Str0ngEnough")}'
  CREATEUSER
  CONNECTION LIMIT UNLIMITED;
ALTER USER "Brad" SET query_group = 'q'`);
  });

  test("a rename without a password says that the password is cleared", () => {
    expect(alterUser("a", { rename: "b" }).notes).toEqual([
      "RENAME clears the password of a, which is salted with the name; b cannot log in until a new one is set.",
    ]);
    expect(alterUser("a", { rename: "b", password: "Str0ngEnough" }).notes).toEqual([]);
  });

  test("nothing to change is an error", () => {
    expect(() => alterUser("chad", {})).toThrow(
      "Nothing to change was given for the user chad; name at least one option.",
    );
    expect(() => alterUser("chad", { parameters: {} })).toThrow("Nothing to change");
  });
});

describe("verifiers", () => {
  test("md5 is of password and name, in that order", () => {
    // facts.md 1.1
    expect(md5Verifier("user1", "ez")).toBe("md5153c434b4b77c89e6b94f12c5393af5b");
  });

  test("sha256 is of the password and the bytes of the salt", () => {
    // The example of AWS's CREATE USER page (facts.md 1.1).
    const salt = "c721bff5d9042cf541ff7b9d48fa8a6e545c19a763e3710151f9513038b0f6c6";
    expect(sha256Verifier("Mypassword1", Buffer.from(salt, "hex"))).toBe(
      `sha256|821708135fcc42eb3afda85286dee0ed15c2c461d000291609f77eb113073ec2|${salt}`,
    );
    expect(sha256Verifier("Mypassword1")).not.toBe(sha256Verifier("Mypassword1"));
  });
});
