import { describe, expect, test } from "vitest";
import type { ViewFacts } from "../../src/catalog/view-facts.ts";
import { viewDefinition } from "../../src/tables/view-definition.ts";
import { facts, grant } from "../table-facts.ts";

/** The view public.recent of alice, with what a test needs different. */
function viewFacts(more: Partial<ViewFacts> = {}): ViewFacts {
  const { privileges, comments } = facts();
  return {
    table: {
      id: 7,
      schema: "public",
      name: "recent",
      kind: "view",
      owner: { id: 101, name: "alice" },
      diststyle: "even",
    },
    view: {
      id: 7,
      schema: "public",
      name: "recent",
      kind: "regular",
      text: " SELECT sales.id\n   FROM sales;",
    },
    comments,
    privileges,
    searchPath: ["public"],
    ...more,
  };
}

describe("viewDefinition", () => {
  test("a view is written with comments, owner and grants", () => {
    const batch = viewDefinition(
      viewFacts({
        comments: {
          table: "what's new, 100% \\",
          columns: [{ name: "id", text: "$$ {} :x" }],
          constraints: [],
        },
        privileges: {
          found: {
            ownerByDefault: false,
            grants: [
              grant({ kind: "user", name: "alice" }, "SELECT"),
              grant({ kind: "group", name: "etl" }, "SELECT"),
              grant({ kind: "role", name: "reader" }, "SELECT", { column: "id" }),
            ],
            holdAll: [],
            unknown: [],
          },
          complete: true,
        },
      }),
    );
    expect(batch.toScript()).toBe(`BEGIN;

-- Creates the view recent
CREATE OR REPLACE VIEW public.recent AS
SELECT sales.id
   FROM sales;

-- Comments on the view
COMMENT ON VIEW public.recent IS 'what''s new, 100% \\\\';

-- Comments on the column id
COMMENT ON COLUMN public.recent.id IS '$$ {} :x';

-- Makes alice the owner
ALTER TABLE public.recent OWNER TO alice;

-- Takes from the owner alice what every owner has at first
REVOKE ALL ON TABLE public.recent FROM alice;

-- Grants SELECT to user alice
GRANT SELECT ON TABLE public.recent TO alice;

-- Grants SELECT to group etl
GRANT SELECT ON TABLE public.recent TO GROUP etl;

-- Grants SELECT on the column id to role reader
GRANT SELECT (id) ON TABLE public.recent TO ROLE reader;

COMMIT;
`);
  });

  test("copyPrivileges: false leaves owner and grants out", () => {
    expect(String(viewDefinition(viewFacts(), { copyPrivileges: false }))).toBe(
      "CREATE OR REPLACE VIEW public.recent AS\nSELECT sales.id\n   FROM sales",
    );
  });

  test("a search path that leaves out more than public is said", () => {
    expect(viewDefinition(viewFacts({ searchPath: ["Mine", "public"] })).notes).toEqual([
      "In the text of recent names stand without a schema where this session's search_path finds them; run it with the same " +
        'one: SET search_path TO "Mine", public.',
    ]);
  });

  test("a materialized view that was named without a schema may read tables without one", () => {
    const text = "create materialized view recent as select id from sales;";
    const batch = viewDefinition(
      viewFacts({ view: { id: 7, schema: "public", name: "recent", kind: "materialized", text } }),
    );
    expect(batch.statements[0]?.summary).toBe("Creates the materialized view recent");
    expect(String(batch.statements[0]?.sql)).toBe(
      "create materialized view public.recent as select id from sales",
    );
    expect(batch.notes).toEqual([
      "The author of recent named it without a schema, and perhaps what it reads as well; run it with a search_path that finds " +
        "the same tables.",
    ]);
  });
});
