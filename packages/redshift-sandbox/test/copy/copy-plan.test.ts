import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EngineSession } from "./engine-session.ts";

const KEYS = "ACCESS_KEY_ID 'AKIDSANDBOX' SECRET_ACCESS_KEY 'secret/key'";
let session: EngineSession;

beforeAll(async () => {
  session = await EngineSession.start();
});
afterAll(async () => {
  await session.stop();
});
beforeEach(async () => {
  session.store.objects.clear();
  session.faults.clear();
  await session.query("DROP TABLE IF EXISTS t; DELETE FROM redshift_sandbox.load_error");
});

async function copy(table: string, files: Record<string, string | Buffer>, options: string): Promise<unknown> {
  await session.query(`CREATE TABLE t (${table})`);
  for (const [key, body] of Object.entries(files)) session.store.put(key, body);
  await session.run(`COPY t FROM 's3://bucket/in' ${KEYS} ${options}`);
  return session.rows("SELECT * FROM t ORDER BY 1");
}

describe("JSON", () => {
  it("'auto' fills columns by lower-case key; unknown keys are ignored and missing ones are NULL", async () => {
    const rows = await copy(
      "id int, name varchar(20), n numeric(20,2)",
      { in: '{"id":1,"name":"a","other":[1,{"x":2}]}\n{"Id":9,"n":12345678901234567.89,"id":2}' },
      "JSON 'auto'",
    );
    expect(rows).toEqual([
      ["1", "a", null],
      ["2", null, "12345678901234567.89"],
    ]);
    expect(session.notices).toEqual(["INFO: Load into table 't' completed, 2 record(s) loaded successfully."]);
  });

  it("gzip", async () => {
    const rows = await copy("id int", { "in.gz": gzipSync('{"id":1}{"id":2}') }, "JSON 'auto' GZIP");
    expect(rows).toEqual([["1"], ["2"]]);
  });
});
