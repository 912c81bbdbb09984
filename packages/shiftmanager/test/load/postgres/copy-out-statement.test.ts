import { expect, test } from "vitest";
import { copyOutCsv, copyOutJson } from "../../../src/load/postgres/copy-out-statement.ts";
import { matchColumns } from "../../../src/load/postgres/match-columns.ts";
import { sourceQuery } from "../../../src/load/postgres/source-query.ts";
import { csvFields } from "../../../src/load/postgres/csv-fields.ts";
import { valueCheck } from "../../../src/load/postgres/value-checks.ts";
import type { Column } from "../../../src/catalog/columns.ts";

const column = (name: string, type: string): Column => ({
  number: 1,
  name,
  type,
  notNull: false,
  default: null,
  identity: null,
  encoding: "none",
  distkey: false,
  sortkeyPosition: 0,
  interleaved: false,
});

const { columns } = matchColumns(
  [
    { name: "id", type: "int4", composite: false },
    { name: 'No"te', type: "text", composite: false },
    { name: "at", type: "timestamptz", composite: false },
    { name: "raw", type: "bytea", composite: false },
    { name: "list", type: "_int4", composite: true },
  ],
  [
    column("list", "super"),
    column("raw", "binary varying(10)"),
    column("at", "timestamp without time zone"),
    column('no"te', "character varying(10)"),
    column("id", "integer"),
  ],
  "public.t",
  "s.t",
);

test("CSV: text stands in quotes, NULL is the marker, names are quoted for PostgreSQL", () => {
  expect(copyOutCsv(sourceQuery({ pgTableName: 'Shop."Orders"' }), columns, "null_0f")).toBe(`COPY (
SELECT
  "id",
  "No""te" AS "no""te",
  "at" AT TIME ZONE 'UTC' AS "at",
  encode("raw", 'hex') AS "raw",
  to_json("list") AS "list"
FROM "shop"."Orders"
) TO STDOUT (FORMAT csv, NULL 'null_0f', FORCE_QUOTE ("no""te", "list"))`);
});

test("JSON: everything but SUPER is text, so that no number is rounded", () => {
  const query = sourceQuery({ pgSelectStatement: String.raw`SELECT '\' AS x -- why` });
  expect(copyOutJson(query, columns.slice(0, 1).concat(columns.slice(4)))).toBe(`COPY (
SELECT row_to_json(source_row)
FROM (
SELECT
  ("id")::text AS "id",
  (to_json("list"))::json AS "list"
FROM (
SELECT '\\' AS x
) AS source
) AS source_row
) TO STDOUT (FORMAT csv, QUOTE '\u0001', DELIMITER '\u0002')`);
});

test.each([
  [{}, /Give either pgTableName or pgSelectStatement/],
  [{ pgSelectStatement: "DELETE FROM t" }, /must begin with SELECT or WITH or VALUES or TABLE/],
  [{ pgSelectStatement: "SELECT 1; SELECT 2" }, /holds a ";"/],
  [{ pgSelectStatement: "SELECT 1) TO PROGRAM 'x' --" }, /has a "\)" that closes nothing/],
])("%j is refused", (rows, message) => {
  expect(() => sourceQuery(rows)).toThrow(message);
});

test("a row of CSV is taken apart as PostgreSQL wrote it", () => {
  expect(csvFields('1,"a ""b"", c\nd",,"",null_0f,"null_0f"', "null_0f")).toEqual([
    "1",
    'a "b", c\nd',
    "",
    "",
    null,
    "null_0f",
  ]);
});

test.each([
  ["numeric(5,2)", ["0", "-999.99", "1.500", "0.00"], ["1000", "1.005", "1e3", "NaN", ""]],
  ["bigint", ["9223372036854775807", "-9223372036854775808"], ["9223372036854775808", "1.0"]],
  ["character varying(3)", ["abc", "abc  ", "é"], ["abcd", "éé"]],
  [
    "timestamp with time zone",
    ["2024-01-01 00:00:00+00"],
    ["2024-01-01 00:00:00", "infinity", "0044-01-01 00:00:00+00 BC"],
  ],
  ["real", ["1e30", "0"], ["1e39", "1e-60", "Infinity"]],
  [
    "super",
    ["9007199254740993", "0.1", '"1e400"', "1.50e2"],
    ["9223372036854775808", "1e400", '"\\u0000"', '"\\ud800"'],
  ],
])("%s takes what arrives as it is, and nothing else", (type, good, bad) => {
  const check = valueCheck(type);
  expect(good.filter((value) => check?.(value) !== undefined)).toEqual([]);
  expect(bad.filter((value) => check?.(value) === undefined)).toEqual([]);
});
