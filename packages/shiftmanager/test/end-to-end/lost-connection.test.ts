import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BatchProgress, Redshift } from "../../src/index.ts";
import { BatchError, ConnectionError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
});

beforeEach(async () => {
  await redshift.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept (n INT)");
});

afterEach(() => sandbox.faults.clear());

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function count(): Promise<number> {
  const [result] = await redshift.execute("SELECT COUNT(*)::INT AS n FROM kept");
  return Number(result?.rows[0]?.n);
}

type Fault = Parameters<Sandbox["faults"]["add"]>[0];
const two = "INSERT INTO kept VALUES (1); INSERT INTO kept VALUES (2)";
const unknown = "is unknown, so look before running anything again.";

describe("a connection that drops in a transaction is an error that says what was kept", () => {
  test.each<[string, Partial<Fault>, BatchProgress["rolledBack"], number, string]>([
    ["before BEGIN", { statement: /^BEGIN/ }, "yes", 0, "BEGIN failed: The connection was lost"],
    ["after BEGIN", { statement: /^BEGIN/, operation: "after" }, "yes", 0, "nothing was kept"],
    ["before the first statement", { statement: "(1)" }, "yes", 0, "Statement 1 of 2 (runs INSERT) failed"],
    ["after it", { statement: "(1)", operation: "after" }, "yes", 0, "nothing was kept"],
    ["before the last statement", { statement: "(2)" }, "yes", 0, "Statement 2 of 2 (runs INSERT) failed"],
    ["after it", { statement: "(2)", operation: "after" }, "yes", 0, "nothing was kept"],
    [
      "before COMMIT",
      { statement: /^COMMIT/ },
      "unknown",
      0,
      `whether statements 1 to 2 took effect ${unknown}`,
    ],
    [
      "after COMMIT",
      { statement: /^COMMIT/, operation: "after" },
      "unknown",
      2,
      `whether statements 1 to 2 took effect ${unknown}`,
    ],
  ])("%s", async (_, fault, rolledBack, rows, message) => {
    sandbox.faults.add({ target: "sql", action: "drop", ...fault });
    const error: unknown = await redshift.execute(two).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BatchError);
    expect((error as BatchError).message).toContain(message);
    expect((error as BatchError).progress.rolledBack).toBe(rolledBack);
    expect((error as BatchError).cause).toBeInstanceOf(ConnectionError);
    expect(await count()).toBe(rows);
  });

  test("at ROLLBACK: the error is that of the statement, and the server has rolled back", async () => {
    sandbox.faults.add({ target: "sql", action: "drop", statement: /^ROLLBACK/ });
    const error: unknown = await redshift
      .execute("INSERT INTO kept VALUES (1); SELECT * FROM no_such")
      .catch((reason: unknown) => reason);
    expect((error as BatchError).message).toContain('relation "no_such" does not exist');
    expect((error as BatchError).progress.rolledBack).toBe("yes");
    expect(await count()).toBe(0);
  });
});

describe("a connection that drops outside of one", () => {
  test.each([
    ["before the statement", "before", 0],
    ["after it", "after", 1],
  ])("%s leaves it unknown whether it took effect", async (_, operation, rows) => {
    sandbox.faults.add({ target: "sql", action: "drop", statement: "(1)", operation });
    const error: unknown = await redshift
      .execute("INSERT INTO kept VALUES (1)")
      .catch((reason: unknown) => reason);
    expect((error as BatchError).message).toContain(`whether it took effect ${unknown}`);
    expect((error as BatchError).progress.rolledBack).toBe("unknown");
    expect(await count()).toBe(rows);
  });

  test("while a catalog is read is a ConnectionError, and the next call connects again", async () => {
    sandbox.faults.add({ target: "sql", action: "drop", statement: "pg_catalog.pg_class" });
    await expect(redshift.getTableNames()).rejects.toThrow(ConnectionError);
    expect(await redshift.getTableNames()).toEqual(["kept"]);
  });

  test("between two calls is none: the second connects again", async () => {
    const pid = async () => (await redshift.execute("SELECT pg_backend_pid() AS pid"))[0]?.rows[0]?.pid;
    const first = await pid();
    const other = openRedshift(sandbox);
    try {
      await other.execute("SELECT pg_terminate_backend($1)", [Number(first)]);
    } finally {
      await other.close();
    }
    await sleep(100);
    expect(await pid()).not.toBe(first);
  });

  test("those who wait for their turn are served after it", async () => {
    sandbox.faults.add({ target: "sql", action: "drop", statement: "(1)" });
    const lost = redshift.execute(two);
    const waiting = redshift.execute("INSERT INTO kept VALUES (3)");
    await expect(lost).rejects.toThrow("nothing was kept");
    await waiting;
    expect(await count()).toBe(1);
  });
});

describe("abort", () => {
  const long = "SELECT COUNT(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b";

  test("stops the statement on the server, in a transaction and outside of one, and the connection stays", async () => {
    const pid = async () => (await redshift.execute("SELECT pg_backend_pid() AS pid"))[0]?.rows[0]?.pid;
    const before = await pid();
    for (const text of [long, `INSERT INTO kept VALUES (1); ${long}`]) {
      const signal = AbortSignal.timeout(200);
      await expect(redshift.execute(text, undefined, { signal })).rejects.toThrow("was stopped");
    }
    expect(await count()).toBe(0);
    expect(await pid()).toBe(before);
    const [running] = await redshift.execute(
      "SELECT COUNT(*)::INT AS n FROM stv_recents WHERE status = 'Running' AND query LIKE '%generate_series(1, 100000) a,%' AND query NOT LIKE '%stv_recents%'",
    );
    expect(running?.rows).toEqual([{ n: 0 }]);
  });

  test("while a server does not answer the login is told at once, and close() does not wait for it", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const own = openRedshift(sandbox, {
      port: (server.address() as AddressInfo).port,
      connectTimeoutMs: 30_000,
    });
    try {
      const started = Date.now();
      await expect(own.getTableNames({ signal: AbortSignal.timeout(200) })).rejects.toThrow(/abort|timeout/i);
      await own.close();
      expect(Date.now() - started).toBeLessThan(5000);
    } finally {
      server.close();
    }
  });
});
