import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ShiftmanagerEvent } from "../../src/index.ts";
import { genJsonpaths, OptionsError, randomPassword, Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";
import { runCommand } from "./run-command.ts";

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

/** AWS Database Developer Guide, "Reserved words" (r_pg_keywords). */
const reservedWords =
  `AES128 AES256 ALL ALLOWOVERWRITE ANALYSE ANALYZE AND ANY ARRAY AS ASC AUTHORIZATION AZ64 BACKUP BETWEEN
  BINARY BLANKSASNULL BOTH BYTEDICT BZIP2 CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CREDENTIALS CROSS CURRENT_DATE
  CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURRENT_USER_ID DEFAULT DEFERRABLE DEFLATE DEFRAG DELTA DELTA32K DESC DISABLE
  DISTINCT DO ELSE EMPTYASNULL ENABLE ENCODE ENCRYPT ENCRYPTION END EXCEPT EXPLICIT FALSE FOR FOREIGN FREEZE FROM FULL
  GLOBALDICT256 GLOBALDICT64K GRANT GROUP GZIP HAVING IDENTITY IGNORE ILIKE IN INITIALLY INNER INTERSECT INTO IS ISNULL JOIN
  LANGUAGE LEADING LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP LUN LUNS LZO LZOP MINUS MOSTLY16 MOSTLY32 MOSTLY8 NATURAL NEW NOT
  NOTNULL NULL NULLS OFF OFFLINE OFFSET OID OLD ON ONLY OPEN OR ORDER OUTER OVERLAPS PARALLEL PARTITION PERCENT PERMISSIONS
  PIVOT PLACING PRIMARY RAW READRATIO RECOVER REFERENCES REJECTLOG RESORT RESPECT RESTORE RIGHT SELECT SESSION_USER SIMILAR
  SNAPSHOT SOME SYSDATE SYSTEM TABLE TAG TDES TEXT255 TEXT32K THEN TIMESTAMP TO TOP TRAILING TRUE TRUNCATECOLUMNS UNION UNIQUE
  UNNEST UNPIVOT USER USING VERBOSE WALLET WHEN WHERE WITH WITHOUT`
    .toLowerCase()
    .split(/\s+/);

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

  test("each setting that is passed comes before its variable", async () => {
    await sandbox.createDatabase("passed");
    await redshift.createUser("passing", "Str0ngEnough", { execute: true });
    for (const name of ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"]) vi.stubEnv(name, "9");
    const own = openRedshift(sandbox, { database: "passed", user: "passing", password: "Str0ngEnough" });
    try {
      const [result] = await own.execute("SELECT current_database() AS database, current_user AS name");
      expect(result?.rows).toEqual([{ database: "passed", name: "passing" }]);
    } finally {
      vi.unstubAllEnvs();
      await own.close();
    }
  });

  test("a port that PGPORT names wrongly is the one it connects to", async () => {
    const { PGPORT: _, ...others } = sandbox.env;
    for (const [name, text] of Object.entries({ ...others, PGPORT: "1" })) vi.stubEnv(name, text);
    const own = new Redshift();
    try {
      await expect(own.execute("SELECT 1")).rejects.toThrow(`${sandbox.env.PGHOST}:1 `);
    } finally {
      vi.unstubAllEnvs();
      await own.close();
    }
  });

  test("AWS keys may come from their variables, the token from either of two", async () => {
    const names = [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_REGION",
      "AWS_ENDPOINT_URL_S3",
    ] as const;
    for (const name of names) vi.stubEnv(name, sandbox.env[name]);
    const given: unknown[] = [];
    try {
      const own = openRedshift(sandbox);
      await own.writeStringToS3("x", "sandbox", "by-variables");
      await own.execute("CREATE TABLE by_variables (a INTEGER)");
      expect(await own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "by_variables")).toMatchObject({
        rows: 1,
      });
      await own.close();
      for (const [name, token] of [
        ["AWS_SECURITY_TOKEN", "older"],
        ["AWS_SESSION_TOKEN", "newer"],
      ] as const) {
        vi.stubEnv(name, token);
        const temporary = openRedshift(sandbox);
        given.push(temporary.awsCredentials?.toSQL({ secrets: "reveal" }));
        expect(await (await temporary.getS3Connection()).config.credentials()).toMatchObject({
          accessKeyId: sandbox.env.AWS_ACCESS_KEY_ID,
          sessionToken: token,
        });
        await temporary.close();
      }
    } finally {
      vi.unstubAllEnvs();
    }
    expect(given).toEqual([
      expect.stringContaining("SESSION_TOKEN 'older'"),
      expect.stringContaining("SESSION_TOKEN 'newer'"),
    ]);
  });

  test("awsAccessKeyId, awsSecretAccessKey and securityToken are what S3 and COPY are given", async () => {
    const keys = { awsAccessKeyId: "AKIDEXAMPLE", awsSecretAccessKey: "its'secret", securityToken: "token" };
    const own = openRedshift(sandbox, { ...keys, region: "us-east-1" });
    await own.execute("CREATE TABLE by_options (a INTEGER)");
    const batch = await own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "by_options", {
      execute: false,
    });
    expect(batch.toSQL({ secrets: "reveal" })).toContain(
      "ACCESS_KEY_ID 'AKIDEXAMPLE'\nSECRET_ACCESS_KEY 'its''secret'\nSESSION_TOKEN 'token'",
    );
    expect(await (await own.getS3Connection()).config.credentials()).toMatchObject({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "its'secret",
      sessionToken: "token",
    });
    await own.close();
  });

  test("the driver's own options reach it", async () => {
    const own = openRedshift(sandbox, { pg: { application_name: "nightly", statement_timeout: 200 } });
    const client = await own.connection;
    expect((await client.query("SHOW application_name")).rows).toEqual([{ application_name: "nightly" }]);
    await own.close();
  });

  test("without a role and without keys no key of any kind stands in the SQL: it is refused", async () => {
    for (const name of Object.keys(process.env))
      if (/^AWS_|^REDSHIFT_/.test(name)) vi.stubEnv(name, undefined);
    const seen: string[] = [];
    const own = openRedshift(sandbox, {
      region: "us-east-1",
      onEvent: (event) => event.type === "statement" && seen.push(event.sql),
    });
    try {
      await own.execute("CREATE TABLE keyless (a INTEGER)");
      expect(own.awsCredentials).toBeUndefined();
      for (const call of [
        () => own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "keyless", { execute: false }),
        () => own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "keyless"),
        () => own.unloadTableToS3("sandbox", "p", "keyless", { execute: false }),
        () => own.unloadTableToS3("sandbox", "p", "keyless"),
      ]) {
        await expect(call()).rejects.toThrow(/^COPY and UNLOAD need a role or keys to reach S3/);
      }
      for (const nothing of [undefined, null, ""] as unknown as string[]) {
        expect(() => own.setAwsCredentials("AKIDEXAMPLE", nothing)).toThrow(OptionsError);
        expect(() => own.setAwsCredentials(nothing, "secret")).toThrow(OptionsError);
      }
      expect(own.awsCredentials).toBeUndefined();
      expect(seen).toEqual(["CREATE TABLE keyless (a INTEGER)"]);
    } finally {
      vi.unstubAllEnvs();
      await own.close();
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

  test("tells that it connects, once, when the first statement needs it, and prints nothing", async () => {
    const events: ShiftmanagerEvent[] = [];
    const printed = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
    const own = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
    expect(events).toEqual([]);
    await own.execute("SELECT 1");
    await own.execute("SELECT 2");
    const client = await own.connection;
    expect(await own.connection).toBe(client);
    await own.close();
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(events.filter(({ type }) => type === "connecting")).toEqual([
      expect.objectContaining({ host: sandbox.env.PGHOST, user: sandbox.env.PGUSER, again: false }),
    ]);
  });
});

