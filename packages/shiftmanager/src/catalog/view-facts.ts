import { NotFoundError, OptionsError } from "../errors.ts";
import type { Session } from "../session.ts";
import { readComments, type Comments } from "./comments.ts";
import type { PrivilegeFacts } from "./table-facts.ts";
import { readPrivilegeFacts } from "./table-facts.ts";
import type { RelationInput } from "./relation-name.ts";
import { readSessionUser } from "./session-user.ts";
import type { FindOptions } from "./tables.ts";
import { readView, type View } from "./views.ts";
import { option, wording } from "../wording.ts";

/** Everything that defines a view, as the catalog tells it. */
export interface ViewFacts extends PrivilegeFacts {
  readonly view: View;
  readonly comments: Comments;
  /** The schemas whose names a regular view's text leaves out. */
  readonly searchPath: readonly string[];
}

/**
 * Reads all that a view's definition says.
 * @throws NotFoundError for a view that is not there; OptionsError for a table.
 */
export async function readViewFacts(
  session: Session,
  relation: RelationInput,
  options: FindOptions = {},
): Promise<ViewFacts> {
  const facts = await readPrivilegeFacts(session, relation, options);
  const { id, kind, schema, name } = facts.table;
  if (kind === "table") {
    throw new OptionsError(wording`${schema}.${name} is a table; ${option("tableDefinition")} writes those.`);
  }
  const view = await readView(session, id);
  if (view === null) {
    throw new NotFoundError(`The view ${schema}.${name} was dropped while it was read; look who drops it.`);
  }
  return {
    ...facts,
    view,
    comments: await readComments(session, id),
    searchPath: (await readSessionUser(session)).searchPath,
  };
}
