import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { plan, refusal, translated } from "../translated.ts";

const md5 = (password: string, user: string): string =>
  `md5${createHash("md5")
    .update(password + user)
    .digest("hex")}`;

describe("CREATE USER", () => {
  test("every option; a clear password leaves as md5(password + name)", () => {
    expect(
      translated(`CREATE USER "Bob" WITH PASSWORD 'Abcdefg1' CREATEDB CREATEUSER SYSLOG ACCESS UNRESTRICTED IN GROUP etl, "Ops"
        VALID UNTIL '2030-01-01' CONNECTION LIMIT 5 SESSION TIMEOUT 3600`),
    ).toBe(
      `CREATE ROLE "Bob" LOGIN CREATEDB SUPERUSER CONNECTION LIMIT 5 PASSWORD E'${md5("Abcdefg1", "Bob")}' VALID UNTIL E'2030-01-01' IN ROLE "group/etl", "group/ops"
SELECT redshift_sandbox.set_user_option(E'Bob', 'password_kind', E'md5')
SELECT redshift_sandbox.set_user_option(E'Bob', 'syslog_access', E'unrestricted')
SELECT redshift_sandbox.set_user_option(E'Bob', 'session_timeout', E'3600')`,
    );
  });

  test("the manual's md5 example", () => {
    expect(md5("ez", "user1")).toBe("md5153c434b4b77c89e6b94f12c5393af5b");
    expect(translated("create user user1 password 'md5153c434b4b77c89e6b94f12c5393af5b'")).toContain(
      "PASSWORD E'md5153c434b4b77c89e6b94f12c5393af5b'",
    );
  });

  test("sha256 with digest and salt is kept as given", () => {
    const digest = "8".repeat(64);
    const salt = "c".repeat(64);
    expect(translated(`create user u password 'sha256|${digest}|${salt}'`)).toBe(
      `CREATE ROLE "u" LOGIN PASSWORD NULL
SELECT redshift_sandbox.set_user_option(E'u', 'password_kind', E'sha256')
SELECT redshift_sandbox.set_user_option(E'u', 'sha256_digest', E'${digest}')
SELECT redshift_sandbox.set_user_option(E'u', 'sha256_salt', E'${salt}')`,
    );
  });

  test("sha256 of a clear password: digest = SHA256(password, binary salt)", () => {
    const text = translated("create user u password 'sha256|Mypassword1'");
    const [, digest = "", salt = ""] =
      /'sha256_digest', E'(\w{64})'[^]*'sha256_salt', E'(\w{64})'/.exec(text) ?? [];
    expect(createHash("sha256").update("Mypassword1").update(Buffer.from(salt, "hex")).digest("hex")).toBe(
      digest,
    );
    expect(text).not.toContain("Mypassword1");
  });

  test("DISABLE with EXTERNALID; names with a namespace; UNLIMITED", () => {
    expect(
      translated("create user ns:bob password disable externalid ABC123 connection limit unlimited"),
    ).toBe(
      `CREATE ROLE "ns:bob" LOGIN CONNECTION LIMIT -1 PASSWORD NULL
SELECT redshift_sandbox.set_user_option(E'ns:bob', 'password_kind', E'disabled')
SELECT redshift_sandbox.set_user_option(E'ns:bob', 'external_id', E'ABC123')`,
    );
  });

  test.each([
    ["create user u", "42601 syntax error at end of input"],
    ["create user u createdb", "42601 syntax error at end of input"],
    ["create user if not exists u password disable", '42601 syntax error at or near "not"'],
    ["create user public password disable", '42939 user name "public" is reserved'],
    [`create user "PUBLIC" password disable`, '42939 user name "PUBLIC" is reserved'],
    [
      `create user "group/x" password disable`,
      '0A000 redshift-sandbox does not imitate the user name "group/x"',
    ],
    ["create user pg_x password disable", '0A000 redshift-sandbox does not imitate the user name "pg_x"'],
    ["create user rdsdb password disable", '42501 permission denied for user "rdsdb"'],
    ["create user user password disable", '42601 syntax error at or near "user"'],
    ["create user u password 'Short1'", "22023 password must have at least 8 characters"],
    [`create user u password '${"Aa1".repeat(22)}'`, "22023 password must have at most 64 characters"],
    ["create user u password 'abcdefg1'", "22023 password must contain an upper-case letter"],
    ["create user u password 'ABCDEFG1'", "22023 password must contain a lower-case letter"],
    ["create user u password 'Abcdefgh'", "22023 password must contain a number"],
    [
      "create user u password 'Abcdef 1'",
      `22023 password may hold ASCII characters 33 to 126 only, and none of ' " \\ /`,
    ],
    [
      String.raw`create user u password 'Abcdef\\1'`,
      `22023 password may hold ASCII characters 33 to 126 only, and none of ' " \\ /`,
    ],
    ["create user u password disable createuser", "0LP01 The password of a superuser cannot be disabled"],
    ["create user u password 'Abcdefg1' externalid x", "42601 EXTERNALID requires PASSWORD DISABLE"],
    [
      "create user u password disable session timeout 59",
      "22023 session timeout 59 is out of range: 60 to 1728000 seconds",
    ],
    ["create user u password disable createdb nocreatedb", "42601 conflicting or redundant options"],
    ["create user u password disable superuser", '42601 syntax error at or near "superuser"'],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });
});

