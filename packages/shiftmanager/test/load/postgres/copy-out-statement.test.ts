import { expect, test } from "vitest";
import { copyOutCsv, copyOutJson, copyOutJsonTexts } from "../../../src/load/postgres/copy-out-statement.ts";
import { matchColumns } from "../../../src/load/postgres/match-columns.ts";
import { sourceQuery } from "../../../src/load/postgres/source-query.ts";
import { fileTransfer } from "../../../src/load/postgres/column-transfer.ts";
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
    { name: "id", type: "int4", modifier: -1, composite: false },
    { name: 'No"te', type: "text", modifier: -1, composite: false },
    { name: "at", type: "timestamptz", modifier: -1, composite: false },
    { name: "raw", type: "bytea", modifier: -1, composite: false },
    { name: "list", type: "_int4", modifier: -1, composite: true },
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
  { rules: {}, encoding: "UTF8" },
);

test("CSV: text stands in quotes, NULL is the marker, names are quoted for PostgreSQL", () => {
  expect(copyOutCsv(sourceQuery({ pgTableName: 'Shop."Orders"' }), columns, "null_0f")).toBe(`COPY (
SELECT
  "id",
  "No""te" AS "no""te",
  ("at") AT TIME ZONE 'UTC' AS "at",
  encode("raw", 'hex') AS "raw",
  to_json("list") AS "list"
FROM "shop"."Orders"
) TO STDOUT (FORMAT csv, NULL 'null_0f', FORCE_QUOTE ("no""te", "list"))`);
});

test("JSON: everything but SUPER is text, so that no number is rounded", () => {
  const query = sourceQuery({ pgSelectStatement: String.raw`SELECT '\' AS x -- why` });
  expect(copyOutJsonTexts(query, columns.slice(0, 1).concat(columns.slice(4)))).toBe(`COPY (
SELECT replace(replace(row_to_json(source_row)::text, chr(10), ' '), chr(13), ' ')
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

test("JSON of a whole table: the rows are rewritten only where a json value may break a line", () => {
  const query = sourceQuery({ pgTableName: "t" });
  const text = fileTransfer({ name: "a", type: "jsonb", modifier: -1, composite: false });
  const json = fileTransfer({ name: "b", type: "json", modifier: -1, composite: false });
  expect(copyOutJson(query, [text])).toMatch(/^COPY \(\nSELECT row_to_json\(source_row\)\nFROM/);
  expect(copyOutJson(query, [text, json])).toMatch(/^COPY \(\nSELECT replace\(replace\(row_to_json/);
});
