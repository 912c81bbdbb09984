import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  BatchError,
  OptionsError,
  raw,
  type Batch,
  type DeepCopyOptions,
  type Redshift,
  type ShiftmanagerEvent,
  type TableOverrides,
} from "../../src/index.ts";
import { altered, withoutCheck } from "./altered-batch.ts";
import { openRedshift } from "./open-redshift.ts";
import { s3Leftovers } from "./s3-leftovers.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let events: ShiftmanagerEvent[] = [];

beforeAll(async () => {
  sandbox = await startSandbox();
  const { env } = sandbox;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", env.AWS_ENDPOINT_URL_S3);
  redshift = openRedshift(sandbox, {
    awsAccessKeyId: env.AWS_ACCESS_KEY_ID,
    awsSecretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    region: env.AWS_REGION,
    iamRole: env.REDSHIFT_IAM_ROLE,
    onEvent: (event) => events.push(event),
  });
}, 60_000);

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  events = [];
  await redshift.execute(`
    DROP TABLE IF EXISTS public.sales CASCADE;
    CREATE TABLE public.sales (
      id INTEGER NOT NULL,
      email VARCHAR(100) DEFAULT 'n/a',
      price DECIMAL(10,2),
      at TIMESTAMP
    )
    DISTSTYLE EVEN SORTKEY (at);
    INSERT INTO public.sales VALUES
      (1, 'a', 10, '2026-01-01 10:00:00'), (1, 'a', 10, '2026-01-01 10:00:00'), (2, 'b "q", \\\\ x
y', 20.5, NULL), (3, NULL, NULL, '2026-01-02 00:00:00.123456'), (4, '', 40, '2026-01-03');
  `);
});

afterEach(() => sandbox.faults.clear());

async function rows(sql: string): Promise<readonly string[]> {
  const [result] = await redshift.execute(sql);
  return (result?.rows ?? []).map((row) => Object.values(row).map(String).join(" "));
}

const sales = (columns = "id, email, price, at"): Promise<readonly string[]> =>
  rows(`SELECT ${columns} FROM public.sales ORDER BY 1, 2, 3`);

async function failureOf(work: Promise<unknown>): Promise<BatchError> {
  const failure = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(failure).toBeInstanceOf(BatchError);
  return failure as BatchError;
}

