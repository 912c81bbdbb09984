import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BatchError, raw, Redshift, type Batch } from "../../src/index.ts";
import { altered, withoutCheck } from "./altered-batch.ts";

let sandbox: Sandbox;
let redshift: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = connect();
  await redshift.execute(`
    CREATE USER alice PASSWORD 'Abcdefg1';
    CREATE USER bob PASSWORD 'Abcdefg1';
    CREATE GROUP etl;
    GRANT ALL ON SCHEMA public TO alice;
  `);
}, 60_000);

afterAll(async () => {
  await redshift?.close();
  await sandbox?.stop();
});

beforeEach(async () => {
  await redshift.execute(`
    DROP TABLE IF EXISTS public.sales CASCADE;
    CREATE TABLE public.sales (
      id INTEGER NOT NULL,
      email VARCHAR(100) DEFAULT 'n/a {} %' ENCODE zstd,
      price DECIMAL(10,2)
    )
    DISTSTYLE EVEN;
    ALTER TABLE public.sales ADD CONSTRAINT sales_pkey PRIMARY KEY (id);
    COMMENT ON TABLE public.sales IS 'Ours';
    INSERT INTO public.sales VALUES (1, 'a', 10), (1, 'a', 10), (2, 'b', 20), (2, 'c', 30), (3, NULL, 40), (4, NULL, 50);
    ALTER TABLE public.sales OWNER TO alice;
    GRANT SELECT, INSERT ON public.sales TO GROUP etl;
    GRANT SELECT ON public.sales TO bob WITH GRANT OPTION;
    GRANT UPDATE (price) ON public.sales TO bob;
  `);
});

function connect(more: { user?: string; password?: string } = {}): Redshift {
  const { PGHOST = "", PGPORT, PGUSER = "", PGPASSWORD = "", PGDATABASE = "" } = sandbox.env;
  return new Redshift({
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
    ssl: "disable",
    ...more,
  });
}

async function rows(sql: string): Promise<readonly string[]> {
  const [result] = await redshift.execute(sql);
  return (result?.rows ?? []).map((row) => Object.values(row).map(String).join(" "));
}

const sales = (): Promise<readonly string[]> =>
  rows("SELECT id, email, price FROM public.sales ORDER BY id, email, price");
const acl = (): Promise<readonly string[]> =>
  rows("SELECT array_to_string(relacl, ' '), relowner FROM pg_class WHERE relname = 'sales'");
const tables = (): Promise<readonly string[]> => redshift.getTableNames({ schema: "public" });

