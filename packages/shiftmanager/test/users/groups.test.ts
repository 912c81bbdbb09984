import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/index.ts";
import { dropUser } from "../../src/users/drop-user.ts";
import { addToGroup, createGroup, dropGroup, removeFromGroup } from "../../src/users/groups.ts";

describe("groups and users that go", () => {
  test.each([
    ["a group", createGroup("etl"), "CREATE GROUP etl"],
    [
      "a group with its first members",
      createGroup("etl", { users: ["ada", "IAM:bob"] }),
      'CREATE GROUP etl WITH USER ada, "IAM:bob"',
    ],
    ["joining", addToGroup("group", ["ada", "chad"]), 'ALTER GROUP "group" ADD USER ada, chad'],
    ["leaving", removeFromGroup("etl", ["ada"]), "ALTER GROUP etl DROP USER ada"],
    ["a group that goes", dropGroup('a"b'), 'DROP GROUP "a""b"'],
    ["a user who goes", dropUser("IAM:bob"), 'DROP USER "IAM:bob"'],
    ["a user who may be gone", dropUser("ada", { ifExists: true }), "DROP USER IF EXISTS ada"],
  ])("%s", (_, batch, text) => {
    expect(String(batch)).toBe(text);
  });

  test("only drops destroy something", () => {
    expect(dropUser("ada").destroys).toEqual(["the user ada"]);
    expect(dropGroup("etl").destroys).toEqual(["the group etl"]);
    expect(removeFromGroup("etl", ["ada"]).destroys).toEqual([]);
  });

  test("a change without users, or a name that Redshift keeps for itself, is refused at once", () => {
    expect(() => addToGroup("etl", [])).toThrow("No user was named for the group etl; name at least one.");
    expect(() => removeFromGroup("etl", [])).toThrow(OptionsError);
    expect(() => createGroup("__etl")).toThrow("begins with __, which Redshift keeps for itself");
    expect(() => createGroup("public")).toThrow(OptionsError);
  });
});
