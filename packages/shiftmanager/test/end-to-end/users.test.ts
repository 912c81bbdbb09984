import fc from "fast-check";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { identifier, randomPassword, userName } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function whoAmI(user: string, password: string): Promise<unknown> {
  const own = openRedshift(sandbox, { user, password });
  try {
    const [result] = await own.execute("SELECT current_user AS name");
    return result?.rows[0]?.name;
  } finally {
    await own.close();
  }
}

async function groupsOf(name: string): Promise<readonly unknown[]> {
  const [result] = await redshift.execute(
    "SELECT g.groname AS name FROM pg_group g, pg_user u WHERE u.usesysid = ANY (g.grolist) AND u.usename = $1 ORDER BY 1",
    [name],
  );
  return (result?.rows ?? []).map((row) => row.name);
}

async function userRow(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [result] = await redshift.execute(
    `SELECT usecreatedb, usesuper, valuntil::VARCHAR AS until FROM pg_user WHERE usename = $1`,
    [name],
  );
  return result?.rows[0];
}

describe("users in the sandbox", () => {
  test("a created user has what was asked for and can log in", async () => {
    await redshift.execute('CREATE GROUP analysts; CREATE GROUP "Data Team"');
    const password = randomPassword();
    await redshift.createUser("chad", password, {
      createdb: true,
      groups: ["analysts", "Data Team"],
      validUntil: "2035-01-01",
      parameters: { search_path: "public, '$user'" },
      execute: true,
    });
    expect(await userRow("chad")).toMatchObject({ usecreatedb: true, usesuper: false });
    expect(await groupsOf("chad")).toEqual(["analysts", "data team"]); // only user names keep their case
    expect(await whoAmI("chad", password)).toBe("chad");
  });

  test("an md5 verifier logs in as the clear password does", async () => {
    await redshift.createUser("hashed", "Str0ngEnough", { passwordHash: "md5", execute: true });
    expect(await whoAmI("hashed", "Str0ngEnough")).toBe("hashed");
    await expect(whoAmI("hashed", "Wr0ngEnough")).rejects.toThrow('refused the login of "hashed"');
  });

  test("a SHA-256 password says that this driver cannot answer it", async () => {
    await redshift.createUser("sha", "Str0ngEnough", { passwordHash: "sha256", execute: true });
    await expect(whoAmI("sha", "Str0ngEnough")).rejects.toThrow(
      'The password of "sha" is kept as SHA-256, which this driver cannot answer (authentication code 13); have it set again as MD5 (passwordHash, --password-hash md5)',
    );
  });

  test("rename and password in one batch leave a user who can log in", async () => {
    await redshift.createUser("old_name", "Str0ngEnough", { passwordHash: "md5", execute: true });
    await redshift.alterUser("old_name", {
      rename: "New Name",
      password: "An0therPassword",
      passwordHash: "md5",
      createuser: true,
      execute: true,
    });
    expect(await userRow("old_name")).toBeUndefined();
    expect(await userRow("New Name")).toMatchObject({ usesuper: true });
    expect(await whoAmI("New Name", "An0therPassword")).toBe("New Name");
  });

  test("a create whose parameter is refused leaves no user behind", async () => {
    await expect(
      redshift.createUser("half", "Str0ngEnough", { parameters: { no_such_setting: 1 }, execute: true }),
    ).rejects.toThrow("Statement 2 of 2 (sets no_such_setting of half) failed");
    expect(await userRow("half")).toBeUndefined();
  });

  test("any name and password survive the builder and the server", async () => {
    // PostgreSQL underneath cannot have a slash in these names, and pg_ is reserved: the sandbox says so.
    const name = fc
      .string({ unit: fc.constantFrom(..."aZ09 _\"'\\%$-.;é漢😀"), minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() !== "");
    const long = fc.constantFrom("n".repeat(64), "é".repeat(60), "x".repeat(127));
    const anything = fc.string({ unit: fc.constantFrom(..."aZ09 \"'\\%$;é漢😀:{}`"), maxLength: 20 });
    const allowed = fc.string({ unit: fc.constantFrom(..."aZ09%$;:{}`-#!"), maxLength: 20 });
    // In the clear only what Redshift allows in a password; a verifier can stand for any.
    const password = fc.oneof(
      fc.record({ end: anything, hash: fc.constant("md5" as const) }),
      fc.record({ end: allowed, hash: fc.constant(undefined) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(name, long), password, async (user, { end, hash }) => {
        const word = `Str0ngEn${end}`;
        await redshift.createUser(user, word, {
          ...(hash === undefined ? {} : { passwordHash: hash }),
          parameters: { query_group: word },
          execute: true,
        });
        try {
          await whoAmI(user, word);
          expect(await userRow(user)).toMatchObject({ usesuper: false });
        } finally {
          await redshift.execute("DROP USER $1", [userName(user)]);
        }
      }),
      {
        numRuns: 25,
        examples: [
          ["user", { end: "\\", hash: "md5" }],
          ["group", { end: "'", hash: "md5" }],
          ['a"b', { end: "$$%s", hash: undefined }],
        ],
      },
    );
  });
});

describe("tables by name", () => {
  test("exist or not, in one schema, as table or schema.table, and cannot inject", async () => {
    await redshift.execute(`CREATE SCHEMA "Odd One"; CREATE TABLE "Odd One"."a.b" (n INT); CREATE TABLE plain (n INT);
      CREATE VIEW plain_view AS SELECT 1 AS n`);
    expect(await redshift.tableExists("plain")).toBe(true);
    expect(await redshift.tableExists("public.plain")).toBe(true);
    expect(await redshift.tableExists("plain", { schema: "odd one" })).toBe(false);
    expect(await redshift.tableExists({ schema: "odd one", name: "a.b" })).toBe(true);
    expect(await redshift.tableExists("x' OR '1'='1")).toBe(false);
    expect(await redshift.getTableNames()).toEqual(["plain", "plain_view"]);
    expect(String(identifier("a.b"))).toBe('"a.b"');
  });
});
