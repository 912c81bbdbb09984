import { parseRelation } from "../../catalog/relation-name.ts";
import { getSchema } from "../../catalog/schemas.ts";
import { readCurrentSchema } from "../../catalog/session-user.ts";
import { findTable } from "../../catalog/tables.ts";
import { OptionsError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { option, wording } from "../../wording.ts";

/** Name of a table that a load is to create. */
export interface NewTarget {
  readonly schema: string;
  readonly name: string;
}

/**
 * Reads where the table would be created.
 * @throws OptionsError when it exists; NotFoundError for a schema that does not
 */
export async function readNewTarget(
  session: Session,
  table: string,
  schema: string | undefined,
): Promise<NewTarget> {
  const written = parseRelation(table, schema);
  const named = written.schema?.[0];
  const place = named === undefined ? await readCurrentSchema(session) : await getSchema(session, named);
  const found = await findTable(session, table, { schema });
  if (found !== null) {
    throw new OptionsError(
      wording`${found.schema}.${found.name} exists, so it is not created; leave out ${option("createTable")} to load into it, or drop it first.`,
    );
  }
  // Quoted or not: Redshift folds names of tables. @see facts.md 1.10
  const name = written.name.at(-1) ?? "";
  return { schema: place, name: name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) };
}
