import { randomUUID } from "node:crypto";
import { readColumns, type Column } from "../../catalog/columns.ts";
import { findTable } from "../../catalog/tables.ts";
import { OptionsError } from "../../errors.ts";
import type { AwsAuthorization } from "../../s3/credentials.ts";
import { copyManifest } from "../../s3/manifest.ts";
import { checkBucket } from "../../s3/uri.ts";
import type { Session, SourceSession } from "../../session.ts";
import type { Batch, Facts } from "../../sql/batch.ts";
import { checkStatement } from "../../sql/check-text.ts";
import { executeBatch } from "../../sql/execute.ts";
import type { Fragment } from "../../sql/fragment.ts";
import { explainCopyFailure, type FailedLoad } from "../copy-failure.ts";
import { rowsMark } from "../copy-proof.ts";
import { readLoadTable, type LoadTable } from "../load-table.ts";
import { RecordFields } from "../record-fields.ts";
import { runIdMark } from "../run-keys.ts";
import { TransferRun } from "./transfer-run.ts";
import { copyFiles, type CopyFilesRequest, type ManifestToLoad } from "./copy-files-batch.ts";
import { csvFields } from "./csv-fields.ts";
import { copyOutCsv, copyOutJson, type SourceFormat } from "./copy-out-statement.ts";
import { matchColumns, type ColumnMatch } from "./match-columns.ts";
import { readSource } from "./read-source.ts";
import { FileKeys } from "./file-keys.ts";
import type { RowFile } from "./row-files.ts";
import { sourceQuery, type SourceQuery, type SourceRows } from "./source-query.ts";
import {
  checkLineBytes,
  newNullMarker,
  totals,
  uploadSource,
  type TransferContext,
  type TransferOptions,
} from "./table-to-s3.ts";
import { option, wording } from "../../wording.ts";

export type CopyTableToRedshiftOptions = SourceRows &
  TransferOptions & {
    /** Deletes the uploaded objects afterwards, whether the load worked or not. Default true. */
    readonly cleanupS3?: boolean;
    /** Default `csv`, which loses nothing; `json` writes one object a line. */
    readonly format?: SourceFormat;
    readonly schema?: string;
    /** The columns to load; the table's others get their defaults. Default: all, and both sides must have the same. */
    readonly columns?: readonly string[];
    /** A DELETE that runs first, in the transaction of the load; also when there are no rows to load. */
    readonly deleteStatement?: string;
    /** Most files in one COPY; default all. Every COPY runs in the one transaction. */
    readonly manifestMaxKeys?: number;
    /**
     * Commits after each COPY, so that a load that fails has kept the ones before it. Default false; refused with
     * `deleteStatement`, whose rows would be gone before all new ones are there.
     */
    readonly commitEachManifest?: boolean;
    /** For this load only; default what `setAwsRole`, `setAwsCredentials` or the configuration say. */
    readonly authorization?: AwsAuthorization;
  };

/** What a load did. */
export interface CopyTableToRedshiftReport {
  readonly rows: number;
  /** Uploaded, compressed. */
  readonly bytes: number;
  readonly files: number;
  /** Prefix of the run's objects. */
  readonly keyPrefix: string;
  readonly keys: readonly string[];
}

/** What a load needs of the object it is called on. */
export interface TableToRedshiftContext extends TransferContext {
  readonly authorization: AwsAuthorization;
  /** The same as it is now: keys of the SDK may have lapsed during the upload. */
  renewAuthorization(): Promise<AwsAuthorization>;
  readonly region: string | undefined;
  withSession<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Stands for what is known only at run time. */
const nullMarkerMark = "<null marker>";

/**
 * Builds what a load would run, after checking the columns of both sides; uploads nothing.
 * @throws OptionsError as `copyTableToRedshift`
 */
export async function previewTableToRedshift(
  table: string,
  bucket: string,
  keyPrefix: string,
  options: CopyTableToRedshiftOptions,
  context: TableToRedshiftContext,
): Promise<Batch> {
  const load = new Load(table, bucket, keyPrefix, options, context, runIdMark, nullMarkerMark);
  const { target, match } = await load.checkBothSides();
  return load.batch(target, match, [rowsMark]);
}

/**
 * Reads a table or query of PostgreSQL, uploads its rows, then deletes, copies and proves in one transaction.
 * Either every row is in the table or it is as it was, and nothing of the run stays in S3 unless asked for.
 * @throws OptionsError for columns that differ and for options that can never work, before anything is read
 * @throws LoadError naming row and column of a value that Redshift would refuse or change
 */
export async function copyTableToRedshift(
  table: string,
  bucket: string,
  keyPrefix: string,
  options: CopyTableToRedshiftOptions,
  context: TableToRedshiftContext,
): Promise<CopyTableToRedshiftReport> {
  const load = new Load(table, bucket, keyPrefix, options, context, randomUUID(), newNullMarker());
  return load.run();
}

class Load {
  readonly #table: string;
  readonly #options: CopyTableToRedshiftOptions;
  readonly #context: TableToRedshiftContext;
  readonly #query: SourceQuery;
  readonly #format: SourceFormat;
  readonly #delete: Fragment | undefined;
  readonly #run: TransferRun;
  readonly #nullMarker: string;

