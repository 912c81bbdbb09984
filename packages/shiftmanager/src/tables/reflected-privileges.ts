import type { RelationPrivileges } from "../catalog/privileges.ts";
import type { Reading } from "../catalog/reading.ts";
import type { TableRow } from "../catalog/tables.ts";
import type { PrivilegeFacts } from "../catalog/table-facts.ts";
import { privilegeStatements } from "../ddl/grants.ts";
import { Batch } from "../sql/batch.ts";

/**
 * Writes the GRANT statements that give a table or view the privileges it has. The owner's own are left out while they
 * are complete. What could not be read or understood is said in the notes.
 */
export function reflectedPrivileges({ table, privileges }: PrivilegeFacts): Batch {
  return Batch.transaction(privilegeStatements(table, privileges.found, table.owner.name), {
    notes: privilegeNotes(table, privileges),
  });
}

/** What of the privileges could not be read, understood or written; sentences for the reviewer. */
export function privilegeNotes(
  table: Pick<TableRow, "name" | "owner">,
  privileges: Reading<RelationPrivileges>,
): readonly string[] {
  return [
    ...(table.owner.name === null
      ? [`The owner of ${table.name} (user id ${table.owner.id}) no longer exists, so no owner is written.`]
      : []),
    ...(privileges.missing === undefined
      ? []
      : [`The privileges may not be complete. ${privileges.missing}`]),
    ...privileges.found.unknown,
  ];
}
