import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ShiftmanagerEvent } from "../../src/index.ts";
import { genJsonpaths, OptionsError, randomPassword, Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

/**
 * Small promises about the members of the original (test/proof/members.mjs), each shown against the sandbox; what a member
 * does at length stands in the file of its own.
 */
let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox, { region: "us-east-1" });
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function value(sql: string, parameters?: readonly (string | number)[]): Promise<unknown> {
  const [result] = await redshift.execute(sql, parameters);
  return Object.values(result?.rows[0] ?? {})[0];
}

async function logsIn(user: string, password: string): Promise<boolean> {
  const own = openRedshift(sandbox, { user, password });
  try {
    await own.execute("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await own.close();
  }
}

describe("new Redshift", () => {
  test("every setting may come from its variable, PGPORT included", async () => {
    for (const name of ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSSLMODE"] as const) {
      vi.stubEnv(name, sandbox.env[name]);
    }
    const fromVariables = new Redshift();
    try {
      const [result] = await fromVariables.execute("SELECT current_user AS name");
      expect(result?.rows).toEqual([{ name: sandbox.env.PGUSER }]);
    } finally {
      vi.unstubAllEnvs();
      await fromVariables.close();
    }
  });

  test("what Symbol.asyncDispose gives closes the connection", async () => {
    const own = openRedshift(sandbox);
    await own.execute("SELECT 1");
    const client = await own.connection;
    const ended = new Promise((resolve) => client.once("end", resolve));
    await own[Symbol.asyncDispose]();
    await ended;
    await expect(client.query("SELECT 1")).rejects.toThrow();
  });

  test("tells that it connects, once, when the first statement needs it", async () => {
    const events: ShiftmanagerEvent[] = [];
    const own = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
    expect(events).toEqual([]);
    await own.execute("SELECT 1");
    await own.execute("SELECT 2");
    await own.close();
    expect(events.filter(({ type }) => type === "connecting")).toEqual([
      expect.objectContaining({ host: sandbox.env.PGHOST, user: sandbox.env.PGUSER, again: false }),
    ]);
  });
});

describe("mogrify", () => {
  test("a percent sign in the text, in a name or in a value is a character like any other", async () => {
    await redshift.execute(`CREATE TABLE "100%s" ("%(x)s" VARCHAR(20))`);
    const insert = await redshift.mogrify(`INSERT INTO "100%s" ("%(x)s") VALUES ($1), ('%d')`, ["100% %s"]);
    expect(String(insert)).toBe(`INSERT INTO "100%s" ("%(x)s") VALUES ('100% %s'), ('%d')`);
    await redshift.execute(insert);
    expect(await value(`SELECT count(*) FROM "100%s" WHERE "%(x)s" IN ('100% %s', '%d')`)).toBe("2");
  });

  test("with execute it runs what it returns", async () => {
    const batch = await redshift.mogrify(
      "CREATE TABLE bound AS SELECT :name::VARCHAR AS name, $$:name$$ AS kept",
      { name: "it's \\ here" },
      { execute: true },
    );
    expect(String(batch)).toContain("'it''s \\\\ here'::VARCHAR");
    expect(await value("SELECT name || kept FROM bound")).toBe("it's \\ here:name");
  });
});

test("preparer quotes each of Redshift's reserved words, and names that need it", async () => {
  const words = ["tag", "user", "snapshot", "backup", "percent", "deflate", "minus", "rejectlog"];
  const columns = words.map((word) => String(redshift.preparer.identifier(word)));
  expect(columns.filter((column) => !column.startsWith('"'))).toEqual([]);
  await redshift.execute(
    `CREATE TABLE reserved (${columns.map((column) => `${column} INTEGER`).join(", ")})`,
  );
  expect(
    await value("SELECT count(*) FROM pg_attribute WHERE attrelid = 'reserved'::regclass AND attnum > 0"),
  ).toBe(String(words.length));
  expect(String(redshift.preparer.qualifiedName({ schema: "s", name: "Order" }))).toBe('s."Order"');
});

test("getTableNames tells tables and views", async () => {
  await redshift.execute(
    "CREATE SCHEMA shown; CREATE TABLE shown.t (a INTEGER); CREATE VIEW shown.v AS SELECT a FROM shown.t",
  );
  expect(await redshift.getTableNames({ schema: "shown" })).toEqual(["t", "v"]);
});

describe("randomPassword", () => {
  test("each length from 8 to 64 makes a password that logs in; others are refused", async () => {
    for (const length of [8, 9, 33, 64]) {
      const password = redshift.randomPassword(length);
      expect(password).toHaveLength(length);
      await redshift.createUser(`length_${length}`, password, { execute: true });
      expect(await logsIn(`length_${length}`, password)).toBe(true);
    }
    for (const length of [7, 65, 8.5, NaN]) expect(() => randomPassword(length)).toThrow(OptionsError);
    expect(randomPassword()).toHaveLength(64);
  });

  test("has every kind that Redshift asks for, only characters that it allows, and none more often than another", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i += 1) {
      const password = randomPassword();
      expect(password).toMatch(/[A-Z]/);
      expect(password).toMatch(/[a-z]/);
      expect(password).toMatch(/[0-9]/);
      for (const character of password) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const allowed = Array.from({ length: 126 - 33 + 1 }, (_, i) => String.fromCharCode(33 + i)).filter(
      (character) => !`'"\\/@\``.includes(character),
    );
    expect([...counts.keys()].sort()).toEqual(allowed.sort());
    // 128,000 characters over 88: about 1,455 each, standard deviation 38; the three kinds that must be there shift it by little.
    expect(Math.min(...counts.values())).toBeGreaterThan(1455 - 6 * 38);
    expect(Math.max(...counts.values())).toBeLessThan(1455 + 8 * 38);
  });
});

