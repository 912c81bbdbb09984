import type { RelationInput } from "../catalog/relation-name.ts";
import { readCollations } from "../catalog/collations.ts";
import { readDefinitionFacts, type DefinitionFacts, type TableFacts } from "../catalog/table-facts.ts";
import type { ViewFacts } from "../catalog/view-facts.ts";
import type { FindOptions } from "../catalog/tables.ts";
import { OptionsError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type { Session } from "../session.ts";
import type { Batch } from "../sql/batch.ts";
import { analyzeEncodings } from "./analyzed-encodings.ts";
import { deepCopy } from "./deep-copy.ts";
import { readDeepCopyPlanFacts } from "./deep-copy-facts.ts";
import type { DeepCopyOptions } from "./deep-copy-options.ts";
import type { TableOverrides } from "./design-overrides.ts";
import { mergeOverrides } from "./design-overrides.ts";
import type { StagingAccess } from "./staging.ts";
import { newTable, overridesOf, Table } from "./table.ts";
import { tableDefinition, type TableDefinitionOptions } from "./table-definition.ts";

/** What `redshift.catalog` holds of a table or view; null where it may not be used or has it not. */
type Cached = TableFacts | ViewFacts | null;

/** Reads a table and lays overrides over it; a table that was reflected before is not read again. */
export async function reflectedTable(
  session: Session,
  table: RelationInput | Table,
  options: TableOverrides & FindOptions,
  cached: Cached,
): Promise<Table> {
  const overrides = overridesOf(options);
  if (table instanceof Table) return sameSchema(table, options).with(overrides);
  return newTable(await definitionFacts(session, table, options, cached), overrides);
}

/** What a definition or a copy may have to do before it is written. */
interface BuildOptions {
  readonly onEvent?: EventHandler | undefined;
}

/** Reads what a definition is written from, and writes it. */
export async function buildDefinition(
  session: Session,
  table: RelationInput | Table,
  options: TableDefinitionOptions & FindOptions,
  { onEvent, cached }: BuildOptions & { readonly cached: Cached },
): Promise<Batch> {
  const reflected =
    table instanceof Table
      ? sameSchema(table, options)
      : newTable(await definitionFacts(session, table, options, cached));
  const whole = tableDefinition(reflected, options);
  if (options.analyzeCompression !== true) return whole;
  return tableDefinition(reflected, options, await analyze(session, reflected, onEvent));
}

async function definitionFacts(
  session: Session,
  table: RelationInput,
  options: FindOptions,
  cached: Cached,
): Promise<DefinitionFacts> {
  if (cached === null || "view" in cached) return readDefinitionFacts(session, table, options);
  return { ...cached, collations: await readCollations(session, cached.table, cached.columns) };
}

/** Reads what a deep copy is built from, afresh, and builds it. */
export async function buildDeepCopy(
  session: Session,
  table: RelationInput | Table,
  options: DeepCopyOptions & FindOptions,
  { onEvent, staging }: BuildOptions & { readonly staging?: StagingAccess | undefined },
): Promise<Batch> {
  const reflected = table instanceof Table ? sameSchema(table, options) : undefined;
  const all =
    reflected === undefined ? options : { ...options, ...mergeOverrides(reflected.overrides, options) };
  const facts = await readDeepCopyPlanFacts(
    session,
    reflected === undefined ? table : { schema: reflected.schema, name: reflected.name },
    options,
  );
  const batch = deepCopy(facts, all, { staging });
  if (options.analyzeCompression !== true) return batch;
  // What cannot be copied was refused above, before this locks the table.
  const analyzed = await analyze(session, newTable(facts, overridesOf(all)), onEvent);
  return deepCopy(facts, all, { staging, analyzed });
}

async function analyze(session: Session, table: Table, onEvent: EventHandler | undefined) {
  onEvent?.({
    type: "warning",
    message: `ANALYZE COMPRESSION locks ${table.schema}.${table.name} exclusively while it looks at its rows.`,
  });
  return analyzeEncodings(session, table);
}

function sameSchema(table: Table, { schema }: FindOptions): Table {
  if (schema === undefined || schema === table.schema) return table;
  throw new OptionsError(
    `The schema is "${schema}" in the options but "${table.schema}" in the table; leave it out.`,
  );
}
