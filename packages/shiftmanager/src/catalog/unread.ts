import type { DatabaseFacts } from "./database-facts.ts";
import { rowsBy } from "./scope.ts";

/** What a catalog does not hold, as sentences. */
export interface Unread {
  /** What this user may not see, and a superuser would. */
  readonly hidden: readonly string[];
  /** What no catalog shows, whoever asks. */
  readonly untold: readonly string[];
}

/** How many names a sentence has before it counts the rest. */
const mostNames = 5;

/** Says what of a database could not be read. */
export function unreadOf({ session, schemas, tables, views }: DatabaseFacts): Unread {
  const grants = [...schemas, ...tables, ...views].flatMap(({ privileges }) => privileges.missing ?? []);
  const tunings = unknownTunings(tables);
  const texts = tables.some(({ columns }) => columns.some(({ type }) => /^character/.test(type)));
  return {
    hidden: [...new Set(grants), ...(session.superuser ? [] : tunings)],
    untold: [
      ...(session.superuser ? tunings : []),
      ...(texts
        ? [
            "Which columns have a COLLATE of their own is in no catalog; SHOW COLUMNS tells it table by table, and tableDefinition asks.",
          ]
        : []),
    ],
  };
}

/** One sentence for each reason. */
function unknownTunings(tables: DatabaseFacts["tables"]): readonly string[] {
  const byReason = rowsBy(
    tables.filter(({ design }) => design.reason !== null),
    ({ design }) => design.reason,
  );
  return [...byReason].map(
    ([reason, unknown]) =>
      `Whether a table is SORTKEY AUTO or ENCODE AUTO, and its size, could not be read of ${listed(unknown.map(({ table }) => `${table.schema}.${table.name}`))} (${reason ?? ""}).`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(", ");
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