describe("createUser", () => {
  test("names, groups and values of parameters cannot leave their quotes", async () => {
    const name = `x"; DROP TABLE t; --`;
    const group = `g" ; DROP`;
    await redshift.createGroup(group, { execute: true });
    await redshift.createUser(name, "Str0ngEnough", {
      groups: [group],
      parameters: { query_group: `'; DROP TABLE t; --\\` },
      execute: true,
    });
    expect(await value("SELECT count(*) FROM pg_user WHERE usename = $1", [name])).toBe("1");
    const own = openRedshift(sandbox, { user: name, password: "Str0ngEnough" });
    try {
      const [result] = await own.execute("SHOW query_group");
      expect(Object.values(result?.rows[0] ?? {})).toEqual([`'; DROP TABLE t; --\\`]);
    } finally {
      await own.close();
    }
  });

  test("createuser makes a superuser; without execute nothing happens", async () => {
    await redshift.createUser("boss", "Str0ngEnough", { createuser: true });
    expect(await value("SELECT count(*) FROM pg_user WHERE usename = 'boss'")).toBe("0");
    await redshift.createUser("boss", "Str0ngEnough", { createuser: true, execute: true });
    expect(await value("SELECT usesuper FROM pg_user WHERE usename = 'boss'")).toBe(true);
  });
});

describe("alterUser", () => {
  test("a parameter that is null is reset, and validUntil counts", async () => {
    await redshift.createUser("changing", "Str0ngEnough", {
      parameters: { query_group: "slow", statement_timeout: 5000 },
      execute: true,
    });
    await redshift.alterUser("changing", {
      validUntil: "2033-01-01",
      createdb: true,
      parameters: { query_group: null },
      execute: true,
    });
    const [row] = (
      await redshift.execute(
        "SELECT usecreatedb, valuntil::VARCHAR AS until, array_to_string(useconfig, ',') AS config FROM pg_user WHERE usename = 'changing'",
      )
    ).flatMap(({ rows }) => rows);
    expect(row).toMatchObject({ usecreatedb: true, config: "statement_timeout=5000" });
    expect(String(row?.["until"])).toContain("2033-01-01");
  });

  test("nothing to change is an error", async () => {
    await expect(redshift.alterUser("changing", {})).rejects.toThrow(
      new OptionsError("Nothing to change was given for the user changing; name at least one option."),
    );
  });

  test("RENAME says that it clears the password, and does", async () => {
    await redshift.createUser("before", "Str0ngEnough", { passwordHash: "md5", execute: true });
    const batch = await redshift.alterUser("before", { rename: "after", execute: true });
    expect(batch.notes).toEqual([
      "RENAME clears the password of before, which is salted with the name; after cannot log in until a new one is set.",
    ]);
    expect(await logsIn("after", "Str0ngEnough")).toBe(false);
  });
});

