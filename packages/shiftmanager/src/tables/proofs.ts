import type { Column } from "../catalog/columns.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, literal, qualifiedName } from "../sql/quote.ts";
import { join, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { option, wording, type Wording } from "../wording.ts";

/**
 * Proofs: SELECTs that divide by zero when what they prove does not hold, so that a printed script is as safe as an
 * executed batch. The divisor is a CASE over columns and never holds a constant division itself: that one would be
 * carried out while planning.
 */

/** Proves that a table still has exactly these columns. */
export function driftProof(
  table: { readonly schema: string; readonly name: string },
  columns: readonly Pick<Column, "name" | "type">[],
): Statement {
  const same = columns.map(
    ({ name, type }) =>
      sql`(a.attname = ${literal(name)} AND format_type(a.atttypid, a.atttypmod) = ${literal(type)})`,
  );
  const count = literal(columns.length);
  return {
    sql: sql`
      SELECT 1 / CASE WHEN COUNT(*) = ${count} AND SUM(CASE WHEN
        ${join(same, "\n    OR ")}
      THEN 1 ELSE 0 END) = ${count} THEN 1 ELSE 0 END AS table_is_as_reviewed
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${literal(table.schema)}
        AND c.relname = ${literal(table.name)}
        AND a.attnum > 0
        AND NOT a.attisdropped
    `,
    ...proof("the table still has the columns that were reviewed"),
  };
}

/** Proves that no row of a table meets a condition. */
function noRowProof(
  table: Fragment,
  alias: string,
  condition: Fragment,
  name: string,
  proves: string,
  complaint: (rows: string) => Wording,
): Statement {
  const from = sql`FROM ${table} AS ${identifier(alias)}\nWHERE ${condition}`;
  return {
    sql: sql`SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS ${identifier(name)}\n${from}`,
    ...proof(proves),
    check: async (session) => {
      const { rows } = await session.query<{ readonly n: string | number }>(
        String(sql`SELECT COUNT(*) AS n\n${from}`),
      );
      const n = String(rows[0]?.n ?? 0);
      if (n !== "0") throw new StatementError(complaint(n));
    },
  };
}

/** Proves that no key is NULL. */
export function nullKeyProof(
  outgoing: { readonly schema: string; readonly name: string },
  alias: string,
  isNull: Fragment,
): Statement {
  return noRowProof(
    qualifiedName(outgoing),
    alias,
    isNull,
    "no_key_is_null",
    "no row has a NULL key",
    (rows) =>
      wording`${rows} ${rows === "1" ? "row has" : "rows have"} a NULL in the key, and deduplication would keep one of them; say ${option("nullKeys", "keep")} to take over all of them or ${option("nullKeys", "merge")} to treat NULL as a value`,
  );
}

/** Proves that an identity's next number lies beyond every number in the table. */
export function identityProof(
  outgoing: { readonly schema: string; readonly name: string },
  alias: string,
  column: string,
  seed: bigint,
  step: bigint,
): Statement {
  const beyond =
    step > 0n
      ? sql`${identifier(column)} >= ${literal(seed)}`
      : sql`${identifier(column)} <= ${literal(seed)}`;
  return noRowProof(
    qualifiedName(outgoing),
    alias,
    beyond,
    "no_number_is_given_twice",
    `no ${column} is at or beyond ${seed}, the next number`,
    (rows) =>
      `${rows} ${rows === "1" ? "row was" : "rows were"} added whose ${column} reaches the next number, ${seed}; build the copy again`,
  );
}

interface Counts {
  /** As COUNT returns them: text where JavaScript's numbers may be too small. */
  readonly expected: string | number;
  readonly copied: string | number;
}

/**
 * Proves that as many rows arrived as were to be taken over. Executed by this library, both counts are read first, so that
 * the error can quote them.
 */
export function rowProof(from: Fragment, to: Fragment, more: Pick<Statement, "check"> = {}): Statement {
  const counts = sql`
    FROM (SELECT COUNT(*) AS n FROM ${from}) a
    CROSS JOIN (SELECT COUNT(*) AS n FROM ${to}) b
  `;
  return {
    sql: join([sql`SELECT 1 / CASE WHEN a.n = b.n THEN 1 ELSE 0 END AS every_row_was_copied`, counts], "\n"),
    ...proof("every row arrived"),
    check: async (session: Session) => {
      await more.check?.(session);
      const { rows } = await session.query<Counts>(
        String(join([sql`SELECT a.n AS expected, b.n AS copied`, counts], "\n")),
      );
      const expected = String(rows[0]?.expected);
      const copied = String(rows[0]?.copied);
      if (expected !== copied) {
        throw new StatementError(
          `${expected} rows were to be copied and ${copied} arrived; the old table is kept as it was`,
        );
      }
    },
  };
}

function proof(proves: string): Pick<Statement, "proves" | "summary"> {
  return { proves, summary: `Proves that ${proves}` };
}