describe("ALTER USER", () => {
  test.each([
    [
      "alter user u password 'Abcdefg1' valid until 'infinity'",
      `ALTER ROLE "u" PASSWORD E'${md5("Abcdefg1", "u")}' VALID UNTIL E'infinity'\nSELECT redshift_sandbox.set_user_option(E'u', 'password_kind', E'md5')`,
    ],
    ["alter user u nocreateuser createdb", `ALTER ROLE "u" CREATEDB NOSUPERUSER`],
    [
      "alter user u reset session timeout",
      `SELECT redshift_sandbox.set_user_option(E'u', 'session_timeout', NULL)`,
    ],
    ["alter user u set search_path to a, b", `ALTER ROLE "u" SET search_path TO E'a', E'b'`],
    ["alter user u set query_group = 'x'", `ALTER ROLE "u" SET redshift.query_group TO E'x'`],
    ["alter user u set search_path to default", `ALTER ROLE "u" SET search_path TO DEFAULT`],
    ["alter user u reset query_group", `ALTER ROLE "u" RESET redshift.query_group`],
    [
      "alter user u rename to v",
      `ALTER ROLE "u" RENAME TO "v"\nALTER ROLE "v" PASSWORD NULL\nSELECT redshift_sandbox.set_user_option(E'v', 'sha256_digest', NULL)\nSELECT redshift_sandbox.set_user_option(E'v', 'sha256_salt', NULL)`,
    ],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test.each([
    ["alter user u", "42601 syntax error at end of input"],
    ["alter user u createdb, createuser", '42601 syntax error at or near ","'],
    ["alter user u createdb rename to v", '42601 syntax error at or near "rename"'],
    ["alter user u set search_path to a createdb", '42601 syntax error at or near "createdb"'],
    ["alter user u in group g", '42601 syntax error at or near "in"'],
    ["alter user u createuser password disable", "0LP01 The password of a superuser cannot be disabled"],
    ["alter user u set role to v", '42501 permission denied to set parameter "role"'],
    ["alter user u set work_mem to '1GB'", '42704 unrecognized configuration parameter "work_mem"'],
    ["alter user rdsdb password 'Abcdefg1'", '42501 permission denied for user "rdsdb"'],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });
});

describe("groups", () => {
  test.each([
    ["create group etl", `CREATE ROLE "group/etl" NOLOGIN`],
    [`create group etl with user alice, "Bob"`, `CREATE ROLE "group/etl" NOLOGIN ROLE "alice", "Bob"`],
    ["alter group etl add user a, b", `GRANT "group/etl" TO "a", "b"`],
    ["alter group etl drop user a", `REVOKE "group/etl" FROM "a"`],
    ["alter group etl rename to load", `ALTER ROLE "group/etl" RENAME TO "group/load"`],
  ])("%s", (sql, expected) => {
    expect(translated(sql)).toBe(expected);
  });

  test.each([
    ["create group __system", '42939 group name "__system" is reserved'],
    ["drop group if exists g", '42601 syntax error at or near "exists"'],
    ["drop group a, b", '42601 syntax error at or near ","'],
    ["drop group a cascade", '42601 syntax error at or near "cascade"'],
    ["drop user a cascade", '42601 syntax error at or near "cascade"'],
    ["alter group g add user a drop user b", '42601 syntax error at or near "drop"'],
  ])("refused: %s", (sql, message) => {
    expect(refusal(sql)).toBe(message);
  });

  test("dropping is the sandbox's own work: its errors are not PostgreSQL's", () => {
    expect(plan("drop user if exists a, b")).toMatchObject({
      kind: "virtual",
      tag: "DROP USER",
      transaction: "joins",
    });
    expect(plan("drop group a")).toMatchObject({ kind: "virtual", tag: "DROP GROUP" });
  });
});
