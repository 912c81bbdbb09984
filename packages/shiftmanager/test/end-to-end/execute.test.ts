import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { Sandbox } from "redshift-sandbox";
import { startSandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { QueryResult, Session, ShiftmanagerEvent, Statement, Redshift } from "../../src/index.ts";
import { Batch, BatchError, ConnectionError, sql, StatementError } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox, { onEvent: (event) => events.push(event) });
});

afterEach(() => {
  events = [];
  sandbox.faults.clear();
});

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

async function table(name: string): Promise<string> {
  await redshift.execute(`DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (n INT)`);
  return name;
}

async function count(name: string): Promise<number> {
  const [result] = await redshift.execute(`SELECT COUNT(*) AS n FROM ${name}`);
  return Number(result?.rows[0]?.n);
}

async function failure(work: Promise<unknown>): Promise<BatchError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BatchError);
  return error as BatchError;
}

const runs = (text: ReturnType<typeof sql>, more: Partial<Statement> = {}): Statement => ({
  sql: text,
  summary: `Runs it`,
  ...more,
});

describe("text", () => {
  test("columns of one name each keep their value: the second is name_2", async () => {
    const [result] = await redshift.execute("SELECT 1 AS id, 2 AS id, 3 AS id_2, 4 AS id, 5 AS n");
    expect(result).toMatchObject({
      columns: ["id", "id_3", "id_2", "id_4", "n"],
      rows: [{ id: 1, id_3: 2, id_2: 3, id_4: 4, n: 5 }],
    });
  });

  test("each statement has its result", async () => {
    const t = await table("results");
    const results = await redshift.execute(`INSERT INTO ${t} VALUES (1), (2); SELECT n FROM ${t} ORDER BY n`);
    expect(results).toMatchObject([
      { rowCount: 2 },
      { rows: [{ n: 1 }, { n: 2 }], rowCount: 2, columns: ["n"] },
    ]);
  });

  test("numbers keep every digit, times stay out of this machine's zone, and NULL is null", async () => {
    const [result] = await redshift.execute(
      `SELECT 9007199254740993::BIGINT AS big, 1.10::DECIMAL(10,2) AS exact, '2024-03-31 02:30:00'::TIMESTAMP AS time,
        '2024-03-31'::DATE AS day, NULL::INT AS none, 1.5::FLOAT8 AS float, TRUE AS truth, 7::SMALLINT AS small`,
    );
    expect(result?.rows).toEqual([
      {
        big: "9007199254740993",
        exact: "1.10",
        time: "2024-03-31 02:30:00",
        day: "2024-03-31",
        none: null,
        float: 1.5,
        truth: true,
        small: 7,
      },
    ]);
  });

  test("parameters are bound by Redshift's rules", async () => {
    const value = "it's \\ 100% $$ größe\n";
    const [result] = await redshift.execute("SELECT $1 AS a, LEN($1) AS n, 1-$2 AS two", [value, -1]);
    expect(result?.rows).toEqual([{ a: value, n: [...value].length, two: 2 }]);
  });

  test("a statement that fails leaves nothing of the transaction behind, and the error says which it was", async () => {
    const t = await table("third");
    const error = await failure(
      redshift.execute(
        `INSERT INTO ${t} VALUES (1); INSERT INTO ${t} VALUES (2); SELECT * FROM no_such; SELECT 1`,
      ),
    );
    expect(error.message).toMatch(
      /^Statement 3 of 4 \(runs SELECT\) failed: relation "no_such" does not exist \(SQLSTATE 42P01\); nothing was kept, so put that right and run it again\.$/,
    );
    expect(error.progress).toMatchObject({
      applied: [],
      failed: "SELECT * FROM no_such",
      failedNumber: 3,
      pending: [`INSERT INTO ${t} VALUES (1)`, `INSERT INTO ${t} VALUES (2)`, "SELECT 1"],
      rolledBack: "yes",
    });
    expect(error.cause).toBeInstanceOf(StatementError);
    expect(await count(t)).toBe(0);
  });

  test("split keeps what was committed before the error and says so", async () => {
    const t = await table("split_up");
    const error = await failure(
      redshift.execute(
        `INSERT INTO ${t} VALUES (1); ANALYZE ${t}; VACUUM ${t}; SELECT * FROM no_such`,
        undefined,
        {
          transaction: "split",
        },
      ),
    );
    expect(error.message).toContain(
      "statements 1 to 3 committed for good, statement 4 left nothing and is still to be run.",
    );
    expect(error.progress.applied).toHaveLength(3);
    expect(await count(t)).toBe(1);
  });

  test("a statement that cannot join runs alone when it is the only one", async () => {
    const t = await table("alone");
    await redshift.execute(`INSERT INTO ${t} VALUES (1)`);
    await redshift.execute(`TRUNCATE ${t}`);
    expect(await count(t)).toBe(0);
  });

  test("twenty calls at once, half of them failing, are each whole or absent", async () => {
    const t = await table("at_once");
    const calls = Array.from({ length: 20 }, (_, i) =>
      redshift.execute(
        `INSERT INTO ${t} VALUES (${i}); ${i % 2 === 0 ? "SELECT 1" : "SELECT * FROM no_such"}; INSERT INTO ${t} VALUES (${i})`,
      ),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(
      calls.map((_, i) => (i % 2 === 0 ? "fulfilled" : "rejected")),
    );
    const [result] = await redshift.execute(
      `SELECT n, COUNT(*)::INT AS times FROM ${t} GROUP BY n ORDER BY n`,
    );
    expect(result?.rows).toEqual(Array.from({ length: 10 }, (_, i) => ({ n: 2 * i, times: 2 })));
  });
});

describe("a batch", () => {
  test("stops before the first change when its facts have changed, under its locks", async () => {
    const t = await table("drift");
    const seen: string[] = [];
    const batch = Batch.transaction(
      [runs(sql`LOCK TABLE drift`, { locks: true }), runs(sql`INSERT INTO drift VALUES (1)`)],
      {
        facts: {
          async differences(session: Session) {
            const { rows } = await session.query<{ n: string }>("SELECT COUNT(*) AS n FROM drift");
            seen.push(String(rows[0]?.n));
            return rows[0]?.n === "0" ? [] : ["the table drift has rows now."];
          },
        },
      },
    );
    await redshift.execute(batch);
    const error = await failure(redshift.execute(batch));
    expect(error.message).toBe(
      "What this batch was built from has changed since: the table drift has rows now; nothing was kept, so review it as it is now and run that.",
    );
    expect(error.progress).toMatchObject({ failed: undefined, rolledBack: "yes" });
    expect(seen).toEqual(["0", "1"]);
    expect(await count(t)).toBe(1);
  });

  test("a check that throws stops it before its statement", async () => {
    const t = await table("checked");
    const batch = Batch.transaction([
      runs(sql`INSERT INTO checked VALUES (1)`),
      runs(sql`INSERT INTO checked VALUES (2)`, {
        summary: "Adds the second row",
        check: async (session) => {
          const { rows } = await session.query("SELECT * FROM checked");
          if (rows.length === 1) throw new Error("one row is enough");
        },
      }),
    ]);
    const error = await failure(redshift.execute(batch));
    expect(error.message).toContain(
      "Statement 2 of 2 (adds the second row) failed: one row is enough; nothing was kept",
    );
    expect(await count(t)).toBe(0);
  });

  test("a connection lost in the middle is rolled back, and the next call connects again", async () => {
    const t = await table("lost");
    sandbox.faults.add({ target: "sql", statement: "(2)", action: "drop" });
    const error = await failure(redshift.execute(`INSERT INTO ${t} VALUES (1); INSERT INTO ${t} VALUES (2)`));
    expect(error.progress.rolledBack).toBe("yes");
    expect(error.cause).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain("Statement 2 of 2 (runs INSERT) failed: The connection was lost");
    expect(await count(t)).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ type: "connecting", again: true }));
  });

  test("a connection lost during COMMIT leaves it unknown what was kept", async () => {
    const t = await table("lost_commit");
    sandbox.faults.add({ target: "sql", statement: /^COMMIT/i, action: "drop" });
    const error = await failure(redshift.execute(`INSERT INTO ${t} VALUES (1); INSERT INTO ${t} VALUES (2)`));
    expect(error.progress.rolledBack).toBe("unknown");
    expect(error.message).toContain(
      "whether statements 1 to 2 took effect is unknown, so look before running anything again.",
    );
  });

  test("a serialization error is one sentence with the server's detail", async () => {
    const t = await table("conflict");
    sandbox.faults.add({ target: "sql", statement: `INTO ${t}`, action: "1023" });
    const error = await failure(redshift.execute(`INSERT INTO ${t} VALUES (1)`));
    expect(error.message).toMatch(/1023/);
    expect(error.message).not.toMatch(/\n|-{3}/);
  });
});

