import { expect, test } from "vitest";
import { refusal, translated } from "../translated.ts";

test.each([
  ["grant select, insert on sales to bob", `GRANT SELECT, INSERT ON TABLE "sales" TO "bob"`],
  [
    "grant drop, truncate, alter on table s.t to group etl",
    `GRANT TRUNCATE, MAINTAIN, TRIGGER ON TABLE "s"."t" TO "group/etl"`,
  ],
  ["grant all privileges on a, b to public", `GRANT ALL PRIVILEGES ON TABLE "a", "b" TO PUBLIC`],
  ["grant select on all tables in schema a, b to u", `GRANT SELECT ON ALL TABLES IN SCHEMA "a", "b" TO "u"`],
  [
    "grant select on t to a with grant option, b, group g",
    `GRANT SELECT ON TABLE "t" TO "b", "group/g"\nGRANT SELECT ON TABLE "t" TO "a" WITH GRANT OPTION`,
  ],
  ["grant create, temp on database dev to u", `GRANT CREATE, TEMPORARY ON DATABASE "dev" TO "u"`],
  ["grant all on database dev to u", `GRANT CREATE, TEMPORARY ON DATABASE "dev" TO "u"`],
  ["grant usage, create on schema s to group g", `GRANT USAGE, CREATE ON SCHEMA "s" TO "group/g"`],
  ["grant all on schema s to u", `GRANT ALL PRIVILEGES ON SCHEMA "s" TO "u"`],
  ["grant select (a, b), update (c) on t to u", `GRANT SELECT ("a", "b"), UPDATE ("c") ON TABLE "t" TO "u"`],
  ["grant all (a) on t to u", `GRANT SELECT ("a"), UPDATE ("a") ON TABLE "t" TO "u"`],
  [
    "grant select, update (a) on t to role r, group r",
    `GRANT SELECT, UPDATE ("a") ON TABLE "t" TO "role/r", "group/r"`,
  ],
  [
    "grant role a, role sys:dba to bob with admin option, role b",
    `SELECT redshift_sandbox.grant_role(E'role/a', E'bob', true)
SELECT redshift_sandbox.grant_role(E'role/sys:dba', E'bob', true)
SELECT redshift_sandbox.grant_role(E'role/a', E'role/b', false)
SELECT redshift_sandbox.grant_role(E'role/sys:dba', E'role/b', false)`,
  ],
  [
    "revoke role a, b from bob",
    `SELECT redshift_sandbox.revoke_role(E'role/a', E'bob', false)
SELECT redshift_sandbox.revoke_role(E'role/b', E'bob', false)`,
  ],
  ["revoke admin option for role a from bob", `SELECT redshift_sandbox.revoke_role(E'role/a', E'bob', true)`],
  [
    "grant create table, explain rls to role r",
    `SELECT redshift_sandbox.grant_system_privileges(E'role/r', ARRAY[E'CREATE TABLE', E'EXPLAIN RLS']::text[])`,
  ],
  ["revoke drop on t from u restrict", `REVOKE TRUNCATE ON TABLE "t" FROM "u"`],
  ["revoke grant option for select on t from u", `REVOKE GRANT OPTION FOR SELECT ON TABLE "t" FROM "u"`],
  ["revoke all on database dev from public", `REVOKE CREATE, TEMPORARY ON DATABASE "dev" FROM PUBLIC`],
  [
    "alter default privileges for user a in schema s grant select on tables to group g, b with grant option",
    `ALTER DEFAULT PRIVILEGES FOR ROLE "a" IN SCHEMA "s" GRANT SELECT ON TABLES TO "group/g"\nALTER DEFAULT PRIVILEGES FOR ROLE "a" IN SCHEMA "s" GRANT SELECT ON TABLES TO "b" WITH GRANT OPTION`,
  ],
  [
    "alter default privileges revoke all on tables from u",
    `ALTER DEFAULT PRIVILEGES REVOKE ALL PRIVILEGES ON TABLES FROM "u"`,
  ],
])("%s", (sql, expected) => {
  expect(translated(sql)).toBe(expected);
});

test.each([
  ["grant role r to group g", '42601 syntax error at or near "group"'],
  [
    "grant role r to role r2 with admin option",
    "0LP01 admin options can only be granted to individual users",
  ],
  [
    "revoke admin option for role r from role r2",
    "0LP01 admin options can only be granted to individual users",
  ],
  [
    "grant select on t to role r with grant option",
    "0LP01 grant options can only be granted to individual users",
  ],
  ["grant r to u", '42601 syntax error at or near "to"'],
  ["grant assumerole on all to u for copy", "0A000 redshift-sandbox does not imitate ASSUMEROLE"],
  [
    "grant usage on datashare d to account '1'",
    "0A000 redshift-sandbox does not imitate privileges on DATASHARE",
  ],
  [
    "grant execute on function f (int) to u",
    "0A000 redshift-sandbox does not imitate privileges on FUNCTION",
  ],
  ["grant usage on language plpgsql to u", "0A000 redshift-sandbox does not imitate privileges on LANGUAGE"],
  ["grant select for tables in schema s to u", "0A000 redshift-sandbox does not imitate scoped permissions"],
  ["grant create table to u", "0LP01 system permissions can only be granted to roles"],
  ["revoke all from u", "0LP01 system permissions can only be granted to roles"],
  ["grant create model to u", "0A000 redshift-sandbox does not imitate machine learning models"],
  ["grant usage on database shared to u", "0A000 redshift-sandbox does not imitate datashares"],
  [
    "create role sys:mine",
    '42939 role name "sys:mine" is reserved: sys: begins the names of system-defined roles',
  ],
  ["create role public", '42939 role name "public" is reserved'],
  [`create role "a/b"`, '42602 role name "a/b" contains invalid characters'],
  [
    `create role "aad:analysts"`,
    '0A000 redshift-sandbox does not imitate roles of an identity provider ("aad:analysts")',
  ],
  ["grant connect on database dev to u", "0LP01 invalid privilege type CONNECT for this kind of object"],
  ["grant execute on t to u", "0LP01 invalid privilege type EXECUTE for this kind of object"],
  ["grant select on schema s to u", "0LP01 invalid privilege type SELECT for this kind of object"],
  ["grant insert (a) on t to u", "0LP01 invalid privilege type INSERT for column"],
  [
    "grant select (a) on t to u with grant option",
    "0LP01 column privileges cannot be granted WITH GRANT OPTION",
  ],
  [
    "grant select on t to group g with grant option",
    "0LP01 grant options can only be granted to individual users",
  ],
  [
    "grant select on t to public with grant option",
    "0LP01 grant options can only be granted to individual users",
  ],
  ["revoke select on t from u cascade", "0A000 redshift-sandbox does not imitate REVOKE … CASCADE"],
  [`grant select on t to "group/g"`, '0A000 redshift-sandbox does not imitate the user name "group/g"'],
  ["grant select on t to rdsdb", '42501 permission denied for user "rdsdb"'],
  [
    "grant select on redshift_sandbox.user_option to u",
    "42501 permission denied for schema redshift_sandbox",
  ],
  ["alter default privileges for group g grant select on tables to u", '42601 syntax error at or near "for"'],
])("refused: %s", (sql, message) => {
  expect(refusal(sql)).toBe(message);
});
