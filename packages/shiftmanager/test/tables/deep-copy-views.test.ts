import { describe, expect, test } from "vitest";
import { OptionsError } from "../../src/errors.ts";
import { deepCopy } from "../../src/tables/deep-copy.ts";
import type { DeepCopyPlanFacts } from "../../src/tables/deep-copy-facts.ts";
import type { DeepCopyOptions } from "../../src/tables/deep-copy-options.ts";
import { facts, grant, planFacts, viewFacts } from "../table-facts.ts";

/** Readers before what they read. */
const views = [
  viewFacts("by month", "SELECT 1 FROM recent;", { searchPath: ["analytics", "public"] }),
  viewFacts("recent", "SELECT id FROM sales"),
];
const named = (list: typeof views): { id: number; schema: string; name: string }[] =>
  list.map(({ view: { id, schema, name } }) => ({ id, schema, name }));
const withViews: Partial<DeepCopyPlanFacts> = {
  views,
  dependents: {
    views: named(views),
    lateBinding: [{ id: 4, schema: "public", name: "late" }],
    lateBindingOnViews: [{ id: 5, schema: "public", name: "later" }],
    materialized: [],
  },
};
const totals = viewFacts("totals", "create materialized view public.totals as select 1 from sales", {
  kind: "materialized",
  comments: { table: "Sums", columns: [], constraints: [] },
  privileges: {
    complete: true,
    found: {
      ownerByDefault: true,
      grants: [grant({ kind: "user", name: "bob" }, "SELECT")],
      holdAll: [],
      unknown: [],
    },
  },
});
const withTotals: Partial<DeepCopyPlanFacts> = {
  materializedViews: [totals],
  dependents: { views: [], lateBinding: [], lateBindingOnViews: [], materialized: named([totals]) },
};

/** From the proof of the rows on. */
function ending(options: DeepCopyOptions, more: Partial<DeepCopyPlanFacts>): string {
  const script = deepCopy(planFacts(more), { analyze: false, ...options }).toScript();
  return script.slice(script.indexOf("CROSS JOIN"));
}

describe("views that read the table", () => {
  test("are bound to the new table after its proofs, those that are read first", () => {
    expect(ending({}, withViews)).toBe(`CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;

-- Reads names in the views' texts as they were read, until the commit
SET LOCAL search_path TO analytics, public;

-- Makes the view public.recent read the new table
CREATE OR REPLACE VIEW public.recent AS
SELECT id FROM sales;

-- Makes the view public.by month read the new table
CREATE OR REPLACE VIEW public."by month" AS
SELECT 1 FROM recent;

-- Proves that no view reads the old table
SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS no_view_reads_the_old_table
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_depend r ON r.objid = d.objid AND r.classid = d.classid AND r.deptype = 'i'
JOIN pg_catalog.pg_class v ON v.oid = r.refobjid AND v.relkind = 'v'
JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = 'public'
  AND t.relname = 'sales$outgoing'
  AND v.oid <> t.oid;

-- Drops the old table
DROP TABLE public.sales$outgoing;

COMMIT;
`);
    const { notes, destroys } = deepCopy(planFacts(withViews));
    expect(destroys).toEqual(["the old table public.sales$outgoing"]);
    expect(notes).toContain("Late-binding views follow the name and will read the new table: public.late.");
    expect(notes.join()).not.toContain("public.later");
  });

  test.each<DeepCopyOptions>([{ cascade: true }, { dependents: "drop" }])(
    "%j drops them by name",
    (options) => {
      const { notes, destroys } = deepCopy(planFacts(withViews), options);
      expect(ending(options, withViews)).toBe(`CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;

-- Drops the view public.by month, which reads the old table
DROP VIEW public."by month";

-- Drops the view public.recent, which reads the old table
DROP VIEW public.recent;

-- Drops the old table
DROP TABLE public.sales$outgoing;

COMMIT;
`);
      expect(destroys.slice(0, 2)).toEqual(["the view public.by month", "the view public.recent"]);
      expect(notes).toContain(
        "These late-binding views read views that are dropped, and will fail until those are there again: public.later.",
      );
    },
  );

  test("materialized ones come back after the commit, only with cascade", () => {
    expect(ending({ cascade: true }, withTotals)).toBe(`CROSS JOIN (SELECT COUNT(*) AS n FROM public.sales) b;

-- Drops the materialized view public.totals, which is created again after the commit
DROP MATERIALIZED VIEW public.totals;

-- Drops the old table
DROP TABLE public.sales$outgoing;

COMMIT;

-- Creates the materialized view public.totals again
create materialized view public.totals as select 1 from sales;

BEGIN;

-- Comments on the view
COMMENT ON VIEW public.totals IS 'Sums';

-- Makes alice the owner
ALTER TABLE public.totals OWNER TO alice;

-- Grants SELECT to user bob
GRANT SELECT ON TABLE public.totals TO bob;

COMMIT;
`);
  });

  const mine = {
    user: { ...planFacts().user, id: 101, name: "alice", superuser: false },
    policies: { found: [], complete: true },
  };
  const partial = { ...facts().privileges, complete: false, missing: "Roles." };
  test.each<[string, DeepCopyOptions, Partial<DeepCopyPlanFacts>, string]>([
    [
      "views, when told",
      { dependents: "refuse" },
      withViews,
      'Views read public.sales: public.by month, public.recent. Leave dependents: "refuse" out to have them read the new table, or say cascade: true to have them dropped.',
    ],
    [
      "materialized views",
      {},
      withTotals,
      "Materialized views read public.sales or a view on it, and could not be refreshed after it was renamed: public.totals. Drop them first and create them again afterwards, or say cascade: true to have that done.",
    ],
    [
      "views of others",
      {},
      {
        ...withViews,
        ...mine,
        views: [
          viewFacts("recent", "SELECT 1", { table: { ...facts().table, owner: { id: 5, name: "eve" } } }),
        ],
      },
      "this session is alice: public.recent (eve). Run it as a superuser.",
    ],
    [
      "a changed type under views",
      { columns: { ID: { type: "bigint" } } },
      withViews,
      "Views read public.sales, whose columns change their types (ID), and a view's columns cannot: public.by month, public.recent.",
    ],
    [
      "a materialized view on a view that is dropped",
      { cascade: true },
      {
        ...withViews,
        materializedViews: [
          viewFacts("mv", "create materialized view mv as select 1 from public.recent", {
            kind: "materialized",
          }),
        ],
      },
      "Materialized views read views that would be dropped, and could not be created again: public.mv.",
    ],
    [
      "a materialized view whose grants cannot be seen",
      { cascade: true },
      { ...withTotals, materializedViews: [{ ...totals, privileges: partial }] },
      "The privileges on public.totals cannot be carried over completely.",
    ],
    ["cascade that rebinds", { cascade: true, dependents: "rebind" }, {}, "leave one of them out."],
    [
      "a word that is none",
      { dependents: "keep" as "drop" },
      {},
      'dependents is "keep"; it must be rebind, refuse or drop.',
    ],
  ])("%s is refused", (_, options, more, message) => {
    expect(() => ending(options, more)).toThrow(OptionsError);
    expect(() => ending(options, more)).toThrow(message);
  });

  test("grants that stay behind are said to be missed by views", () => {
    expect(deepCopy(planFacts(withViews), { copyPrivileges: false }).notes).toContain(
      "The grants on the old table are not carried over, as you asked, so views on it whose owners are not its owner can no longer read it.",
    );
  });
});
