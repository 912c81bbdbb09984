import { startSandbox, type Sandbox } from "redshift-sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BatchError, OptionsError, raw, type Batch, type Redshift } from "../../src/index.ts";
import { altered, withoutCheck } from "./altered-batch.ts";
import { openRedshift } from "./open-redshift.ts";

let sandbox: Sandbox;
let redshift: Redshift;
let alice: Redshift;

beforeAll(async () => {
  sandbox = await startSandbox();
  redshift = openRedshift(sandbox);
  alice = openRedshift(sandbox, { user: "alice", password: "Abcdefg1" });
  await redshift.execute(`
    CREATE USER alice PASSWORD 'Abcdefg1';
    CREATE USER bob PASSWORD 'Abcdefg1';
    CREATE USER carol PASSWORD 'Abcdefg1';
    CREATE ROLE analyst;
    GRANT ALL ON SCHEMA public TO alice;
    GRANT ALL ON SCHEMA public TO carol;
  `);
}, 60_000);

afterAll(async () => {
  await alice?.close();
  await redshift?.close();
  await sandbox?.stop();
});

beforeEach(async () => {
  await redshift.execute(`
    DROP TABLE IF EXISTS public.sales CASCADE;
    CREATE TABLE public.sales (id INTEGER NOT NULL, email VARCHAR(100), price DECIMAL(10,2)) DISTSTYLE EVEN;
    INSERT INTO public.sales VALUES (1, 'a', 10), (2, 'b', 20);
    GRANT SELECT ON public.sales TO carol;
    GRANT SELECT, INSERT ON public.sales TO ROLE analyst;
    GRANT UPDATE (price) ON public.sales TO ROLE analyst;
    GRANT SELECT (email) ON public.sales TO bob;
    ALTER TABLE public.sales OWNER TO alice;
  `);
});

/** Bound views, one upon the other, of another owner and with grants and a comment. */
async function createViews(): Promise<void> {
  await redshift.execute(`
    CREATE VIEW public.recent AS SELECT id, email FROM sales WHERE price > 5.5;
    CREATE VIEW public.emails AS SELECT email FROM public.recent;
    ALTER TABLE public.recent OWNER TO carol;
    GRANT SELECT ON public.recent TO bob WITH GRANT OPTION;
    COMMENT ON VIEW public.recent IS 'Ours';
  `);
}

async function rows(sql: string, from = redshift): Promise<readonly string[]> {
  const [result] = await from.execute(sql);
  return (result?.rows ?? []).map((row) => Object.values(row).map(String).join(" "));
}

/** All there is to lose of the table and its views. */
async function everything(): Promise<unknown> {
  const names = ["recent", "emails"];
  const views = await redshift.getTableNames({ schema: "public" });
  return {
    sales: await rows("SELECT id, email, price FROM public.sales ORDER BY id"),
    privileges: String(await redshift.reflectedPrivileges("sales")),
    views: await Promise.all(
      names
        .filter((name) => views.includes(name))
        .map(async (name) => String(await redshift.viewDefinition(name))),
    ),
    emails: views.includes("emails") ? await rows("SELECT email FROM public.emails ORDER BY email") : null,
    tables: views,
  };
}

async function stopped(batch: Batch, message: string | RegExp): Promise<void> {
  const before = await everything();
  const failure = await redshift.execute(batch).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(BatchError);
  expect((failure as BatchError).message).toMatch(message);
  expect(await everything()).toEqual(before);
}

