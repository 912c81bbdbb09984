import { expect, test } from "vitest";
import { unboundReaders } from "../../src/catalog/dependents.ts";

test("views that are bound to nothing are sorted by what their text names", () => {
  const row = (view_id: number, definition: string) => ({
    view_id,
    view_schema: "public",
    view_name: `v${view_id}`,
    definition,
  });
  const readers = unboundReaders(
    [
      row(1, "create view v1 as select * from public.sales with no schema binding;"),
      row(2, "CREATE VIEW v2 AS SELECT * FROM recent WITH NO SCHEMA BINDING;"),
      row(3, "create materialized view v3 as select * from sales;"),
      row(4, "create materialized view v4 as select * from public.recent;"),
      row(5, "create view v5 as select * from other.sales with no schema binding;"),
      row(6, 'create view v6 as select * from "say ""sales""" with no schema binding;'),
    ],
    { schema: "public", name: "sales" },
    [{ schema: "public", name: "recent" }],
  );
  const ids = (views: readonly { readonly id: number }[]): readonly number[] => views.map(({ id }) => id);
  expect(ids(readers.lateBinding)).toEqual([1]);
  expect(ids(readers.lateBindingOnViews)).toEqual([2]);
  expect(ids(readers.materialized)).toEqual([3, 4]);
});
