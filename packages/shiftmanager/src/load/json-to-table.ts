import { randomUUID } from "node:crypto";
import { readColumns } from "../catalog/columns.ts";
import { getTable } from "../catalog/tables.ts";
import { LoadError, OptionsError } from "../errors.ts";
import type { EventHandler } from "../events.ts";
import type { AwsAuthorization } from "../s3/credentials.ts";
import { copyManifest } from "../s3/manifest.ts";
import { checkBucket, joinKey } from "../s3/uri.ts";
import type { ObjectLocation, ObjectStore, Session } from "../session.ts";
import type { Batch } from "../sql/batch.ts";
import { executeBatch } from "../sql/execute.ts";
import { copyJson, type JsonMapping } from "./copy-json-batch.ts";
import { explainCopyFailure } from "./copy-failure.ts";
import { genJsonpaths, topLevelPath, type Jsonpaths } from "./gen-jsonpaths.ts";
import { jsonRows, type JsonRow, type JsonSource } from "./json-rows.ts";
import { uploadSlices, type UploadedSlices } from "./slice-uploads.ts";

/** How keys find their columns: a jsonpaths document, matching by name, or (null) paths generated from the keys. */
export type JsonpathsOption = Jsonpaths | "auto" | "auto ignorecase" | null;

export interface CopyJsonToTableOptions {
  /** Number of files, from 1; a multiple of the cluster's slices loads fastest. Default 32; never an empty file. */
  readonly slices?: number;
  /** Columns in the order of the jsonpaths. Default with generated jsonpaths: the keys. */
  readonly columns?: readonly string[];
  readonly schema?: string;
  /** Deletes the uploaded objects afterwards, whether the load worked or not. Default true. */
  readonly cleanUpS3?: boolean;
  /** For this load only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
  readonly authorization?: AwsAuthorization;
  readonly signal?: AbortSignal;
}

/** What a load did. */
export interface LoadReport {
  readonly rows: number;
  /** Uploaded, compressed. */
  readonly bytes: number;
  readonly files: number;
  /** Prefix of the run's objects. */
  readonly keyPrefix: string;
}

/** What the load needs of the object it is called on. */
export interface LoadContext {
  readonly store: ObjectStore;
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  readonly onEvent: EventHandler | undefined;
}

/** Where a load's rows go, as the catalog has it. */
export interface LoadTarget {
  readonly bucket: string;
  readonly keypath: string;
  readonly jsonpaths: JsonpathsOption;
  readonly table: { readonly schema: string; readonly name: string };
  /** In the table's order. */
  readonly tableColumns: readonly string[];
}

/**
 * Reads the table of a load.
 * @throws NotFoundError that names the nearest; OptionsError for a view
 */
export async function readLoadTarget(
  session: Session,
  relation: string,
  schema: string | undefined,
): Promise<Pick<LoadTarget, "table" | "tableColumns">> {
  const table = await getTable(session, relation, { schema });
  if (table.kind === "view") {
    throw new OptionsError(`${table.schema}.${table.name} is a view; rows are loaded into a table.`);
  }
  const columns = await readColumns(session, table.id);
  return { table, tableColumns: columns.map(({ name }) => name) };
}

/** Stands for the run's id where it is not yet known. */
const runIdMark = "<run id>";

/**
 * Builds what a load would run, with the run's id left open; uploads nothing. Generated paths need the keys, so the first
 * document is read.
 */
export async function previewJsonLoad(
  target: LoadTarget,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: Pick<LoadContext, "authorization" | "region">,
): Promise<Batch> {
  checkBucket(target.bucket);
  const run = new RunKeys(target, runIdMark);
  const plan = new ColumnPlan(target, options.columns);
  for await (const row of jsonRows(data)) {
    plan.check(row);
    break;
  }
  return copyJson({
    ...context,
    table: target.table,
    columns: plan.columns,
    manifest: run.manifest,
    mapping: plan.mapping(run),
    rows: undefined,
  });
}

/**
 * Uploads the documents as gzipped slices, then loads them with one COPY and proves their number.
 * Either every row is in the table or none, and nothing of the run stays in S3 unless asked for.
 */
export async function copyJsonToTable(
  target: LoadTarget,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: LoadContext,
): Promise<LoadReport> {
  const { slices = 32, cleanUpS3 = true, signal } = options;
  if (!Number.isInteger(slices) || slices < 1 || slices > 10_000) {
    throw new OptionsError(`slices must be a whole number from 1 to 10000, not ${slices}.`);
  }
  checkBucket(target.bucket);
  const run = new RunKeys(target, randomUUID());
  try {
    const plan = new ColumnPlan(target, options.columns);
    const files = new FileStarts();
    const progress = new UploadProgress(context.onEvent);
    const uploaded = await uploadSlices(planned(jsonRows(data), plan, files), context.store, {
      bucket: target.bucket,
      keyOf: (slice) => run.slice(slice).key,
      slices,
      onRow: (bytes) => progress.row(bytes),
      ...(signal === undefined ? {} : { signal }),
    });
    if (uploaded.rows > 0) await load(target, run, plan, files, uploaded, { ...options, slices }, context);
    return {
      rows: uploaded.rows,
      bytes: uploaded.bytes,
      files: uploaded.files.length,
      keyPrefix: run.prefix,
    };
  } finally {
    if (cleanUpS3) await run.deleteAll(context.store);
  }
}

async function load(
  target: LoadTarget,
  run: RunKeys,
  plan: ColumnPlan,
  starts: FileStarts,
  uploaded: UploadedSlices,
  options: CopyJsonToTableOptions & { readonly slices: number },
  context: LoadContext,
): Promise<void> {
  const { store } = context;
  if (plan.jsonpaths !== undefined) {
    await store.put(run.jsonpaths, JSON.stringify(plan.jsonpaths), { contentType: "application/json" });
  }
  await store.put(run.manifest, copyManifest(uploaded.files), { contentType: "application/json" });
  context.onEvent?.({
    type: "progress",
    task: `Uploaded to s3://${target.bucket}/${run.prefix}/`,
    rows: uploaded.rows,
    bytes: uploaded.bytes,
    files: uploaded.files.length,
    done: true,
  });
  const batch = copyJson({
    table: target.table,
    columns: plan.columns,
    manifest: run.manifest,
    mapping: plan.mapping(run),
    authorization: context.authorization,
    region: context.region,
    rows: uploaded.rows,
  });
  const table = `${target.table.schema}.${target.table.name}`;
  await context.withSession(async (session) => {
    try {
      await executeBatch(session, batch, {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onEvent: context.onEvent,
      });
    } catch (error) {
      throw await explainCopyFailure(session, error, table, (file, line) => {
        const slice = run.sliceOf(file);
        return slice === undefined ? undefined : starts.locate((line - 1) * options.slices + slice + 1);
      });
    }
  });
}

/** Keys of one run: `PREFIX/shiftmanager-ID/`, with the data under a prefix of its own, as COPY's own files must not share it. */
class RunKeys {
  readonly prefix: string;
  readonly jsonpaths: ObjectLocation;
  readonly manifest: ObjectLocation;
  readonly #bucket: string;