describe("deepCopy", () => {
  test("changes the design and nothing else", async () => {
    const before = { sales: await sales(), acl: await acl() };
    const definition = String(await redshift.tableDefinition("sales"));
    await redshift.deepCopy("sales", { distkey: "id", sortkey: ["price", "id"], execute: true });
    expect({ sales: await sales(), acl: await acl() }).toEqual(before);
    expect(await tables()).toEqual(["sales"]);
    expect(String(await redshift.tableDefinition("sales"))).toBe(
      definition.replace(
        "DISTSTYLE EVEN\nSORTKEY AUTO",
        "DISTSTYLE KEY\nDISTKEY (id)\nCOMPOUND SORTKEY (price, id)",
      ),
    );
  });

  test("DISTINCT keeps each different row once, whatever the primary key says", async () => {
    await redshift.deepCopy("sales", { distinct: true, execute: true });
    expect(await sales()).toEqual(["1 a 10.00", "2 b 20.00", "2 c 30.00", "3 null 40.00", "4 null 50.00"]);
  });

  test("the row to keep is the first in the order given", async () => {
    await redshift.deepCopy("sales", {
      deduplicatePartitionBy: ["id"],
      deduplicateOrderBy: "price DESC",
      execute: true,
    });
    expect(await sales()).toEqual(["1 a 10.00", "2 c 30.00", "3 null 40.00", "4 null 50.00"]);
  });

  test("rows whose key is NULL stop it, are kept, or are merged", async () => {
    const by = { deduplicatePartitionBy: "email", deduplicateOrderBy: "price" };
    const refused = redshift.deepCopy("sales", { ...by, execute: true });
    await expect(refused).rejects.toThrow(
      '2 rows have a NULL in the key, and deduplication would keep one of them; say nullKeys: "keep" to take over all of them or nullKeys: "merge" to treat NULL as a value',
    );
    expect(await sales()).toHaveLength(6);
    await redshift.deepCopy("sales", { ...by, nullKeys: "keep", execute: true });
    expect(await sales()).toEqual(["1 a 10.00", "2 b 20.00", "2 c 30.00", "3 null 40.00", "4 null 50.00"]);
    await redshift.deepCopy("sales", { ...by, nullKeys: "merge", execute: true });
    expect(await sales()).toEqual(["1 a 10.00", "2 b 20.00", "2 c 30.00", "3 null 40.00"]);
  });

  test("default privileges of who runs it add nothing", async () => {
    await redshift.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC");
    try {
      const before = await acl();
      const batch = await redshift.deepCopy("sales", { execute: true });
      expect(String(batch)).toContain("FROM PUBLIC, alice");
      expect(await acl()).toEqual(before);
    } finally {
      await redshift.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM PUBLIC");
    }
  });

  test("its script run as text does the same", async () => {
    const before = { sales: await sales(), acl: await acl() };
    const batch = await redshift.deepCopy("sales", { diststyle: "all" });
    expect(await sales()).toEqual(before.sales);
    // As psql sends it: statement by statement.
    const client = await redshift.connection;
    for (const text of ["BEGIN", ...batch.statements.slice(0, -1).map(({ sql }) => String(sql)), "COMMIT"]) {
      await client.query(text);
    }
    expect({ sales: await sales(), acl: await acl() }).toEqual(before);
    expect(await rows("SELECT reldiststyle FROM pg_class WHERE relname = 'sales'")).toEqual(["8"]);
  });

  test("foreign keys of other tables come back", async () => {
    await redshift.execute(`
      CREATE TABLE public.line (sale INTEGER);
      ALTER TABLE public.line ADD CONSTRAINT line_sale FOREIGN KEY (sale) REFERENCES public.sales (id);
    `);
    try {
      await redshift.deepCopy("sales", { execute: true });
      expect(String(await redshift.tableDefinition("line"))).toContain(
        "ADD CONSTRAINT line_sale FOREIGN KEY (sale) REFERENCES public.sales (id)",
      );
    } finally {
      await redshift.execute("DROP TABLE public.line");
    }
  });

  test("a foreign key of another owner's table is named to the table's owner before anything is locked", async () => {
    await redshift.execute(`
      CREATE TABLE public.line (sale INTEGER);
      ALTER TABLE public.line ADD CONSTRAINT line_sale FOREIGN KEY (sale) REFERENCES public.sales (id);
      ALTER TABLE public.line OWNER TO bob;
    `);
    const alice = connect({ user: "alice", password: "Abcdefg1" });
    try {
      const knowing = { assumeNoPolicies: true, allowPartialPrivileges: true };
      await expect(alice.deepCopy("sales", knowing)).rejects.toThrow(
        "Foreign keys point at public.sales that only the owners of their tables or a superuser can take off and put back, and " +
          "this session is alice: public.line (bob). Run it as a superuser.",
      );
      await redshift.execute("ALTER TABLE public.line OWNER TO alice");
      await alice.deepCopy("sales", { ...knowing, execute: true });
      expect(String(await redshift.tableDefinition("line"))).toContain("REFERENCES public.sales (id)");
    } finally {
      await alice.close();
      await redshift.execute("DROP TABLE public.line");
    }
  });

  test("an identity keeps its numbers and goes on beyond them", async () => {
    await redshift.execute(`
      DROP TABLE public.sales;
      CREATE TABLE public.sales (id BIGINT IDENTITY(10, 5), a INTEGER);
      INSERT INTO public.sales (a) VALUES (1), (2), (3);
    `);
    const before = await rows("SELECT id FROM public.sales ORDER BY id");
    await expect(redshift.deepCopy("sales")).rejects.toThrow("is an IDENTITY that takes no values");
    await redshift.deepCopy("sales", { identity: "generated-by-default", execute: true });
    expect(await rows("SELECT id FROM public.sales ORDER BY id")).toEqual(before);
    await redshift.execute("INSERT INTO public.sales (a) VALUES (4)");
    const after = (await rows("SELECT id FROM public.sales ORDER BY id")).map(Number);
    expect(new Set(after).size).toBe(4);
    expect(after.at(-1)).toBeGreaterThan(Number(before.at(-1)));
  });

  test("the old table can stay, and its name be taken already", async () => {
    await redshift.deepCopy("sales", { keepOutgoing: true, execute: true });
    expect(await tables()).toEqual(["sales", "sales$outgoing"]);
    const again = await redshift.deepCopy("sales", { execute: true });
    expect(again.destroys).toEqual(["the old table public.sales$outgoing2"]);
    await redshift.execute("DROP TABLE public.sales$outgoing");
    await redshift.deepCopy("sales", { keepOutgoing: true, suffix: "_before", execute: true });
    expect(await tables()).toEqual(["sales", "sales_before"]);
    await redshift.execute("DROP TABLE public.sales_before");
  });

  test("only its owner or a superuser may, and an owner must say that it sees less", async () => {
    const bob = connect({ user: "bob", password: "Abcdefg1" });
    const alice = connect({ user: "alice", password: "Abcdefg1" });
    try {
      await expect(bob.deepCopy("public.sales")).rejects.toThrow(
        "Only its owner alice or a superuser can deep-copy public.sales, and this session is bob",
      );
      await expect(alice.deepCopy("public.sales")).rejects.toThrow("assumeNoPolicies: true");
      await expect(alice.deepCopy("public.sales", { assumeNoPolicies: true })).rejects.toThrow(
        "allowPartialPrivileges: true",
      );
      const before = { sales: await sales(), acl: await acl() };
      await alice.deepCopy("public.sales", {
        assumeNoPolicies: true,
        allowPartialPrivileges: true,
        execute: true,
      });
      expect({ sales: await sales(), acl: await acl() }).toEqual(before);
    } finally {
      await alice.close();
      await bob.close();
    }
  });

  test("the names of 127 bytes and of nasty characters come through", async () => {
    const name = `ü"q' \\ %s {} :x ${"x".repeat(110)}`;
    expect(Buffer.byteLength(name)).toBe(127);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    await redshift.execute(
      `CREATE TABLE public.${quoted} ("se lect" INTEGER) DISTSTYLE EVEN; INSERT INTO public.${quoted} VALUES (1)`,
    );
    try {
      await redshift.deepCopy({ schema: "public", name }, { execute: true });
      expect(await rows(`SELECT "se lect" FROM public.${quoted}`)).toEqual(["1"]);
    } finally {
      await redshift.execute(`DROP TABLE public.${quoted}`);
    }
  });
});