describe("reflectedTable", () => {
  const overrides = {
    distkey: "id",
    sortkey: ["price", "id"],
    encodings: { email: "zstd" },
    columns: { id: { type: "bigint" }, source: { type: "varchar(10)", default: "'old'", after: "id" } },
  } as const;

  test("gives a table that tableDefinition writes and deepCopy makes", async () => {
    const table = await redshift.reflectedTable("sales", overrides);
    const definition = String(await redshift.tableDefinition(table, { copyPrivileges: false }));
    expect(definition).toBe(`CREATE TABLE public.sales (
  id BIGINT ENCODE raw NOT NULL,
  source VARCHAR(10) DEFAULT 'old' ENCODE lzo,
  email VARCHAR(100) DEFAULT 'n/a'::character varying ENCODE zstd,
  price DECIMAL(10,2) ENCODE az64,
  at TIMESTAMP ENCODE raw
)
DISTSTYLE KEY
DISTKEY (id)
COMPOUND SORTKEY (price, id)`);
    const before = await sales();
    await redshift.deepCopy(table, { verify: "content", execute: true });
    expect(await sales()).toEqual(before);
    expect(await rows("SELECT DISTINCT source FROM public.sales")).toEqual(["old"]);
    const after = await redshift.reflectedTable("sales");
    expect(String(after)).toBe(definition.replace("DEFAULT 'old'", "DEFAULT 'old'::character varying"));
    expect(after).toMatchObject({ distkey: "id", sortkey: { columns: ["price", "id"] }, overrides: {} });
  });

  test("takes each override, and never changes", async () => {
    const ends: readonly (readonly [TableOverrides, string])[] = [
      [{ diststyle: "all" }, "DISTSTYLE ALL\nCOMPOUND SORTKEY (at)\nENCODE AUTO"],
      [{ diststyle: "auto", sortkey: "auto" }, "DISTSTYLE AUTO\nSORTKEY AUTO\nENCODE AUTO"],
      [
        { distkey: "id", interleavedSortkey: ["email", "price"] },
        "DISTSTYLE KEY\nDISTKEY (id)\nINTERLEAVED SORTKEY (email, price)\nENCODE AUTO",
      ],
      [{ sortkey: "none", encodings: "auto" }, "DISTSTYLE EVEN\nENCODE AUTO"],
      [{ encodings: { price: "lzo" } }, "DISTSTYLE EVEN\nCOMPOUND SORTKEY (at)"],
    ];
    for (const [overrides, end] of ends) {
      const table = await redshift.reflectedTable("sales", overrides);
      expect(String(table).split("\n)\n")[1]).toBe(end);
      expect(() => Object.assign(table, { distkey: "email" })).toThrow(TypeError);
      await redshift.deepCopy(table, { execute: true });
      expect(String(await redshift.reflectedTable("sales", { useCache: false }))).toBe(String(table));
      await redshift.deepCopy("sales", {
        diststyle: "even",
        sortkey: "at",
        encodings: "auto",
        execute: true,
      });
    }
  });

  test("a table is read afresh for a copy, and the call's own options count", async () => {
    const table = await redshift.reflectedTable("sales", { distkey: "id", sortkey: "price" });
    await redshift.execute("ALTER TABLE public.sales ADD COLUMN late INTEGER");
    const batch = await redshift.deepCopy(table, { diststyle: "all" });
    expect(String(batch)).toContain("late INTEGER");
    expect(String(batch)).toContain("DISTSTYLE ALL\nCOMPOUND SORTKEY (price)");
  });

  test("names the nearest column, and the schema once", async () => {
    await expect(redshift.reflectedTable("sales", { distkey: "emial" })).rejects.toThrow(
      'distkey names the column "emial", which the table does not have; did you mean "email"?',
    );
    const table = await redshift.reflectedTable("sales");
    await expect(redshift.deepCopy(table, { schema: "other" })).rejects.toThrow(OptionsError);
    expect(await redshift.reflectedTable(table, { distkey: "id" })).toMatchObject({ distkey: "id" });
    expect(await redshift.tableExists(table)).toBe(true);
  });
});

describe("definitions and copies", () => {
  test("keep to their schema, and leave grants, statistics and catalog out where told", async () => {
    await redshift.execute(`
      CREATE SCHEMA other;
      CREATE TABLE other.sales (id INTEGER);
      GRANT SELECT ON other.sales TO PUBLIC;
    `);
    try {
      const schema = "other";
      const options = { schema, copyPrivileges: false };
      expect(String(await redshift.tableDefinition("sales", options))).toMatch(
        /^CREATE TABLE other\.sales [^;]*$/,
      );
      expect(String(await redshift.tableDefinition("sales", { schema }))).toContain("TO PUBLIC");
      const { statements } = await redshift.deepCopy("sales", { ...options, analyze: false, execute: true });
      const texts = statements.map(({ sql }) => String(sql));
      expect(texts.some((text) => text.startsWith("ANALYZE") || text.startsWith("GRANT"))).toBe(false);
      expect(await rows("SELECT COUNT(*) FROM public.sales")).toEqual(["5"]);
      expect(String(await redshift.reflectedPrivileges("sales", { schema }))).toBe("");
    } finally {
      await redshift.execute("DROP SCHEMA other CASCADE");
    }
  });

  test("say the ALTER TABLE that does without a copy, and it does", async () => {
    const [note = ""] = (
      await redshift.deepCopy("sales", {
        distkey: "id",
        sortkey: ["id", "at"],
        encodings: { price: "zstd" },
        columns: { extra: { type: "int", default: "0" } },
      })
    ).notes;
    const [, proposed = ""] = /^The same design without a copy: (.*?)\. A copy is needed/.exec(note) ?? [];
    expect(proposed.split("; ")).toHaveLength(4);
    await redshift.execute(proposed);
    expect(await redshift.reflectedTable("sales")).toMatchObject({
      distkey: "id",
      sortkey: { style: "compound", columns: ["id", "at"] },
    });
  });
});

