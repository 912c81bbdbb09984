import { readSlices } from "../catalog/slices.ts";
import { readTableSize, type TableSize } from "../catalog/table-size.ts";
import { getTable } from "../catalog/tables.ts";
import { counted, countedStatements, reckoned, unknown } from "../estimate.ts";
import type { DryRun, EstimatedFigure } from "../estimate.ts";
import type { Session } from "../session.ts";
import { sql } from "../sql/sql.ts";
import type { UnloadContext, UnloadTableOptions, UnloadTarget } from "./unload-options.ts";
import { unloadQuery, unloadTable } from "./unload-table.ts";

/** Builds the UNLOAD and says what it would come to, by the catalog or a COUNT; nothing is written. */
export async function estimateUnload(
  target: UnloadTarget,
  options: UnloadTableOptions,
  context: UnloadContext,
): Promise<DryRun> {
  const batch = unloadTable(target, options, context);
  const read = async (session: Session) => {
    const { schema, name } = target.table;
    const { id } = await getTable(session, { schema, name });
    const size = await readTableSize(session, id);
    return { size, rows: await rowsOf(session, target, options, size), slices: await readSlices(session) };
  };
  const { size, rows, slices } = await context.withSession(read, options.signal);
  const storage =
    size === null
      ? ""
      : ` the table takes ${size.megabytes.toLocaleString("en")} MB of the cluster's storage, in encodings of its own;`;
  return {
    batch,
    estimate: {
      rows,
      files: unknown(
        `UNLOAD decides: usually each slice writes one or more, and ${slices === null ? "how many slices there are cannot be read" : `there ${slices === 1 ? "is 1 slice" : `are ${slices} slices`}`}`,
      ),
      bytes: unknown(
        `nothing was unloaded to measure;${storage} what the files come to shows only when they are written`,
      ),
      statements: countedStatements(batch),
      seconds: unknown("the cluster does the work, and nothing of it was run"),
    },
  };
}

/** The catalog knows the rows of a whole table; a condition or a view is counted. */
async function rowsOf(
  session: Session,
  target: UnloadTarget,
  { columns, where }: UnloadTableOptions,
  size: TableSize | null,
): Promise<EstimatedFigure> {
  if (size !== null && where === undefined)
    return reckoned(size.rows, "SVV_TABLE_INFO, with rows that are deleted and not vacuumed");
  const select = unloadQuery(target, {
    ...(columns === undefined ? {} : { columns }),
    ...(where === undefined ? {} : { where }),
  });
  const { rows } = await session.query<{ readonly n: string | number }>(
    sql`SELECT COUNT(*) AS n FROM (${select}) AS unloaded`.toSQL(),
  );
  return counted(Number(rows[0]?.n ?? 0), "a COUNT of them");
}
