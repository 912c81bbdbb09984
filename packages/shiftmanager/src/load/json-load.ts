import { randomUUID } from "node:crypto";
import { copyManifest } from "../s3/manifest.ts";
import { executeBatch } from "../sql/execute.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { closeUnread } from "./each-item.ts";
import { explainCopyFailure } from "./copy-failure.ts";
import { copyJson } from "./copy-json-batch.ts";
import { dealRows, type DealtRows, type SliceFiles, type TakeRow } from "./deal-rows.ts";
import { FileStarts } from "./file-starts.ts";
import { jsonRow } from "./json-row.ts";
import { eachDocument, type JsonSource } from "./json-source.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadReport, LoadRequest } from "./load-options.ts";
import { LocalSlices } from "./local-slices.ts";
import type { LoadTable } from "./load-table.ts";
import { RunKeys } from "./run-keys.ts";
import { LoadRun } from "./runs/load-run.ts";
import { UploadProgress } from "./upload-progress.ts";

/** One load from its first document to its COMMIT. */
export class JsonLoad {
  readonly #table: LoadTable;
  readonly #plan: ColumnPlan;
  readonly #options: CopyJsonToTableOptions;
  readonly #context: LoadContext;
  readonly #keys: RunKeys;
  readonly #run: LoadRun;
  readonly #local: LocalSlices | undefined;
  readonly #starts = new FileStarts();

  constructor(
    request: LoadRequest,
    table: LoadTable,
    plan: ColumnPlan,
    options: CopyJsonToTableOptions,
    context: LoadContext,
  ) {
    this.#table = table;
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#keys = new RunKeys(request, randomUUID());
    this.#run = new LoadRun(this.#keys, { keep: options.cleanUpS3 === false ? "always" : "never" }, context);
    this.#local = options.localPath === undefined ? undefined : new LocalSlices(options.localPath);
  }

  async run(data: JsonSource): Promise<LoadReport> {
    try {
      return await this.#run.during(() => this.#load(data));
    } finally {
      if (this.#options.cleanUpLocal !== false) await this.#local?.remove();
    }
  }

  async #load(data: JsonSource): Promise<LoadReport> {
    const { slices = 32, signal } = this.#options;
    await this.#prepareLocal(data);
    const progress = new UploadProgress(this.#context.onEvent, this.#run.place);
    const uploaded = await dealRows(
      (take, stopped) => this.#deal(data, take, progress, stopped),
      this.#files(),
      { slices, onBytes: (bytes) => progress.bytes(bytes), signal },
    );
    if (uploaded.rows > 0) await this.#writeCompanions(uploaded);
    progress.done(uploaded.files);
    if (uploaded.rows > 0) await this.#copy(uploaded);
    return {
      rows: uploaded.rows,
      bytes: uploaded.bytes,
      files: uploaded.files,
      keyPrefix: this.#keys.prefix,
      ...(this.#local === undefined ? {} : { localFiles: this.#local.paths }),
    };
  }

  #deal(data: JsonSource, take: TakeRow, progress: UploadProgress, stopped: AbortSignal): Promise<void> {
    const { needs } = this.#plan;
    let number = 0;
    return eachDocument(data, stopped, (document) => {
      number += 1;
      const row = jsonRow(document, number, { needs });
      this.#plan.check(row);
      this.#starts.note(row);
      progress.row();
      return take(row.text);
    });
  }

  async #prepareLocal(data: JsonSource): Promise<void> {
    try {
      await this.#local?.prepare();
    } catch (error) {
      await closeUnread(data);
      throw error;
    }
  }

  #files(): SliceFiles {
    return {
      partBytes: this.#run.objects.partBytes,
      write: (slice, bytes, options) =>
        this.#run.objects.put(this.#keys.slice(slice), this.#local?.copying(slice, bytes) ?? bytes, {
          contentType: "application/gzip",
          ...options,
        }),
    };
  }

  /** Manifest and jsonpaths, which COPY reads beside the data. */
  async #writeCompanions({ files }: DealtRows): Promise<void> {
    const { signal } = this.#options;
    const options = { contentType: "application/json", ...(signal === undefined ? {} : { signal }) };
    const { jsonpaths } = this.#plan;
    if (jsonpaths !== undefined) {
      await this.#run.objects.put(
        this.#keys.jsonpaths,
        JSON.stringify({ jsonpaths: jsonpaths.jsonpaths }),
        options,
      );
    }
    await this.#run.objects.put(
      this.#keys.manifest,
      copyManifest(Array.from({ length: files }, (_, n) => this.#keys.slice(n))),
      options,
    );
  }

  async #copy({ rows, places }: DealtRows): Promise<void> {
    const { region, onEvent } = this.#context;
    const { signal } = this.#options;
    const batch = copyJson({
      table: this.#table,
      columns: this.#plan.columns,
      manifest: this.#keys.manifest,
      mapping: this.#plan.mapping(this.#keys),
      authorization: await this.#context.renewAuthorization(),
      region,
      rows,
    });
    await this.#context.withSession(async (session) => {
      try {
        await executeBatch(session, batch, { ...(signal === undefined ? {} : { signal }), onEvent });
        this.#run.committed = true;
      } catch (error) {
        throw await explainCopyFailure(session, error, { table: this.#table, rows }, (file, line) => {
          const slice = this.#keys.sliceOf(file);
          return slice === undefined ? undefined : this.#starts.locate(places.rowAt(slice, line));
        });
      }
    }, signal);
  }
}
