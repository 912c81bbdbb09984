import { expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox.ts";
import { connect, values } from "./sessions.ts";

test("the catalog tells of a table that another session holds exclusively, without waiting for it", async () => {
  const sandbox = await startSandbox();
  const holder = await connect(sandbox);
  const reader = await connect(sandbox);
  try {
    await holder.query(
      "CREATE TABLE t (a int PRIMARY KEY, b varchar(9) DEFAULT 'x'); INSERT INTO t VALUES (1)",
    );
    await holder.query("BEGIN; LOCK t");
    await reader.query("SET statement_timeout TO 20000"); // A wait is an error, not a hang.
    expect(await values(reader, `SELECT "table" || ' ' || size FROM svv_table_info`)).toEqual(["t 1"]);
    expect(await values(reader, "SELECT adsrc FROM pg_attrdef WHERE adrelid = 't'::regclass")).toEqual([
      "'x'::character varying",
    ]);
    expect(await values(reader, "SELECT \"column\" FROM pg_table_def WHERE tablename = 't'")).toEqual([
      "a",
      "b",
    ]);
  } finally {
    await reader.end();
    await holder.end();
    await sandbox.stop();
  }
});
