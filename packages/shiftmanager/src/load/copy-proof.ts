import { LoadError } from "../errors.ts";
import type { Session } from "../session.ts";
import { proof } from "../sql/proof.ts";
import { raw } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";

/** Stands for the number of rows where it is not known yet: in a preview. */
export const rowsMark = "<rows>";

/** Proves in SQL that the COPY before it loaded every uploaded row, so that a printed script is as safe as an executed one. */
export function copyProof(rows: number | typeof rowsMark): Statement {
  const proved = proof(
    "every_row_was_loaded",
    // The mark is no SQL, so that a preview cannot be run; a number is one.
    sql`pg_last_copy_count() = ${raw(String(rows))}`,
    undefined,
    rows === rowsMark ? undefined : rows === 1 ? "1 row was loaded" : `${rows} rows were loaded`,
  );
  return {
    ...proved,
    summary: `${proved.summary}; a division by zero stops the transaction`,
    ...(rows === rowsMark ? {} : { check: (session: Session) => proveCount(session, rows) }),
  };
}

/** The same as the statement proves, but able to say how many there are. */
async function proveCount(session: Session, rows: number): Promise<void> {
  const { rows: counts } = await session.query<{ readonly n: string | number }>(
    "SELECT pg_last_copy_count() AS n",
  );
  const loaded = Number(counts[0]?.n ?? Number.NaN);
  if (loaded !== rows) {
    throw new LoadError(`COPY loaded ${loaded} of the ${rows} rows that were uploaded`, [
      { reason: "rows are missing" },
    ]);
  }
}