describe("columns of a deep copy", () => {
  test("are converted without loss, computed or added", async () => {
    await redshift.deepCopy("sales", {
      columns: {
        price: { type: "decimal(12,1)" },
        email: { type: "varchar(20)", notNull: true, value: "COALESCE(sales.email, 'none')" },
        day: { type: "date", value: "TRUNC(at)", after: null },
        note: { type: "varchar(10)" },
      },
      distinct: true,
      verify: "content",
      execute: true,
    });
    expect(await sales("id, email, price, note, day")).toEqual([
      "1 a 10.0 null 2026-01-01",
      '2 b "q", \\ x\ny 20.5 null null',
      "3 none null null 2026-01-02",
      "4  40.0 null 2026-01-03",
    ]);
  });

  test.each<[DeepCopyOptions["columns"] & object, RegExp]>([
    [
      { price: { type: "integer" } },
      /1 row has a price that INTEGER does not hold as it is; choose a wider type, or say with columns\.price\.value/,
    ],
    [{ email: { type: "varchar(3)" } }, /1 row has a email that VARCHAR\(3\) does not hold/],
    [{ at: { type: "date" } }, /3 rows have a at that DATE does not hold/],
    [{ email: { type: "integer", default: null } }, /invalid input syntax|Invalid digit/],
  ])(
    "%j stops where a value would be changed, by the library and by its script alone",
    async (columns, message) => {
      const before = await sales();
      const batch = await redshift.deepCopy("sales", { columns });
      expect((await failureOf(redshift.execute(batch))).message).toMatch(message);
      await failureOf(redshift.execute(altered(batch, /no_value_is_changed/, withoutCheck)));
      expect(await sales()).toEqual(before);
    },
  );

  test("must be as planned when the old table goes", async () => {
    const batch = await redshift.deepCopy("sales", {
      columns: { note: { type: "varchar(10)", default: "'x'" } },
    });
    const other = altered(batch, /^CREATE/, (statement) => ({
      ...statement,
      sql: raw(String(statement.sql).replace("note VARCHAR(10)", "note VARCHAR(9)")),
    }));
    expect((await failureOf(redshift.execute(other))).message).toContain(
      "note was VARCHAR(10) with a DEFAULT and is VARCHAR(9) with a DEFAULT",
    );
  });
});

describe("analyzeCompression", () => {
  test("takes what ANALYZE COMPRESSION recommends, but for the sort key, and says that it locks", async () => {
    const batch = await redshift.tableDefinition("sales", {
      analyzeCompression: true,
      copyPrivileges: false,
    });
    expect(String(batch)).toContain(`  id INTEGER ENCODE az64 NOT NULL,
  email VARCHAR(100) DEFAULT 'n/a'::character varying ENCODE lzo,
  price DECIMAL(10,2) ENCODE az64,
  at TIMESTAMP ENCODE raw
)`);
    expect(batch.notes[0]).toContain("but for the sort key (at); it locked public.sales exclusively");
    expect(events).toContainEqual({
      type: "warning",
      message: "ANALYZE COMPRESSION locks public.sales exclusively while it looks at its rows.",
    });
    expect(
      String(await redshift.deepCopy("sales", { analyzeCompression: true, encodings: { price: "zstd" } })),
    ).toContain("  price DECIMAL(10,2) ENCODE zstd,\n  at TIMESTAMP ENCODE raw\n)");
  });

  test("does not lock a table that cannot be copied", async () => {
    await redshift.execute("CREATE VIEW public.reader AS SELECT id FROM public.sales");
    await expect(
      redshift.deepCopy("sales", { analyzeCompression: true, dependents: "refuse" }),
    ).rejects.toThrow(OptionsError);
    expect(events.filter(({ type }) => type === "warning")).toEqual([]);
  });
});