  constructor(
    table: string,
    bucket: string,
    keyPrefix: string,
    options: CopyTableToRedshiftOptions,
    context: TableToRedshiftContext,
    runId: string,
    nullMarker: string,
  ) {
    checkBucket(bucket);
    checkLineBytes(options);
    this.#query = sourceQuery(options);
    this.#delete = deleteFragment(options);
    this.#table = table;
    this.#options = options;
    this.#context = context;
    this.#format = options.format ?? "csv";
    this.#run = new TransferRun(new FileKeys(bucket, keyPrefix, runId, this.#format), context);
    this.#nullMarker = nullMarker;
  }

  async checkBothSides(): Promise<{ readonly target: LoadTable; readonly match: ColumnMatch }> {
    const target = await this.#readTarget();
    const match = await this.#context.withSource(
      (session) => readSource(session, this.#query, (source) => Promise.resolve(this.#match(source, target))),
      this.#options.signal,
    );
    return { target, match };
  }

  async run(): Promise<CopyTableToRedshiftReport> {
    const { cleanupS3 = true } = this.#options;
    const target = await this.#readTarget();
    try {
      const report = await this.#transfer(target);
      if (cleanupS3) await this.#run.cleanUp();
      return report;
    } catch (error) {
      if (cleanupS3) await this.#run.cleanUp(error);
      throw error;
    }
  }

  async #transfer(target: LoadTable): Promise<CopyTableToRedshiftReport> {
    const { files, match } = await this.#context.withSource(
      (session) => this.#upload(session, target),
      this.#options.signal,
    );
    await this.#load(target, match, files);
    const { rows, bytes, keys } = totals(files);
    return { rows, bytes, files: files.length, keyPrefix: this.#run.keys.prefix, keys };
  }

  batch(
    target: LoadTable,
    match: ColumnMatch,
    rowsOfManifests: readonly (number | typeof rowsMark)[],
    facts?: Facts,
    authorization = this.#context.authorization,
  ): Batch {
    const { manifestMaxKeys, commitEachManifest = false } = this.#options;
    const manifests = rowsOfManifests.map((rows, n): ManifestToLoad => ({
      location: this.#run.keys.manifest(n, rowsOfManifests.length),
      rows,
    }));
    const preview = rowsOfManifests.includes(rowsMark);
    const request: CopyFilesRequest = {
      table: target,
      columns: match.columns.map(({ name }) => name),
      format: this.#format,
      nullMarker: this.#nullMarker,
      explicitIds: match.explicitIds,
      keepEncodings: target.columns.some(({ encoding }) => encoding !== "none"),
      manifests,
      authorization,
      region: this.#context.region,
      deleteStatement: this.#delete,
      commitEachManifest,
      notes:
        preview && manifestMaxKeys !== undefined
          ? [
              `There is one such COPY for each ${manifestMaxKeys} files${commitEachManifest ? ", committed by itself" : ", all in one transaction"}.`,
            ]
          : [],
      ...(facts === undefined ? {} : { facts }),
    };
    return copyFiles(request);
  }

