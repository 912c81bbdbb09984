import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  RawClient,
  bind,
  close,
  describe,
  execute,
  flush,
  frame,
  parse,
  query,
  sync,
  terminate,
} from "./raw-client.ts";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";

let wire: TestWire;
let raw: RawClient;
beforeAll(async () => {
  wire = await startTestWire();
});
afterAll(() => wire[Symbol.asyncDispose]());
beforeEach(async () => {
  raw = new RawClient(wire.port);
  await raw.logIn("awsuser", wire.password);
  raw.send(query("DROP TABLE IF EXISTS t; CREATE TABLE t (n int)"));
  await raw.until("Z");
});
afterEach(() => raw.close());

async function count(): Promise<unknown> {
  const [row] = await wire.admin("SELECT count(*)::int AS count FROM public.t");
  return row?.["count"];
}

const rows = "T n:23:0|label:1043:0";

test("a virtual statement in one chunk is answered like a plain one", async () => {
  raw.send(parse("VIRTUAL rows 2"), bind(), describe("P"), execute(), sync);
  expect(await raw.until("Z")).toEqual(["1", "2", rows, "D 1|row 1 ✓", "D 2|NULL", "C SHOW 2", "Z I"]);
});

test("a virtual statement without columns has no data", async () => {
  raw.send(
    parse("VIRTUAL joins INSERT INTO t VALUES (1)"),
    describe("S"),
    bind(),
    describe("P"),
    execute(),
    sync,
  );
  expect(await raw.until("Z")).toEqual(["1", "t 0", "n", "2", "n", "C VIRTUAL JOINS", "Z I"]);
  expect(await count()).toBe(1);
});

test("SUPER has Redshift's number, in columns and parameters, asked and told", async () => {
  raw.send(query("CREATE TEMP TABLE s (n int, v super)"));
  await raw.until("Z");
  raw.send(query("SELECT v, n, v AS w FROM s"));
  expect(await raw.until("Z")).toEqual(["T v:4000:0|n:23:0|w:4000:0", "C SELECT 0", "Z I"]);
  raw.send(parse("INSERT INTO s VALUES ($2, $1)", "i"), describe("S", "i"), sync);
  expect(await raw.until("Z")).toEqual(["1", "t 2 4000 23", "n", "Z I"]);
  raw.send(parse("SELECT $1 AS v, $2 AS n", "", [4000, 23]), describe("S"), sync);
  expect(await raw.until("Z")).toEqual(["1", "t 2 4000 23", "T v:4000:0|n:23:0", "Z I"]);
  const lying = parse("SELECT $1", "", [4000]);
  lying.writeUInt16BE(0x0700, lying.length - 6);
  raw.send(lying, sync);
  expect(await raw.until("Z")).toContain("Z I");
});

test("a statement is described before anything is bound, with Flush", async () => {
  raw.send(parse("VIRTUAL rows 1", "v"), describe("S", "v"), flush);
  expect(await raw.take(3)).toEqual(["1", "t 0", rows]);
  raw.send(bind({ statement: "v" }), execute(), flush);
  expect(await raw.take(3)).toEqual(["2", "D 1|row 1 ✓", "C SHOW 1"]);
  raw.send(sync);
  expect(await raw.take(1)).toEqual(["Z I"]);
});

test("a plain statement works with Flush too, and a rewritten one", async () => {
  raw.send(parse("SELECT getdate() IS NOT NULL AS now"), describe("S"), flush);
  expect(await raw.take(3)).toEqual(["1", "t 0", "T now:16:0"]);
  raw.send(bind(), execute(), sync);
  expect(await raw.until("Z")).toEqual(["2", "D t", "C SELECT 1", "Z I"]);
});

test("a named virtual statement runs again and again until it is closed", async () => {
  raw.send(parse("VIRTUAL joins INSERT INTO t VALUES (1)", "v"), sync);
  expect(await raw.until("Z")).toEqual(["1", "Z I"]);
  for (let time = 0; time < 3; time += 1) {
    raw.send(bind({ statement: "v" }), execute(), sync);
    expect(await raw.until("Z")).toEqual(["2", "C VIRTUAL JOINS", "Z I"]);
  }
  expect(await count()).toBe(3);
  raw.send(parse("VIRTUAL rows 1", "v"), sync);
  expect(await raw.until("Z")).toEqual(['E ERROR 42P05 prepared statement "v" already exists', "Z I"]);
  raw.send(close("S", "v"), parse("SELECT 1", "v"), bind({ statement: "v" }), execute(), sync);
  expect(await raw.until("Z")).toEqual(["3", "1", "2", "D 1", "C SELECT 1", "Z I"]);
});

