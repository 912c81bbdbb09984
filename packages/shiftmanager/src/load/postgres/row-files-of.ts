import type { LoadedFiles } from "../copy-failure.ts";
import { RecordFields } from "../record-fields.ts";
import { csvFields } from "./csv-fields.ts";
import { totals } from "./export-rows.ts";
import type { LoadPlan, TableToRedshiftContext } from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";
import type { RowFile } from "./run-files.ts";

/** The files of a load as its failure is explained from them: where each row of the source went. */
export function rowFilesOf(
  plan: LoadPlan,
  match: ColumnMatch,
  files: readonly RowFile[],
  { store }: Pick<TableToRedshiftContext, "store">,
): LoadedFiles {
  const { bytes } = totals(files);
  const names = match.columns.map(({ name }) => name);
  const fileOf = (name: string) => {
    const file = files[plan.keys.fileOf(name) ?? -1];
    return file === undefined || file.brokenLines ? undefined : file;
  };
  return {
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