describe("abort", () => {
  const long = "SELECT COUNT(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b";

  test("cancels the running statement on the server and rolls back", async () => {
    const t = await table("aborted");
    const stop = new AbortController();
    const started = Date.now();
    const call = redshift.execute(`INSERT INTO ${t} VALUES (1); ${long}`, undefined, { signal: stop.signal });
    await sleep(300);
    stop.abort(new Error("enough"));
    const error = await failure(call);
    expect(error.message).toContain("Statement 2 of 2 (runs SELECT) was stopped; nothing was kept");
    expect(error.cause).toEqual(new Error("enough"));
    expect(Date.now() - started).toBeLessThan(8000);
    expect(await count(t)).toBe(0);
    expect(events.filter(({ type }) => type === "connecting")).toEqual([]);
  });

  test("a request that overtakes its statement is sent again", async () => {
    await redshift.execute("SELECT 1");
    events.length = 0;
    for (let afterMs = 0; afterMs < 12; afterMs += 1) {
      const stop = new AbortController();
      const call = failure(redshift.execute(long, undefined, { signal: stop.signal }));
      await sleep(afterMs);
      stop.abort(new Error("enough"));
      await call;
    }
    // A statement that went on would have cost the connection.
    expect(await redshift.execute("SELECT 3 AS a")).toMatchObject([{ rows: [{ a: 3 }] }]);
    expect(events.filter(({ type }) => type === "connecting")).toEqual([]);
  });

  test("a call that waits its turn gives up its place", async () => {
    const stop = new AbortController();
    const first = redshift.execute("SELECT 1 AS a");
    const second = redshift.execute("SELECT 2 AS a", undefined, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    await expect(first).resolves.toHaveLength(1);
    expect(await redshift.execute("SELECT 3 AS a")).toMatchObject([{ rows: [{ a: 3 }] }]);
  });

  test("cancel() does so to every call of the object, and later ones are not touched", async () => {
    const t = await table("cancelled");
    const running = failure(redshift.execute(`INSERT INTO ${t} VALUES (1); ${long}`));
    const waiting = redshift.getTableNames().catch((error: unknown) => error);
    await sleep(300);
    expect(redshift.cancel()).toBe(true);
    expect((await running).message).toContain("Statement 2 of 2 (runs SELECT) was stopped; nothing was kept");
    expect(await waiting).toMatchObject({ name: "AbortError" });
    expect(await count(t)).toBe(0);
    expect(redshift.cancel()).toBe(false);
  });

  test("one that is aborted already sends nothing", async () => {
    await expect(
      redshift.execute("SELECT 1", undefined, { signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow("enough");
  });
});

describe("events and closing", () => {
  test("each statement of a batch is told with its secrets masked, and notices are told too", async () => {
    await redshift.createUser("told", "Str0ngEnough", { execute: true });
    expect(events).toContainEqual({
      type: "statement",
      number: 1,
      total: 1,
      summary: "Creates the user told",
      sql: "CREATE USER told\n  PASSWORD <secret>",
    });
    const [result] = await redshift.execute("DROP TABLE IF EXISTS never_was");
    expect(result?.notices).toHaveLength(1);
    expect(events).toContainEqual({ type: "notice", ...result?.notices[0] });
  });

  test("no secret is in an error, its cause, its stack or an inspected object", async () => {
    const password = "Sup3rSecretWord'\\";
    const error = await failure(redshift.createUser("told", password, { execute: true }));
    const shown = [inspect(error, { depth: 10 }), error.stack, JSON.stringify(error), inspect(redshift)].join(
      "\n",
    );
    expect(shown).not.toContain("Sup3rSecretWord");
    expect(shown).not.toContain(sandbox.env.PGPASSWORD);
  });

  test("close may be called again, and what was asked before it is done first", async () => {
    const own = openRedshift(sandbox);
    const before: Promise<readonly QueryResult[]> = own.execute("SELECT 1 AS a");
    await Promise.all([own.close(), own.close()]);
    expect(await before).toMatchObject([{ rows: [{ a: 1 }] }]);
    await expect(own.execute("SELECT 1")).rejects.toThrow("This Redshift object is closed; make a new one.");
  });

  test("the driver's client is at hand", async () => {
    const client = await redshift.connection;
    expect((await client.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }]);
  });
});