describe("regular views", () => {
  beforeEach(createViews);

  test("read the new table afterwards, with text, owner, grants and comments as before", async () => {
    const before = await everything();
    const batch = await redshift.deepCopy("sales", { distkey: "id" });
    expect(batch.destroys).toEqual(["the old table public.sales$outgoing"]);
    expect(batch.notes).toContain(
      "Views are made to read the new table, their owners and grants kept: public.emails, public.recent.",
    );
    await redshift.execute(batch);
    expect(await everything()).toEqual(before);
    await redshift.execute("INSERT INTO public.sales VALUES (3, 'c', 30)");
    expect(await rows("SELECT email FROM public.emails ORDER BY email")).toEqual(["a", "b", "c"]);
    await redshift.deepCopy("sales", { keepOutgoing: true, execute: true });
    await redshift.execute("INSERT INTO public.sales VALUES (4, 'd', 30)");
    expect(await rows("SELECT COUNT(*) FROM public.emails")).toEqual(["4"]);
    await redshift.execute("DROP TABLE public.sales$outgoing");
  });

  test("are carried over by the script alone, whatever the search path of who runs it", async () => {
    const before = await everything();
    const batch = await redshift.deepCopy("sales");
    const other = openRedshift(sandbox);
    try {
      const client = await other.connection;
      await client.query("SET search_path TO pg_catalog");
      const [first] = batch.steps;
      for (const text of ["BEGIN", ...(first?.statements ?? []).map(({ sql }) => String(sql)), "COMMIT"]) {
        await client.query(text);
      }
    } finally {
      await other.close();
    }
    expect(await everything()).toEqual(before);
  });

  test("stop it when one was not bound to the new table, by the library and by its script alone", async () => {
    const batch = await redshift.deepCopy("sales", { keepOutgoing: true });
    const left = altered(batch, /^CREATE OR REPLACE VIEW public\.recent/, () => undefined);
    await stopped(left, /the proof that no view reads the old table does not hold/);
    await stopped(altered(left, /no_view_reads/, withoutCheck), /no view reads the old table does not hold/);
  });

  test("stop it when one's grants or owner are not what they were", async () => {
    const batch = await redshift.deepCopy("sales");
    const revoking = altered(batch, /^SET LOCAL search_path/, (statement) => ({
      ...statement,
      sql: raw("REVOKE GRANT OPTION FOR SELECT ON public.recent FROM bob"),
    }));
    await stopped(
      revoking,
      /The view public\.recent is not what it was: SELECT for user bob with grant option is missing/,
    );
    const owning = altered(batch, /^SET LOCAL search_path/, (statement) => ({
      ...statement,
      sql: raw("ALTER TABLE public.emails OWNER TO bob"),
    }));
    await stopped(owning, /The view public\.emails is not what it was: the owner is bob/);
  });

  test.each([
    [
      "CREATE OR REPLACE VIEW public.recent AS SELECT id, email FROM sales WHERE price > 6.5",
      /The view public\.recent was SELECT/,
    ],
    [
      "GRANT SELECT ON public.emails TO bob",
      /The privilege SELECT for user bob on the view public\.emails is new/,
    ],
    [
      "ALTER TABLE public.emails OWNER TO carol",
      /The owner of the view public\.emails was awsuser and is carol/,
    ],
  ])("stop it when they changed after the review: %s", async (change, message) => {
    const batch = await redshift.deepCopy("sales");
    await redshift.execute(change);
    await stopped(batch, message);
  });

  test("are refused or dropped when told, and refused where a type changes", async () => {
    await expect(redshift.deepCopy("sales", { dependents: "refuse" })).rejects.toThrow(
      "Views read public.sales: public.emails, public.recent. Leave",
    );
    await expect(redshift.deepCopy("sales", { columns: { id: { type: "bigint" } } })).rejects.toThrow(
      "Views read public.sales, whose columns change their types (id)",
    );
    await expect(redshift.deepCopy("sales", { dependents: "rebind", cascade: true })).rejects.toThrow(
      OptionsError,
    );
    const batch = await redshift.deepCopy("sales", {
      dependents: "drop",
      columns: { id: { type: "bigint" } },
    });
    expect(batch.destroys.slice(0, 2)).toEqual(["the view public.emails", "the view public.recent"]);
    await redshift.execute(batch);
    expect(await redshift.getTableNames({ schema: "public" })).toEqual(["sales"]);
  });

  test("of others than the table's owner are named to it; its own are carried over", async () => {
    const lessSeen = { assumeNoPolicies: true, allowPartialPrivileges: true };
    await expect(alice.deepCopy("public.sales", lessSeen)).rejects.toThrow(
      "only their owners or a superuser can carry them over or drop them, and this session is alice: public.emails (awsuser), public.recent (carol). Run it as a superuser.",
    );
    await redshift.execute(
      "ALTER TABLE public.recent OWNER TO alice; ALTER TABLE public.emails OWNER TO alice",
    );
    const before = await everything();
    // Grants to roles are what the owner cannot see.
    await alice.deepCopy("public.sales", { ...lessSeen, execute: true });
    expect(await everything()).not.toEqual(before);
    await redshift.execute(`
      GRANT SELECT, INSERT ON public.sales TO ROLE analyst;
      GRANT UPDATE (price) ON public.sales TO ROLE analyst;
    `);
    expect(await everything()).toEqual(before);
  });
});

