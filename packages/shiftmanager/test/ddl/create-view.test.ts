import { describe, expect, test } from "vitest";
import type { View } from "../../src/catalog/views.ts";
import { createView } from "../../src/ddl/create-view.ts";

function view(kind: View["kind"], text: string, more: Partial<View> = {}): View {
  return { id: 1, schema: "sales", name: "recent", kind, text, ...more };
}

describe("createView", () => {
  test("a regular view's SELECT stands below its name, and can replace one that is there", () => {
    const regular = view("regular", " SELECT t.a, '100% {} :x \\\\ ''' AS b FROM t;");
    expect(String(createView(regular))).toBe(
      "CREATE VIEW sales.recent AS\nSELECT t.a, '100% {} :x \\\\ ''' AS b FROM t",
    );
    expect(String(createView(regular, { replace: true }))).toMatch(
      /^CREATE OR REPLACE VIEW sales\.recent AS\n/,
    );
  });

  test.each([
    ["create or replace view sales.recent as select * from s.t with no schema binding;"],
    ['CREATE VIEW "sales" . "Recent" (a, b) AS SELECT 1, 2 FROM s.t WITH NO SCHEMA BINDING'],
    ["create view dev.sales.recent as select * from s.t with no schema binding"],
  ])("a late-binding view's own text stays as its author typed it: %s", (text) => {
    expect(String(createView(view("late-binding", text)))).toBe(text.replace(/;$/, ""));
  });

  test.each([
    ["without its schema", "create view recent as", "create view sales.recent as"],
    ["by an older name", "create /* v */ view sales.older(a) as", "create /* v */ view sales.recent(a) as"],
    ["in another schema", 'Create  View other."recent"\nas', "Create  View sales.recent\nas"],
    ["with a keyword for a name", "create view view as", "create view sales.recent as"],
  ])("a view that its author named %s is named as it is now", (_, typed, written) => {
    const rest = " select 'create view recent' from s.t with no schema binding";
    expect(String(createView(view("late-binding", typed + rest)))).toBe(written + rest);
  });

  test("a materialized view keeps its table attributes", () => {
    const text =
      "create materialized view recent backup no diststyle all auto refresh yes as select a from t";
    expect(String(createView(view("materialized", `${text};`, { name: "Recent ones" })))).toBe(
      text.replace("recent", 'sales."Recent ones"'),
    );
  });

  test("a comment at the end of the text does not swallow what follows", () => {
    expect(String(createView(view("late-binding", "create view sales.recent as select 1 -- one")))).toBe(
      "create view sales.recent as select 1 -- one\n",
    );
  });

  test.each([
    ["two statements", view("regular", "SELECT 1; DROP TABLE t")],
    ["none", view("regular", " -- gone")],
    ["another kind", view("late-binding", "create table t (a int)")],
  ])("a text of %s is refused", (_, broken) => {
    expect(() => createView(broken)).toThrow("sales.recent");
  });
});
