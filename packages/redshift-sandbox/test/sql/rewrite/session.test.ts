import { expect, test } from "vitest";
import { plan, refusal, translated } from "../translated.ts";

test.each([
  ["begin", "BEGIN"],
  ["begin work isolation level read committed, read only", "BEGIN READ ONLY"],
  ["start transaction isolation level serializable", "BEGIN"],
  ["end transaction", "COMMIT"],
  ["commit work", "COMMIT"],
  ["abort", "ROLLBACK"],
  ["rollback transaction", "ROLLBACK"],
  ["set search_path to '$user', public, \"My\"", "SET search_path TO E'$user', E'public', E'My'"],
  ["set statement_timeout = 1000", "SET statement_timeout TO 1000"],
  ["set local query_group to 'x'", "SET LOCAL redshift.query_group TO E'x'"],
  ["set session wlm_query_slot_count to 3", "SET redshift.wlm_query_slot_count TO 3"],
  [
    "set enable_case_sensitive_identifier to true",
    "SET redshift.enable_case_sensitive_identifier TO E'true'",
  ],
  ["set extra_float_digits to -2", "SET extra_float_digits TO -2"],
  ["set datestyle to default", "SET datestyle TO DEFAULT"],
  ["set timezone = 'UTC'", "SET timezone TO E'UTC'"],
  ["set time zone 'UTC'", "SET timezone TO E'UTC'"],
  ["set seed to .25", "SET seed TO .25"],
  ["set app_context.user_id to 123", `SET "app_context"."user_id" TO 123`],
  ["set session authorization 'bob'", `SET SESSION AUTHORIZATION "bob"`],
  ['set local session authorization "Bob"', `SET LOCAL SESSION AUTHORIZATION "Bob"`],
  ["set session authorization default", "SET SESSION AUTHORIZATION DEFAULT"],
  ["set session_authorization to bob", `SET SESSION AUTHORIZATION "bob"`],
  ["cancel 802 'Long-running query'", "SELECT pg_catalog.pg_cancel_backend(802)"],
  ["reset query_group", "RESET redshift.query_group"],
  ["reset all", "RESET ALL"],
  ["show datestyle", "SHOW datestyle"],
  ["show transaction isolation level", "SHOW transaction_isolation"],
  ["fetch next from c", `FETCH NEXT FROM "c"`],
  ["fetch forward all from c", `FETCH FORWARD ALL FROM "c"`],
  ["fetch 5 from c", `FETCH 5 FROM "c"`],
  ["close c", `CLOSE "c"`],
  ["deallocate prepare p", `DEALLOCATE "p"`],
])("%s", (sql, expected) => {
  expect(translated(sql)).toBe(expected);
});

test("SHOW of a parameter that only Redshift has is answered by the sandbox, under its name", () => {
  expect(plan("show query_group")).toMatchObject({
    kind: "virtual",
    tag: "SHOW",
    columns: [{ name: "query_group", oid: 25 }],
  });
  expect(plan("show all")).toMatchObject({ columns: [{ name: "name" }, { name: "setting" }] });
});

test.each([
  ["begin isolation level snapshot", '42601 syntax error at or near "snapshot"'],
  ["commit and chain", '42601 syntax error at or near "and"'],
  ["rollback to savepoint a", "0A000 ROLLBACK TO SAVEPOINT is not supported by Redshift"],
  ["savepoint a", '0A000 SQL command "SAVEPOINT" is not supported by Redshift'],
  ["release savepoint a", '0A000 SQL command "RELEASE" is not supported by Redshift'],
  ["set work_mem to '1GB'", '42704 unrecognized configuration parameter "work_mem"'],
  [
    "set extra_float_digits to 3",
    '22023 3 is outside the valid range for parameter "extra_float_digits" (-15 .. 2)',
  ],
  ["set session authorization rdsdb", '42501 permission denied for user "rdsdb"'],
  ["set session authorization 'group/g'", '0A000 redshift-sandbox does not imitate the user name "group/g"'],
  ["set redshift.last_copy_id to 5", '42501 permission denied to set parameter "redshift.last_copy_id"'],
  ["set transaction isolation level serializable", "0A000 redshift-sandbox does not imitate SET TRANSACTION"],
  ["show grants on table t", "0A000 redshift-sandbox does not imitate SHOW GRANTS"],
  ["show data_directory", '42704 unrecognized configuration parameter "data_directory"'],
  ["deallocate all", '42601 syntax error at or near "all"'],
  ["fetch prior from c", '42601 syntax error at or near "prior"'],
  ["fetch backward all from c", '42601 syntax error at or near "backward"'],
  ["declare c scroll cursor for select 1", '42601 syntax error at or near "scroll"'],
  ["declare c cursor with hold for select 1", '42601 syntax error at or near "with"'],
])("refused: %s", (sql, message) => {
  expect(refusal(sql)).toBe(message);
});