  constructor({ bucket, keypath }: Pick<LoadTarget, "bucket" | "keypath">, id: string) {
    this.#bucket = bucket;
    this.prefix = joinKey(keypath, `shiftmanager-${id}`);
    this.jsonpaths = { bucket, key: `${this.prefix}/jsonpaths.json` };
    this.manifest = { bucket, key: `${this.prefix}/manifest.json` };
  }

  slice(n: number): ObjectLocation {
    return { bucket: this.#bucket, key: `${this.prefix}/data/${String(n).padStart(5, "0")}.json.gz` };
  }

  /** Number of the slice that a file name in STL_LOAD_ERRORS means. */
  sliceOf(file: string): number | undefined {
    const match = /\/data\/(\d{5})\.json\.gz$/.exec(file);
    return match === null ? undefined : Number(match[1]);
  }

  async deleteAll(store: ObjectStore): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of store.list(this.#bucket, `${this.prefix}/`)) keys.push(key);
    if (keys.length > 0) await store.delete(this.#bucket, keys);
  }
}

/** Which columns a load fills, decided at the first document and checked at every other. */
class ColumnPlan {
  readonly #target: LoadTarget;
  readonly #tableColumns: ReadonlySet<string>;
  #columns: readonly string[] | undefined;
  #jsonpaths: Jsonpaths | undefined;
  /** Keys of the first document, when the paths are generated from them. */
  #keys: ReadonlySet<string> | undefined;

  constructor(target: LoadTarget, columns: readonly string[] | undefined) {
    this.#target = target;
    this.#tableColumns = new Set(target.tableColumns);
    this.#columns = columns;
    for (const column of columns ?? []) this.#requireColumn(column, "The option columns");
    if (typeof target.jsonpaths === "object" && target.jsonpaths !== null) this.#jsonpaths = target.jsonpaths;
    this.#requireSameLength();
  }

  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  get jsonpaths(): Jsonpaths | undefined {
    return this.#jsonpaths;
  }

  mapping(run: RunKeys): JsonMapping {
    const { jsonpaths } = this.#target;
    return typeof jsonpaths === "string" ? { auto: jsonpaths } : { jsonpaths: run.jsonpaths };
  }

  check(row: JsonRow): void {
    if (this.#target.jsonpaths !== null) return;
    if (this.#keys === undefined) this.#decide(row);
    else {
      const unknown = row.keys.find((key) => this.#keys?.has(key) === false);
      if (unknown !== undefined) {
        throw new LoadError(
          `${capital(row.where)} has the key ${JSON.stringify(unknown)}, which the first document lacks, so it would not be loaded. Nothing was loaded; add the key to the first document (null will do) or pass jsonpaths.`,
          [{ line: row.number, column: unknown, reason: "a key that the first document lacks" }],
        );
      }
    }
  }

  #decide(row: JsonRow): void {
    this.#keys = new Set(row.keys);
    if (this.#columns !== undefined) {
      // The caller names the columns, so the paths are those of the original: every value, alphabetical.
      this.#jsonpaths = genJsonpaths(row.text);
      this.#requireSameLength();
      return;
    }
    const keys = [...row.keys].sort();
    for (const key of keys) this.#requireColumn(key, `${capital(row.where)}: the key`);
    this.#columns = keys.map(foldName);
    this.#jsonpaths = { jsonpaths: keys.map(topLevelPath) };
  }

  #requireColumn(name: string, what: string): void {
    if (this.#tableColumns.has(name) || this.#tableColumns.has(foldName(name))) return;
    const { schema, name: table } = this.#target.table;
    throw new LoadError(
      `${what} ${JSON.stringify(name)} is no column of ${schema}.${table} (${[...this.#tableColumns].join(", ")}). Nothing was loaded; add the column, or pass jsonpaths and columns.`,
      [{ column: name, reason: "no such column" }],
    );
  }

  #requireSameLength(): void {
    if (this.#columns === undefined || this.#jsonpaths === undefined) return;
    const paths = this.#jsonpaths.jsonpaths.length;
    if (paths !== this.#columns.length) {
      throw new OptionsError(
        `There are ${paths} jsonpaths (${this.#jsonpaths.jsonpaths.join(", ")}) for ${this.#columns.length} columns; each column needs one, in the same order.`,
      );
    }
  }
}

/** Redshift folds ASCII letters of names to lower case, quoted or not. @see facts.md 1.10 */
function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function capital(text: string): string {
  return text.startsWith("row ") ? `Row ${text.slice(4)}` : text;
}

async function* planned(
  rows: AsyncIterable<JsonRow>,
  plan: ColumnPlan,
  starts: FileStarts,
): AsyncGenerator<JsonRow> {
  for await (const row of rows) {
    plan.check(row);
    starts.note(row);
    yield row;
  }
}

/** Remembers where each source file began, so that a row number can be told as file and row. */
class FileStarts {
  readonly #starts: { readonly file: string; readonly first: number }[] = [];

  note({ file, number }: JsonRow): void {
    if (file !== undefined && this.#starts.at(-1)?.file !== file) this.#starts.push({ file, first: number });
  }

  locate(row: number): { readonly row: number; readonly file?: string } {
    const start = this.#starts.findLast(({ first }) => first <= row);
    return start === undefined ? { row } : { row: row - start.first + 1, file: start.file };
  }
}

/** Tells of an upload at most every 100 ms. */
class UploadProgress {
  readonly #onEvent: EventHandler | undefined;
  #rows = 0;
  #bytes = 0;
  #told = 0;

  constructor(onEvent: EventHandler | undefined) {
    this.#onEvent = onEvent;
  }

  row(bytes: number): void {
    this.#rows += 1;
    this.#bytes += bytes;
    if (this.#rows % 256 !== 1) return;
    const now = Date.now();
    if (now - this.#told < 100) return;
    this.#told = now;
    this.#onEvent?.({ type: "progress", task: "Uploading", rows: this.#rows, bytes: this.#bytes });
  }
}
