import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import { deepCopy } from "../../src/tables/deep-copy.ts";
import type { DeepCopyPlanFacts } from "../../src/tables/deep-copy-facts.ts";
import type { DeepCopyOptions } from "../../src/tables/deep-copy-options.ts";
import { column, facts, grant, planFacts } from "../table-facts.ts";

const text = (options: DeepCopyOptions = {}, more: Partial<DeepCopyPlanFacts> = {}): string =>
  String(deepCopy(planFacts(more), options));

/** The statements from the copy to the proof of it. */
function copying(options: DeepCopyOptions, more: Partial<DeepCopyPlanFacts> = {}): string {
  const whole = text(options, more);
  return whole
    .slice(whole.indexOf("GRANT ALL"), whole.indexOf("DROP TABLE"))
    .split(";\n")
    .slice(1)
    .join(";\n");
}

const person = column("email", { type: "character varying(256)", encoding: "lzo" });

describe("deepCopy", () => {
  test("a whole copy, in the order that loses nothing", () => {
    const sales = { id: 1234, schema: "public", name: "sales" };
    const batch = deepCopy(
      planFacts({
        constraints: {
          keys: [
            { kind: "primary key", id: 1, name: "sales_pkey", columns: ["id"] },
            { kind: "unique", id: 2, name: "sales_once", columns: ["price"] },
          ],
          foreignKeys: [
            {
              kind: "foreign key",
              id: 3,
              name: "sales_parent",
              table: sales,
              columns: ["price"],
              references: sales,
              referencedColumns: ["id"],
            },
            {
              kind: "foreign key",
              id: 4,
              name: "sales_shop",
              table: sales,
              columns: ["id"],
              references: { id: 9, schema: "public", name: "shop" },
              referencedColumns: ["id"],
            },
          ],
          incoming: [
            {
              kind: "foreign key",
              id: 5,
              name: "line_sale",
              table: { id: 10, schema: "archive", name: "line" },
              columns: ["sale"],
              references: sales,
              referencedColumns: ["id"],
            },
          ],
        },
        comments: { table: "Ours", columns: [{ name: "id", text: "Its number" }], constraints: [] },
        privileges: {
          found: {
            ownerByDefault: false,
            grants: [
              grant({ kind: "user", name: "alice" }, "SELECT"),
              grant({ kind: "user", name: "alice" }, "INSERT"),
              grant({ kind: "group", name: "etl" }, "INSERT", { grantor: "carl" }),
              grant({ kind: "user", name: "bob" }, "SELECT", { column: "id" }),
            ],
            holdAll: [],
            unknown: [],
          },
          complete: true,
        },
        defaultGrantees: [{ kind: "user", name: "dave" }, { kind: "public" }],
      }),
      { distkey: "id", sortkey: ["price", "id"], encodings: { price: "zstd" } },
    );
    expect(batch.toScript())
      .toBe(`-- Note: The same design without a copy: ALTER TABLE public.sales ALTER DISTSTYLE KEY DISTKEY id; ALTER TABLE public.sales ALTER COMPOUND SORTKEY (price, id); ALTER TABLE public.sales ALTER COLUMN id ENCODE az64, ALTER COLUMN price ENCODE zstd. A copy is needed only to remove duplicates, for an interleaved sort key, or to have the rows sorted at once.

-- Note: Sessions that wait for public.sales meanwhile fail ("table dropped by concurrent transaction"), and readers may see the rename before the commit.

-- Note: Until the commit the copy needs up to 12 MB more.

-- Note: These grants were given by others and will be alice's: INSERT of group etl (by carl).

BEGIN;

-- Locks the table, and those whose foreign keys point at it, until the commit
LOCK TABLE archive.line, public.sales;

-- Proves that the table still has the columns that were reviewed
SELECT 1 / CASE WHEN COUNT(*) = 2 AND SUM(CASE WHEN
  (a.attname = 'id' AND format_type(a.atttypid, a.atttypmod) = 'integer')
    OR (a.attname = 'price' AND format_type(a.atttypid, a.atttypmod) = 'numeric(10,2)')
THEN 1 ELSE 0 END) = 2 THEN 1 ELSE 0 END AS table_is_as_reviewed
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public'
  AND c.relname = 'sales'
  AND a.attnum > 0
  AND NOT a.attisdropped;

-- Takes off the foreign key line_sale of archive.line, which comes back below
ALTER TABLE archive.line DROP CONSTRAINT line_sale;

-- Puts the old table aside
ALTER TABLE public.sales RENAME TO sales$outgoing;

-- Takes the foreign key sales_parent off the old table
ALTER TABLE public.sales$outgoing DROP CONSTRAINT sales_parent;

-- Takes the primary key sales_pkey off the old table
ALTER TABLE public.sales$outgoing DROP CONSTRAINT sales_pkey;

-- Takes the unique sales_once off the old table
ALTER TABLE public.sales$outgoing DROP CONSTRAINT sales_once;

-- Creates the new table, without keys
CREATE TABLE public.sales (
  id INTEGER ENCODE az64 NOT NULL,
  price DECIMAL(10,2) ENCODE zstd
)
DISTSTYLE KEY
DISTKEY (id)
COMPOUND SORTKEY (price, id);

-- Makes alice the owner
ALTER TABLE public.sales OWNER TO alice;

-- Takes away what default privileges may have given
REVOKE ALL ON TABLE public.sales FROM PUBLIC, alice, dave, GROUP etl, bob;

-- Grants SELECT, INSERT to user alice
GRANT SELECT, INSERT ON TABLE public.sales TO alice;

-- Grants INSERT to group etl
GRANT INSERT ON TABLE public.sales TO GROUP etl;

-- Grants SELECT on the column id to user bob
GRANT SELECT (id) ON TABLE public.sales TO bob;

-- Copies every row
INSERT INTO public.sales (id, price)
SELECT id, price
FROM public.sales$outgoing;

-- Proves that every row arrived
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM public.sales$outgoing) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;

-- Adds the primary key sales_pkey
ALTER TABLE public.sales ADD CONSTRAINT sales_pkey PRIMARY KEY (id);

-- Adds the unique sales_once
ALTER TABLE public.sales ADD CONSTRAINT sales_once UNIQUE (price);

-- Adds the foreign key sales_parent
ALTER TABLE public.sales ADD CONSTRAINT sales_parent FOREIGN KEY (price) REFERENCES public.sales (id);

-- Adds the foreign key sales_shop
ALTER TABLE public.sales ADD CONSTRAINT sales_shop FOREIGN KEY (id) REFERENCES public.shop (id);

-- Adds the foreign key line_sale
ALTER TABLE archive.line ADD CONSTRAINT line_sale FOREIGN KEY (sale) REFERENCES public.sales (id);

-- Comments on the table
COMMENT ON TABLE public.sales IS 'Ours';

-- Comments on the column id
COMMENT ON COLUMN public.sales.id IS 'Its number';

-- Drops the old table
DROP TABLE public.sales$outgoing;

COMMIT;

-- Updates the statistics, after the commit
ANALYZE public.sales;
`);
    expect(batch.destroys).toEqual(["the old table public.sales$outgoing"]);
    expect(batch.statements[0]?.locks).toBe(true);
    expect(batch.statements.at(-2)?.check).toBeTypeOf("function");
  });

  test("distinct", () => {
    expect(copying({ distinct: true })).toBe(`INSERT INTO public.sales (id, price)
SELECT DISTINCT id, price
FROM public.sales$outgoing;
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM public.sales$outgoing GROUP BY id, price) AS taken) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;
`);
  });

  test("deduplication by a key that may be NULL proves first that it never is", () => {
    expect(
      copying(
        { deduplicatePartitionBy: ["id", "email"], deduplicateOrderBy: "id DESC NULLS LAST -- newest" },
        { columns: [column("id", { notNull: true }), person] },
      ),
    ).toBe(`SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_key_is_null
FROM public.sales$outgoing AS sales
WHERE (email) IS NULL;
INSERT INTO public.sales (id, email)
SELECT id, email
FROM (
  SELECT
    id, email,
    ROW_NUMBER() OVER (PARTITION BY id, email ORDER BY id DESC NULLS LAST) AS row_of_key
  FROM public.sales$outgoing AS sales
) AS numbered
WHERE numbered.row_of_key = 1;
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM public.sales$outgoing AS sales GROUP BY id, email) AS taken) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;
`);
  });

  test("an expression is proved like a nullable column, and NULL keys can be kept", () => {
    expect(
      copying(
        { deduplicatePartitionBy: "lower(email), id", deduplicateOrderBy: "any", nullKeys: "keep" },
        { columns: [column("id", { notNull: true }), person, column("row_of_key")] },
      ),
    ).toBe(`INSERT INTO public.sales (id, email, row_of_key)
SELECT id, email, row_of_key
FROM (
  SELECT
    id, email, row_of_key,
    ROW_NUMBER() OVER (PARTITION BY lower(email), id) AS row_of_key_,
    CASE WHEN (lower(email)) IS NULL THEN 1 ELSE 0 END AS key_is_null
  FROM public.sales$outgoing AS sales
) AS numbered
WHERE numbered.row_of_key_ = 1 OR numbered.key_is_null = 1;
SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied
FROM (SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM public.sales$outgoing AS sales WHERE NOT ((lower(email)) IS NULL) GROUP BY lower(email), id UNION ALL SELECT 1 AS one FROM public.sales$outgoing AS sales WHERE (lower(email)) IS NULL) AS taken) a
CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;
`);
  });

  test("NULL keys can be merged, and a key that cannot be NULL needs no proof", () => {
    const columns = [column("id", { notNull: true }), person];
    const merged = copying(
      { deduplicatePartitionBy: "email", deduplicateOrderBy: "any", nullKeys: "merge" },
      { columns },
    );
    expect(merged).not.toContain("IS NULL");
    expect(copying({ deduplicatePartitionBy: "ID", deduplicateOrderBy: "email" }, { columns })).not.toContain(
      "NULL",
    );
  });

  test("an identity keeps its numbers and goes on beyond them", () => {
    const identity = { kind: "always", seed: 1n, step: 2n } as const;
    const more = {
      columns: [column("id", { type: "bigint", notNull: true, identity }), person],
      identityReach: [{ column: "id", outermost: 41n }],
    };
    const whole = text({ identity: "generated-by-default" }, more);
    expect(whole).toContain("id BIGINT GENERATED BY DEFAULT AS IDENTITY(43, 2) ENCODE az64 NOT NULL");
    expect(whole).toContain(`SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_number_is_given_twice
FROM public.sales$outgoing AS sales
WHERE id >= 43;
INSERT INTO public.sales (id, email)`);
    expect(() => text({}, more)).toThrow(
      'The column id is an IDENTITY that takes no values of one\'s own, so a copy cannot keep its numbers. For another distribution, sort key or encoding, ALTER TABLE does without a copy; identity: "generated-by-default" keeps the numbers and makes the column GENERATED BY DEFAULT AS IDENTITY; identity: "explicit-ids" keeps both, by way of files in S3; identity: "renumber" gives every row a new number.',
    );
  });

  test.each([
    ["up", 1n, 1n, 2147483646n, "IDENTITY(2147483647, 1)"],
    ["down", -1n, -1n, -9n, "IDENTITY(-10, -1)"],
    ["empty", 7n, 1n, null, "IDENTITY(7, 1)"],
    ["below the seed", 100n, 1n, 3n, "IDENTITY(100, 1)"],
  ])("a generated identity that counts %s", (_, seed, step, outermost, expected) => {
    const identity = { kind: "by default", seed, step } as const;
    expect(
      text({}, { columns: [column("id", { identity })], identityReach: [{ column: "id", outermost }] }),
    ).toContain(expected);
  });

  test("an identity whose type has run out is refused", () => {
    const identity = { kind: "by default", seed: 1n, step: 1n } as const;
    expect(() =>
      text(
        {},
        { columns: [column("id", { identity })], identityReach: [{ column: "id", outermost: 2147483647n }] },
      ),
    ).toThrow(
      'The column id has reached 2147483647, so INTEGER has no next number; copy into a wider type first (columns: { id: { type: "bigint" } }).',
    );
  });

  test("the old table may stay", () => {
    const batch = deepCopy(planFacts(), { keepOutgoing: true, analyze: false });
    expect(String(batch)).not.toContain("DROP TABLE");
    expect(batch.destroys).toEqual([]);
    expect(batch.steps).toHaveLength(1);
    expect(batch.notes.at(-1)).toBe(
      "The old table stays, without its keys. When it is no longer wanted: DROP TABLE public.sales$outgoing;",
    );
  });

  test("what is dropped or cannot be seen is said of late-binding views, datashares and collations", () => {
    const dependents = {
      views: [{ id: 2, schema: "public", name: "recent" }],
      lateBinding: [],
      lateBindingOnViews: [{ id: 4, schema: "public", name: "late" }],
      materialized: [],
    };
    const { notes } = deepCopy(
      planFacts({
        dependents,
        columns: [column("email", { type: "character varying(20)" })],
        datashares: { found: [], complete: false, missing: "Not all can be seen." },
        collations: { found: new Map([["email", "case_insensitive"]]), complete: true },
      }),
      { cascade: true, distinct: true },
    );
    expect(notes).toContain(
      "These late-binding views read views that are dropped, and will fail until those are there again: public.late.",
    );
    expect(notes).toContain(
      "Not all can be seen. The consumers of a datashare that it is in lose it with the old table.",
    );
    expect(notes).toContain(
      "Upper and lower case do not tell values of email apart (COLLATE CASE_INSENSITIVE), so rows that differ only in case are duplicates.",
    );
  });

  test("grants stay behind only when asked", () => {
    const batch = deepCopy(planFacts(), { copyPrivileges: false });
    expect(String(batch)).not.toContain("GRANT");
    expect(String(batch)).toContain("OWNER TO alice");
    expect(batch.destroys).toEqual(["the old table public.sales$outgoing, with the grants on it"]);
  });

  test.each([
    ["sales", [], "sales$outgoing"],
    ["sales", ["sales$outgoing", "sales$outgoing2"], "sales$outgoing3"],
    ["x".repeat(118), [], `${"x".repeat(118)}$outgoing`.slice(-127)],
    ["x".repeat(127), [], `${"x".repeat(118)}$outgoing`],
    ["ü".repeat(63), [], `${"ü".repeat(59)}$outgoing`],
  ])("the old table of %s with %j taken", (name, taken, expected) => {
    const table = { ...facts().table, name };
    const batch = deepCopy(planFacts({ table, takenNames: new Set([name, ...taken]) }));
    expect(batch.destroys[0]).toBe(`the old table public.${expected}`);
  });

  const view = { id: 3, schema: "public", name: "mv" };
  test.each<[string, Partial<DeepCopyPlanFacts>, string]>([
    [
      "a stranger",
      { user: { id: 7, name: "eve", superuser: false } },
      "Only its owner alice or a superuser can deep-copy public.sales, and this session is eve; connect as one of them.",
    ],
    [
      "a dropped owner",
      { table: { ...facts().table, owner: { id: 55, name: null } } },
      "The owner of public.sales (user id 55) no longer exists",
    ],
    ["a secured scan", { securedScan: true }, "public.sales is under a row-level security or masking policy"],
    [
      "a policy",
      { policies: { found: ["row-level security"], complete: true } },
      "public.sales is under row-level security",
    ],
    [
      "policies that cannot be seen",
      { policies: { found: [], complete: false, missing: "Only a superuser sees them." } },
      "Only a superuser sees them. If public.sales is under one",
    ],
    [
      "a materialized view",
      { dependents: { views: [], lateBinding: [], lateBindingOnViews: [], materialized: [view] } },
      "Materialized views read public.sales or a view on it, and could not be refreshed after it was renamed: public.mv. Drop them first and create them again afterwards, or say cascade: true to have that done.",
    ],
    [
      "a datashare",
      { datashares: { found: ["partners"], complete: true } },
      "public.sales is in the datashare partners, whose consumers would lose it with the old table. Take it out first (ALTER DATASHARE … REMOVE TABLE) and put it back afterwards (ADD TABLE).",
    ],
    [
      "role grants that cannot be seen",
      {
        privileges: {
          ...facts().privileges,
          complete: false,
          missing: "What may be missing: grants to roles.",
        },
      },
      "The privileges on public.sales cannot be carried over completely. What may be missing: grants to roles. Run it as a superuser",
    ],
    [
      "an unknown privilege",
      {
        privileges: {
          complete: true,
          found: { ownerByDefault: true, grants: [], holdAll: [], unknown: ["Z is unknown."] },
        },
      },
      "cannot be carried over completely. Z is unknown.",
    ],
    ["a temporary table", { table: { ...facts().table, schema: "pg_temp_3" } }, "is a temporary table"],
  ])("%s is refused", (_, more, message) => {
    expect(() => text({}, more)).toThrow(OptionsError);
    expect(() => text({}, more)).toThrow(message);
  });

  test.each<[object, string]>([
    [
      { distinct: true, deduplicatePartitionBy: "id", deduplicateOrderBy: "any" },
      "distinct and deduplicatePartitionBy exclude each other",
    ],
    [
      { deduplicatePartitionBy: "id" },
      'needs deduplicateOrderBy, which says the row to keep; "any" keeps any',
    ],
    [{ deduplicateOrderBy: "id" }, "deduplicateOrderBy needs deduplicatePartitionBy"],
    [{ nullKeys: "keep" }, "nullKeys needs deduplicatePartitionBy"],
    [
      { deduplicatePartitionBy: ["pirce"], deduplicateOrderBy: "any" },
      'names the column "pirce", which the table does not have; did you mean "price"?',
    ],
    [{ deduplicatePartitionBy: "id, 2", deduplicateOrderBy: "any" }, "has the number 2 in place of a column"],
    [{ deduplicatePartitionBy: "id,", deduplicateOrderBy: "any" }, "has an empty expression"],
    [
      { deduplicatePartitionBy: "id); DROP TABLE x; --", deduplicateOrderBy: "any" },
      "deduplicatePartitionBy",
    ],
    [{ deduplicatePartitionBy: "id", deduplicateOrderBy: "id; DROP TABLE x" }, "deduplicateOrderBy"],
    [{ distkey: "nope" }, 'distkey names the column "nope"'],
    [{ distkey: "id", diststyle: "all" }, 'distkey needs diststyle: "key"'],
    [{ diststyle: "key" }, 'diststyle: "key" needs a column'],
    [{ diststyle: "odd" }, 'diststyle is "odd"'],
    [{ sortkey: ["id"], interleavedSortkey: ["id"] }, "exclude each other"],
    [{ sortkey: [] }, "names no column"],
    [{ sortkey: ["id", "id"] }, "names a column twice"],
    [
      { columns: { doc: { type: "super" } }, distkey: "doc" },
      'distkey names the column "doc", which is SUPER and can be no key; choose another column.',
    ],
    [
      { columns: { doc: { type: "super" } }, sortkey: ["id", "doc"] },
      'sortkey names the column "doc", which is SUPER and can be no key',
    ],
    [
      { columns: { Note: { type: "int" }, note: { type: "int" } } },
      'columns names one column twice, as "Note" and as "note"; leave one of them out.',
    ],
    [{ encodings: { id: "best" } }, 'gives "id" the encoding "best"'],
    [{ verify: "values" }, 'verify is "values"; it must be rows or content.'],
    [{ lockTimeoutMs: 0.5 }, "lockTimeoutMs is 0.5; it must be a whole number of milliseconds from 1."],
    [{ suffix: "" }, "suffix has 0 bytes; it must have from 1 to 64."],
    [
      { analyzeCompression: true, encodings: "auto", stagingPrefix: "s3://b-1/x" },
      'stagingPrefix goes with identity: "explicit-ids"',
    ],
    [{ identity: "odd" }, 'identity is "odd"'],
  ])("%j is refused by name", (options, message) => {
    expect(() => text(options)).toThrow(OptionsError);
    expect(() => text(options)).toThrow(message);
  });

  test("DISTINCT is refused where values cannot be compared", () => {
    expect(() => text({ distinct: true }, { columns: [column("doc", { type: "super" })] })).toThrow(
      "distinct cannot compare doc (SUPER); deduplicate by key columns instead.",
    );
  });

  test("a table that Redshift tunes stays tuned, but for what is asked", () => {
    const design = { ...facts().design, sortkeyAuto: true, encodeAuto: true };
    const columns = [
      column("id", { distkey: true, sortkeyPosition: 1, encoding: "none" }),
      column("price", { encoding: "zstd" }),
    ];
    const table = { ...facts().table, diststyle: "auto" as const };
    const created = (options: DeepCopyOptions): string =>
      /CREATE TABLE[^;]*/.exec(text(options, { design, columns, table }))?.[0] ?? "";
    expect(created({})).toBe(`CREATE TABLE public.sales (
  id INTEGER,
  price INTEGER
)
DISTSTYLE AUTO
SORTKEY AUTO
ENCODE AUTO`);
    expect(created({ encodings: { price: "lzo" }, sortkey: "none" })).toBe(`CREATE TABLE public.sales (
  id INTEGER ENCODE raw,
  price INTEGER ENCODE lzo
)
DISTSTYLE AUTO`);
  });
});
