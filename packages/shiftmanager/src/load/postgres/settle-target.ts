import { createdTable, type TypedColumn } from "./types/created-table.ts";
import { measureColumns } from "./types/column-sizes.ts";
import { proposedType } from "./types/proposed-type.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Proposes the table that the load is to create, from the source's columns and the sizes of its values; a plan for a
 * table that is there comes back as it is.
 * @throws OptionsError for columns that no type of Redshift holds
 */
export async function settleTarget(plan: LoadPlan, snapshot: Snapshot): Promise<LoadPlan> {
  const { query, options, target } = plan;
  if (options.createTable !== true) return plan;
  const { facts } = snapshot;
  const chosen = options.columns === undefined ? undefined : new Set(options.columns.map(folded));
  const columns = snapshot.columns.filter(({ name }) => chosen?.has(folded(name)) ?? true);
  const sizes = await measureColumns(snapshot, query, columns, facts.encoding);
  const typed = columns.map((source, i): TypedColumn => ({
    source,
    type: proposedType(source, sizes[i] ?? { bytes: null, before: null, after: null }, options),
  }));
  const created = createdTable(target, typed, facts);
  return { ...plan, target: created.target, created };
}

/** Redshift folds ASCII letters of names. @see facts.md 1.10 */
function folded(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