describe("verify content", () => {
  async function stopped(batch: Batch, message: RegExp): Promise<void> {
    const before = await sales();
    expect((await failureOf(redshift.execute(batch))).message).toMatch(message);
    expect(await sales()).toEqual(before);
  }

  test("stops a copy that changes a value, by the library and by its script alone", async () => {
    const batch = await redshift.deepCopy("sales", { verify: "content" });
    const changing = altered(batch, /^INSERT/, (statement) => ({
      ...statement,
      sql: raw(String(statement.sql).replace("SELECT id, email, price", "SELECT id, email, price + 1")),
    }));
    await stopped(
      changing,
      /Every row arrived, but not every value of price; the old table is kept as it was/,
    );
    await stopped(
      altered(changing, /every_row_was_copied/, withoutCheck),
      /every row and value arrived does not hold/,
    );
    await redshift.execute(batch);
  });

  test("of a copy without duplicates stops at a row that was not there", async () => {
    const batch = await redshift.deepCopy("sales", { verify: "content", distinct: true });
    const changing = altered(batch, /^INSERT/, (statement) => ({
      ...statement,
      sql: raw(
        String(statement.sql).replace("SELECT DISTINCT id, email", "SELECT DISTINCT id, email || 'x'"),
      ),
    }));
    await stopped(changing, /3 different rows of the new table were not in the old one/);
    await stopped(altered(changing, /every_row_was_there/, withoutCheck), /was one of the old does not hold/);
    await redshift.execute(batch);
    expect(await sales()).toHaveLength(4);
  });
});

