import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import type { Sandbox } from "../../src/sandbox.ts";
import { connect, refusal } from "./sessions.ts";

let sandbox: Sandbox;
let admin: pg.Client;
beforeAll(async () => {
  sandbox = await startSandbox();
  admin = await connect(sandbox);
  await admin.query(`
    CREATE USER bob PASSWORD 'Correct4Horse';
    CREATE USER carol PASSWORD 'Correct4Horse';
    CREATE TABLE sales (id BIGINT, amount INT);
    INSERT INTO sales VALUES (1, 2)`);
});
afterAll(async () => {
  await admin.end();
  await sandbox.stop();
});

/** Runs `work` in a session of a user whose password is the one above. */
async function as<Result>(user: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = await connect(sandbox, { user, password: "Correct4Horse" });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const rows = async (client: pg.Client, sql: string): Promise<unknown[][]> =>
  (await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows;

test("a privilege reaches a user through a role in a role, on tables and on columns", async () => {
  await admin.query("CREATE ROLE reader; CREATE ROLE analyst; GRANT ROLE reader TO ROLE analyst");
  await admin.query("GRANT SELECT (id) ON sales TO ROLE reader; GRANT ROLE analyst TO bob");
  expect(await as("bob", (bob) => rows(bob, "SELECT id FROM sales"))).toEqual([["1"]]);
  expect(await as("bob", (bob) => refusal(bob, "SELECT amount FROM sales"))).toMatch(/^42501 /);
  await admin.query("GRANT INSERT ON sales TO ROLE analyst");
  await as("bob", (bob) => bob.query("INSERT INTO sales VALUES (3, 4)"));
  await admin.query("REVOKE ROLE reader FROM ROLE analyst");
  expect(await as("bob", (bob) => refusal(bob, "SELECT id FROM sales"))).toMatch(/^42501 /);
  await admin.query("REVOKE INSERT ON sales FROM ROLE analyst; REVOKE SELECT (id) ON sales FROM ROLE reader");
  await admin.query("DROP ROLE reader; DROP ROLE analyst FORCE");
});

test("grants to roles show in the SVV views and in no access list", async () => {
  await admin.query("CREATE ROLE r; CREATE GROUP r");
  await admin.query("GRANT SELECT, DROP ON sales TO ROLE r; GRANT UPDATE (id) ON sales TO ROLE r");
  await admin.query("GRANT INSERT ON sales TO GROUP r; GRANT DELETE ON sales TO carol WITH GRANT OPTION");
  await admin.query("GRANT USAGE ON SCHEMA public TO ROLE r; GRANT TEMP ON DATABASE dev TO ROLE r");
  await admin.query("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ROLE r");
  expect(
    await rows(
      admin,
      `SELECT privilege_type, identity_name, identity_type, admin_option FROM svv_relation_privileges
       WHERE relation_name = 'sales' ORDER BY 3, 1`,
    ),
  ).toEqual([
    ["INSERT", "r", "group", false],
    ["DROP", "r", "role", false],
    ["SELECT", "r", "role", false],
    ["DELETE", "carol", "user", true],
  ]);
  expect(
    await rows(
      admin,
      "SELECT column_name, privilege_type, identity_name, identity_type FROM svv_column_privileges WHERE relation_name = 'sales'",
    ),
  ).toEqual([["id", "UPDATE", "r", "role"]]);
  expect(
    await rows(
      admin,
      `SELECT namespace_name, privilege_type FROM svv_schema_privileges WHERE identity_type = 'role'
       UNION ALL SELECT database_name, privilege_type FROM svv_database_privileges WHERE identity_type = 'role'
       UNION ALL SELECT schema_name, privilege_type FROM svv_default_privileges WHERE grantee_type = 'role'`,
    ),
  ).toEqual([
    ["public", "USAGE"],
    ["dev", "TEMP"],
    ["public", "SELECT"],
  ]);
  const lists = await rows(
    admin,
    `SELECT relacl::text FROM pg_class WHERE relname = 'sales'
     UNION ALL SELECT attacl::text FROM pg_attribute_info a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'sales' AND a.attname = 'id'
     UNION ALL SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'
     UNION ALL SELECT datacl::text FROM pg_database WHERE datname = 'dev'`,
  );
  expect(lists.flat()).toEqual([
    '{awsuser=arwdRxtDPA/awsuser,"group r=a/awsuser",carol=d*/awsuser}',
    null,
    "{rdsdb=UC/rdsdb,=UC/rdsdb}",
    "{=T/rdsdb,rdsdb=CT/rdsdb}",
  ]);
  expect(await refusal(admin, "DROP ROLE r")).toBe(
    "2BP01 cannot drop this role since it has privileges on some object",
  );
  await admin.query(
    "DROP ROLE r FORCE; REVOKE ALL ON sales FROM GROUP r; DROP GROUP r; REVOKE ALL ON sales FROM carol",
  );
  expect(await rows(admin, "SELECT * FROM svv_relation_privileges")).toEqual([]);
});

test("everyone sees only roles that he has or owns, and says nothing of the others", async () => {
  await admin.query("CREATE ROLE outer_role; CREATE ROLE inner_role; CREATE ROLE other_role");
  await admin.query(
    "GRANT ROLE inner_role TO ROLE outer_role; GRANT ROLE outer_role TO bob WITH ADMIN OPTION",
  );
  await admin.query(
    "GRANT SELECT ON sales TO ROLE inner_role, ROLE other_role; GRANT ROLE other_role TO carol",
  );
  const seen = `SELECT role_name, role_owner FROM svv_roles WHERE role_name NOT LIKE 'sys:%' ORDER BY 1`;
  expect(await rows(admin, seen)).toEqual([
    ["inner_role", "awsuser"],
    ["other_role", "awsuser"],
    ["outer_role", "awsuser"],
  ]);
  await as("bob", async (bob) => {
    expect(await rows(bob, seen)).toEqual([
      ["inner_role", "awsuser"],
      ["outer_role", "awsuser"],
    ]);
    expect(await rows(bob, "SELECT user_name, role_name, admin_option FROM svv_user_grants")).toEqual([
      ["bob", "outer_role", true],
    ]);
    expect(await rows(bob, "SELECT role_name, granted_role_name FROM svv_role_grants")).toEqual([
      ["outer_role", "inner_role"],
    ]);
    expect(await rows(bob, "SELECT identity_name FROM svv_relation_privileges")).toEqual([["inner_role"]]);
    expect(
      await rows(
        bob,
        "SELECT USER_IS_MEMBER_OF('bob', 'inner_role'), ROLE_IS_MEMBER_OF('outer_role', 'inner_role'), ROLE_IS_MEMBER_OF('inner_role', 'outer_role')",
      ),
    ).toEqual([[true, true, false]]);
    expect(await refusal(bob, "SELECT USER_IS_MEMBER_OF('carol', 'outer_role')")).toMatch(/^42704 /);
    expect(await refusal(bob, "SELECT ROLE_IS_MEMBER_OF('other_role', 'outer_role')")).toMatch(/^42704 /);
  });
  // The owner of a table is not the owner of the identities that may read it.
  await admin.query(
    "CREATE TABLE carols (a INT); ALTER TABLE carols OWNER TO carol; GRANT SELECT ON carols TO ROLE inner_role",
  );
  expect(
    await as("carol", (carol) =>
      rows(carol, "SELECT identity_name FROM svv_relation_privileges WHERE relation_name = 'carols'"),
    ),
  ).toEqual([]);
  await admin.query("GRANT ROLE sys:monitor TO carol");
  expect(
    await as("carol", (carol) =>
      rows(carol, "SELECT identity_name FROM svv_relation_privileges WHERE relation_name = 'carols'"),
    ),
  ).toEqual([["inner_role"]]);
  await admin.query(
    "DROP TABLE carols; DROP ROLE outer_role FORCE; DROP ROLE inner_role FORCE; DROP ROLE other_role FORCE",
  );
  await admin.query("REVOKE ROLE sys:monitor FROM carol");
});

test("owners and holders of the admin option administer a role, others do not", async () => {
  await admin.query("CREATE ROLE makers; GRANT CREATE ROLE TO ROLE makers; GRANT ROLE makers TO bob");
  await as("bob", async (bob) => {
    await bob.query('CREATE ROLE bobs EXTERNALID "ABC123"; GRANT ROLE bobs TO carol WITH ADMIN OPTION');
    expect(await refusal(bob, "GRANT ROLE makers TO carol")).toBe(
      '42501 permission denied to grant or revoke role "makers"',
    );
    expect(await rows(bob, "SELECT role_owner, external_id FROM svv_roles WHERE role_name = 'bobs'")).toEqual(
      [["bob", "ABC123"]],
    );
  });
  await as("carol", async (carol) => {
    expect(await refusal(carol, "CREATE ROLE carols")).toBe("42501 permission denied for CREATE ROLE");
    await carol.query("GRANT ROLE bobs TO bob; REVOKE ROLE bobs FROM bob; ALTER ROLE bobs RENAME TO ours");
  });
  expect(await refusal(admin, "DROP USER bob")).toBe(
    `55006 user "bob" can't be dropped because the user owns some object`,
  );
  await admin.query(
    "REVOKE ADMIN OPTION FOR ROLE ours FROM carol; ALTER ROLE ours WITH OWNER TO awsuser, RENAME TO own",
  );
  expect(await as("carol", (carol) => refusal(carol, "DROP ROLE own"))).toBe(
    '42501 must be owner of role "own" or have it with admin option',
  );
  expect(await refusal(admin, "DROP ROLE own")).toBe(
    "2BP01 cannot drop this role since it has been granted on a user",
  );
  await admin.query("DROP ROLE own FORCE; DROP ROLE makers FORCE");
});

test("a role is not granted in a circle, has no user's name and may have a group's", async () => {
  await admin.query("CREATE ROLE one; CREATE ROLE two; GRANT ROLE one TO ROLE two");
  expect(await refusal(admin, "GRANT ROLE two TO ROLE one")).toBe(
    "0LP01 cannot grant this role, a circular dependency was detected between these roles",
  );
  expect(await refusal(admin, "DROP ROLE one")).toBe(
    "2BP01 cannot drop this role since it depends on another role",
  );
  expect(await refusal(admin, "DROP ROLE two RESTRICT")).toBe(
    "2BP01 cannot drop this role since it depends on another role",
  );
  expect(await refusal(admin, "CREATE ROLE bob")).toBe(
    '42710 role "bob" cannot be made: a user has that name',
  );
  expect(await refusal(admin, "CREATE USER one PASSWORD 'Correct4Horse'")).toBe(
    '42710 user "one" cannot be made: a role has that name',
  );
  expect(await refusal(admin, "CREATE ROLE one")).toBe('42710 role "one" already exists');
  expect(await refusal(admin, "GRANT SELECT ON sales TO ROLE nothing")).toBe(
    '42704 role "nothing" does not exist',
  );
  expect(await refusal(admin, "GRANT SELECT ON sales TO one")).toBe('42704 user "one" does not exist');
  expect(await refusal(admin, "GRANT ROLE one TO nobody")).toBe('42704 user "nobody" does not exist');
  await admin.query("DROP ROLE two FORCE; DROP ROLE one");
});

test("system permissions are kept and shown; those of the system-defined roles cannot be changed", async () => {
  await admin.query(
    "CREATE ROLE ops; GRANT CREATE USER, VACUUM, IGNORE RLS TO ROLE ops; REVOKE VACUUM FROM ROLE ops",
  );
  const held = (role: string): string =>
    `SELECT system_privilege FROM svv_system_privileges WHERE identity_name = '${role}' ORDER BY 1`;
  expect((await rows(admin, held("ops"))).flat()).toEqual(["CREATE USER", "IGNORE RLS"]);
  expect((await rows(admin, held("sys:operator"))).flat()).toEqual([
    "ACCESS CATALOG",
    "ACCESS SYSTEM TABLE",
    "ANALYZE",
    "CANCEL",
    "VACUUM",
  ]);
  expect(await refusal(admin, "DROP ROLE sys:dba FORCE")).toBe(
    '42501 cannot change the system-defined role "sys:dba"',
  );
  expect(await refusal(admin, "GRANT VACUUM TO ROLE sys:monitor")).toBe(
    '42501 cannot change the system-defined role "sys:monitor"',
  );
  await admin.query("GRANT ALL PRIVILEGES TO ROLE ops; DROP ROLE ops");
});

test("a role that was made in a transaction is gone when it is rolled back, and reset() keeps the system-defined ones", async () => {
  await admin.query(
    "BEGIN; CREATE ROLE brief; GRANT CREATE USER TO ROLE brief; ROLLBACK; CREATE ROLE lasting",
  );
  admin.on("error", () => undefined); // reset() ends the session
  const roles = "SELECT role_name FROM svv_roles ORDER BY 1";
  const system = ["sys:dba", "sys:monitor", "sys:operator", "sys:secadmin", "sys:superuser"];
  expect((await rows(admin, roles)).flat()).toEqual(["lasting", ...system]);
  await sandbox.reset();
  admin = await connect(sandbox);
  expect((await rows(admin, roles)).flat()).toEqual(system);
});
