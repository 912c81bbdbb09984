import type { Session } from "../session.ts";
import { getSchema } from "./schemas.ts";
import { inScope, scopeValues, type Scope } from "./scope.ts";

/** How a view is bound to what it reads: by oid, by name, or not at all because it holds rows of its own. */
export type ViewKind = "regular" | "late-binding" | "materialized";

/** A view with its text. */
export interface View {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: ViewKind;
  /**
   * The server's text, unchanged: of a regular view its SELECT, of the others the CREATE statement that its author typed. In the
   * first, names in schemas of the reading session's search path stand without their schema.
   */
  readonly text: string;
}

interface ViewRow {
  readonly view_id: number;
  readonly view_schema: string;
  readonly view_name: string;
  readonly definition: string | null;
}

const viewsQuery = (scope: Scope): string => `
SELECT
  v.oid AS view_id,
  n.nspname::text AS view_schema,
  v.relname::text AS view_name,
  pg_get_viewdef(v.oid, true) AS definition
FROM pg_catalog.pg_class v
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
WHERE v.relkind = 'v'    -- of every kind
  AND ${inScope(scope, "v.oid")}
ORDER BY n.nspname, v.relname`;

/** Reads one view's text; null when it is no view. Complete for everyone. @see facts.md 3.2 */
export async function readView(session: Session, viewId: number): Promise<View | null> {
  return (await read(session, { id: viewId }))[0] ?? null;
}

/**
 * Reads the views of a schema, or of the database, with their texts and in name order. Complete for everyone.
 * @throws NotFoundError for a schema that is not there, naming the nearest
 */
export async function readViews(session: Session, schema?: string): Promise<readonly View[]> {
  return read(session, schema === undefined ? "database" : { schema: await getSchema(session, schema) });
}

async function read(session: Session, scope: Scope): Promise<readonly View[]> {
  const { rows } = await session.query<ViewRow>(viewsQuery(scope), scopeValues(scope));
  return rows.flatMap(({ view_id, view_schema, view_name, definition }) =>
    // Of a view that was dropped meanwhile there is no text.
    definition === null
      ? []
      : [
          {
            id: Number(view_id),
            schema: view_schema,
            name: view_name,
            kind: kindOf(definition),
            text: definition,
          },
        ],
  );
}

/** PG_CLASS does not tell the kinds apart; their texts do, for only of a regular view the CREATE is left out. */
function kindOf(text: string): ViewKind {
  if (/^\s*create\s+materialized\s/i.test(text)) return "materialized";
  return /^\s*create\s/i.test(text) ? "late-binding" : "regular";
}
