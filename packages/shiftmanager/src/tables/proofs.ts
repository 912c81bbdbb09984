import type { Column } from "../catalog/columns.ts";
import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { Fragment } from "../sql/fragment.ts";
import { proof, type ProofName } from "../sql/proof.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { join, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { option, wording, type Wording } from "../wording.ts";

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
  return proof(
    "table_is_as_reviewed",
    sql`
      COUNT(*) = ${count} AND SUM(CASE WHEN
        ${join(same, "\n    OR ")}
      THEN 1 ELSE 0 END) = ${count}
    `,
    sql`
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ${literal(table.schema)}
        AND c.relname = ${literal(table.name)}
        AND a.attnum > 0
        AND NOT a.attisdropped
    `,
  );
}

/** Proves that no row of a table meets a condition. */
function noRowProof(
  table: Fragment,
  alias: string,
  condition: Fragment,
  name: ProofName,
  claim: string | undefined,
  complaint: (rows: string) => Wording,
): Statement {
  const from = sql`FROM ${table} AS ${identifier(alias)}\nWHERE ${condition}`;
  return {
    ...proof(name, sql`COUNT(*) = 0`, from, claim),
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
    undefined,
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

/** Proves that no value becomes another one in its column's new type. */
export function sameValueProof(
  outgoing: { readonly schema: string; readonly name: string },
  alias: string,
  { name, type, changes }: { readonly name: string; readonly type: string; readonly changes: Fragment },
): Statement {
  return noRowProof(
    qualifiedName(outgoing),
    alias,
    changes,
    "no_value_is_changed",
    `${type} holds every ${name} as it is`,
    (rows) =>
      `${rows} ${rows === "1" ? "row has a" : "rows have a"} ${name} that ${type} does not hold as it is; choose a wider type, or ` +
      `say with columns.${name}.value what becomes of it`,
  );
}

interface Counts {
  /** As COUNT returns them: text where JavaScript's numbers may be too small. */
  readonly expected: string | number;
  readonly copied: string | number;
  /** With contents: for each column in order, 1 where its sums are equal. */
  readonly [sums: `c${number}`]: number;
}

/** A column whose contents are compared: what was to arrive in it. */
export interface ComparedColumn {
  readonly name: string;
  /** Over the rows that were to be copied, in the type of the new column. */
  readonly expected: Fragment;
}

/**
 * Proves that as many rows arrived as were to be taken over; with columns to compare, also that the sums of their values'
 * hashes are equal. Executed by this library, both sides are read first, so that the error can quote them.
 * @see AWS Database Developer Guide, FNV_HASH (r_FNV_HASH)
 */
export function rowProof(
  from: Fragment,
  to: Fragment,
  compared: readonly ComparedColumn[] = [],
  more: Pick<Statement, "check"> = {},
): Statement {
  const sums = (value: (column: ComparedColumn) => Fragment): Fragment =>
    join(
      [
        sql`COUNT(*) AS n`,
        // NULL has no hash; that there are as many of them is seen by counting the others.
        ...compared.flatMap((column, i) => [
          sql`COUNT(${value(column)}) AS ${identifier(`n${i + 1}`)}`,
          sql`COALESCE(SUM(FNV_HASH(${value(column)})), 0) AS ${identifier(`s${i + 1}`)}`,
        ]),
      ],
      ", ",
    );
  const sides = sql`
    FROM (SELECT ${sums(({ expected }) => expected)} FROM ${from}) a
    CROSS JOIN (SELECT ${sums(({ name }) => identifier(name))} FROM ${to}) b
  `;
  const equal = compared.map((_, i) => {
    const [n, s] = [identifier(`n${i + 1}`), identifier(`s${i + 1}`)];
    return sql`a.${n} = b.${n} AND a.${s} = b.${s}`;
  });
  const all = join([sql`a.n = b.n`, ...equal], " AND ");
  return {
    ...proof(
      "every_row_was_copied",
      all,
      sides,
      compared.length === 0 ? undefined : "every row and value arrived",
    ),
    check: async (session: Session) => {
      await more.check?.(session);
      const columns = equal.map(
        (same, i) => sql`CASE WHEN ${same} THEN 1 ELSE 0 END AS ${identifier(`c${i + 1}`)}`,
      );
      const { rows } = await session.query<Counts>(
        String(
          join([sql`SELECT ${list([sql`a.n AS expected`, sql`b.n AS copied`, ...columns])}`, sides], "\n"),
        ),
      );
      const [row] = rows;
      const expected = String(row?.expected);
      const copied = String(row?.copied);
      if (expected !== copied) {
        throw new StatementError(
          `${expected} rows were to be copied and ${copied} arrived; the old table is kept as it was`,
        );
      }
      const others = compared.filter((_, i) => Number(row?.[`c${i + 1}`]) !== 1).map(({ name }) => name);
      if (others.length > 0) {
        throw new StatementError(
          `Every row arrived, but not every value of ${others.join(", ")}; the old table is kept as it was`,
        );
      }
    },
  };
}

/** Proves that every row of the new table is one of those that were there: for copies that leave rows out. */
export function knownRowsProof(from: Fragment, to: Fragment, compared: readonly ComparedColumn[]): Statement {
  const strange = sql`
    FROM (
      SELECT ${list(compared.map(({ name }) => identifier(name)))} FROM ${to}
      EXCEPT
      SELECT ${list(compared.map(({ expected }) => expected))} FROM ${from}
    ) AS strange
  `;
  return {
    ...proof("every_row_was_there", sql`COUNT(*) = 0`, strange),
    check: async (session) => {
      const { rows } = await session.query<{ readonly n: string | number }>(
        String(join([sql`SELECT COUNT(*) AS n`, strange], "\n")),
      );
      const n = String(rows[0]?.n ?? 0);
      if (n !== "0") {
        throw new StatementError(
          `${n} different rows of the new table were not in the old one; the old table is kept as it was`,
        );
      }
    },
  };
}