describe("IDENTITY columns", () => {
  const explicit = { identity: "explicit-ids", stagingPrefix: "s3://sandbox/tmp" } as const;

  beforeEach(async () => {
    await redshift.execute(`
      DROP TABLE public.sales;
      CREATE TABLE public.sales (
        id BIGINT IDENTITY(10, 5), email VARCHAR(100), price DOUBLE PRECISION, at TIMESTAMPTZ, ok BOOLEAN, day DATE, part CHAR(3), amount DECIMAL(20,4)
      );
      INSERT INTO public.sales (email, price, at, ok, day, part, amount) VALUES
        ('a, "b"', 0.1, '2026-01-01 10:00:00.123456+02', true, '2026-01-01', 'x', 1.5),
        ('line
two \\\\ back', 1e300, NULL, false, NULL, '', -12345678901234.5678),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('', -0.3333333333333333, '2026-06-01', true, '0044-03-15', 'xyz', 0);
    `);
  });

  const numbered = (): Promise<readonly string[]> =>
    rows("SELECT id, email, price, at, ok, day, part, amount FROM public.sales ORDER BY id");

  test("keep numbers and kind by way of S3, where nothing is left", async () => {
    const before = await numbered();
    const batch = await redshift.deepCopy("sales", explicit);
    expect(await s3Leftovers(sandbox)).toEqual([]);
    await redshift.execute(batch);
    expect(await numbered()).toEqual(before);
    expect(await s3Leftovers(sandbox)).toEqual([]);
    expect(String(await redshift.tableDefinition("sales"))).toContain("id BIGINT IDENTITY(30, 5)");
    await redshift.execute("INSERT INTO public.sales (email) VALUES ('new')");
    const ids = (await rows("SELECT id FROM public.sales ORDER BY id")).map(Number);
    expect(new Set(ids).size).toBe(5);
    expect(ids.at(-1)).toBe(30);
  });

  test("of an empty table and of one without duplicates go the same way", async () => {
    await redshift.execute("INSERT INTO public.sales (email) VALUES ('a, \"b\"')");
    await redshift.deepCopy("sales", {
      ...explicit,
      deduplicatePartitionBy: ["email"],
      deduplicateOrderBy: "id",
      nullKeys: "keep",
      execute: true,
    });
    expect(await numbered()).toHaveLength(4);
    await redshift.execute("DELETE FROM public.sales");
    await redshift.deepCopy("sales", { ...explicit, execute: true });
    await redshift.execute("INSERT INTO public.sales (email) VALUES ('new')");
    expect(await rows("SELECT email FROM public.sales")).toEqual(["new"]);
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("leave nothing in S3 when the copy fails, and the table as it was", async () => {
    const before = await numbered();
    const batch = await redshift.deepCopy("sales", explicit);
    for (const find of [/^COPY/, /every_row_was_copied/, /^DROP/]) {
      const broken = altered(batch, find, (statement) => ({
        ...statement,
        sql: raw("SELECT 1 / 0 AS broken"),
      }));
      await failureOf(redshift.execute(broken));
      expect(await numbered()).toEqual(before);
      expect(await s3Leftovers(sandbox)).toEqual([]);
    }
    const lossy = altered(batch, /^UNLOAD/, (statement) => ({
      ...statement,
      sql: raw(statement.sql.toSQL({ secrets: "reveal" }).replace("outgoing')", "outgoing WHERE id > 10')")),
    }));
    expect((await failureOf(redshift.execute(lossy))).message).toContain(
      "4 rows were to be copied and 3 arrived",
    );
    expect(await s3Leftovers(sandbox)).toEqual([]);
    sandbox.faults.add({ target: "sql", statement: /^COPY/, operation: "after", action: "drop" });
    await failureOf(redshift.execute(batch));
    expect(await s3Leftovers(sandbox)).toEqual([]);
    await redshift.execute(batch);
    expect(await numbered()).toEqual(before);
  });

  test("that cannot be cleaned up behind are told of, the copy being made", async () => {
    const batch = await redshift.deepCopy("sales", explicit);
    sandbox.faults.add({ target: "s3", operation: "DeleteObjects", action: "deny", times: 10 });
    await redshift.execute(batch);
    sandbox.faults.clear();
    expect(events.at(-1)).toMatchObject({
      type: "warning",
      message: expect.stringContaining(
        "Everything was committed, but: What it wrote outside the database may be left",
      ) as string,
    });
    await expect(redshift.execute(batch)).rejects.toThrow(/has changed since|left by an earlier run/);
    await batch.cleanUp?.();
    expect(await s3Leftovers(sandbox)).toEqual([]);
  });

  test("are numbered anew when told", async () => {
    await redshift.execute("DELETE FROM public.sales WHERE id = 15");
    await redshift.deepCopy("sales", { identity: "renumber", execute: true });
    expect(await rows("SELECT id FROM public.sales ORDER BY id")).toEqual(["10", "15", "20"]);
    expect(String(await redshift.tableDefinition("sales"))).toContain("id BIGINT IDENTITY(10, 5)");
  });
});

describe("lockTimeoutMs", () => {
  test("names who holds the table, and leaves the session's own timeout", async () => {
    const holder = openRedshift(sandbox);
    const client = await holder.connection;
    try {
      await redshift.execute("SET statement_timeout TO 60000");
      const batch = await redshift.deepCopy("sales", { lockTimeoutMs: 200 });
      await client.query("BEGIN; SELECT COUNT(*) FROM public.sales");
      const { message } = await failureOf(redshift.execute(batch));
      expect(message).toMatch(
        /^Statement 2 of \d+ \(locks the table.*\) failed: .*nothing was kept.* It is held by process \d+ of awsuser since \d{4}-.*; wait until they end/,
      );
      await client.query("COMMIT");
      await redshift.execute(batch);
      expect(await rows("SHOW statement_timeout")).toEqual(["1min"]);
      // While it is held exclusively, building the batch would wait as well.
      await client.query("BEGIN; LOCK public.sales");
      await expect(redshift.deepCopy("sales", { lockTimeoutMs: 200 })).rejects.toThrow(
        /^public\.sales could not be read within 200 ms, because it is locked\. It is held by process \d+ of awsuser since \d{4}-.*; wait until they end/,
      );
      expect(await rows("SHOW statement_timeout")).toEqual(["1min"]);
    } finally {
      await redshift.execute("SET statement_timeout TO 0");
      await holder.close();
    }
  });
});
