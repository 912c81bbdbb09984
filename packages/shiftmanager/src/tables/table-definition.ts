import type { DefinitionFacts } from "../catalog/table-facts.ts";
import { alterSortkeyNone, createTable } from "../ddl/create-table.ts";
import { commentStatements } from "../ddl/comments.ts";
import { privilegeStatements } from "../ddl/grants.ts";
import { addForeignKey, addKey } from "../ddl/keys.ts";
import { flag, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import { qualifiedName, userName } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import type { AnalyzedEncodings } from "./analyzed-encodings.ts";
import { analyzedOverrides } from "./analyzed-encodings.ts";
import { designNotes } from "./new-table.ts";
import { privilegeNotes } from "./reflected-privileges.ts";
import { newTable, reflectionOf, Table } from "./table.ts";

/** What `tableDefinition` takes besides the table. */
export interface TableDefinitionOptions {
  /** Include the owner and the grants. Default true. */
  readonly copyPrivileges?: boolean;
  /**
   * Give the columns outside the sort key the encodings that ANALYZE COMPRESSION recommends, but for those named in
   * `encodings`. It locks the table exclusively while it looks, and needs rows to judge by. Default false.
   */
  readonly analyzeCompression?: boolean;
  /** Takes the facts from `redshift.catalog` where they are still fresh there. Default true. */
  readonly useCache?: boolean;
}

export const tableDefinitionKinds: Kinds<TableDefinitionOptions> = {
  copyPrivileges: flag,
  analyzeCompression: flag,
  useCache: flag,
};

/**
 * Writes the statements that create a table as it is: design, keys, comments, owner and grants. What could not be read is
 * said in the notes.
 *
 * Keys come by ALTER TABLE, because CREATE TABLE's grammar has no place for their names.
 */
export function tableDefinition(
  definition: DefinitionFacts | Table,
  options: TableDefinitionOptions = {},
  analyzed?: AnalyzedEncodings,
): Batch {
  const { copyPrivileges = true } = options;
  const reflected = definition instanceof Table ? definition : newTable(definition);
  const { overrides, notes: analysis } = analyzedOverrides(reflected, analyzed);
  const defined = reflected.with(overrides);
  const { facts } = reflectionOf(defined);
  const { table, constraints, comments } = facts;
  const name = String(qualifiedName(table));
  const statements: Statement[] = [...creation(defined)];
  for (const key of constraints.keys) {
    statements.push({ sql: addKey(table, key), summary: `Adds the ${key.kind} ${key.name}` });
  }
  for (const key of constraints.foreignKeys) {
    statements.push({ sql: addForeignKey(key), summary: `Adds the foreign key ${key.name}` });
  }
  statements.push(...commentStatements(table, comments));
  const notes = [...analysis, ...designNotes(facts, name, defined.overrides)];
  if (copyPrivileges) {
    if (table.owner.name !== null) statements.push(ownerStatement(table, table.owner.name));
    statements.push(...privilegeStatements(table, facts.privileges.found, table.owner.name));
    notes.push(...privilegeNotes(table, facts.privileges));
  }
  return Batch.transaction(statements, { notes });
}

/** CREATE TABLE, and what it cannot say. */
function creation(table: Table): readonly Statement[] {
  const { facts, created } = reflectionOf(table);
  const create: Statement = { sql: createTable(created), summary: `Creates the table ${created.name}` };
  const unsorted = table.overrides.sortkey === "none" || facts.design.sortkeyAuto === false;
  if (created.sortkey.style !== "none" || !unsorted) return [create];
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