test("late-binding views follow the name and keep their owner's SELECT, whatever the types of the columns", async () => {
  await redshift.execute(`
    ALTER TABLE public.sales ADD COLUMN extras SUPER;
    CREATE VIEW public.late AS SELECT id, extras FROM public.sales WITH NO SCHEMA BINDING;
    ALTER TABLE public.late OWNER TO carol;
    GRANT SELECT ON public.late TO bob;
  `);
  try {
    const { notes } = await redshift.deepCopy("sales", { execute: true });
    expect(notes).toContain("Late-binding views follow the name and will read the new table: public.late.");
    const bob = openRedshift(sandbox, { user: "bob", password: "Abcdefg1" });
    try {
      expect(await rows("SELECT id FROM public.late ORDER BY id", bob)).toEqual(["1", "2"]);
    } finally {
      await bob.close();
    }
  } finally {
    await redshift.execute("DROP VIEW public.late");
  }
});

describe("materialized views", () => {
  beforeEach(async () => {
    await redshift.execute(`
      CREATE MATERIALIZED VIEW public.totals DISTSTYLE ALL AS SELECT email, SUM(price) AS total FROM public.sales GROUP BY email;
      GRANT SELECT ON public.totals TO bob;
      GRANT SELECT ON public.totals TO ROLE analyst;
      ALTER TABLE public.totals OWNER TO carol;
      COMMENT ON VIEW public.totals IS 'Sums';
    `);
  });

  test("are refused, and with cascade created again after the commit as they were", async () => {
    await expect(redshift.deepCopy("sales")).rejects.toThrow(
      "Materialized views read public.sales or a view on it, and could not be refreshed after it was renamed: public.totals.",
    );
    const before = String(await redshift.viewDefinition("totals"));
    const batch = await redshift.deepCopy("sales", { cascade: true });
    expect(batch.destroys[0]).toBe(
      "the rows of the materialized view public.totals until it is created again",
    );
    expect(batch.notes.find((note) => note.startsWith("Materialized"))).toContain("public.totals");
    expect(batch.steps.map(({ kind }) => kind)).toEqual(["transaction", "alone", "transaction", "alone"]);
    await redshift.execute(batch);
    expect(String(await redshift.viewDefinition("totals"))).toBe(before);
    await redshift.execute("INSERT INTO public.sales VALUES (3, 'c', 30)");
    await redshift.execute("REFRESH MATERIALIZED VIEW public.totals");
    expect(await rows("SELECT COUNT(*) FROM public.totals")).toEqual(["3"]);
  });

  test("that cannot be created again leave their statements in the error", async () => {
    const batch = await redshift.deepCopy("sales", { cascade: true });
    const broken = altered(batch, /^CREATE MATERIALIZED/i, (statement) => ({
      ...statement,
      sql: raw("SELECT 1 / 0 AS broken"),
    }));
    const failure = await redshift.execute(broken).then(
      () => undefined,
      (error: unknown) => error as BatchError,
    );
    expect(failure?.message).toContain("committed for good");
    expect(failure?.progress.pending.join("\n")).toContain("OWNER TO carol");
    expect(await rows("SELECT COUNT(*) FROM public.sales")).toEqual(["2"]);
  });
});

