import type { DefinitionFacts } from "../catalog/table-facts.ts";
import { alterSortkeyNone, createTable } from "../ddl/create-table.ts";
import { commentStatements } from "../ddl/comments.ts";
import { privilegeStatements } from "../ddl/grants.ts";
import { addForeignKey, addKey } from "../ddl/keys.ts";
import { Batch } from "../sql/batch.ts";
import { qualifiedName, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { asNewTable, designNotes } from "./new-table.ts";
import { checkOptionNames } from "./option-names.ts";
import { privilegeNotes } from "./reflected-privileges.ts";

/** What `tableDefinition` takes besides the table. */
export interface TableDefinitionOptions {
  /** Include the owner and the grants. Default true. */
  readonly copyPrivileges?: boolean;
  /** Nothing is cached yet, so a definition is always read afresh. */
  readonly useCache?: boolean;
}

/**
 * Writes the statements that create a table as it is: design, keys, comments, owner and grants. What could not be read is
 * said in the notes.
 *
 * Keys come by ALTER TABLE, because CREATE TABLE's grammar has no place for their names.
 */
export function tableDefinition(facts: DefinitionFacts, options: TableDefinitionOptions = {}): Batch {
  checkOptionNames("tableDefinition", options, ["copyPrivileges", "useCache"], ["analyzeCompression"]);
  const { copyPrivileges = true } = options;
  const { table, constraints, comments } = facts;
  const name = String(qualifiedName(table));
  const statements: Statement[] = [...creation(facts)];
  for (const key of constraints.keys) {
    statements.push({ sql: addKey(table, key), summary: `Adds the ${key.kind} ${key.name}` });
  }
  for (const key of constraints.foreignKeys) {
    statements.push({ sql: addForeignKey(key), summary: `Adds the foreign key ${key.name}` });
  }
  statements.push(...commentStatements(table, comments));
  const notes = [...designNotes(facts, name)];
  if (copyPrivileges) {
    if (table.owner.name !== null) statements.push(ownerStatement(table, table.owner.name));
    statements.push(...privilegeStatements(table, facts.privileges.found, table.owner.name));
    notes.push(...privilegeNotes(table, facts.privileges));
  }
  return Batch.transaction(statements, { notes });
}

/** CREATE TABLE, and what it cannot say. */
function creation(facts: DefinitionFacts): readonly Statement[] {
  const created = asNewTable(facts);
  const create: Statement = { sql: createTable(created), summary: `Creates the table ${created.name}` };
  if (created.sortkey.style !== "none" || facts.design.sortkeyAuto !== false) return [create];
  return [create, { sql: alterSortkeyNone(created), summary: "Keeps the table without a sort key" }];
}

/** Gives a relation its owner. */
export function ownerStatement(
  table: { readonly schema: string; readonly name: string },
  owner: string,
): Statement {
  return {
    sql: sql`ALTER TABLE ${qualifiedName(table)} OWNER TO ${userName(owner)}`,
    summary: `Makes ${owner} the owner`,
  };
}
