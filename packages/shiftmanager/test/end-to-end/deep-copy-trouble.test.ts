import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BatchError, ConnectionError, type Redshift } from "../../src/index.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;
/** Looks on while `redshift` is in trouble. */
let witness: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  witness = openRedshift(sandbox);
  await witness.execute("CREATE USER alice PASSWORD 'Abcdefg1'; CREATE GROUP etl");
});

beforeEach(async () => {
  await witness.execute(`
    DROP TABLE IF EXISTS public.line;
    DROP TABLE IF EXISTS public.sales;
    CREATE TABLE public.sales (id INTEGER NOT NULL, email VARCHAR(100)) DISTSTYLE EVEN;
    ALTER TABLE public.sales ADD CONSTRAINT sales_pkey PRIMARY KEY (id);
    CREATE TABLE public.line (sale INTEGER);
    ALTER TABLE public.line ADD CONSTRAINT line_sale FOREIGN KEY (sale) REFERENCES public.sales (id);
    COMMENT ON TABLE public.sales IS 'Ours';
    INSERT INTO public.sales VALUES (1, 'a'), (2, 'b'), (2, 'b'), (3, NULL);
    GRANT SELECT ON public.sales TO GROUP etl;
    ALTER TABLE public.sales OWNER TO alice;
  `);
});

afterEach(() => sandbox.faults.clear());

afterAll(async () => {
  await redshift?.close();
  await witness?.close();
  await sandbox?.stop();
});

async function column(sql: string): Promise<readonly string[]> {
  const [result] = await witness.execute(sql);
  return (result?.rows ?? []).map((row) => Object.values(row).map(String).join(" "));
}

