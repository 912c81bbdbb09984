import type { Batch } from "../../sql/batch.ts";
import type { FailedLoad } from "../copy-failure.ts";
import { RecordFields } from "../record-fields.ts";
import { csvFields } from "./csv-fields.ts";
import { totals } from "./export-rows.ts";
import type { LoadPlan, TableToRedshiftContext } from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";
import type { RowFile } from "./run-files.ts";

/** What explains the failure of a COPY: the files and where each row of the source went. */
export function failedLoad(
  plan: LoadPlan,
  match: ColumnMatch,
  files: readonly RowFile[],
  batch: Batch,
  { store }: Pick<TableToRedshiftContext, "store">,
): FailedLoad {
  const { rows, bytes } = totals(files);
  const names = match.columns.map(({ name }) => name);
  const fileOf = (name: string) => {
    const file = files[plan.keys.fileOf(name) ?? -1];
    return file === undefined || file.brokenLines ? undefined : file;
  };
  return {
    batch,
    table: plan.target,
    rows,
    bytes,
    store,
    source: "postgres",
    locate: (name, line) => {
      const file = fileOf(name);
      if (file === undefined) return undefined;
      return { row: totals(files.slice(0, files.indexOf(file))).rows + line };
    },
    objectOf: (name) => fileOf(name)?.location,
    valueOf: (record, column) => {
      if (plan.format === "csv")
        return csvFields(record, plan.nullMarker)[names.indexOf(column)] ?? undefined;
      const field = new RecordFields([{ column, steps: [column] }]).read(record).get(column);
      return field?.kind === "null" ? undefined : field?.text;
    },
  };
}