test("grants to roles, on the table and on columns, are the same afterwards, else it stops", async () => {
  const before = await everything();
  const seen = await rows(
    "SELECT identity_type, identity_name, privilege_type FROM svv_relation_privileges WHERE relation_name = 'sales' ORDER BY 1, 2, 3",
  );
  expect(seen).toContain("role analyst INSERT");
  const batch = await redshift.deepCopy("sales");
  await stopped(
    altered(batch, /^GRANT UPDATE \(price\) .* TO ROLE analyst/, () => undefined),
    /UPDATE on the column price for role analyst is missing/,
  );
  await stopped(
    altered(batch, /^GRANT SELECT, INSERT .* TO ROLE analyst/, () => undefined),
    /INSERT for role analyst is missing/,
  );
  await redshift.execute(batch);
  expect(await everything()).toEqual(before);
  expect(
    await rows(
      "SELECT identity_type, identity_name, privilege_type FROM svv_relation_privileges WHERE relation_name = 'sales' ORDER BY 1, 2, 3",
    ),
  ).toEqual(seen);
});

describe("a table under policies is refused", () => {
  test("with row-level security: to a superuser by the catalog, to its owner by the plan of a SELECT", async () => {
    await redshift.execute(`
      CREATE RLS POLICY cheap WITH (price DECIMAL(10,2)) USING (price < 15);
      ATTACH RLS POLICY cheap ON public.sales TO PUBLIC;
      ALTER TABLE public.sales ROW LEVEL SECURITY ON;
    `);
    try {
      await expect(redshift.deepCopy("sales")).rejects.toThrow("public.sales is under row-level security");
      await expect(
        alice.deepCopy("public.sales", { assumeNoPolicies: true, allowPartialPrivileges: true }),
      ).rejects.toThrow("public.sales is under a row-level security or masking policy");
    } finally {
      await redshift.execute(
        "DROP RLS POLICY cheap CASCADE; ALTER TABLE public.sales ROW LEVEL SECURITY OFF",
      );
    }
  });

  test("with masking", async () => {
    await redshift.execute(`
      CREATE MASKING POLICY hidden WITH (email VARCHAR(100)) USING ('x'::VARCHAR(100));
      ATTACH MASKING POLICY hidden ON public.sales (email) TO PUBLIC;
    `);
    try {
      await expect(redshift.deepCopy("sales")).rejects.toThrow("public.sales is under a masking policy");
    } finally {
      await redshift.execute(
        "DETACH MASKING POLICY hidden ON public.sales (email) FROM PUBLIC; DROP MASKING POLICY hidden",
      );
    }
  });

  test("when it came after the review", async () => {
    const batch = await redshift.deepCopy("sales");
    await redshift.execute(`
      CREATE RLS POLICY late WITH (price DECIMAL(10,2)) USING (price < 15);
      ATTACH RLS POLICY late ON public.sales TO PUBLIC;
      ALTER TABLE public.sales ROW LEVEL SECURITY ON;
    `);
    try {
      await expect(redshift.execute(batch)).rejects.toThrow("The policy row-level security is new");
    } finally {
      await redshift.execute("DROP RLS POLICY late CASCADE; ALTER TABLE public.sales ROW LEVEL SECURITY OFF");
    }
  });
});

test("a table in a datashare is refused by the share's name until it is taken out", async () => {
  await redshift.execute(`
    CREATE DATASHARE shop;
    ALTER DATASHARE shop ADD SCHEMA public;
    ALTER DATASHARE shop ADD TABLE public.sales;
  `);
  const before = await everything();
  await expect(redshift.deepCopy("sales", { execute: true })).rejects.toThrow(
    new OptionsError(
      "public.sales is in the datashare shop, whose consumers would lose it with the old table. Take it out first (ALTER DATASHARE … REMOVE TABLE) and put it back afterwards (ADD TABLE).",
    ),
  );
  expect(await everything()).toEqual(before);
  await redshift.execute("ALTER DATASHARE shop REMOVE TABLE public.sales");
  await redshift.deepCopy("sales", { execute: true });
  await redshift.execute("ALTER DATASHARE shop ADD TABLE public.sales");
  expect(await everything()).toEqual(before);
  await redshift.execute("DROP DATASHARE shop");
});
