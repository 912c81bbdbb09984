import { OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";
import { readCollationsOf } from "./collations.ts";
import { readDatabaseFacts, type CatalogViewFacts } from "./database-facts.ts";
import { readDefaultPrivileges, type DefaultPrivileges } from "./default-privileges.ts";
import { readBoundTo } from "./dependents.ts";
import type { TableRef } from "./constraints.ts";
import type { Reading } from "./reading.ts";
import { complete } from "./reading.ts";
import { countRoutines } from "./routines.ts";
import { getSchema, type SchemaFacts } from "./schemas.ts";
import type { SessionFacts } from "./session-user.ts";
import { readSystemViews } from "./system-views.ts";
import type { DefinitionFacts } from "./table-facts.ts";

/** Everything that defines a schema, as the catalog tells it. */
export interface SchemaDefinitionFacts {
  readonly session: SessionFacts;
  readonly schema: SchemaFacts;
  readonly tables: readonly DefinitionFacts[];
  readonly views: readonly SchemaViewFacts[];
  readonly defaultPrivileges: Reading<readonly DefaultPrivileges[]>;
  /** Functions and procedures. */
  readonly routines: number;
}

export interface SchemaViewFacts extends CatalogViewFacts {
  /** The tables and views that it is bound to, in any schema. */
  readonly reads: readonly TableRef[];
}

/**
 * Reads all that a schema's definition says. Not inside a transaction.
 * @throws NotFoundError for a schema that is not there, naming the nearest; OptionsError for one of the server's own
 */
export async function readSchemaDefinitionFacts(
  session: Session,
  name: string,
): Promise<SchemaDefinitionFacts> {
  const found = await getSchema(session, name);
  const database = await readDatabaseFacts(session);
  const schema = database.schemas.find((candidate) => candidate.name === found);
  if (schema === undefined) {
    throw new OptionsError(`The schema "${found}" is the server's own; name one of yours.`);
  }
  const tables = database.tables.filter(({ table }) => table.schema === found);
  const collations = await readCollationsOf(session, tables);
  const refs = new Map(
    [...database.tables, ...database.views].map(({ table: { id, schema: of, name: called } }) => [
      id,
      { id, schema: of, name: called },
    ]),
  );
  const boundTo = await readBoundTo(session);
  return {
    session: database.session,
    schema,
    tables: tables.map((facts, i) => ({ ...facts, collations: collations[i] ?? complete(new Map()) })),
    views: database.views
      .filter(({ table }) => table.schema === found)
      .map((facts) => ({
        ...facts,
        reads: (boundTo.get(facts.view.id) ?? []).flatMap((id) => refs.get(id) ?? []),
      })),
    defaultPrivileges: await readDefaultPrivileges(
      session,
      found,
      database.session,
      await readSystemViews(session),
    ),
    routines: await countRoutines(session, found),
  };
}
