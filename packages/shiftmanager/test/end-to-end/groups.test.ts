import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Redshift } from "../../src/index.ts";
import { BatchError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";

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

const execute = { execute: true } as const;

async function failure(work: Promise<unknown>): Promise<BatchError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BatchError);
  return error as BatchError;
}

describe("groups", () => {
  test("are created, filled, emptied and dropped, and read back at each step", async () => {
    for (const name of ["ada", "IAM:bob"]) await redshift.createUser(name, null, execute);
    await redshift.createGroup("etl", { users: ["ada"], ...execute });
    await redshift.createGroup("empty one", execute);
    await redshift.addToGroup("etl", ["IAM:bob"], execute);
    expect(await redshift.getGroups()).toMatchObject([
      { name: "empty one", users: [] },
      { name: "etl", users: ["IAM:bob", "ada"] },
    ]);
    await redshift.removeFromGroup("etl", ["ada"], execute);
    await redshift.dropGroup("empty one", execute);
    expect(await redshift.getGroups()).toMatchObject([{ name: "etl", users: ["IAM:bob"] }]);
    await redshift.dropGroup("etl", execute);
    expect(await redshift.getGroups()).toEqual([]);
    expect((await redshift.getUsers()).map(({ name }) => name)).toContain("IAM:bob");
  });

  test("one that holds privileges is not dropped, and the error names on what", async () => {
    await redshift.createGroup("Readers", execute);
    await redshift.execute(`CREATE SCHEMA mart; CREATE TABLE mart.sold (n INT);
      GRANT USAGE ON SCHEMA mart TO GROUP readers; GRANT SELECT ON mart.sold TO GROUP readers`);
    const error = await failure(redshift.dropGroup("Readers", execute));
    expect(error.message).toBe(
      'The statement (drops the group Readers) failed: the group "Readers" holds privileges on schema mart, table mart.sold; ' +
        "revoke what it holds (REVOKE, ALTER DEFAULT PRIVILEGES), then drop it; nothing was kept, so put that right and run it again.",
    );
    await redshift.execute(
      "REVOKE ALL ON mart.sold FROM GROUP readers; REVOKE ALL ON SCHEMA mart FROM GROUP readers",
    );
    await redshift.dropGroup("Readers", execute);
  });
});

describe("dropping users", () => {
  test("one who is not there is an error, unless that is allowed", async () => {
    expect((await failure(redshift.dropUser("nobody", execute))).message).toContain(
      'user "nobody" does not exist',
    );
    await redshift.dropUser("nobody", { ifExists: true, ...execute });
  });

  test("one who owns or holds something is not dropped, and the error names what", async () => {
    await redshift.createUser("old hand", "Str0ngEnough", execute);
    await redshift.createUser("old", "Str0ngEnough", execute);
    await redshift.execute(`CREATE TABLE theirs (n INT); ALTER TABLE theirs OWNER TO "old hand";
      CREATE SCHEMA desk AUTHORIZATION "old hand"; CREATE TABLE shared (n INT); GRANT SELECT ON shared TO "old hand";
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "old hand"`);
    const error = await failure(redshift.dropUser("old hand", execute));
    expect(error.message).toContain(
      'the user "old hand" owns schema desk, table public.theirs and holds privileges on default privileges of awsuser, table public.shared; ' +
        "give what it owns to another user (ALTER … OWNER TO) and revoke what it holds (REVOKE, ALTER DEFAULT PRIVILEGES), then drop it",
    );
    // Whose name is the beginning of the other's.
    await redshift.dropUser("old", execute);
    await redshift.execute(`ALTER TABLE theirs OWNER TO awsuser; DROP SCHEMA desk; REVOKE ALL ON shared FROM "old hand";
      ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM "old hand"`);
    await redshift.dropUser("old hand", execute);
  });
});