test("genJsonpaths keeps nested empty objects and arrays of objects, and points into arrays on request", async () => {
  const doc = { a: {}, b: [{ c: 1 }], d: { e: [] as const, f: { g: "x" } } };
  expect(genJsonpaths(doc)).toEqual({ jsonpaths: ["$['a']", "$['b']", "$['d']['e']", "$['d']['f']['g']"] });
  expect(genJsonpaths(doc, { listIdx: 0 })).toEqual({
    jsonpaths: ["$['a']", "$['b'][0]['c']", "$['d']['e'][0]", "$['d']['f']['g']"],
  });
  const own = openRedshift(sandbox, { iamRole: "default", ...s3() });
  try {
    await own.execute("CREATE TABLE nested (a SUPER, b SUPER, e SUPER, g VARCHAR(5))");
    await own.copyJsonToTable("sandbox", "nested", [doc], genJsonpaths(doc), "nested", {
      columns: ["a", "b", "e", "g"],
    });
    const [result] = await own.execute("SELECT a, b, e, g FROM nested");
    const [row] = result?.rows ?? [];
    expect([row?.["a"], row?.["b"], row?.["e"]].map((text) => JSON.parse(String(text)) as unknown)).toEqual([
      {},
      [{ c: 1 }],
      [],
    ]);
    expect(row?.["g"]).toBe("x");
  } finally {
    vi.unstubAllEnvs();
    await own.close();
  }
});

/** Keys and endpoint of the sandbox's S3 for one object; the endpoint is read from the environment alone. */
function s3() {
  vi.stubEnv("AWS_ENDPOINT_URL_S3", sandbox.env.AWS_ENDPOINT_URL_S3);
  return {
    region: sandbox.env.AWS_REGION,
    awsAccessKeyId: sandbox.env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: sandbox.env.AWS_SECRET_ACCESS_KEY,
  };
}

describe("what COPY and UNLOAD are given", () => {
  const role = "arn:aws:iam::123456789012:role/sandbox";

  test("one rule serves both: the role that is set comes before the keys", async () => {
    const own = openRedshift(sandbox, s3());
    try {
      await own.execute("CREATE TABLE given (a INTEGER); INSERT INTO given VALUES (1)");
      const texts = async () => [
        String(await own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "given", { execute: false })),
        String(await own.unloadTableToS3("sandbox", "p/", "given", { execute: false })),
      ];
      for (const text of await texts()) expect(text).toContain("ACCESS_KEY_ID <secret>");
      own.setAwsRole("123456789012", "sandbox");
      for (const text of await texts()) {
        expect(text).toContain(`IAM_ROLE '${role}'`);
        expect(text).not.toContain("ACCESS_KEY_ID");
      }
      expect(await own.copyJsonToTable("sandbox", "p", [{ a: 2 }], null, "given")).toMatchObject({ rows: 1 });
      expect(await own.unloadTableToS3("sandbox", "p/", "given")).toMatchObject({ rows: 2 });
    } finally {
      vi.unstubAllEnvs();
      await own.close();
    }
  });

  test("an ARN, several chained ARNs and default are roles; anything else is refused", async () => {
    const own = openRedshift(sandbox, s3());
    try {
      own.setAwsRole(role);
      expect(String(own.awsCredentials)).toBe(`IAM_ROLE '${role}'`);
      own.setAwsRole([role, "arn:aws:iam::210987654321:role/other"]);
      expect(String(own.awsCredentials)).toBe(`IAM_ROLE '${role},arn:aws:iam::210987654321:role/other'`);
      own.setAwsRole("default");
      expect(String(own.awsCredentials)).toBe("IAM_ROLE DEFAULT");
      expect(await own.copyJsonToTable("sandbox", "p", [{ a: 3 }], null, "given")).toMatchObject({ rows: 1 });
      expect(() => own.setAwsRole("sandbox")).toThrow(OptionsError);
    } finally {
      vi.unstubAllEnvs();
      await own.close();
    }
  });

  test("temporary keys carry their token, and none of the three is shown", async () => {
    const own = openRedshift(sandbox);
    own.setAwsCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI", "FwoGZXIvYXdz");
    expect(String(own.awsCredentials)).toBe(
      "ACCESS_KEY_ID <secret>\nSECRET_ACCESS_KEY <secret>\nSESSION_TOKEN <secret>",
    );
    await own.close();
  });
});
