import { StatementError } from "../errors.ts";
import type { Session } from "../session.ts";
import { identifier } from "../sql/quote.ts";
import { join, sql } from "../sql/sql.ts";
import type { Column } from "./columns.ts";
import { complete, incomplete, type Reading } from "./reading.ts";
import type { TableRow } from "./tables.ts";

export type Collation = "case_sensitive" | "case_insensitive";

/** The columns that compare otherwise than their database does by default, by name. */
export type Collations = ReadonlyMap<string, Collation>;

const databaseQuery = "SELECT current_database()::text AS name";
const collationQuery = "SELECT db_collation() AS collation";

interface ShownColumn {
  readonly column_name: string;
  readonly collation: string | null;
}

/**
 * Reads which columns have a COLLATE of their own. No catalog tells, only `SHOW COLUMNS`, which older servers refuse; and a
 * statement that is refused ends the transaction it is in, so this is read outside of any.
 * @see AWS Database Developer Guide, SHOW COLUMNS (r_SHOW_COLUMNS)
 */
export async function readCollations(
  session: Session,
  table: Pick<TableRow, "schema" | "name">,
  columns: readonly Pick<Column, "name" | "type">[],
): Promise<Reading<Collations>> {
  const [collations] = await readCollationsOf(session, [{ table, columns }]);
  return collations ?? complete(new Map());
}

/** The same for several tables, in their order: one statement for each that has a column of text, and two more. */
export async function readCollationsOf(
  session: Session,
  tables: readonly {
    readonly table: Pick<TableRow, "schema" | "name">;
    readonly columns: readonly Pick<Column, "name" | "type">[];
  }[],
): Promise<readonly Reading<Collations>[]> {
  let surroundings: { readonly database: string; readonly usual: Collation } | undefined;
  const found: Reading<Collations>[] = [];
  for (const { table, columns } of tables) {
    // Only these have a collation.
    if (!columns.some(({ type }) => /^character/.test(type))) found.push(complete(new Map()));
    else {
      surroundings ??= await readSurroundings(session);
      found.push(await readOne(session, table, surroundings));
    }
  }
  return found;
}

async function readSurroundings(
  session: Session,
): Promise<{ readonly database: string; readonly usual: Collation }> {
  const [row] = (await session.query<{ readonly name: string }>(databaseQuery)).rows;
  // A server that has no such function has no such databases.
  const [database] = (await ask<{ readonly collation: string }>(session, collationQuery)) ?? [];
  return { database: row?.name ?? "", usual: collationOf(database?.collation ?? null) ?? "case_sensitive" };
}

async function readOne(
  session: Session,
  table: Pick<TableRow, "schema" | "name">,
  { database, usual }: { readonly database: string; readonly usual: Collation },
): Promise<Reading<Collations>> {
  const path = [database, table.schema, table.name].map(identifier);
  const shown = await ask<ShownColumn>(session, String(sql`SHOW COLUMNS FROM TABLE ${join(path, ".")}`));
  if (shown === null || shown.length === 0) {
    return incomplete(
      new Map(),
      `Whether a column of ${table.name} is COLLATE CASE_INSENSITIVE cannot be read, because the server does not answer SHOW ` +
        "COLUMNS for it. No COLLATE is written; if a column has one, add it.",
    );
  }
  const own = new Map<string, Collation>();
  for (const { column_name, collation } of shown) {
    const read = collationOf(collation);
    if (read !== null && read !== usual) own.set(column_name, read);
  }
  return complete(own);
}

async function ask<R>(session: Session, text: string): Promise<readonly R[] | null> {
  try {
    return (await session.query<R>(text)).rows;
  } catch (error) {
    // What the server refuses it cannot tell; a connection that is lost is another matter.
    if (error instanceof StatementError) return null;
    throw error;
  }
}

function collationOf(text: string | null): Collation | null {
  if (text === null) return null;
  if (/^(case_insensitive|ci)$/i.test(text.trim())) return "case_insensitive";
  return /^(case_sensitive|cs)$/i.test(text.trim()) ? "case_sensitive" : null;
}
