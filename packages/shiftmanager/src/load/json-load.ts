import { randomUUID } from "node:crypto";
import { ShiftmanagerError } from "../errors.ts";
import { copyManifest } from "../s3/manifest.ts";
import type { Batch } from "../sql/batch.ts";
import { executeBatch } from "../sql/execute.ts";
import type { ColumnPlan } from "./column-plan.ts";
import { closeUnread } from "./each-item.ts";
import { explainCopyFailure, type FailedLoad } from "./copy-failure.ts";
import { copyJson } from "./copy-json-batch.ts";
import { dealDocuments } from "./deal-documents.ts";
import { dealRows, type DealtRows, type RowTaker } from "./deal-rows.ts";
import { FileStarts } from "./file-starts.ts";
import { JsonDocuments } from "./json-documents.ts";
import type { JsonSource } from "./json-source.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadReport, LoadRequest } from "./load-options.ts";
import { LocalSlices } from "./local-slices.ts";
import type { LoadTable } from "./load-table.ts";
import type { Phases } from "./phases.ts";
import { plannedFields } from "./planned-fields.ts";
import { RunKeys } from "./run-keys.ts";
import { RunObjects } from "./run-objects.ts";
import type { SliceFiles } from "./slices-under-way.ts";
import { UploadProgress } from "./upload-progress.ts";

/** One load from its first document to the removal of its objects. */
export class JsonLoad {
  readonly #table: LoadTable;
  readonly #plan: ColumnPlan;
  readonly #options: CopyJsonToTableOptions;
  readonly #context: LoadContext;
  readonly #phases: Phases;
  readonly #run: RunKeys;
  readonly #objects: RunObjects;
  readonly #local: LocalSlices | undefined;
  readonly #place: string;
  readonly #starts = new FileStarts();
  /** Set once COMMIT has been answered. */
  #committed = false;

  constructor(
    request: LoadRequest,
    table: LoadTable,
    plan: ColumnPlan,
    options: CopyJsonToTableOptions,
    context: LoadContext,
    phases: Phases,
  ) {
    this.#table = table;
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#phases = phases;
    this.#run = new RunKeys(request, randomUUID());
    this.#objects = new RunObjects(context.store, request.bucket);
    this.#local = options.localPath === undefined ? undefined : new LocalSlices(options.localPath);
    this.#place = `s3://${request.bucket}/${this.#run.prefix}/`;
  }

  async run(data: JsonSource): Promise<Omit<LoadReport, "phases">> {
    const { slices = 32, signal } = this.#options;
    await this.#prepareLocal(data);
    this.#phases.begin("upload");
    const size = data instanceof JsonDocuments ? data.size : undefined;
    const progress = new UploadProgress(this.#context.onEvent, this.#place, size);
    const uploaded = await dealRows(
      (taker, stopped) => this.#deal(data, taker, progress, stopped),
      this.#files(progress),
      {
        slices,
        onText: (bytes) => progress.read(bytes),
        onBytes: (bytes) => progress.bytes(bytes),
        signal,
      },
    );
    if (uploaded.rows > 0) await this.#writeCompanions(uploaded);
    progress.done(uploaded.files);
    if (uploaded.rows > 0) await this.#copy(uploaded);
    return {
      rows: uploaded.rows,
      bytes: uploaded.bytes,
      files: uploaded.files,
      keyPrefix: this.#run.prefix,
      ...(this.#local === undefined ? {} : { localFiles: this.#local.paths }),
    };
  }

  /**
   * Takes the run's objects away, unless they are to be kept. What cannot be taken away is told beside what failed first,
   * never in its place; and it is no failure of a load that has committed: whoever ran that again would have every row twice.
   */
  async cleanUp(failed?: unknown): Promise<void> {
    this.#phases.begin("clean-up");
    if (this.#options.cleanUpLocal !== false) await this.#local?.remove();
    if (this.#options.cleanUpS3 === false) return;
    try {
      await this.#objects.deleteAll();
    } catch (error) {
      if (!(error instanceof ShiftmanagerError)) throw error;
      const left = `What was uploaded could not be deleted and may be left under ${this.#place} (${withoutStop(error.message)}).`;
      if (failed instanceof ShiftmanagerError) failed.message = `${failed.message} ${left}`;
      else {
        const done = this.#committed ? "Every row was loaded, but: " : "";
        this.#context.onEvent?.({ type: "warning", message: `${done}${left}` });
      }
    }
  }

  #deal(data: JsonSource, taker: RowTaker, progress: UploadProgress, stopped: AbortSignal): Promise<void> {
    return dealDocuments(data, taker, stopped, {
      plan: this.#plan,
      onRows: (count, file, number) => {
        this.#starts.note({ file, number });
        if (count === 1) progress.row();
        else progress.rows(count);
      },
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

  #files({ part: onPart }: UploadProgress): SliceFiles {
    return {
      partBytes: this.#objects.partBytes,
      write: (slice, bytes, options) =>
        this.#objects.put(this.#run.slice(slice), this.#local?.copying(slice, bytes) ?? bytes, {
          contentType: "application/gzip",
          onPart,
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
      await this.#objects.put(
        this.#run.jsonpaths,
        JSON.stringify({ jsonpaths: jsonpaths.jsonpaths }),
        options,
      );
    }
    await this.#objects.put(
      this.#run.manifest,
      copyManifest(Array.from({ length: files }, (_, n) => this.#run.slice(n))),
      options,
    );
  }

  async #copy(uploaded: DealtRows): Promise<void> {
    const { rows } = uploaded;
    const { region } = this.#context;
    const { signal } = this.#options;
    const batch = copyJson({
      table: this.#table,
      columns: this.#plan.columns,
      manifest: this.#run.manifest,
      mapping: this.#plan.mapping(this.#run),
      authorization: await this.#context.renewAuthorization(),
      region,
      conversions: this.#options,
      rows,
    });
    await this.#context.withSession(async (session) => {
      try {
        const onEvent = this.#phases.ofBatch(batch);
        await executeBatch(session, batch, { ...(signal === undefined ? {} : { signal }), onEvent });
        this.#committed = true;
      } catch (error) {
        this.#phases.begin("explain");
        throw await explainCopyFailure(session, error, this.#failedLoad(batch, uploaded));
      }
    }, signal);
  }

  #failedLoad(batch: Batch, { rows, bytes, places }: DealtRows): FailedLoad {
    const sliceOf = (file: string) => this.#run.sliceOf(file);
    return {
      batch,
      table: this.#table,
      rows,
      bytes,
      store: this.#context.store,
      source: "documents",
      locate: (file, line) => {
        const slice = sliceOf(file);
        return slice === undefined ? undefined : this.#starts.locate(places.rowAt(slice, line));
      },
      objectOf: (file) => {
        const slice = sliceOf(file);
        return slice === undefined ? undefined : this.#run.slice(slice);
      },
      valueOf: (record, column) => {
        const { fields } = plannedFields(this.#plan, this.#table.columns);
        const field = fields.read(record).get(column);
        return field === undefined || field.kind === "null" ? undefined : field.text;
      },
    };
  }
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}