describe("a deep copy is stopped, and leaves the table as it was,", () => {
  async function stopped(batch: Batch, message: string | RegExp): Promise<void> {
    const before = { sales: await sales(), acl: await acl() };
    const failure = await redshift.execute(batch).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(BatchError);
    expect((failure as BatchError).message).toMatch(message);
    expect((failure as BatchError).progress.rolledBack).toBe("yes");
    expect({ sales: await sales(), acl: await acl() }).toEqual(before);
    expect(await tables()).toEqual(["sales"]);
  }

  test.each([
    ["a column", "ALTER TABLE public.sales ADD COLUMN extra INTEGER", "The column extra is new"],
    ["a grant", "GRANT DELETE ON public.sales TO bob", "The privilege DELETE for user bob is new"],
    [
      "a comment",
      "COMMENT ON TABLE public.sales IS 'Theirs'",
      'The comment on the table was "Ours" and is "Theirs"',
    ],
    ["the owner", "ALTER TABLE public.sales OWNER TO bob", "The owner was alice and is bob"],
    ["the distribution", "ALTER TABLE public.sales ALTER DISTSTYLE ALL", "DISTSTYLE was EVEN and is ALL"],
    ["a key", "ALTER TABLE public.sales DROP CONSTRAINT sales_pkey", "The primary key sales_pkey is gone"],
    ["a view", "CREATE VIEW public.late AS SELECT id FROM public.sales", "The view public.late is new"],
  ])("when %s changed after the review", async (_, change, message) => {
    const batch = await redshift.deepCopy("sales");
    await redshift.execute(change);
    const names = await tables();
    await expect(redshift.execute(batch)).rejects.toThrow(
      `What this batch was built from has changed since: ${message}`,
    );
    expect(await tables()).toEqual(names);
  });

  test("when the columns changed, by its script alone", async () => {
    const batch = await redshift.deepCopy("sales");
    const scripted = altered(batch, /^LOCK/, withoutCheck, { facts: false });
    await redshift.execute("ALTER TABLE public.sales ADD COLUMN extra INTEGER");
    await stopped(
      scripted,
      /^Statement 2 of 17 failed: the proof that the table still has the columns that were reviewed does not hold; nothing was kept/,
    );
  });

  test("when a row is lost on the way, by the library and by its script alone", async () => {
    const batch = await redshift.deepCopy("sales");
    const lossy = altered(batch, /^INSERT/, (statement) => ({
      ...statement,
      sql: raw(`${String(statement.sql)} WHERE id <> 3`),
    }));
    await stopped(lossy, /6 rows were to be copied and 5 arrived; the old table is kept as it was/);
    await stopped(
      altered(lossy, /every_row_was_copied/, withoutCheck),
      /failed: the proof that every row arrived does not hold/,
    );
  });

  test("when deduplication loses a group", async () => {
    const batch = await redshift.deepCopy("sales", {
      deduplicatePartitionBy: ["id"],
      deduplicateOrderBy: "any",
    });
    const lossy = altered(batch, /^INSERT/, (statement) => ({
      ...statement,
      sql: raw(`${String(statement.sql)} AND id <> 3`),
    }));
    await stopped(lossy, /4 rows were to be copied and 3 arrived/);
    await stopped(
      altered(lossy, /every_row_was_copied/, withoutCheck),
      /failed: the proof that every row arrived does not hold/,
    );
  });

  test("when a key is NULL, by its script alone", async () => {
    const batch = await redshift.deepCopy("sales", {
      deduplicatePartitionBy: "email",
      deduplicateOrderBy: "any",
    });
    await stopped(
      altered(batch, /no_key_is_null/, withoutCheck),
      /failed: the proof that no row has a NULL key does not hold/,
    );
  });

  test("when its printed script is run as text, which says what did not hold", async () => {
    const script = (await redshift.deepCopy("sales")).toScript();
    await redshift.execute("ALTER TABLE public.sales ADD COLUMN extra INTEGER");
    const before = await sales();
    await expect(redshift.execute(script, undefined, { transaction: "split" })).rejects.toThrow(
      /^Statement 2 of 17 failed: the proof that the table still has the columns that were reviewed does not hold; nothing was kept/,
    );
    expect(await sales()).toEqual(before);
  });

  test("when a number reached the next one meanwhile", async () => {
    await redshift.execute(`
      DROP TABLE public.sales;
      CREATE TABLE public.sales (id BIGINT GENERATED BY DEFAULT AS IDENTITY(1, 1), email INTEGER, price INTEGER);
      INSERT INTO public.sales VALUES (1, 1, 1);
    `);
    const batch = await redshift.deepCopy("sales");
    await redshift.execute("INSERT INTO public.sales VALUES (7, 1, 1)");
    await stopped(batch, /1 row was added whose id reaches the next number, 2; build the copy again/);
    await stopped(
      altered(batch, /no_number_is_given_twice/, withoutCheck),
      /failed: the proof that no id is at or beyond 2, the next number does not hold/,
    );
  });

  test("when a grant is missing on the new table", async () => {
    const batch = await redshift.deepCopy("sales");
    await stopped(
      altered(batch, /^GRANT SELECT, INSERT ON TABLE public.sales TO GROUP etl/, () => undefined),
      /The new table does not have the old one's privileges: INSERT for group etl is missing; SELECT for group etl is missing/,
    );
    await stopped(
      altered(batch, /OWNER TO/, () => undefined),
      /owner|privileges/,
    );
  });

  test("when a column is not what it was", async () => {
    const batch = await redshift.deepCopy("sales");
    await stopped(
      altered(batch, /^CREATE TABLE/, (statement) => ({
        ...statement,
        sql: raw(String(statement.sql).replace("'n/a {} %'", "'n/a'")),
      })),
      /The new table does not have the old one's columns: email was VARCHAR\(100\) DEFAULT 'n\/a \{\} %'::character varying and is VARCHAR\(100\) DEFAULT 'n\/a'::character varying/,
    );
  });

  test("when a dependant was overlooked", async () => {
    const batch = await redshift.deepCopy("sales");
    const scripted = altered(batch, /^LOCK/, withoutCheck, { facts: false });
    await redshift.execute("CREATE VIEW public.late AS SELECT id FROM public.sales");
    await expect(redshift.execute(scripted)).rejects.toThrow(
      /drops the old table.*other objects depend on it/s,
    );
    expect(await tables()).toEqual(["late", "sales"]);
  });
});
