import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { RawClient, bind, execute, packet, parse, query, sync } from "./raw-client.ts";
import { startTestWire } from "./test-wire.ts";
import type { TestWire } from "./test-wire.ts";

let wire: TestWire;
beforeAll(async () => {
  wire = await startTestWire();
});
afterAll(() => wire[Symbol.asyncDispose]());
beforeEach(async () => {
  await wire.admin(
    "DROP TABLE IF EXISTS public.t; CREATE TABLE public.t (n int); GRANT ALL ON public.t TO PUBLIC",
  );
});
afterEach(() => wire.faults.clear());

async function numbers(): Promise<unknown> {
  const rows = await wire.admin("SELECT n FROM public.t ORDER BY n");
  return rows.map((row) => row["n"]);
}

/** As `psql` and every driver cancel: a second connection with the key of the first. */
async function cancel(client: pg.Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const body = Buffer.alloc(8);
  body.writeInt32BE(processID, 0);
  body.writeInt32BE(secretKey, 4);
  const raw = new RawClient(wire.port);
  raw.send(packet(80877102, body));
  expect(await raw.until("-")).toEqual(["closed"]);
}

/** A statement by the simple or by the extended protocol: pg takes the simple one unless it is told otherwise. */
function asked(text: string, way: "simple" | "extended"): pg.QueryConfig & { queryMode?: "extended" } {
  return way === "simple" ? { text } : { text, queryMode: way };
}

async function backends(): Promise<number> {
  const [row] = await wire.admin(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> 'rdsdb'",
  );
  return Number(row?.["count"]);
}

async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
  for (let time = 0; time < 100; time += 1) {
    if (await holds()) return true;
    await sleep(20);
  }
  return false;
}

test("thirty clients at once each get their own answers and their own session", async () => {
  const clients = await Promise.all(Array.from({ length: 30 }, () => wire.connect()));
  const found = await Promise.all(
    clients.map(async (client, at) => {
      await client.query(`SET application_name = 'client ${at}'`);
      for (let time = 0; time < 5; time += 1) {
        await client.query("SELECT $1::int AS n", [at]);
        await client.query(`VIRTUAL joins INSERT INTO t VALUES (${at})`);
      }
      const { rows } = await client.query<{ name: string }>(
        "SELECT current_setting('application_name') AS name",
      );
      return rows[0]?.name;
    }),
  );
  expect(found).toEqual(clients.map((_, at) => `client ${at}`));
  expect(
    await wire.admin("SELECT count(*)::int AS count, count(DISTINCT n)::int AS clients FROM public.t"),
  ).toEqual([{ count: 150, clients: 30 }]);
  await Promise.all(clients.map((client) => client.end()));
});

test.each(["SELECT pg_sleep(30)", "VIRTUAL joins SELECT pg_sleep(30)", "VIRTUAL wait"])(
  "a cancel request stops %s and the session goes on",
  async (sql) => {
    const client = await wire.connect();
    for (const way of ["simple", "extended"] as const) {
      const running = client.query(asked(sql, way));
      setTimeout(() => void cancel(client), 100);
      await expect(running).rejects.toMatchObject({
        code: "57014",
        message: "canceling statement due to user request",
      });
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    }
    await client.end();
  },
);

test("a cancel request with a wrong key stops nothing", async () => {
  const client = await wire.connect();
  const running = client.query("SELECT pg_sleep(0.3), 1 AS one");
  const { processID } = client as unknown as { processID: number };
  const body = Buffer.alloc(8);
  body.writeInt32BE(processID, 0);
  const raw = new RawClient(wire.port);
  raw.send(packet(80877102, body));
  expect(await raw.until("-")).toEqual(["closed"]);
  expect((await running).rows).toMatchObject([{ one: 1 }]);
  await client.end();
});

test.each(["SELECT pg_sleep(30)", "VIRTUAL joins SELECT pg_sleep(30)", "VIRTUAL wait", "BEGIN; LOCK t"])(
  "when the client goes away during %s, its backend ends",
  async (sql) => {
    const before = await backends();
    const raw = new RawClient(wire.port);
    await raw.logIn("awsuser", wire.password);
    raw.send(query(sql));
    await sleep(100);
    raw.close();
    expect(await eventually(async () => (await backends()) === before)).toBe(true);
  },
);

test("a client that reads slowly holds its backend back, not the memory", async () => {
  const raw = new RawClient(wire.port);
  await raw.logIn("awsuser", wire.password);
  raw.socket.pause();
  raw.send(query("SELECT repeat('x', 1000000) FROM generate_series(1, 100)"));
  await sleep(300);
  const [row] = await wire.admin(
    "SELECT wait_event FROM pg_stat_activity WHERE query LIKE 'SELECT repeat%' AND usename = 'awsuser'",
  );
  expect(row?.["wait_event"]).toBe("ClientWrite");
  raw.socket.resume();
  const told = await raw.until("Z");
  expect(told.filter((line) => line.startsWith("D "))).toHaveLength(100);
  raw.close();
});

test("a session that the server ends is told so and closed", async () => {
  const raw = new RawClient(wire.port);
  await raw.logIn("awsuser", wire.password);
  await wire.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'awsuser'");
  expect(await raw.until("-")).toEqual([
    "E FATAL 57P01 terminating connection due to administrator command",
    "closed",
  ]);
});

