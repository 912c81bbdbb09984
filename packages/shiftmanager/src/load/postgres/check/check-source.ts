import { typeName } from "../../../ddl/type-name.ts";
import { LoadError, type LoadFailure } from "../../../errors.ts";
import type { EventHandler } from "../../../events.ts";
import { inWords, wording, type Wording } from "../../../wording.ts";
import type { TableTransfer } from "../column-transfer.ts";
import type { SourceColumn } from "../source-columns.ts";
import { inPasses, type Readers } from "../source-passes.ts";
import type { SourceQuery } from "../source-query.ts";
import { columnChecks, type CheckContext, type ColumnCheck } from "./column-checks.ts";
import { countRefusals, findRefused, refusalsOf, type SourceCheck } from "./check-statement.ts";
import type { Refusal } from "./refusal.ts";
import { rowName } from "./row-name.ts";
import { rowSizeRefusal } from "./row-size-check.ts";

/** Which values of a source are checked for which columns. */
export interface CheckRequest extends CheckContext {
  readonly query: SourceQuery;
  /** All of the source, whether loaded or not: a row may be known by any. */
  readonly source: readonly SourceColumn[];
  readonly columns: readonly TableTransfer[];
  /** `schema.table` that would be loaded, for messages. */
  readonly table: string;
  readonly onEvent: EventHandler | undefined;
}

/** Most refusals that are told one by one; looking for the row of each takes a pass of its own. */
const mostTold = 5;

/**
 * Looks, on the source itself, for every value that would not arrive as it is, before anything is uploaded. Aggregates, in
 * one pass that the sessions share; a source whose types rule all of it out is not read.
 * @throws LoadError naming row, column and value of what is refused, and how many rows are so
 */
export async function checkSource(snapshot: Readers, request: CheckRequest): Promise<void> {
  const columns = columnChecks(request.columns, request);
  const size = rowSizeRefusal(request.columns, columns, request.format);
  const check: SourceCheck = {
    encoding: request.facts.encoding,
    columns,
    rows: size === undefined ? [] : [size],
  };
  const refusals = refusalsOf(check);
  if (refusals.length === 0) return;
  const task = `Checking ${request.query.name}`;
  request.onEvent?.({ type: "progress", task });
  const counted = await inPasses<Counts>(snapshot, request.query, (from) => countRefusals(check, from));
  const counts = refusals.map((_, i) => counted.reduce((sum, row) => sum + Number(row[`n${i}`]), 0));
  request.onEvent?.({ type: "progress", task, done: true });
  const found = refusals.flatMap((refusal, i) => {
    const count = counts[i] ?? 0;
    const column = columns.find((one) => one.refusals.includes(refusal))?.column;
    return count === 0 ? [] : [{ refusal, column, count }];
  });
  if (found.length > 0) throw await refused(snapshot, request, check, found);
}

type Counts = Readonly<Record<string, string | number>>;

interface Found {
  readonly refusal: Refusal;
  /** Undefined where the whole row is refused. */
  readonly column: ColumnCheck["column"] | undefined;
  readonly count: number;
}

async function refused(
  { sessions: [session] }: Readers,
  { query, table, facts, source }: CheckRequest,
  check: SourceCheck,
  found: readonly Found[],
): Promise<LoadError> {
  const name = rowName(facts, source);
  const sentences: Wording[] = [];
  const failures: LoadFailure[] = [];
  for (const { refusal, column, count } of found.slice(0, mostTold)) {
    const statement = findRefused(check, query.from, refusal, column, name);
    const { rows } = await session.query<RefusedRow>(statement);
    const [row] = rows;
    const reason = typeof refusal.reason === "function" ? refusal.reason(row?.detail ?? "") : refusal.reason;
    const key = name.labels.map((label, i) => `${label}=${shortened(row?.key[i] ?? "NULL")}`).join(", ");
    const value = row?.value ?? null;
    sentences.push(
      column === undefined
        ? wording`Row ${key} ${reason}${alike(count)}.`
        : wording`Row ${key}, column ${column.name} (${typeName(column.target.type)}): ${value === null ? "the value" : JSON.stringify(shortened(value))} ${reason}${alike(count)}.`,
    );
    failures.push({
      table,
      ...(column === undefined ? {} : { column: column.name }),
      ...(value === null ? {} : { value: shortened(value) }),
      reason: inWords(reason),
    });
  }
  const more = found.length - sentences.length;
  if (more > 0) sentences.push(`Values of ${more} more kinds are refused as well.`);
  const told = sentences.flatMap((sentence) => [sentence, " "]);
  return new LoadError(wording`${told}Nothing was loaded into ${table}.`, failures);
}

interface RefusedRow {
  readonly key: readonly (string | null)[];
  readonly value: string | null;
  readonly detail: string | null;
}

function alike(count: number): string {
  return count === 1 ? "" : `; ${count.toLocaleString("en")} rows are so`;
}

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}