/** All there is to lose. */
async function everything(): Promise<unknown> {
  return {
    rows: await column("SELECT id, email FROM public.sales ORDER BY id, email"),
    definition: String(await witness.tableDefinition("sales")),
    pointing: String(await witness.tableDefinition("line")),
    tables: await witness.getTableNames({ schema: "public" }),
  };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe("a connection that is lost during a deep copy", () => {
  test.each(["before", "after"] as const)(
    "leaves the table whole, %s each statement of the batch",
    async (when) => {
      const total = (await redshift.deepCopy("sales")).statements.length;
      for (let number = 1; number <= total; number++) {
        const batch = await redshift.deepCopy("sales");
        const before = await everything();
        const sql = String(batch.statements[number - 1]?.sql);
        sandbox.faults.add({ target: "sql", statement: sql, operation: when, action: "drop" });
        const error = await failureOf(redshift.execute(batch));
        sandbox.faults.clear();
        expect(error, sql).toBeInstanceOf(BatchError);
        const { message, progress, cause } = error as BatchError;
        expect(cause).toBeInstanceOf(ConnectionError);
        expect(message).toContain(`Statement ${number} of ${total} (`);
        expect(await everything(), sql).toEqual(before);
        if (number < total) {
          expect(progress).toMatchObject({
            applied: [],
            failed: sql,
            failedNumber: number,
            rolledBack: "yes",
          });
          expect(message).toContain("nothing was kept");
        } else {
          // ANALYZE, on its own after the commit.
          expect(progress).toMatchObject({ failed: sql, rolledBack: "unknown" });
          expect(progress.applied).toHaveLength(total - 1);
          expect(message).toContain(`statements 1 to ${total - 1} committed for good`);
        }
      }
    },
  );

  test("leaves the table whole, at every query that an execution sends", async () => {
    const before = await everything();
    const seen = new Set<string>();
    let batch = await redshift.deepCopy("sales", { analyze: false });
    for (let n = 0; ; n++) {
      sandbox.faults.add({ target: "sql", statement: /./s, after: n, action: "drop" });
      const error = await failureOf(redshift.execute(batch));
      sandbox.faults.clear();
      expect(await everything(), `query ${n + 1}`).toEqual(before);
      if (error === undefined) break;
      expect(error).toBeInstanceOf(BatchError);
      seen.add((error as BatchError).progress.rolledBack);
      batch = await redshift.deepCopy("sales", { analyze: false });
    }
    expect([...seen].sort()).toEqual(["unknown", "yes"]);
  });

  test.each(["before", "after"] as const)(
    "%s COMMIT is carried out, leaves it unknown and says so",
    async (when) => {
      const before = await everything();
      const batch = await redshift.deepCopy("sales", { distinct: true, analyze: false });
      sandbox.faults.add({ target: "sql", statement: /^COMMIT/i, operation: when, action: "drop" });
      const error = await failureOf(redshift.execute(batch));
      expect(error).toBeInstanceOf(BatchError);
      const { message, progress } = error as BatchError;
      expect(progress).toMatchObject({ applied: [], failed: undefined, rolledBack: "unknown" });
      expect(message).toContain(
        `whether statements 1 to ${batch.statements.length} took effect is unknown, so look before running anything again.`,
      );
      const after = (await everything()) as { rows: readonly string[]; tables: readonly string[] };
      expect(after.tables).toEqual(["line", "sales"]);
      if (when === "before") expect(after).toEqual(before);
      else expect(after.rows).toEqual(["1 a", "2 b", "3 null"]);
    },
  );
});

describe("at the same time", () => {
  test("two deep copies of one table leave it whole, and the second says what changed", async () => {
    const before = await everything();
    const other = openRedshift(sandbox);
    try {
      const batches = await Promise.all([redshift.deepCopy("sales"), other.deepCopy("sales")]);
      const outcomes = await Promise.allSettled([redshift.execute(batches[0]), other.execute(batches[1])]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const lost = outcomes.find((outcome) => outcome.status === "rejected");
      expect(lost?.reason).toBeInstanceOf(BatchError);
      expect((lost?.reason as BatchError).message).toContain(
        "What this batch was built from has changed since: The table sales was dropped and created again; nothing was kept",
      );
      expect(await everything()).toEqual(before);
    } finally {
      await other.close();
    }
  });

  test("a writer loses no row that it was told is in", async () => {
    const writer = openRedshift(sandbox);
    let writing = true;
    const told: number[] = [];
    const refused: unknown[] = [];
    const work = (async () => {
      for (let id = 100; writing; id++) {
        const error = await failureOf(writer.execute(`INSERT INTO public.sales VALUES (${id}, 'w')`));
        if (error === undefined) told.push(id);
        else refused.push(error);
      }
    })();
    try {
      for (let i = 0; i < 5; i++) await redshift.deepCopy("sales", { execute: true });
    } finally {
      writing = false;
      await work;
      await writer.close();
    }
    const ids = (await column("SELECT id FROM public.sales WHERE id >= 100 ORDER BY id")).map(Number);
    expect(ids).toEqual(told);
    expect(told.length).toBeGreaterThan(5);
    // A session that waited for the old table may be refused, but never in doubt.
    for (const error of refused)
      expect(error).toMatchObject({ progress: { rolledBack: "nothing to roll back" } });
    expect(await witness.getTableNames({ schema: "public" })).toEqual(["line", "sales"]);
  });
});

test("a million rows are copied, each of them", async () => {
  const digits = Array.from({ length: 10 }, (_, n) => `SELECT ${n} AS n`).join(" UNION ALL ");
  const places = ["a", "b", "c", "d", "e", "f"].map((name) => `(${digits}) ${name}`).join(", ");
  await witness.execute(
    `INSERT INTO public.sales
      SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n, 'x' FROM ${places}`,
  );
  const sums = "SELECT COUNT(*), SUM(id::BIGINT) FROM public.sales";
  const before = await column(sums);
  expect(before[0]).toMatch(/^1000004 /);
  await redshift.deepCopy("sales", { distkey: "id", sortkey: ["id"], execute: true });
  expect(await column(sums)).toEqual(before);
  await redshift.deepCopy("sales", {
    deduplicatePartitionBy: ["id"],
    deduplicateOrderBy: "email",
    execute: true,
  });
  // The numbers from 0 on; 1, 2 and 3 were there before.
  expect((await column(sums))[0]).toMatch(/^1000000 /);
});
