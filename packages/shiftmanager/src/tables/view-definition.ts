import type { ViewFacts } from "../catalog/view-facts.ts";
import { commentStatements } from "../ddl/comments.ts";
import { createView, isNamedWithoutSchema } from "../ddl/create-view.ts";
import { privilegeStatements } from "../ddl/grants.ts";
import { flag, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import { identifier, list } from "../sql/quote.ts";
import type { Statement } from "../sql/statement.ts";
import { privilegeNotes } from "./reflected-privileges.ts";
import { ownerStatement } from "./table-definition.ts";

/** What `viewDefinition` takes besides the view. */
export interface ViewDefinitionOptions {
  /** Include the owner and the grants. Default true. */
  readonly copyPrivileges?: boolean;
}

export const viewDefinitionKinds: Kinds<ViewDefinitionOptions> = { copyPrivileges: flag };

/**
 * Writes the statements that create a view as it is: its text unchanged, comments, owner and grants. What could not be
 * read is said in the notes.
 */
export function viewDefinition(facts: ViewFacts, options: ViewDefinitionOptions = {}): Batch {
  const { copyPrivileges = true } = options;
  const { table, view, comments, privileges } = facts;
  const statements: Statement[] = [
    {
      sql: createView(view, { replace: true }),
      summary: `Creates the ${view.kind === "regular" ? "" : `${view.kind} `}view ${view.name}`,
    },
    ...commentStatements(table, comments, "VIEW"),
  ];
  const notes = [...textNotes(facts)];
  if (copyPrivileges) {
    if (table.owner.name !== null) statements.push(ownerStatement(table, table.owner.name));
    statements.push(...privilegeStatements(table, privileges.found, table.owner.name));
    notes.push(...privilegeNotes(table, privileges));
  }
  return Batch.transaction(statements, { notes });
}

/** What the text takes for granted; sentences for the reviewer. */
function textNotes({ view, searchPath }: ViewFacts): readonly string[] {
  if (view.kind === "regular") {
    // The default path finds `public` and nothing else, so that a note would say nothing new.
    if (searchPath.length === 0 || (searchPath.length === 1 && searchPath[0] === "public")) return [];
    return [
      `In the text of ${view.name} names stand without a schema where this session's search_path finds them; run it with the ` +
        `same one: SET search_path TO ${String(list(searchPath.map(identifier)))}.`,
    ];
  }
  return isNamedWithoutSchema(view) && view.kind === "materialized"
    ? [
        `The author of ${view.name} named it without a schema, and perhaps what it reads as well; run it with a search_path that ` +
          "finds the same tables.",
      ]
    : [];
}