  async #upload(
    session: SourceSession,
    target: LoadTable,
  ): Promise<{ readonly files: readonly RowFile[]; readonly match: ColumnMatch }> {
    return readSource(session, this.#query, async (source) => {
      const match = this.#match(source, target);
      const { columns } = match;
      const copy =
        this.#format === "csv"
          ? copyOutCsv(this.#query, columns, this.#nullMarker)
          : copyOutJson(this.#query, columns);
      const rules = {
        format: this.#format,
        nullMarker: this.#nullMarker,
        columns,
        table: `${target.schema}.${target.name}`,
      };
      const files = await uploadSource(session, copy, rules, this.#run, this.#options);
      return { files, match };
    });
  }

  async #load(target: LoadTable, match: ColumnMatch, files: readonly RowFile[]): Promise<void> {
    const { onEvent } = this.#context;
    const { signal, manifestMaxKeys = Math.max(files.length, 1), cannedAcl } = this.#options;
    const groups: (readonly RowFile[])[] = [];
    for (let from = 0; from < files.length; from += manifestMaxKeys) {
      groups.push(files.slice(from, from + manifestMaxKeys));
    }
    for (const [n, group] of groups.entries()) {
      const manifest = copyManifest(group.map(({ location }) => location));
      await this.#run.objects.put(this.#run.keys.manifest(n, groups.length), manifest, {
        contentType: "application/json",
        ...(cannedAcl === undefined ? {} : { cannedAcl }),
        ...(signal === undefined ? {} : { signal }),
      });
    }
    const batch = this.batch(
      target,
      match,
      groups.map((group) => totals(group).rows),
      this.#facts(target),
      await this.#context.renewAuthorization(),
    );
    if (batch.statements.length === 0) return;
    await this.#context.withSession(async (session) => {
      try {
        await executeBatch(session, batch, { ...(signal === undefined ? {} : { signal }), onEvent });
        this.#run.committed = true;
      } catch (error) {
        throw await explainCopyFailure(session, error, this.#failedLoad(batch, target, match, files));
      }
    }, signal);
  }

  #failedLoad(batch: Batch, target: LoadTable, match: ColumnMatch, files: readonly RowFile[]): FailedLoad {
    const { rows, bytes } = totals(files);
    const names = match.columns.map(({ name }) => name);
    const fileOf = (name: string) => {
      const file = files[this.#run.keys.fileOf(name) ?? -1];
      return file === undefined || file.brokenLines ? undefined : file;
    };
    return {
      batch,
      table: target,
      rows,
      bytes,
      store: this.#context.store,
      source: "postgres",
      locate: (name, line) => {
        const file = fileOf(name);
        return file === undefined ? undefined : { row: file.firstRow + line - 1 };
      },
      objectOf: (name) => fileOf(name)?.location,
      valueOf: (record, column) => {
        if (this.#format === "csv")
          return csvFields(record, this.#nullMarker)[names.indexOf(column)] ?? undefined;
        const field = new RecordFields([{ column, steps: [column] }]).read(record).get(column);
        return field?.kind === "null" ? undefined : field?.text;
      },
    };
  }

  #match(source: Parameters<typeof matchColumns>[0], target: LoadTable): ColumnMatch {
    const table = `${target.schema}.${target.name}`;
    return matchColumns(source, target.columns, table, this.#query.name, this.#options.columns);
  }

  #readTarget(): Promise<LoadTable> {
    const { schema, signal } = this.#options;
    return this.#context.withSession((session) => readLoadTable(session, this.#table, schema), signal);
  }

  /** Between the check of the columns and the load lies the whole upload. */
  #facts({ schema, name, columns }: LoadTable): Facts {
    const shape = (list: readonly Column[]) =>
      list.map((column) => `${column.name} ${column.type}${column.notNull ? " NOT NULL" : ""}`);
    return {
      differences: async (session) => {
        const table = await findTable(session, { schema, name });
        if (table === null) return [`${schema}.${name} is gone`];
        const now = shape(await readColumns(session, table.id));
        const before = shape(columns);
        return [
          ...before.filter((column) => !now.includes(column)).map((column) => `${column} is gone or changed`),
          ...now.filter((column) => !before.includes(column)).map((column) => `${column} is new`),
        ];
      },
    };
  }
}

function deleteFragment(options: CopyTableToRedshiftOptions): Fragment | undefined {
  const { deleteStatement, manifestMaxKeys, commitEachManifest = false } = options;
  if (manifestMaxKeys !== undefined && (!Number.isInteger(manifestMaxKeys) || manifestMaxKeys < 1)) {
    throw new OptionsError(
      wording`${option("manifestMaxKeys")} must be a whole number from 1, not ${manifestMaxKeys}.`,
    );
  }
  if (deleteStatement === undefined) return undefined;
  if (commitEachManifest) {
    throw new OptionsError(
      wording`${option("deleteStatement")} and ${option("commitEachManifest")} exclude each other: the delete would be kept although later files fail to load. Leave one out.`,
    );
  }
  if (/^\s*TRUNCATE\b/i.test(deleteStatement)) {
    throw new OptionsError(
      wording`${option("deleteStatement")} is a TRUNCATE, which commits at once, so a load that fails would leave the table empty; write DELETE FROM table.`,
    );
  }
  return checkStatement(deleteStatement, option("deleteStatement"), ["DELETE"]);
}
