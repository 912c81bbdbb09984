import { expect, test } from "vitest";
import { createSchema, defaultPrivilegeStatements } from "../../src/ddl/create-schema.ts";

test("a schema without an owner is its creator's", () => {
  expect(String(createSchema("Odd one", null))).toBe('CREATE SCHEMA "Odd one"');
  expect(String(createSchema("shop", "al ice"))).toBe('CREATE SCHEMA shop AUTHORIZATION "al ice"');
});

test("default privileges on functions and procedures are written as those on tables are", () => {
  const grant = { grantee: { kind: "group", name: "etl" }, grantOption: false, grantor: "bob" } as const;
  const statements = defaultPrivilegeStatements("shop", [
    {
      creator: "bob",
      objects: "TABLES",
      grants: [
        { ...grant, privilege: "UPDATE" },
        { ...grant, privilege: "SELECT" },
      ],
    },
    { creator: "bob", objects: "PROCEDURES", grants: [{ ...grant, privilege: "EXECUTE" }] },
    {
      creator: "bob",
      objects: "FUNCTIONS",
      grants: [{ ...grant, grantee: { kind: "user", name: "ann" }, privilege: "EXECUTE", grantOption: true }],
    },
  ]);
  expect(statements.map(({ sql }) => String(sql)).join(";\n")).toBe(
    `ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA shop
  GRANT SELECT, UPDATE ON TABLES TO GROUP etl;
ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA shop
  GRANT EXECUTE ON PROCEDURES TO GROUP etl;
ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA shop
  GRANT EXECUTE ON FUNCTIONS TO ann WITH GRANT OPTION`,
  );
});
