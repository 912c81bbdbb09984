import { expect, test } from "vitest";
import { unboundReaders } from "../../src/catalog/dependents.ts";
import type { View } from "../../src/catalog/views.ts";

test("views that are bound to nothing are sorted by what their text names", () => {
  const view = (id: number, kind: View["kind"], text: string): View => ({
    id,
    schema: "public",
    name: `v${id}`,
    kind,
    text,
  });
  const readers = unboundReaders(
    [
      view(1, "late-binding", "create view v1 as select * from public.sales with no schema binding;"),
      view(2, "late-binding", "CREATE VIEW v2 AS SELECT * FROM recent WITH NO SCHEMA BINDING;"),
      view(3, "materialized", "create materialized view v3 as select * from sales;"),
      view(4, "materialized", "create materialized view v4 as select * from public.recent;"),
      view(5, "late-binding", "create view v5 as select * from other.sales with no schema binding;"),
      view(6, "late-binding", 'create view v6 as select * from "say ""sales""" with no schema binding;'),
    ],
    { schema: "public", name: "sales" },
    [{ schema: "public", name: "recent" }],
  );
  const ids = (views: readonly { readonly id: number }[]): readonly number[] => views.map(({ id }) => id);
  expect(ids(readers.lateBinding)).toEqual([1]);
  expect(ids(readers.lateBindingOnViews)).toEqual([2]);
  expect(ids(readers.materialized)).toEqual([3, 4]);
});
