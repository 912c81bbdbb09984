import { OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";
import { readCollations, type Collations } from "./collations.ts";
import { readColumns, type Column } from "./columns.ts";
import { readComments, type Comments } from "./comments.ts";
import { readConstraints, type Constraints } from "./constraints.ts";
import { readDesign, type Design } from "./design.ts";
import { readPrivileges, type RelationPrivileges } from "./privileges.ts";
import type { Reading } from "./reading.ts";
import type { RelationInput } from "./relation-name.ts";
import { readSessionUser } from "./session-user.ts";
import { readSystemViews } from "./system-views.ts";
import { getTable, type FindOptions, type TableRow } from "./tables.ts";
import { option, wording } from "../wording.ts";

/** Everything that defines a table, as the catalog tells it. */
export interface TableFacts {
  readonly table: TableRow;
  readonly columns: readonly Column[];
  readonly constraints: Constraints;
  readonly comments: Comments;
  readonly privileges: Reading<RelationPrivileges>;
  readonly design: Design;
}

/** What a table is created from: the facts, and what cannot be read inside a transaction. */
export interface DefinitionFacts extends TableFacts {
  readonly collations: Reading<Collations>;
}

/**
 * Reads all that a table's definition says. Not inside a transaction.
 * @throws NotFoundError for a table that is not there; OptionsError for a view.
 */
export async function readDefinitionFacts(
  session: Session,
  relation: RelationInput,
  options: FindOptions = {},
): Promise<DefinitionFacts> {
  const facts = await readTableFacts(session, relation, options);
  return { ...facts, collations: await readCollations(session, facts.table, facts.columns) };
}

/**
 * Reads what defines a table and may change under it.
 * @throws NotFoundError for a table that is not there; OptionsError for a view.
 */
export async function readTableFacts(
  session: Session,
  relation: RelationInput,
  options: FindOptions = {},
): Promise<TableFacts> {
  const table = await getTable(session, relation, options);
  if (table.kind === "view") {
    throw new OptionsError(
      wording`${table.schema}.${table.name} is a view, and this is for tables; ${option("viewDefinition")} writes views.`,
    );
  }
  const views = await readSystemViews(session);
  const user = await readSessionUser(session);
  return {
    table,
    columns: await readColumns(session, table.id),
    constraints: await readConstraints(session, table.id),
    comments: await readComments(session, table.id),
    privileges: await readPrivileges(session, table, user, views),
    design: await readDesign(session, table.id, user, views),
  };
}

/** A table or view with the privileges on it. */
export interface PrivilegeFacts {
  readonly table: TableRow;
  readonly privileges: Reading<RelationPrivileges>;
}

/**
 * Reads the privileges on a table or view.
 * @throws NotFoundError for one that is not there.
 */
export async function readPrivilegeFacts(
  session: Session,
  relation: RelationInput,
  options: FindOptions = {},
): Promise<PrivilegeFacts> {
  const table = await getTable(session, relation, options);
  const views = await readSystemViews(session);
  const user = await readSessionUser(session);
  return { table, privileges: await readPrivileges(session, table, user, views) };
}
