import { flag, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import { userName } from "../sql/quote.ts";
import { nothing, join, sql } from "../sql/sql.ts";
import { requireDroppable } from "./droppable.ts";

export interface DropUserOptions {
  /** A user who does not exist is no error. */
  readonly ifExists?: boolean;
}

export const dropUserKinds: Kinds<DropUserOptions> = { ifExists: flag };

/**
 * Builds DROP USER. When it runs it first looks what the user owns and holds in the current database, which Redshift would
 * refuse it for without saying what. There is no CASCADE.
 * @see AWS Database Developer Guide, DROP USER (r_DROP_USER)
 */
export function dropUser(name: string, { ifExists = false }: DropUserOptions = {}): Batch {
  const drop = join([sql`DROP USER`, ifExists ? sql`IF EXISTS` : nothing, userName(name)], " ");
  return Batch.transaction(
    [
      {
        sql: drop,
        summary: `Drops the user ${name}`,
        destroys: `the user ${name}`,
        check: requireDroppable({ kind: "user", name }),
      },
    ],
    {
      notes: [
        `Only the current database is looked at: what ${name} owns in other databases stays there without an owner.`,
      ],
    },
  );
}
