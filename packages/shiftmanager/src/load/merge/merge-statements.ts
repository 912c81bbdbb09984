import { LoadError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { identifier, list, qualifiedName } from "../../sql/quote.ts";
import { join, sql } from "../../sql/sql.ts";
import type { Statement } from "../../sql/statement.ts";
import { option, wording } from "../../wording.ts";
import type { MergePlan } from "./merge-options.ts";

interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** The temporary tables of one merge: what was loaded, and of it one row a key. */
export interface Staging {
  readonly name: string;
  readonly chosen: string | undefined;
}

/** @param id - of the run, so that no other table has the name */
export function stagingOf({ onDuplicate }: MergePlan, id: string): Staging {
  const name = `shiftmanager_staging_${id}`;
  return { name, chosen: onDuplicate === "error" ? undefined : `shiftmanager_chosen_${id}` };
}

/**
 * Makes the temporary tables, outside of the transaction, so that its snapshot is not taken by them.
 * @see AWS Database Developer Guide, "Use a staging table to perform a merge" (merge-create-staging-table)
 */
export function createStaging(
  { name, chosen }: Staging,
  table: QualifiedName,
  { columns }: MergePlan,
): readonly Statement[] {
  const likeTable = (temporary: string, summary: string): Statement => ({
    sql: sql`
      CREATE TEMP TABLE ${identifier(temporary)} AS
      SELECT ${list(columns.map(identifier))} FROM ${qualifiedName(table)} WHERE 1 = 0
    `,
    summary,
  });
  return [
    likeTable(name, "Makes a temporary table for the loaded rows"),
    ...(chosen === undefined ? [] : [likeTable(chosen, "Makes another for the one row that each key keeps")]),
  ];
}

/** Lets go of the temporary tables: the session stays. */
export function dropStaging({ name, chosen }: Staging): readonly Statement[] {
  return [name, ...(chosen === undefined ? [] : [chosen])].map((temporary) => ({
    sql: sql`DROP TABLE ${identifier(temporary)}`,
    summary: `Drops the temporary table ${temporary}`,
  }));
}

/**
 * Moves staged rows into the table: proofs on their keys, then DELETE and INSERT, or MERGE where only some columns are loaded,
 * so that the others keep what they have.
 * @see AWS Database Developer Guide, "Updating and inserting new data" (t_updating-inserting-using-staging-tables-), MERGE (r_MERGE)
 */
export function mergeStaged(staging: Staging, table: QualifiedName, plan: MergePlan): readonly Statement[] {
  const name = `${table.schema}.${table.name}`;
  const from = identifier(staging.chosen ?? staging.name);
  const replaced = `the rows of ${name} that have the same ${plan.keys.join(", ")} as loaded ones, as they are now`;
  return [
    noNullKey(staging, plan),
    ...(staging.chosen === undefined
      ? [noDuplicateKey(staging, plan)]
      : [chooseRows(staging.name, staging.chosen, plan)]),
    ...(plan.whole ? replace(from, table, plan, replaced) : [update(from, table, plan, replaced)]),
  ];
}

function replace(
  from: Fragment,
  table: QualifiedName,
  plan: MergePlan,
  replaced: string,
): readonly Statement[] {
  const columns = list(plan.columns.map(identifier));
  return [
    {
      sql: sql`
        DELETE FROM ${qualifiedName(table)}
        USING ${from}
        WHERE ${sameKey(table, from, plan)}
      `,
      summary: "Deletes the rows that loaded ones replace",
      destroys: replaced,
    },
    {
      sql: sql`
        INSERT INTO ${qualifiedName(table)} (${columns})
        SELECT ${columns} FROM ${from}
      `,
      summary: `Inserts the loaded rows into ${table.schema}.${table.name}`,
    },
  ];
}

function update(from: Fragment, table: QualifiedName, plan: MergePlan, replaced: string): Statement {
  const others = plan.columns.filter((column) => !plan.keys.includes(column));
  // MERGE asks for something to set also where a row is nothing but its key.
  const set = (others.length > 0 ? others : plan.keys).map((column) => {
    const name = identifier(column);
    return sql`${name} = ${from}.${name}`;
  });
  return {
    sql: sql`
      MERGE INTO ${qualifiedName(table)}
      USING ${from}
      ON ${sameKey(table, from, plan)}
      WHEN MATCHED THEN UPDATE SET ${list(set)}
      WHEN NOT MATCHED THEN INSERT (${list(plan.columns.map(identifier))})
        VALUES (${list(plan.columns.map((column) => sql`${from}.${identifier(column)}`))})
    `,
    summary: `Updates the rows of ${table.schema}.${table.name} that are there and inserts the others`,
    destroys: replaced,
  };
}

function sameKey({ name }: QualifiedName, from: Fragment, { keys }: MergePlan): Fragment {
  return join(
    keys.map((key) => sql`${identifier(name)}.${identifier(key)} = ${from}.${identifier(key)}`),
    "\n    AND ",
  );
}

/** Proves that a query finds nothing. */
function findsNothing(
  from: Fragment,
  proof: { readonly name: string; readonly proves: string; readonly refuse: (n: number) => LoadError },
): Statement {
  const { name, proves, refuse } = proof;
  return {
    sql: sql`
      SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END AS ${identifier(name)}
      ${from}
    `,
    proves,
    summary: `Proves that ${proves}`,
    check: async (session) => {
      const n = await countOf(session, from);
      if (n > 0) throw refuse(n);
    },
  };
}

/** A key that is NULL is equal to none, so such a row would be inserted again by every load. */
function noNullKey({ name }: Staging, { keys }: MergePlan): Statement {
  const from = sql`
    FROM ${identifier(name)}
    WHERE ${join(
      keys.map((key) => sql`${identifier(key)} IS NULL`),
      "\n    OR ",
    )}
  `;
  return findsNothing(from, {
    name: "no_key_is_null",
    proves: `no loaded row is without its ${keys.join(", ")}`,
    refuse: (n) =>
      new LoadError(
        `${n === 1 ? "One of the rows to load has" : `${n} of the rows to load have`} NULL in ${keys.join(" or ")}, by which rows are told apart; give every row its key`,
        [{ column: keys.join(", "), reason: "the key is NULL" }],
      ),
  });
}

/** DELETE and MERGE would insert each of them. */
function noDuplicateKey({ name }: Staging, { keys }: MergePlan): Statement {
  const key = list(keys.map(identifier));
  const from = sql`
    FROM (
      SELECT ${key} FROM ${identifier(name)} GROUP BY ${key} HAVING COUNT(*) > 1
    ) AS several
  `;
  return findsNothing(from, {
    name: "no_key_is_there_twice",
    proves: `no two loaded rows have the same ${keys.join(", ")}`,
    refuse: (n) =>
      new LoadError(
        wording`${n === 1 ? "One key" : `${n} keys`} (${keys.join(", ")}) ${n === 1 ? "is" : "are"} there more than once in the rows to load; load each once, or say which row counts (${option("onDuplicate")})`,
        [{ column: keys.join(", "), reason: "the key is there more than once" }],
      ),
  });
}

function chooseRows(name: string, chosen: string, plan: MergePlan): Statement {
  const columns = list(plan.columns.map(identifier));
  const partition = sql`PARTITION BY ${list(plan.keys.map(identifier))}`;
  const [place, places] = unusedNames(plan.columns);
  const order = plan.orderBy ?? list(plan.keys.map(identifier));
  return {
    sql: sql`
      INSERT INTO ${identifier(chosen)} (${columns})
      SELECT ${columns}
      FROM (
        SELECT ${columns},
          ROW_NUMBER() OVER (${partition} ORDER BY ${order}) AS ${place},
          COUNT(*) OVER (${partition}) AS ${places}
        FROM ${identifier(name)}
      ) AS numbered
      WHERE ${place} = ${plan.onDuplicate === "first" ? sql`1` : places}
    `,
    summary: `Keeps of each ${plan.keys.join(", ")} the ${plan.onDuplicate} row`,
  };
}

/** Names that no column has. */
function unusedNames(columns: readonly string[]): readonly [Fragment, Fragment] {
  let suffix = "";
  while (columns.includes(`place${suffix}`) || columns.includes(`places${suffix}`)) suffix += "_";
  return [identifier(`place${suffix}`), identifier(`places${suffix}`)];
}

async function countOf(session: Session, from: Fragment): Promise<number> {
  const { rows } = await session.query<{ readonly n: string | number }>(
    join([sql`SELECT COUNT(*) AS n`, from], "\n").toSQL(),
  );
  return Number(rows[0]?.n ?? 0);
}