test("options that there are not and arguments of another kind are refused by name, and nothing is done", async () => {
  await redshift.execute("CREATE TABLE untouched (a INTEGER); INSERT INTO untouched VALUES (1)");
  const wrong = { slcies: 1, exsiting: "refuse", gruops: ["g"], cannedAlc: "private" } as object;
  const calls: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => redshift.copyJsonToTable("sandbox", "w", [{ a: 2 }], null, "untouched", wrong), "slices"],
    [
      () => redshift.unloadTableToS3("sandbox", "w", "untouched", { ...wrong, slcies: undefined } as object),
      "existing",
    ],
    [() => redshift.createUser("not_made", null, { gruops: ["g"], execute: true } as object), "groups"],
    [() => redshift.writeStringToS3("x", "sandbox", "w", { cannedAlc: "private" } as object), "cannedAcl"],
    [() => redshift.writeStringToS3(5 as never, "sandbox", "w"), "give text"],
    [() => redshift.deepCopy(Promise.resolve("untouched") as never, { execute: true }), "await it first"],
    [() => redshift.copyTableToS3("sandbox", "w", undefined as never), "nothing for options"],
  ];
  for (const [call, way] of calls) {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OptionsError);
    expect((error as OptionsError).message).toContain(way);
  }
  expect(await value("SELECT SUM(a) FROM untouched")).toBe("1");
  expect(await value("SELECT COUNT(*) FROM pg_user WHERE usename = 'not_made'")).toBe("0");
});

