import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "../src/sandbox.ts";
import type { Sandbox } from "../src/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

async function connect(more: pg.ClientConfig = {}): Promise<pg.Client> {
  const { PGHOST: host, PGPORT, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = sandbox.env;
  const client = new pg.Client({ host, port: Number(PGPORT), user, password, database, ssl: false, ...more });
  // Connections that `reset()` closes.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

test("a hundred clients may connect at once, and the next one hears so in PostgreSQL's words", async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect()));
  try {
    await expect(connect()).rejects.toMatchObject({
      severity: "FATAL",
      code: "53300",
      message: "sorry, too many clients already",
    });
    // The sandbox has connections of its own left: this failure is noted on one.
    const [first] = clients;
    await first?.query("CREATE TABLE crowded (n INTEGER)");
    await sandbox.s3.store.write("sandbox", "crowded.csv", Readable.from([Buffer.from("not a number\n")]));
    await expect(
      first?.query(`COPY crowded FROM 's3://sandbox/crowded.csv' IAM_ROLE default CSV`),
    ).rejects.toThrow("stl_load_errors");
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
  const again = await connect();
  const { rows } = await again.query("SELECT COUNT(*) AS n FROM stl_load_errors");
  expect(rows).toEqual([{ n: "1" }]);
  await again.end();
});

test("a value of 50 MB arrives whole", async () => {
  const client = await connect();
  const { rows } = await client.query<{ big: string }>("SELECT REPEAT('x', 50000000) AS big");
  expect(rows[0]?.big.length).toBe(50_000_000);
  await client.end();
});

test("a client that reads slowly makes PostgreSQL wait, and not this process's memory grow", async () => {
  const client = await connect();
  // Not among pg's declared types.
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection;
  const before = process.memoryUsage().rss;
  const answer = client.query(
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000) SELECT n, REPEAT('x', 1000) AS pad FROM numbers",
  );
  stream.pause();
  await sleep(1000);
  // The result is 100 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  stream.resume();
  expect((await answer).rows.length).toBe(100_000);
  await client.end();
});

test("reset while clients work and connect disconnects them and leaves a new sandbox", async () => {
  const heard = new Set<string>();
  let busy = true;
  let made = 0;
  const worker = async (): Promise<void> => {
    let client: pg.Client | undefined;
    while (busy) {
      try {
        client ??= await connect();
        await client.query(`CREATE TABLE made_${(made += 1)} AS SELECT 1 AS n`);
        await client.query(`INSERT INTO made_${made} VALUES (2)`);
      } catch (error) {
        // What the driver says of a connection that ended between two statements has no code.
        const code = error instanceof Error && "code" in error ? String(error.code) : "closed";
        // Two workers count together, and a reset falls between two statements: a table that is not there is no failure here.
        if (code !== "42P01") {
          heard.add(code);
          client = undefined;
        }
      }
    }
    await client?.end().catch(() => undefined);
  };
  const workers = Array.from({ length: 8 }, worker);
  for (let round = 0; round < 3; round += 1) {
    // Each reset meets clients that work, however slow the machine is.
    const before = made;
    while (made < before + 2 * workers.length) await sleep(10);
    await sandbox.reset();
  }
  busy = false;
  await Promise.all(workers);
  const known = ["57P01", "ECONNRESET", "EPIPE", "closed"];
  expect([...heard].filter((code) => !known.includes(code))).toEqual([]);
  await Promise.all([sandbox.reset(), sandbox.reset()]);
  const client = await connect();
  const { rows } = await client.query("SELECT COUNT(*) AS n FROM pg_class WHERE relname LIKE 'made_%'");
  expect(rows).toEqual([{ n: "0" }]);
  await client.end();
});
