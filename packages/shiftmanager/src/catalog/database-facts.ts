import type { Session } from "../session.ts";
import { readColumnsOf, type Column } from "./columns.ts";
import { noComments, readCommentsOf } from "./comments.ts";
import { noConstraints, readConstraintsOf } from "./constraints.ts";
import { readDesignsOf } from "./design.ts";
import { readPrivilegesOf } from "./privileges.ts";
import { readRoleGrants } from "./role-grants.ts";
import { readSchemaFacts, type SchemaFacts } from "./schemas.ts";
import { readSessionUser, type SessionFacts } from "./session-user.ts";
import { readSystemViews } from "./system-views.ts";
import type { TableFacts } from "./table-facts.ts";
import { readAllTables, type TableRow } from "./tables.ts";
import type { ViewFacts } from "./view-facts.ts";
import { readViews, type View } from "./views.ts";

/** A view as a whole catalog tells it. */
export interface CatalogViewFacts extends ViewFacts {
  /** None of a late-binding view: the catalog does not hold them, and asking the server for those of all takes long. */
  readonly columns: readonly Column[];
}

/** Every schema, table and view of a database but the server's own, in the order of their names. */
export interface DatabaseFacts {
  readonly session: SessionFacts;
  readonly schemas: readonly SchemaFacts[];
  readonly tables: readonly TableFacts[];
  readonly views: readonly CatalogViewFacts[];
}

/**
 * Reads a whole database in 12 statements, however many tables it has: each reader asks once for all of them. Not
 * within one snapshot, which catalogs do not know: what is created or dropped meanwhile may be half there.
 */
export async function readDatabaseFacts(session: Session): Promise<DatabaseFacts> {
  const user = await readSessionUser(session);
  const systemViews = await readSystemViews(session);
  const roles = await readRoleGrants(session, "database", systemViews);
  const schemas = await readSchemaFacts(session, user, systemViews, roles);
  const relations = await readAllTables(session);
  const views = new Map((await readViews(session)).map((view) => [view.id, view]));
  const columns = await readColumnsOf(session, "database");
  const constraints = await readConstraintsOf(session, "database");
  const comments = await readCommentsOf(session, "database");
  const privilegesOf = await readPrivilegesOf(session, "database", user, systemViews, roles);
  const designOf = await readDesignsOf(session, "database", user, systemViews);

  const common = (table: TableRow) => ({
    table,
    columns: columns.get(table.id) ?? [],
    comments: comments.get(table.id) ?? noComments,
    privileges: privilegesOf(table),
  });
  const rowsOfViews = rowTables([...views.values()]);
  return {
    session: user,
    schemas,
    tables: relations
      .filter((table) => table.kind === "table" && !rowsOfViews(table))
      .map((table) => ({
        ...common(table),
        constraints: constraints.get(table.id) ?? noConstraints,
        design: designOf(table.id),
      })),
    views: relations.flatMap((table) => {
      const view = views.get(table.id);
      return view === undefined ? [] : [{ ...common(table), view, searchPath: user.searchPath }];
    }),
  };
}

/** Tells the tables that Redshift keeps the rows of materialized views in: `mv_tbl__VIEW__0`. @see facts.md 3.2 */
function rowTables(views: readonly View[]): (table: TableRow) => boolean {
  const materialized = new Set(
    views
      .filter(({ kind }) => kind === "materialized")
      .map(({ schema, name }) => JSON.stringify([schema, name])),
  );
  return ({ schema, name }) => {
    const view = /^mv_tbl__(.+)__\d+$/s.exec(name)?.[1];
    return view !== undefined && materialized.has(JSON.stringify([schema, view]));
  };
}