test("the command prints to where it connects, apart from its data", async () => {
  const { code, stdout, stderr } = await runCommand(["table", "exists", "nothing"], sandbox.env);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "false\n" });
  const { PGHOST, PGPORT, PGUSER } = sandbox.env;
  expect(stderr).toMatch(new RegExp(`^Connecting to ${PGHOST}:${PGPORT}, database dev, as ${PGUSER}`));
});

describe("execute", () => {
  const refused = [
    ["SELECT 1; TRUNCATE kept_whole", "2"],
    ["SELECT 1; VACUUM kept_whole; SELECT 2", "2"],
    ["SELECT 1; SELECT 2; COMMIT", "3"],
    ["BEGIN; DELETE FROM kept_whole", "1"],
  ] as const;

  test.each(refused)(
    "%s: refused before a connection is made, naming the statement",
    async (text, number) => {
      const events: ShiftmanagerEvent[] = [];
      const own = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
      await expect(own.execute(text)).rejects.toBeInstanceOf(OptionsError);
      await expect(own.execute(text)).rejects.toThrow(new RegExp(`^[Ss]tatement ${number}\\b`));
      expect(events).toEqual([]);
      await own.close();
    },
  );

  test("takes parameters as an array or an object, a text or a batch", async () => {
    const batch = await redshift.mogrify("CREATE TABLE both_ways (a INTEGER, b VARCHAR(20))");
    expect(await redshift.execute(batch)).toHaveLength(1);
    await redshift.execute("INSERT INTO both_ways VALUES ($2, $1)", ["it's", 1]);
    await redshift.execute("INSERT INTO both_ways VALUES (:a, :b)", { a: 2, b: ":a" });
    const [result] = await redshift.execute("SELECT a, b FROM both_ways ORDER BY a");
    expect(result?.rows).toEqual([
      { a: 1, b: "it's" },
      { a: 2, b: ":a" },
    ]);
    await expect(redshift.execute(batch, [1])).rejects.toBeInstanceOf(OptionsError);
  });

  test("a batch whose last statement fails leaves nothing, and the error says which it was", async () => {
    const batch = await redshift.mogrify(
      "CREATE TABLE half_done (a INTEGER); INSERT INTO half_done VALUES (1); SELECT 1 / 0",
    );
    await expect(redshift.execute(batch)).rejects.toThrow(
      /^Statement 3 of 3 \(runs SELECT\) failed: .*; nothing was kept/,
    );
    expect(await redshift.tableExists("half_done")).toBe(false);
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

test("preparer quotes each of Redshift's reserved words, which the sandbox refuses without quotes", async () => {
  for (const word of reservedWords) {
    const quoted = String(redshift.preparer.identifier(word));
    expect(quoted).toBe(`"${word}"`);
    await expect(redshift.execute(`CREATE TABLE ${word} (a INTEGER)`), word).rejects.toThrow();
    await redshift.execute(`CREATE TABLE ${quoted} (a INTEGER); DROP TABLE ${quoted}`);
  }
  expect(String(redshift.preparer.identifier("plain_1"))).toBe("plain_1");
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

  test("draws on the system's secure source, and on nothing else", () => {
    const clock = vi.spyOn(Math, "random").mockImplementation(() => {
      throw new Error("guessable");
    });
    const passwords = [randomPassword(), randomPassword()];
    expect(new Set(passwords).size).toBe(2);
    // Its numbers, and only they, make the password.
    let drawn = 0;
    const secure = vi.spyOn(crypto, "randomInt").mockImplementation(() => (drawn += 1) % 80);
    syncBuiltinESMExports();
    try {
      const first = randomPassword();
      drawn = 0;
      expect(randomPassword()).toBe(first);
      expect(drawn).toBe(64);
    } finally {
      secure.mockRestore();
      syncBuiltinESMExports();
      clock.mockRestore();
    }
    expect(randomPassword()).not.toBe(randomPassword());
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

  test("each option shows in the statements and in the catalog", async () => {
    await redshift.createGroup("first_group", { execute: true });
    await redshift.createGroup("second group", { execute: true });
    const batch = await redshift.createUser("every_option", "Str0ngEnough", {
      validUntil: new Date("2035-01-02T03:04:05Z"),
      createdb: true,
      groups: ["first_group", "second group"],
      parameters: { wlm_query_slot_count: 2, query_group: "it's" },
      execute: true,
    });
    expect(String(batch)).toMatchInlineSnapshot(`
      "CREATE USER every_option
        PASSWORD <secret>
        CREATEDB
        VALID UNTIL '2035-01-02 03:04:05+00'
        IN GROUP first_group, "second group";
      ALTER USER every_option SET wlm_query_slot_count = 2;
      ALTER USER every_option SET query_group = 'it''s'"
    `);
    const facts = await redshift.execute(
      "SELECT usecreatedb, usesuper, valuntil::VARCHAR AS until, array_to_string(useconfig, ',') AS config FROM pg_user WHERE usename = 'every_option'",
    );
    expect(facts[0]?.rows).toEqual([
      {
        usecreatedb: true,
        usesuper: false,
        until: "2035-01-02 03:04:05+00",
        config: "wlm_query_slot_count=2,query_group=it's",
      },
    ]);
    const groups = await redshift.getGroups();
    expect(groups.filter(({ users }) => users.includes("every_option")).map(({ name }) => name)).toEqual([
      "first_group",
      "second group",
    ]);
    expect(await logsIn("every_option", "Str0ngEnough")).toBe(true);
  });

  test("a verifier goes in place of the password, which is nowhere in the SQL", async () => {
    const texts = [];
    for (const passwordHash of ["md5", "sha256"] as const) {
      const batch = await redshift.createUser(`by_${passwordHash}`, "Str0ngEnough", {
        passwordHash,
        execute: true,
      });
      texts.push(batch.toSQL({ secrets: "reveal" }));
    }
    expect(texts).toEqual([
      expect.stringMatching(/^CREATE USER by_md5\s+PASSWORD 'md5[0-9a-f]{32}'$/),
      expect.stringMatching(/^CREATE USER by_sha256\s+PASSWORD 'sha256\|[0-9a-f]{64}\|.+'$/),
    ]);
    expect(await logsIn("by_md5", "Str0ngEnough")).toBe(true);
    expect(await logsIn("by_md5", "Wr0ngEnough")).toBe(false);
    expect(await value("SELECT count(*) FROM pg_user WHERE usename = 'by_sha256'")).toBe("1");
  });

  test("createuser makes a superuser; without execute nothing happens", async () => {
    await redshift.createUser("boss", "Str0ngEnough", { createuser: true });
    expect(await value("SELECT count(*) FROM pg_user WHERE usename = 'boss'")).toBe("0");
    await redshift.createUser("boss", "Str0ngEnough", { createuser: true, execute: true });
    expect(await value("SELECT usesuper FROM pg_user WHERE usename = 'boss'")).toBe(true);
  });
});

describe("alterUser", () => {
  test("RENAME, options, SET and RESET are a statement each, in one transaction", async () => {
    await redshift.createUser("one_each", "Str0ngEnough", {
      passwordHash: "md5",
      parameters: { query_group: "slow" },
      execute: true,
    });
    const batch = await redshift.alterUser("one_each", {
      rename: "each_one",
      password: "An0therPassword",
      validUntil: new Date("2036-01-01T00:00:00Z"),
      createdb: true,
      createuser: true,
      parameters: { wlm_query_slot_count: 2, statement_timeout: 1000, query_group: null },
    });
    expect(String(batch)).toMatchInlineSnapshot(`
      "ALTER USER one_each RENAME TO each_one;
      ALTER USER each_one
        PASSWORD <secret>
        CREATEDB
        CREATEUSER
        VALID UNTIL '2036-01-01 00:00:00+00';
      ALTER USER each_one SET wlm_query_slot_count = 2;
      ALTER USER each_one SET statement_timeout = 1000;
      ALTER USER each_one RESET query_group"
    `);
    expect(await value("SELECT count(*) FROM pg_user WHERE usename = 'each_one'")).toBe("0");
    await redshift.execute(batch);
    const facts = await redshift.execute(
      "SELECT usecreatedb, usesuper, valuntil::VARCHAR AS until, array_to_string(useconfig, ',') AS config FROM pg_user WHERE usename = 'each_one'",
    );
    expect(facts[0]?.rows).toEqual([
      {
        usecreatedb: true,
        usesuper: true,
        until: "2036-01-01 00:00:00+00",
        config: "wlm_query_slot_count=2,statement_timeout=1000",
      },
    ]);
    expect(await logsIn("each_one", "An0therPassword")).toBe(true);
    expect(await logsIn("one_each", "An0therPassword")).toBe(false);
    await redshift.alterUser("each_one", { createdb: false, createuser: false, execute: true });
    expect(await value("SELECT usecreatedb OR usesuper FROM pg_user WHERE usename = 'each_one'")).toBe(false);
  });

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

  test("the call's own comes first, then setAwsRole, setAwsCredentials, the constructor, the variable", async () => {
    vi.stubEnv("REDSHIFT_IAM_ROLE", `${role}-variable`);
    const given: (string | undefined)[] = [];
    const plain = openRedshift(sandbox);
    given.push(String(plain.awsCredentials));
    await plain.close();
    const own = openRedshift(sandbox, { ...s3(), iamRole: `${role}-constructor` });
    try {
      given.push(String(own.awsCredentials));
      own.setAwsCredentials("AKIDEXAMPLE", "secret");
      given.push(String(own.awsCredentials).slice(0, 13));
      own.setAwsRole(`${role}-set`);
      given.push(String(own.awsCredentials));
      const authorization = { iamRole: `${role}-call` };
      const batch = await own.unloadTableToS3("sandbox", "p/", "given", { authorization, execute: false });
      given.push(/IAM_ROLE '[^']*'/.exec(String(batch))?.[0]);
      const copy = await own.copyJsonToTable("sandbox", "p", [{ a: 1 }], null, "given", {
        authorization,
        execute: false,
      });
      given.push(/IAM_ROLE '[^']*'/.exec(String(copy))?.[0]);
    } finally {
      vi.unstubAllEnvs();
      await own.close();
    }
    const written = (name: string) => `IAM_ROLE '${role}-${name}'`;
    expect(given).toEqual([
      written("variable"),
      written("constructor"),
      "ACCESS_KEY_ID",
      written("set"),
      written("call"),
      written("call"),
    ]);
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