test("the unnamed statement changes between plain and virtual", async () => {
  for (let time = 0; time < 2; time += 1) {
    raw.send(parse("VIRTUAL rows 1"), bind(), execute(), sync);
    expect(await raw.until("Z")).toEqual(["1", "2", "D 1|row 1 ✓", "C SHOW 1", "Z I"]);
    raw.send(parse("SELECT 7"), bind(), execute(), sync);
    expect(await raw.until("Z")).toEqual(["1", "2", "D 7", "C SELECT 1", "Z I"]);
  }
});

test("rows beyond the limit wait for the next Execute", async () => {
  raw.send(
    parse("VIRTUAL rows 3"),
    bind({ portal: "p" }),
    execute("p", 2),
    execute("p", 2),
    close("P", "p"),
    sync,
  );
  expect(await raw.until("Z")).toEqual([
    "1",
    "2",
    "D 1|row 1 ✓",
    "D 2|NULL",
    "s",
    "D 3|row 3 ✓",
    "C SHOW 3",
    "3",
    "Z I",
  ]);
});

test("portals end with their transaction", async () => {
  raw.send(parse("VIRTUAL rows 3"), bind({ portal: "p" }), sync, execute("p"), sync);
  expect(await raw.until("Z")).toEqual(["1", "2", "Z I"]);
  expect(await raw.until("Z")).toEqual(['E ERROR 34000 portal "p" does not exist', "Z I"]);
});

test("answers keep their order when plain and virtual statements share a pipeline", async () => {
  raw.send(
    parse("SELECT 1"),
    bind(),
    execute(),
    parse("VIRTUAL rows 1"),
    bind(),
    execute(),
    parse("SELECT 2"),
    bind(),
    execute(),
    sync,
  );
  expect(await raw.until("Z")).toEqual([
    ...["1", "2", "D 1", "C SELECT 1"],
    ...["1", "2", "D 1|row 1 ✓", "C SHOW 1"],
    ...["1", "2", "D 2", "C SELECT 1"],
    "Z I",
  ]);
});

test("several pipelines sent at once are answered one after the other", async () => {
  raw.send(
    ...[parse("SELECT 1"), bind(), execute(), sync],
    ...[parse("VIRTUAL rows 1"), bind(), execute(), sync],
    query("SELECT 3"),
    query("VIRTUAL rows 0"),
    ...[parse("SELECT 5"), bind(), execute(), sync],
  );
  expect(await raw.until("Z")).toEqual(["1", "2", "D 1", "C SELECT 1", "Z I"]);
  expect(await raw.until("Z")).toEqual(["1", "2", "D 1|row 1 ✓", "C SHOW 1", "Z I"]);
  expect(await raw.until("Z")).toEqual(["T ?column?:23:0", "D 3", "C SELECT 1", "Z I"]);
  expect(await raw.until("Z")).toEqual([rows, "C SHOW 0", "Z I"]);
  expect(await raw.until("Z")).toEqual(["1", "2", "D 5", "C SELECT 1", "Z I"]);
});

test("a pipeline is one transaction up to its Sync, whoever fails", async () => {
  const insert = (sql: string) => [parse(sql), bind(), execute()];
  const plain = insert("INSERT INTO t VALUES (1)");
  const virtual = insert("VIRTUAL joins INSERT INTO t VALUES (2)");
  for (const wrong of [
    "SELECT 1/0",
    "VIRTUAL fail no",
    "REFUSED",
    "VIRTUAL joins SELECT 1/0",
    "SELECT nosuch",
  ])
    for (const steps of [plain, virtual, [...plain, ...virtual], [...virtual, ...plain]]) {
      raw.send(...steps, ...insert(wrong), ...plain, ...virtual, sync);
      const told = await raw.until("Z");
      expect(told.filter((line) => line.startsWith("E"))).toHaveLength(1);
      expect(told.slice(-1)).toEqual(["Z I"]);
      expect(await count()).toBe(0);
    }
  raw.send(...plain, ...virtual, sync);
  await raw.until("Z");
  expect(await count()).toBe(2);
});

