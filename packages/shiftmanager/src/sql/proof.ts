import type { Fragment } from "./fragment.ts";
import type { StatementText } from "./lexer.ts";
import { isSignificant } from "./lexer.ts";
import { identifier } from "./quote.ts";
import { join, sql } from "./sql.ts";
import type { Statement } from "./statement.ts";

/**
 * What each proof says, by the name of its one column: a script that was printed and is run as text can say of a proof in it
 * what it proves.
 */
const claims = {
  table_is_as_reviewed: "the table still has the columns that were reviewed",
  no_key_is_null: "no row has a NULL key",
  no_number_is_given_twice: "no number reaches the identity's next one",
  no_value_is_changed: "the new type holds every value as it is",
  every_row_was_copied: "every row arrived",
  every_row_was_there: "every row of the new table was one of the old",
  no_view_reads_the_old_table: "no view reads the old table",
  every_row_was_loaded: "every row was loaded",
  no_text_reads_as_null: "no text would come back as NULL",
} as const;

export type ProofName = keyof typeof claims;

/**
 * A SELECT that divides by zero where its condition does not hold, so that a printed script is as safe as an executed batch.
 * The divisor is a CASE over columns and never holds a constant division itself: that one would be carried out while
 * planning.
 * @param rest - FROM and what follows, on lines of its own
 * @param claim - in this case, where more can be said than in general
 */
export function proof(
  name: ProofName,
  condition: Fragment,
  rest?: Fragment,
  claim: string = claims[name],
): Pick<Statement, "sql" | "proves" | "summary"> {
  const select = sql`SELECT 1 / CASE WHEN ${condition} THEN 1 ELSE 0 END AS ${identifier(name)}`;
  return {
    sql: rest === undefined ? select : join([select, rest], "\n"),
    proves: claim,
    summary: `Proves that ${claim}`,
  };
}

/** What a statement given as text proves, if it is one of ours. */
export function claimOf({ tokens }: Pick<StatementText, "tokens">): string | undefined {
  const words = tokens.filter(({ kind }) => isSignificant(kind)).map(({ text }) => text.toLowerCase());
  if (words.slice(0, 5).join(" ") !== "select 1 / case when") return undefined;
  const name = words.find((word, i) => Object.hasOwn(claims, word) && words[i - 1] === "as");
  return name === undefined ? undefined : claims[name as ProofName];
}