test("a case-sensitive session is told to the translator, and a rollback takes it back", async () => {
  const client = await wire.connect();
  const read = async () =>
    (await client.query<{ sensitive: string }>("VIRTUAL sensitive")).rows[0]?.sensitive;
  expect(await read()).toBe("false");
  await client.query("SET redshift.enable_case_sensitive_identifier TO on");
  expect(await read()).toBe("true");
  await client.query("BEGIN; SET redshift.enable_case_sensitive_identifier TO off");
  expect(await read()).toBe("false");
  await client.query("ROLLBACK");
  expect(await read()).toBe("true");
  await client.query(asked("RESET redshift.enable_case_sensitive_identifier", "extended"));
  expect(await read()).toBe("false");
  await client.end();
});

test("SET SESSION AUTHORIZATION is told to the translator", async () => {
  await wire.admin("DROP ROLE IF EXISTS other; CREATE ROLE other");
  const client = await wire.connect();
  await client.query("SET SESSION AUTHORIZATION other");
  expect((await client.query("VIRTUAL user")).rows).toEqual([{ user: "other" }]);
  await client.end();
});

for (const way of ["simple", "extended"] as const) {
  test.each([
    ["1018", "1018", "Relation does not exist"],
    ["1023", "1023", "Serializable isolation violation on table in Redshift"],
    ["500", 'internal error (fault "500")', undefined],
  ] as const)(`a fault %s fails the statement and its transaction (${way})`, async (action, text, detail) => {
    const client = await wire.connect();
    wire.faults.add({ target: "sql", statement: "insert into t values (2)", action });
    await client.query("BEGIN");
    await client.query(asked("INSERT INTO t VALUES (1)", way));
    await expect(client.query(asked("INSERT INTO t VALUES (2)", way))).rejects.toMatchObject({
      code: "XX000",
      message: text,
      detail,
    });
    await expect(client.query(asked("SELECT 1", way))).rejects.toMatchObject({ code: "25P02" });
    await client.query("ROLLBACK");
    await client.query(asked("INSERT INTO t VALUES (2)", way));
    expect(await numbers()).toEqual([2]);
    await client.end();
  });

  test(`a COMMIT that fails has ended the transaction (${way})`, async () => {
    const client = await wire.connect();
    wire.faults.add({ target: "sql", statement: /^commit$/i, action: "1023" });
    await client.query("BEGIN; INSERT INTO t VALUES (1)");
    await expect(client.query(asked("COMMIT", way))).rejects.toMatchObject({ message: "1023" });
    expect((await client.query(asked("SELECT 1 AS one", way))).rows).toEqual([{ one: 1 }]);
    expect(await numbers()).toEqual([]);
    await client.end();
  });

  test.each([
    ["before", []],
    ["after", [1]],
  ] as const)(`a connection dropped %s COMMIT leaves what that means (${way})`, async (operation, left) => {
    const client = await wire.connect();
    wire.faults.add({ target: "sql", operation, statement: "commit", action: "drop" });
    await client.query("BEGIN; INSERT INTO t VALUES (1)");
    await expect(client.query(asked("COMMIT", way))).rejects.toThrow(/terminated|ECONNRESET/);
    expect(await numbers()).toEqual(left);
  });

  test.each(["INSERT INTO t VALUES (1)", "VIRTUAL joins INSERT INTO t VALUES (1)"])(
    `a connection dropped after %s alone has kept it (${way})`,
    async (sql) => {
      const client = await wire.connect();
      wire.faults.add({ target: "sql", operation: "after", action: "drop" });
      await expect(client.query(asked(sql, way))).rejects.toThrow(/terminated|ECONNRESET/);
      expect(await numbers()).toEqual([1]);
    },
  );

  test(`a slow statement takes a second longer (${way})`, async () => {
    const client = await wire.connect();
    wire.faults.add({ target: "sql", statement: "select 1", action: "slow" });
    const start = performance.now();
    expect((await client.query(asked("SELECT 1 AS one", way))).rows).toEqual([{ one: 1 }]);
    expect(performance.now() - start).toBeGreaterThan(990);
    await client.end();
  });
}

test("a fault in the middle of a request undoes what came before it", async () => {
  const client = await wire.connect();
  wire.faults.add({ target: "sql", statement: "(2)", action: "1023" });
  await expect(client.query("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")).rejects.toThrow("1023");
  expect(await numbers()).toEqual([]);
  await client.end();
});

test("a fault that cannot happen is refused when it is added", () => {
  expect(() => wire.faults.add({ target: "sql", operation: "PutObject", action: "drop" })).toThrow(TypeError);
  expect(() => wire.faults.add({ target: "sql", operation: "after", action: "1023" })).toThrow(TypeError);
});

test("stopping ends every connection, also in the middle of a statement", async () => {
  const other = await startTestWire();
  const idle = new RawClient(other.port);
  await idle.logIn("awsuser", other.password);
  const busy = new RawClient(other.port);
  await busy.logIn("awsuser", other.password);
  busy.send(parse("VIRTUAL wait"), bind(), execute(), sync);
  const half = new RawClient(other.port);
  half.send(Buffer.from([0, 0]));
  await sleep(50);
  await other[Symbol.asyncDispose]();
  expect(await idle.until("-")).toEqual(["closed"]);
  expect((await busy.until("-")).slice(-1)).toEqual(["closed"]);
  expect(await half.until("-")).toEqual(["closed"]);
  expect(other.problems).toEqual([]);
});

test("nothing of all this was a slip of the sandbox", () => {
  expect(wire.problems).toEqual([]);
});
