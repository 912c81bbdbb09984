import { SqlError, notImitated } from "../../errors.ts";
import { onlyStatement } from "../guard/tree.ts";
import type { Tree } from "../guard/tree.ts";
import { literal, quoted } from "../names.ts";
import type { Lookup, LookupSession, QueryPlace } from "../plan.ts";
import { untypedBesideOthers, withStringsBeside } from "./beside-super.ts";
import { mayBeAlias, withoutAlias } from "./alias.ts";
import { refuseCollationConflicts } from "./collation-conflict.ts";
import { navigation, refuseNavigation } from "./navigation.ts";
import { mayCorrelate, refuseCorrelated } from "./correlated.ts";
import { joinsOutwards, refuseSuperInOuterJoins } from "./outer-joins.ts";
import { Probe } from "./probe.ts";
import { references } from "./references.ts";
import type { Reference } from "./references.ts";
import { readableQuestion, starTables, withReadable } from "./star.ts";
import { asStrings, storedValues, superQuestion } from "./stored-in-super.ts";
import { TranslatedText } from "./text-edit.ts";
import { rowCandidates } from "./whole-row.ts";

/** The part of a statement that is a query. */
export interface QueryPart extends QueryPlace {
  /** The whole statement as PostgreSQL would get it. */
  readonly sql: string;
}

/** What must be asked of the catalog before a statement can run; undefined for most. */
export function lookupOf(
  statement: Tree,
  part: QueryPart,
  options: { readonly partialStars?: "refuse" } = {},
): Lookup | undefined {
  const found = references(statement);
  const aliases = found.some(mayBeAlias);
  const rows = found.some((reference) => rowCandidates(reference).length > 0);
  const stars = starTables(statement).length > 0;
  const stored = storedValues(statement) !== undefined;
  const beside = untypedBesideOthers(statement).length > 0;
  const navigates = navigation(statement, found) !== undefined;
  const outer = joinsOutwards(statement);
  const correlates = mayCorrelate(statement);
  if (!aliases && !rows && !stars && !stored && !beside && !navigates && !outer && !correlates)
    return undefined;
  return {
    always: aliases || rows || stored || beside || navigates || outer || correlates,
    onlySupers: !aliases && !rows && !stars && !navigates && !correlates,
    text: (session) =>
      new Probe(session, part).within(async (probe) => {
        let { sql } = part;
        if (stored)
          sql = await withStrings(sql, (question) => probe.row(question, session), session.parameterTypes);
        if (aliases) sql = await withoutAliases(sql, probe);
        if (navigates) await refuseNavigated(sql, probe);
        if (rows) await refuseWholeRows(sql, probe);
        if (beside)
          sql = await withStringsBeside(
            new TranslatedText(sql),
            untypedBesideOthers(onlyStatement(sql)),
            probe,
          );
        if (stars) sql = await withReadableColumns(sql, probe, session, options.partialStars === "refuse");
        if (outer) await refuseSuperInOuterJoins(sql, probe);
        if (correlates) await refuseCorrelated(sql, probe);
        return sql;
      }),
  };
}

/** PostgreSQL says which names are no columns: so a column always goes before an alias, and what is valid stays as it is. */
async function withoutAliases(sql: string, probe: Probe): Promise<string> {
  for (;;) {
    const error = await probe.error(sql);
    if (error?.sqlstate !== "42703") return sql;
    const { text, found } = read(sql);
    const at = probe.offset(sql, error);
    const reference = found.find(({ location }) => text.offset(location) === at);
    const next = reference === undefined ? undefined : withoutAlias(text, found, reference);
    if (next === undefined || next === sql) return sql;
    sql = next;
  }
}

/** The offsets are those of the text as it now is: aliases may have been put in full. */
async function refuseNavigated(sql: string, probe: Probe): Promise<void> {
  const { text, found } = read(sql);
  const navigated = navigation(onlyStatement(sql), found);
  if (navigated !== undefined) await refuseNavigation(text, navigated, probe);
}

/** A name that is no column of any table in reach stands for a row: only what PostgreSQL says of `table.name` tells them apart. */
async function refuseWholeRows(sql: string, probe: Probe): Promise<void> {
  const { text, found } = read(sql);
  for (const reference of found) {
    const tables = rowCandidates(reference);
    const [name = ""] = reference.path;
    if (tables.length === 0) continue;
    if ((await isColumn(text, reference, tables, probe)) !== false) continue;
    throw notImitated(`whole-row values ("${name}" is a table, not a column)`);
  }
}

async function isColumn(
  text: TranslatedText,
  reference: Reference,
  tables: readonly string[],
  probe: Probe,
): Promise<boolean> {
  const [name = ""] = reference.path;
  const start = text.offset(reference.location);
  const end = text.tokens[text.tokenAt(reference.location)]?.end ?? start;
  for (const table of tables) {
    const sql = text.replaced([{ start, end, sql: `${quoted(table)}.${quoted(name)}` }]);
    const error = await probe.error(sql);
    if (error === undefined || !["42703", "42P01"].includes(error.sqlstate)) return true;
    // Something else is wrong, which PostgreSQL will say better.
    if (probe.offset(sql, error) !== start) return true;
  }
  return false;
}

/**
 * `*` of a table of which the user may read some columns is those.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
 */
async function withReadableColumns(
  sql: string,
  probe: Probe,
  session: LookupSession,
  refused: boolean,
): Promise<string> {
  const text = new TranslatedText(sql);
  const tables = starTables(onlyStatement(sql));
  const columns = await probe.row(readableQuestion(tables, literal), session);
  const partial = tables.find((_, index) => typeof columns?.[index] === "string");
  if (columns === undefined || partial === undefined) return sql;
  if (refused) throw new SqlError("42501", `permission denied for relation ${partial.name}`);
  const readable = withReadable(text, tables, columns);
  // A column named elsewhere in it that may not be read: PostgreSQL is to say so of the statement as it was.
  return (await probe.error(readable)) === undefined ? readable : sql;
}

/** With what is stored in SUPER columns as the strings that they are. `ask` gives the first row of a query. */
export async function withStrings(
  sql: string,
  ask: (question: string) => Promise<readonly (string | null)[] | undefined>,
  parameterTypes: readonly number[] = [],
): Promise<string> {
  const target = storedValues(onlyStatement(sql));
  if (target === undefined) return sql;
  const row = await ask(superQuestion(target.relation, literal));
  const columns = JSON.parse(row?.[0] ?? "[]") as string[];
  return columns.length === 0 ? sql : asStrings(new TranslatedText(sql), target, columns, parameterTypes);
}

function read(sql: string): { readonly text: TranslatedText; readonly found: readonly Reference[] } {
  return { text: new TranslatedText(sql), found: references(onlyStatement(sql)) };
}

/**
 * For a query inside a statement that the sandbox runs itself, in a transaction.
 * @throws SqlError 42P22 when it mixes collations
 */
export async function lookedUp(
  query: QueryPart,
  lookup: Lookup | undefined,
  backend: Pick<LookupSession, "query" | "details">,
): Promise<string> {
  const session = inTransaction(backend);
  const sql = lookup === undefined ? query.sql : await lookup.text(session);
  await refuseCollationConflicts(sql, query, session);
  return sql;
}

/** The session of a statement that the sandbox runs itself. */
export function inTransaction(backend: Pick<LookupSession, "query" | "details">): LookupSession {
  return {
    inTransaction: true,
    query: (sql) => backend.query(sql),
    details: (sql) => backend.details(sql),
  };
}