test("after an error everything is skipped up to Sync", async () => {
  raw.send(parse("VIRTUAL fail no"), bind(), execute(), parse("SELECT 1", "s"), describe("S", "s"), flush);
  expect(await raw.take(3)).toEqual(["1", "2", "E ERROR 22000 no"]);
  raw.send(query("SELECT 1"), bind(), execute(), sync);
  expect(await raw.until("Z")).toEqual(["Z I"]);
  raw.send(bind({ statement: "s" }), sync);
  expect(await raw.until("Z")).toEqual(['E ERROR 26000 prepared statement "s" does not exist', "Z I"]);
  raw.send(parse("SELECT nosuch"), parse("VIRTUAL rows 1", "v"), flush);
  expect(await raw.take(1)).toEqual(['E ERROR 42703 column "nosuch" does not exist']);
  raw.send(bind({ statement: "v" }), execute(), sync);
  expect(await raw.until("Z")).toEqual(["Z I"]);
});

test("in a failed block virtual statements are refused like plain ones", async () => {
  const refused =
    "E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block";
  raw.send(parse("VIRTUAL rows 1", "v"), query("BEGIN"), query("SELECT 1/0"), sync);
  for (let time = 0; time < 3; time += 1) await raw.until("Z");
  raw.send(parse("VIRTUAL rows 1"), sync, bind({ statement: "v" }), sync, parse("SELECT 1"), sync);
  expect(await raw.until("Z")).toEqual([refused, "Z E"]);
  expect(await raw.until("Z")).toEqual([refused, "Z E"]);
  expect(await raw.until("Z")).toEqual([refused, "Z E"]);
  raw.send(parse("ROLLBACK"), bind(), execute(), sync);
  expect(await raw.until("Z")).toEqual(["1", "2", "C ROLLBACK", "Z I"]);
});

test("a block opened in a pipeline is known to the virtual statement behind it", async () => {
  const run = (sql: string) => [parse(sql), bind(), execute()];
  raw.send(
    ...run("BEGIN"),
    ...run("VIRTUAL joins INSERT INTO t VALUES (1)"),
    ...run("VIRTUAL forbidden SELECT 1"),
    sync,
  );
  expect(await raw.until("Z")).toEqual([
    ...["1", "2", "C BEGIN", "1", "2", "C VIRTUAL JOINS", "1", "2"],
    "E ERROR 25001 VIRTUAL FORBIDDEN cannot run inside a transaction block",
    "Z E",
  ]);
  raw.send(query("ROLLBACK"));
  await raw.until("Z");
  expect(await count()).toBe(0);
});

test("a statement that commits leaves only later ones to be undone", async () => {
  const run = (sql: string) => [parse(sql), bind(), execute()];
  raw.send(
    ...run("INSERT INTO t VALUES (1)"),
    ...run("VIRTUAL commits INSERT INTO t VALUES (2)"),
    ...run("INSERT INTO t VALUES (3)"),
    ...run("SELECT 1/0"),
    sync,
  );
  expect((await raw.until("Z")).slice(-2)).toEqual(["E ERROR 22012 division by zero", "Z I"]);
  expect(await count()).toBe(2);
});

