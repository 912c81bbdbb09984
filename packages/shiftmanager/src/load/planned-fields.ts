import type { Column } from "../catalog/columns.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { pathSteps, RecordFields, type FieldPath } from "./record-fields.ts";

/** What a load fills of a row, and from where. */
export interface PlannedFields {
  readonly columns: readonly Column[];
  readonly fields: RecordFields;
  /** The columns whose paths lead into an array. */
  readonly indexed: ReadonlySet<string>;
}

/** Puts a plan and its table together; the plan must have seen its first document where it generates paths. */
export function plannedFields(plan: ColumnPlan, tableColumns: readonly Column[]): PlannedFields {
  const paths = plan.jsonpaths?.jsonpaths;
  const columns = filledColumns(plan, tableColumns, paths?.length);
  const places = columns.flatMap(({ name }, i): readonly FieldPath[] => {
    const steps = paths === undefined ? [name] : pathSteps(paths[i] ?? "");
    return steps === undefined ? [] : [{ column: name, steps }];
  });
  return {
    columns,
    indexed: new Set(places.flatMap(({ column, steps }) => (steps.some(Number.isInteger) ? [column] : []))),
    fields: new RecordFields(places, { ignoreCase: plan.option === "auto ignorecase" }),
  };
}

/** Without a list COPY fills every column but an identity, which it numbers itself. */
function filledColumns(
  plan: ColumnPlan,
  tableColumns: readonly Column[],
  paths: number | undefined,
): readonly Column[] {
  if (plan.columns !== undefined) {
    return plan.columns.flatMap((name) => tableColumns.filter((column) => column.name === name));
  }
  const withoutIdentity = tableColumns.filter(({ identity }) => identity === null);
  return paths === tableColumns.length ? tableColumns : withoutIdentity;
}