describe("users as they are read", () => {
  test("each option of Redshift's comes back", async () => {
    await redshift.createGroup("crew", execute);
    await redshift.createUser("full", "Str0ngEnough", {
      createdb: true,
      groups: ["crew"],
      syslogAccess: "unrestricted",
      connectionLimit: 3,
      sessionTimeoutSeconds: 600,
      validUntil: "2031-01-01",
      parameters: { search_path: ["crew", "public"], statement_timeout: 1000 },
      ...execute,
    });
    await redshift.createUser("outside", null, { externalId: "ABC123", ...execute });
    const users = await redshift.getUsers();
    expect(users.find(({ name }) => name === "full")).toMatchObject({
      createdb: true,
      superuser: false,
      groups: ["crew"],
      validUntil: expect.stringContaining("2031-01-01") as string,
      parameters: { search_path: "crew, public", statement_timeout: "1000" },
      details: {
        connectionLimit: 3,
        syslogAccess: "unrestricted",
        sessionTimeoutSeconds: 600,
        externalId: null,
      },
    });
    expect(users.find(({ name }) => name === "outside")).toMatchObject({
      validUntil: null,
      details: { connectionLimit: "unlimited", syslogAccess: "restricted", externalId: "ABC123" },
    });
    await redshift.alterUser("full", {
      syslogAccess: "restricted",
      connectionLimit: "unlimited",
      sessionTimeoutSeconds: null,
      parameters: { statement_timeout: null },
      password: null,
      ...execute,
    });
    expect((await redshift.getUsers()).find(({ name }) => name === "full")).toMatchObject({
      parameters: { search_path: "crew, public" },
      details: { connectionLimit: "unlimited", syslogAccess: "restricted", sessionTimeoutSeconds: null },
    });
  });

  test("who is no superuser sees all names and only the own details", async () => {
    await redshift.createUser("plain", "Str0ngEnough", execute);
    const own = openRedshift(sandbox, { user: "plain", password: "Str0ngEnough" });
    try {
      const users = await own.getUsers();
      expect(users.find(({ name }) => name === "awsuser")).toMatchObject({ superuser: true, details: null });
      expect(users.find(({ name }) => name === "plain")?.details).not.toBeNull();
    } finally {
      await own.close();
    }
  });
});

describe("the command", () => {
  const run = (...args: string[]) => runCommand(args, sandbox.env);

  test("group create, add, list, remove and drop", async () => {
    await redshift.createUser("c1", null, execute);
    await redshift.createUser("c2", null, execute);
    expect(await run("group", "create", "cli")).toMatchObject({
      code: 0,
      stdout: "-- Creates the group cli\nCREATE GROUP cli;\n",
      stderr: expect.stringContaining("Nothing was changed") as string,
    });
    expect((await run("group", "create", "cli", "--user", "c1", "--execute")).code).toBe(0);
    expect((await run("group", "add", "cli", "c2", "--execute")).code).toBe(0);
    expect((await run("group", "list")).stdout).toMatch(/^name +users\n-+ +-+\n(.*\n)*cli +c1, c2\n/);
    expect((await run("group", "remove", "cli", "c1,c2", "--execute")).code).toBe(0);
    const json = (await run("group", "list", "--json")).stdout
      .split("\n")
      .filter((line) => line.includes('"cli"'));
    expect(json.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { type: "group", name: "cli", users: [] },
    ]);
    expect(await run("group", "drop", "cli", "--execute")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("This destroys the group cli; add --yes") as string,
    });
    expect((await run("group", "drop", "cli", "--execute", "--yes")).code).toBe(0);
  });

  test("user list and drop", async () => {
    await redshift.createUser("leaver", null, { createdb: true, connectionLimit: 2, ...execute });
    expect((await run("user", "list")).stdout).toMatch(/\nleaver +yes +2\n/);
    expect((await run("user", "list", "--json")).stdout).toContain('"name":"leaver"');
    expect((await run("user", "drop", "leaver", "--execute", "--yes")).code).toBe(0);
    expect((await run("user", "drop", "leaver", "--execute", "--yes")).stderr).toContain("does not exist");
    expect((await run("user", "drop", "leaver", "--if-exists", "--execute", "--yes")).code).toBe(0);
  });
});
