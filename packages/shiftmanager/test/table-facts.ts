import type { Grant } from "../src/catalog/acl.ts";
import type { Column } from "../src/catalog/columns.ts";
import type { DefinitionFacts } from "../src/catalog/table-facts.ts";
import type { ViewFacts } from "../src/catalog/view-facts.ts";
import type { View } from "../src/catalog/views.ts";
import type { DeepCopyPlanFacts } from "../src/tables/deep-copy-facts.ts";

/** A column as the catalog tells it; a nullable INTEGER unless told otherwise. */
export function column(name: string, more: Partial<Column> = {}): Column {
  return {
    number: 1,
    name,
    type: "integer",
    notNull: false,
    default: null,
    identity: null,
    encoding: "az64",
    distkey: false,
    sortkeyPosition: 0,
    interleaved: false,
    ...more,
  };
}

/** The table public.sales of alice, with what a test needs different. */
export function facts(more: Partial<DefinitionFacts> = {}): DefinitionFacts {
  return {
    table: {
      id: 1234,
      schema: "public",
      name: "sales",
      kind: "table",
      owner: { id: 101, name: "alice" },
      diststyle: "even",
    },
    columns: [column("id", { notNull: true }), column("price", { type: "numeric(10,2)" })],
    constraints: { keys: [], foreignKeys: [], incoming: [] },
    comments: { table: null, columns: [], constraints: [] },
    privileges: {
      found: { ownerByDefault: true, grants: [], holdAll: [], unknown: [] },
      complete: true,
    },
    collations: { found: new Map(), complete: true },
    design: { sortkeyAuto: true, encodeAuto: false, reason: null, megabytes: 12, backup: true },
    ...more,
  };
}

export function grant(
  grantee: Grant["grantee"],
  privilege: Grant["privilege"],
  more: Partial<Grant> = {},
): Grant {
  return { grantee, privilege, column: null, grantOption: false, grantor: "alice", ...more };
}

/** A view of alice that everyone but her may only look at. */
export function viewFacts(
  name: string,
  text: string,
  more: Partial<ViewFacts> & { readonly kind?: View["kind"] } = {},
): ViewFacts {
  const { kind = "regular", ...others } = more;
  return {
    table: { ...facts().table, id: 77, name, kind: "view" },
    view: { id: 77, schema: "public", name, kind, text },
    comments: { table: null, columns: [], constraints: [] },
    privileges: facts().privileges,
    searchPath: ["public"],
    ...others,
  };
}

/** What deepCopy is built from: the same table, seen by the superuser admin. */
export function planFacts(more: Partial<DeepCopyPlanFacts> = {}): DeepCopyPlanFacts {
  return {
    ...facts(),
    user: { id: 100, name: "admin", superuser: true },
    defaultGrantees: [],
    views: [],
    materializedViews: [],
    dependents: { views: [], lateBinding: [], lateBindingOnViews: [], materialized: [] },
    datashares: { found: [], complete: true },
    policies: { found: [], complete: true },
    identityReach: [],
    takenNames: new Set(["sales"]),
    pointing: [],
    securedScan: false,
    statementTimeout: "0",
    ...more,
  };
}
