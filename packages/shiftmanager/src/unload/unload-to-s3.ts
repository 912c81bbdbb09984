import { readColumns } from "../catalog/columns.ts";
import { getTable } from "../catalog/tables.ts";
import { ShiftmanagerError, StorageError } from "../errors.ts";
import { s3Uri } from "../s3/uri.ts";
import type { ObjectInfo, ObjectStore, Session } from "../session.ts";
import { executeBatch } from "../sql/execute.ts";
import { sqlOptions } from "./sql-options.ts";
import type { UnloadContext, UnloadReport, UnloadTableOptions, UnloadTarget } from "./unload-options.ts";
import { unloadReport } from "./unload-report.ts";
import { keyPrefix, unloadTable } from "./unload-table.ts";
import { option, wording } from "../wording.ts";

/** How many names a warning or error lists. */
const mostNames = 10;

/** Reads the table or view of an unload. @throws NotFoundError that names the nearest */
export async function readUnloadTable(
  session: Session,
  relation: string,
  schema: string | undefined,
): Promise<UnloadTarget["table"]> {
  const table = await getTable(session, relation, { schema });
  const columns = await readColumns(session, table.id);
  return { schema: table.schema, name: table.name, columns };
}

/**
 * Runs the UNLOAD and reads back what it wrote. Unloaded files stay, whatever becomes of the transaction: the error of an
 * unload that failed names those that it left.
 */
export async function unloadTableToS3(
  target: UnloadTarget,
  options: UnloadTableOptions,
  context: UnloadContext,
): Promise<UnloadReport> {
  const batch = unloadTable(target, options, context);
  const { store, onEvent } = context;
  const { signal } = options;
  const place = { bucket: target.bucket, key: keyPrefix(target) };
  const before = await objectsBelow(store, place);
  if (options.existing === "refuse") refuseExisting(before);
  let rows: number;
  try {
    rows = await context.withSession(async (session) => {
      await executeBatch(session, batch, { ...(signal === undefined ? {} : { signal }), onEvent });
      return readCount(session);
    }, signal);
  } catch (error) {
    await nameLeftovers(error, store, place, before);
    throw error;
  }
  const report = await unloadReport(store, {
    ...place,
    rows,
    before,
    wantsManifest: options.options === undefined || sqlOptions(options.options).words.has("MANIFEST"),
  });
  if (report.stale.length > 0) {
    onEvent?.({
      type: "warning",
      message: `Beside the files of this unload there are older ones, which a COPY of the prefix would load too: ${names(report.stale)}; delete them or load by the manifest.`,
    });
  }
  return report;
}

/** The count is the session's own, and outlives the transaction. @see AWS Database Developer Guide, PG_LAST_UNLOAD_COUNT */
async function readCount(session: Session): Promise<number> {
  const { rows } = await session.query<{ readonly n: string | number }>("SELECT pg_last_unload_count() AS n");
  return Number(rows[0]?.n ?? 0);
}

function refuseExisting(before: readonly ObjectInfo[]): void {
  const [first] = before;
  if (first === undefined) return;
  throw new StorageError(
    wording`There is ${s3Uri(first)} already, and an unload beside it could be read together with it; choose an empty prefix, or say ${option("existing", "overwrite")} or ${option("existing", "replace")}.`,
  );
}

/** Adds to the error what the unload wrote before it failed. */
async function nameLeftovers(
  error: unknown,
  store: ObjectStore,
  place: { readonly bucket: string; readonly key: string },
  before: readonly ObjectInfo[],
): Promise<void> {
  if (!(error instanceof ShiftmanagerError)) return;
  const known = new Set(before.map(({ key, version }) => `${version} ${key}`));
  let left: readonly string[];
  try {
    const after = await objectsBelow(store, place);
    left = after.filter(({ key, version }) => !known.has(`${version} ${key}`)).map(s3Uri);
  } catch (cause) {
    if (!(cause instanceof StorageError)) throw cause;
    error.message += ` Whether it left files under ${s3Uri(place)} could not be seen (${cause.message.replace(/[.\s]+$/, "")}).`;
    return;
  }
  if (left.length > 0) {
    error.message += ` It left files, which are not the whole table: ${names(left)}; delete them.`;
  }
}

async function objectsBelow(
  store: ObjectStore,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<readonly ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const object of store.list(bucket, key)) found.push(object);
  return found;
}

function names(urls: readonly string[]): string {
  const more = urls.length > mostNames ? ` and ${urls.length - mostNames} more` : "";
  return urls.slice(0, mostNames).join(", ") + more;
}
