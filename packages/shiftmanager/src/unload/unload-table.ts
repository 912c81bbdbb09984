import { getTable } from "../catalog/tables.ts";
import { OptionsError, StorageError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import { authorizationClause, type AwsAuthorization } from "../s3/credentials.ts";
import { readUnloadManifest, type UnloadedFile } from "../s3/manifest.ts";
import { checkBucket, s3Uri } from "../s3/uri.ts";
import type { ObjectInfo, ObjectStore, Session } from "../session.ts";
import { Batch } from "../sql/batch.ts";
import { executeBatch } from "../sql/execute.ts";
import type { Fragment } from "../sql/fragment.ts";
import { checkExpression } from "../sql/check-text.ts";
import { identifier, list, literal, qualifiedName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";

/** `json` and `csv` are Redshift's own formats; `text` is delimited by `|` with ESCAPE, and NULL as `\N`. */
export type UnloadFormat = "json" | "csv" | "text";

/** What becomes of objects that are there already. */
export type UnloadExisting = "overwrite" | "refuse" | "replace";

export interface UnloadTableOptions {
  readonly schema?: string;
  /** Columns in this order; all when absent. */
  readonly columns?: readonly string[];
  /** A condition in SQL, without the word WHERE. */
  readonly where?: string;
  /** Short for `format: "json"` (true, the default) or `"text"` (false), as in the original. */
  readonly toJson?: boolean;
  /** Wins over `toJson`. */
  readonly format?: UnloadFormat;
  /**
   * Options of UNLOAD in SQL, in place of `MANIFEST VERBOSE GZIP` and of what `existing` writes. Without a MANIFEST among them the rows
   * of each file are not known.
   */
  readonly options?: string;
  /**
   * `overwrite` (default, as in the original) replaces objects of the same name and leaves others, which it names; `refuse`
   * stops when the prefix is not empty; `replace` deletes what is under the prefix first.
   */
  readonly existing?: UnloadExisting;
  readonly authorization?: AwsAuthorization;
  readonly signal?: AbortSignal;
}

export interface UnloadReport {
  /** `s3://…` of the manifest; undefined when the options ask for none or nothing was written. */
  readonly manifest: string | undefined;
  readonly files: readonly UnloadedFile[];
  readonly rows: number;
  readonly bytes: number;
  /** Objects under the prefix that this unload did not write: a later COPY of the prefix would load them too. */
  readonly stale: readonly string[];
}

export interface UnloadTarget {
  readonly bucket: string;
  /** What every file name begins with; a folder ends in `/`. */
  readonly keypath: string;
  readonly table: { readonly schema: string; readonly name: string };
}

export interface UnloadContext {
  readonly store: ObjectStore;
  readonly authorization: AwsAuthorization;
  /** Region of the bucket where it is known; UNLOAD needs it when it is not the cluster's. */
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/** Reads the table or view of an unload. @throws NotFoundError that names the nearest */
export async function readUnloadTable(
  session: Session,
  relation: string,
  schema: string | undefined,
): Promise<UnloadTarget["table"]> {
  return getTable(session, relation, { schema });
}

/**
 * Builds the UNLOAD.
 * @throws OptionsError for a `where` or `options` that is not one balanced piece of SQL
 * @see AWS Database Developer Guide, UNLOAD (r_UNLOAD)
 */
export function unloadTable(
  target: UnloadTarget,
  options: UnloadTableOptions,
  { authorization, region }: Pick<UnloadContext, "authorization" | "region">,
): Batch {
  const {
    columns,
    where,
    format = options.toJson === false ? "text" : "json",
    existing = "overwrite",
  } = options;
  checkBucket(target.bucket);
  if (columns?.length === 0)
    throw new OptionsError("columns is empty; name at least one, or leave it out for all.");
  const select = join(
    [
      sql`SELECT ${columns === undefined ? sql`*` : list(columns.map(identifier))}`,
      sql`FROM ${qualifiedName(target.table)}`,
      where === undefined ? nothing : sql`WHERE ${checkExpression(where, "where")}`,
    ],
    " ",
  );
  const key = target.keypath.replace(/^\/+/, "");
  const unload = join(
    [
      sql`UNLOAD (${literal(select.toSQL())})`,
      sql`TO ${literal(s3Uri({ bucket: target.bucket, key }))}`,
      authorizationClause(authorization),
      formatClause(format),
      ...(options.options === undefined
        ? [sql`MANIFEST VERBOSE`, sql`GZIP`, existingClause(existing)]
        : [checkExpression(options.options, "options")]),
      region === undefined ? nothing : sql`REGION ${literal(region)}`,
    ],
    "\n",
  );
  const prefix = s3Uri({ bucket: target.bucket, key });
  return Batch.transaction([
    {
      sql: unload,
      summary: `Writes the rows of ${tableText(target)} to ${prefix}`,
      ...(existing === "replace" && options.options === undefined
        ? { destroys: `every object whose name begins with ${prefix}` }
        : {}),
    },
  ]);
}

/** Runs the UNLOAD and reads back what it wrote. Unloaded files stay, whatever becomes of the transaction. */
export async function unloadTableToS3(
  target: UnloadTarget,
  options: UnloadTableOptions,
  context: UnloadContext,
): Promise<UnloadReport> {
  const batch = unloadTable(target, options, context);
  const key = target.keypath.replace(/^\/+/, "");
  if (options.existing === "refuse") await refuseExisting(target.bucket, key, context.store);
  const rows = await context.withSession(async (session) => {
    await executeBatch(session, batch, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onEvent: context.onEvent,
    });
    const { rows: counts } = await session.query<{ readonly n: string | number }>(
      "SELECT pg_last_unload_count() AS n",
    );
    return Number(counts[0]?.n ?? 0);
  });
  const wantsManifest = options.options === undefined || /\bmanifest\b/i.test(options.options);
  const done = await report({ bucket: target.bucket, key, wantsManifest }, rows, context.store);
  if (done.stale.length > 0) {
    context.onEvent?.({
      type: "warning",
      message: `Beside the files of this unload there are older ones, which a COPY of the prefix would load too: ${done.stale.join(", ")}; delete them or load by the manifest.`,
    });
  }
  return done;
}

async function report(
  {
    bucket,
    key,
    wantsManifest,
  }: { readonly bucket: string; readonly key: string; readonly wantsManifest: boolean },
  rows: number,
  store: ObjectStore,
): Promise<UnloadReport> {
  const found: ObjectInfo[] = [];
  for await (const object of store.list(bucket, key)) found.push(object);
  const manifestKey = `${key}manifest`;
  // A manifest that this unload did not ask for is an older one's.
  const manifest = wantsManifest ? await readManifest(bucket, manifestKey, found, store) : undefined;
  const files =
    manifest ?? found.map((object) => ({ url: s3Uri(object), rows: undefined, bytes: object.bytes }));
  const written = new Set([s3Uri({ bucket, key: manifestKey }), ...files.map(({ url }) => url)]);
  const sizes = new Map(found.map((object) => [s3Uri(object), object.bytes]));
  const sized = files.map((file) => ({ ...file, bytes: sizes.get(file.url) ?? file.bytes }));
  return {
    manifest: manifest === undefined ? undefined : s3Uri({ bucket, key: manifestKey }),
    files: sized,
    rows,
    bytes: sized.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    stale: [...sizes.keys()].filter((url) => !written.has(url)),
  };
}

async function readManifest(
  bucket: string,
  key: string,
  found: readonly ObjectInfo[],
  store: ObjectStore,
): Promise<readonly UnloadedFile[] | undefined> {
  if (!found.some((object) => object.key === key)) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.get({ bucket, key })) chunks.push(chunk);
  return readUnloadManifest(Buffer.concat(chunks).toString("utf8"));
}

async function refuseExisting(bucket: string, key: string, store: ObjectStore): Promise<void> {
  for await (const object of store.list(bucket, key)) {
    throw new StorageError(
      `There is ${s3Uri(object)} already, and an unload beside it could be read together with it; choose an empty prefix, or existing "overwrite" or "replace".`,
    );
  }
}

function formatClause(format: UnloadFormat): Fragment {
  switch (format) {
    case "json":
      return sql`FORMAT AS JSON`;
    case "csv":
      return sql`FORMAT AS CSV`;
    case "text":
      // NULL and the empty string would both come out empty without NULL AS.
      return sql`DELIMITER '|' ESCAPE NULL AS ${literal("\\N")}`;
  }
}

function existingClause(existing: UnloadExisting): Fragment {
  switch (existing) {
    case "overwrite":
      return sql`ALLOWOVERWRITE`;
    case "replace":
      return sql`CLEANPATH`;
    case "refuse":
      return nothing;
  }
}

function tableText({ table: { schema, name } }: UnloadTarget): string {
  return `${schema}.${name}`;
}
