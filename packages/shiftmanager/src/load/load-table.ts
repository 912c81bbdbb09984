import { readColumns, type Column } from "../catalog/columns.ts";
import { getTable } from "../catalog/tables.ts";
import { OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";

/** Where a load's rows go, as the catalog has it. */
export interface LoadTable {
  readonly schema: string;
  readonly name: string;
  /** In the table's order. */
  readonly columns: readonly Column[];
}

/**
 * Reads the table of a load.
 * @throws NotFoundError that names the nearest; OptionsError for a view
 */
export async function readLoadTable(
  session: Session,
  relation: string,
  schema: string | undefined,
): Promise<LoadTable> {
  const table = await getTable(session, relation, { schema });
  if (table.kind === "view") {
    throw new OptionsError(
      `${table.schema}.${table.name} is a view; rows are loaded into a table, so name one.`,
    );
  }
  return { schema: table.schema, name: table.name, columns: await readColumns(session, table.id) };
}
