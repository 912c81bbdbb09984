import { describe, expect, test } from "vitest";
import { batchFromText } from "../../src/sql/from-text.ts";
import { splitStatements } from "../../src/sql/lexer.ts";
import { statementKind } from "../../src/sql/statement-kind.ts";

const kind = (text: string) => {
  const [statement] = splitStatements(text, "The text");
  if (statement === undefined) throw new Error("no statement");
  return statementKind(statement);
};

describe("what a statement does to a transaction", () => {
  test.each([
    ["SELECT 1", "joins"],
    ["TRUNCATE t", "commits"],
    ["/* a */ truncate TABLE t", "commits"],
    ["VACUUM FULL t", "forbidden"],
    ["CREATE DATABASE d", "forbidden"],
    ["DROP DATABASE d", "forbidden"],
    ["ALTER DATABASE d ISOLATION LEVEL SNAPSHOT", "forbidden"],
    ["ALTER DATABASE d OWNER TO u", "joins"],
    ["ALTER TABLE s.t APPEND FROM u", "forbidden"],
    ['ALTER TABLE "s"."a.b" ALTER COLUMN c TYPE VARCHAR(10)', "forbidden"],
    ["ALTER TABLE t ALTER COLUMN c ENCODE zstd", "joins"],
    ["ALTER TABLE t ADD COLUMN append int", "joins"],
    ["ALTER TABLE append RENAME TO t", "joins"],
    ["CREATE OR REPLACE LIBRARY l LANGUAGE plpythonu", "forbidden"],
    ["CREATE EXTERNAL TABLE s.t (a int)", "forbidden"],
    ["CREATE TABLE vacuum_log (a int)", "joins"],
    ["GRANT SELECT ON EXTERNAL TABLE s.t TO IAM_ROLE 'x'", "forbidden"],
    ["GRANT SELECT ON t TO u", "joins"],
  ])("%s: %s", (text, expected) => {
    expect(kind(text).transaction).toBe(expected);
  });

  test.each([
    ["SELECT 1", true],
    ["(SELECT 1)", true],
    ["WITH a AS (SELECT 1) SELECT * FROM a", true],
    ["EXPLAIN SELECT 1", true],
    ["show search_path", true],
    ["SELECT 1 INTO t", false],
    ['SELECT 1 AS "into"', true],
    ["SELECT 'into'", true],
    ["INSERT INTO t VALUES (1)", false],
    ["CALL p()", false],
  ])("%s only reads: %s", (text, expected) => {
    expect(kind(text).reads).toBe(expected);
  });

  test.each([
    ["DROP TABLE t", true],
    ["DELETE FROM t", true],
    ["TRUNCATE t", true],
    ["ALTER TABLE t DROP COLUMN c", true],
    ["ALTER TABLE t ADD COLUMN c int", false],
  ])("%s destroys something: %s", (text, expected) => {
    expect(kind(text).destroys).toBe(expected);
  });
});

describe("text as a batch", () => {
  const shape = (text: string, options: { transaction?: "split" } = {}) =>
    batchFromText(text, undefined, options).steps.map(
      ({ kind: k, statements }) => `${k}: ${statements.map(({ sql }) => String(sql)).join("; ")}`,
    );

  test("several statements are one transaction", () => {
    expect(shape("A; B;\nC")).toEqual(["transaction: A; B; C"]);
  });

  test("a single statement that cannot join runs alone", () => {
    expect(shape("VACUUM t;")).toEqual(["alone: VACUUM t"]);
    expect(shape("TRUNCATE t")).toEqual(["alone: TRUNCATE t"]);
  });

  test("split runs such statements apart and keeps the text's own boundaries", () => {
    expect(shape("A; B; VACUUM t; C; TRUNCATE t", { transaction: "split" })).toEqual([
      "transaction: A; B",
      "alone: VACUUM t",
      "transaction: C",
      "alone: TRUNCATE t",
    ]);
    expect(shape("BEGIN; A; B; COMMIT; ANALYZE t; BEGIN; C; END", { transaction: "split" })).toEqual([
      "transaction: A; B",
      "transaction: ANALYZE t",
      "transaction: C",
    ]);
  });

  test.each<[string, { transaction?: "split" }, string]>([
    [
      "A; TRUNCATE t",
      {},
      "Statement 2 of 2 (TRUNCATE, line 1, column 4 (character 4)) commits the transaction it is in",
    ],
    [
      "A; VACUUM t",
      {},
      "Statement 2 of 2 (VACUUM, line 1, column 4 (character 4)) cannot run in a transaction with others",
    ],
    [
      "BEGIN; A; COMMIT",
      {},
      "Statement 1 of 3 (BEGIN, line 1, column 1 (character 1)) controls the transaction",
    ],
    [
      "A; rollback",
      {},
      "Statement 2 of 2 (ROLLBACK, line 1, column 4 (character 4)) controls the transaction",
    ],
    ["END", {}, "Statement 1 of 1 (END, line 1, column 1 (character 1)) controls the transaction"],
    [
      "BEGIN; A",
      { transaction: "split" },
      "Statement 1 of 2 (BEGIN, line 1, column 1 (character 1)) is never followed by COMMIT; add it.",
    ],
    ["A; COMMIT", { transaction: "split" }, "has no partner; BEGIN and COMMIT come in pairs."],
    ["BEGIN; A; ROLLBACK", { transaction: "split" }, "would undo what comes before it"],
    ["BEGIN; VACUUM t; COMMIT", { transaction: "split" }, "cannot stand between BEGIN and COMMIT"],
    [" -- nothing", {}, "The text holds no statement."],
  ])("%s %j is refused", (text, options, message) => {
    expect(() => shape(text, options)).toThrow(message);
  });
});

describe("a proof of a printed script", () => {
  test.each([
    [
      "SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied FROM a CROSS JOIN b",
      "every row arrived",
    ],
    [
      "-- ours\nselect 1 /case when count(*) = 0 then 1 else 0 end as no_key_is_null from t",
      "no row has a NULL key",
    ],
    ["SELECT 1 / CASE WHEN a THEN 1 ELSE 0 END AS my_own_check FROM t", undefined],
    ["SELECT 2 / CASE WHEN a THEN 1 ELSE 0 END AS every_row_was_copied FROM t", undefined],
    ["SELECT every_row_was_copied FROM t", undefined],
    ["SELECT 1 / CASE WHEN a THEN 1 ELSE 0 END AS toString FROM t", undefined],
  ])("%s", (text, proves) => {
    const [statement] = batchFromText(text).statements;
    expect(statement?.proves).toBe(proves);
    expect(statement?.summary).toBe(proves === undefined ? "Runs SELECT" : `Proves that ${proves}`);
  });
});