test("an error at COMMIT comes at Sync", async () => {
  raw.send(
    query("CREATE TABLE IF NOT EXISTS later (n int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
    parse("VIRTUAL joins INSERT INTO later VALUES (1), (1)"),
    bind(),
    execute(),
    sync,
  );
  await raw.until("Z");
  expect(await raw.until("Z")).toEqual([
    "1",
    "2",
    "C VIRTUAL JOINS",
    'E ERROR 23505 duplicate key value violates unique constraint "once"',
    "Z I",
  ]);
});

test("parameters go to plain statements, and a virtual one takes none", async () => {
  raw.send(parse("SELECT $1 || getdate()::text IS NOT NULL, $1"), bind({ values: ["é"] }), execute(), sync);
  expect(await raw.until("Z")).toEqual(["1", "2", "D t|é", "C SELECT 1", "Z I"]);
  raw.send(parse("VIRTUAL rows 1"), bind({ values: ["1"] }), sync);
  expect(await raw.until("Z")).toEqual([
    "1",
    'E ERROR 08P01 bind message supplies 1 parameters, but prepared statement "" requires 0',
    "Z I",
  ]);
});

test("more than 32,767 parameters are refused as on a cluster", async () => {
  const values = Array.from({ length: 32_768 }, () => "1");
  const sql = (count: number) =>
    `SELECT ${values
      .slice(0, count)
      .map((_, at) => `$${at + 1}::int`)
      .join("+")}`;
  raw.send(query("SET max_stack_depth = '7MB'"), parse("SELECT 1"), bind({ values }), sync);
  await raw.until("Z");
  expect((await raw.until("Z")).slice(-2)).toEqual(["E ERROR 42P02 there is no parameter $-32768", "Z I"]);
  expect(sql(2)).toBe("SELECT $1::int+$2::int");
});

test("binary results of a virtual statement are given for texts and refused for others", async () => {
  raw.send(
    parse("VIRTUAL rows 1", "v"),
    bind({ statement: "v", formats: [0, 1] }),
    describe("P"),
    execute(),
    sync,
  );
  expect(await raw.until("Z")).toEqual(["1", "2", "T n:23:0|label:1043:1", "D 1|row 1 ✓", "C SHOW 1", "Z I"]);
  raw.send(bind({ statement: "v", formats: [1] }), sync);
  expect(await raw.until("Z")).toEqual([
    "E ERROR 0A000 redshift-sandbox does not imitate binary results of VIRTUAL ROWS",
    "Z I",
  ]);
});

test("what is no statement is refused in words", async () => {
  raw.send(parse("SELECT 1; SELECT 2"), sync);
  expect(await raw.until("Z")).toEqual([
    "E ERROR 42601 cannot insert multiple commands into a prepared statement",
    "Z I",
  ]);
  raw.send(parse(" -- nothing\n"), bind(), execute(), sync);
  expect(await raw.until("Z")).toEqual(["1", "2", "I", "Z I"]);
  raw.send(frame("P", Buffer.from("\0SELECT '\xff'\0\0\0", "latin1")), sync);
  expect(await raw.until("Z")).toEqual(['E ERROR 22021 invalid byte sequence for encoding "UTF8"', "Z I"]);
  raw.send(frame("B", "no end"), sync);
  expect(await raw.until("Z")).toEqual(["E ERROR 08P01 invalid message format", "Z I"]);
  raw.send(frame("F", Buffer.alloc(10)));
  expect(await raw.until("Z")).toEqual([
    "E ERROR 0A000 redshift-sandbox does not imitate the protocol's FunctionCall",
    "Z I",
  ]);
  raw.send(frame("d", "stray"), frame("c"), sync);
  expect(await raw.until("Z")).toEqual(["Z I"]);
});

test("Sync and Flush alone are answered", async () => {
  raw.send(sync, flush, sync);
  expect(await raw.take(2)).toEqual(["Z I", "Z I"]);
});

test("bytes that arrive one by one are read all the same", async () => {
  const bytes = Buffer.concat([
    parse("VIRTUAL rows 1"),
    bind(),
    execute(),
    parse("SELECT 1"),
    bind(),
    execute(),
    sync,
  ]);
  for (const byte of bytes) {
    raw.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await raw.until("Z")).toEqual([
    "1",
    "2",
    "D 1|row 1 ✓",
    "C SHOW 1",
    "1",
    "2",
    "D 1",
    "C SELECT 1",
    "Z I",
  ]);
});

test("an unknown message or an impossible length ends the connection", async () => {
  raw.send(frame("y"));
  expect(await raw.until("-")).toEqual(["E FATAL 08P01 invalid frontend message type 121", "closed"]);
  const other = new RawClient(wire.port);
  await other.logIn("awsuser", wire.password);
  other.send(Buffer.from([0x51, 0, 0, 0, 1]));
  expect(await other.until("-")).toEqual(["E FATAL 08P01 invalid message length", "closed"]);
});

test("Terminate in the middle of a pipeline undoes it", async () => {
  raw.send(parse("INSERT INTO t VALUES (1)"), bind(), execute(), flush);
  await raw.take(3);
  raw.send(terminate);
  expect(await raw.until("-")).toEqual(["closed"]);
  expect(await count()).toBe(0);
});
