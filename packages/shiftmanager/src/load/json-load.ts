import { randomUUID } from "node:crypto";
import { copyManifest } from "../s3/manifest.ts";
import { closeUnread, closingUnread } from "./each-item.ts";
import type { LoadedFiles } from "./copy-failure.ts";
import { dealDocuments } from "./deal-documents.ts";
import { dealRows, type DealtRows, type RowTaker } from "./deal-rows.ts";
import { FileStarts } from "./file-starts.ts";
import { JsonDocuments } from "./json-documents.ts";
import type { JsonSource } from "./json-source.ts";
import { jsonKeys, jsonSteps, type JsonTarget } from "./json-steps.ts";
import type { PastLoad } from "./ledger/ledger.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadReport, LoadRequest } from "./load-options.ts";
import { LocalSlices } from "./local-slices.ts";
import { planMerge } from "./merge/merge-options.ts";
import type { Phases } from "./phases.ts";
import { plannedFields } from "./planned-fields.ts";
import { runLoad } from "./run-load.ts";
import type { RunKeys } from "./run-keys.ts";
import { LoadRun } from "./runs/load-run.ts";
import type { SliceFiles } from "./slices-under-way.ts";
import { UploadProgress } from "./upload-progress.ts";

/** One load from its first document to its COMMIT. */
export class JsonLoad {
  readonly #target: JsonTarget;
  readonly #options: CopyJsonToTableOptions;
  readonly #context: LoadContext;
  readonly #phases: Phases;
  readonly #keys: RunKeys;
  readonly #run: LoadRun;
  readonly #local: LocalSlices | undefined;
  readonly #starts = new FileStarts();

  constructor(
    request: LoadRequest,
    target: JsonTarget,
    options: CopyJsonToTableOptions,
    context: LoadContext,
    phases: Phases,
  ) {
    this.#target = target;
    this.#options = options;
    this.#context = context;
    this.#phases = phases;
    this.#keys = jsonKeys(request, randomUUID());
    const keep = options.cleanUpS3 === false ? "always" : "never";
    this.#run = new LoadRun(this.#keys, { keep, runId: options.runId }, context);
    this.#local = options.localPath === undefined ? undefined : new LocalSlices(options.localPath);
  }

  async run(data: JsonSource): Promise<Omit<LoadReport, "phases">> {
    const { past } = this.#target;
    if (past !== undefined) {
      await closeUnread(data);
      return this.#alreadyLoaded(past);
    }
    try {
      return await this.#run.during(() => this.#load(data).finally(() => this.#phases.begin("clean-up")));
    } finally {
      if (this.#options.cleanUpLocal !== false) await this.#local?.remove();
    }
  }

  async #load(data: JsonSource): Promise<Omit<LoadReport, "phases">> {
    const { slices = 32, signal } = this.#options;
    await closingUnread(data, () => this.#local?.prepare());
    this.#phases.begin("upload");
    const size = data instanceof JsonDocuments ? data.size : undefined;
    const progress = new UploadProgress(this.#context.onEvent, this.#run.place, size);
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
    const past = await this.#copy(uploaded);
    if (past !== undefined) return this.#alreadyLoaded(past);
    this.#run.committed = true;
    return {
      rows: uploaded.rows,
      bytes: uploaded.bytes,
      files: uploaded.files,
      keyPrefix: this.#keys.prefix,
      ...(this.#local === undefined ? {} : { localFiles: this.#local.paths }),
    };
  }

  #alreadyLoaded(past: PastLoad): Omit<LoadReport, "phases"> {
    return { rows: 0, bytes: 0, files: 0, keyPrefix: this.#keys.prefix, alreadyLoaded: past };
  }

  #deal(data: JsonSource, taker: RowTaker, progress: UploadProgress, stopped: AbortSignal): Promise<void> {
    const { plan, table } = this.#target;
    return dealDocuments(data, taker, stopped, {
      plan,
      onRows: (count, file, number) => {
        // The first document may have decided the columns.
        if (number === 1) planMerge(this.#options, table, plan.columns);
        this.#starts.note({ file, number });
        if (count === 1) progress.row();
        else progress.rows(count);
      },
    });
  }

  #files({ part: onPart }: UploadProgress): SliceFiles {
    return {
      partBytes: this.#run.objects.partBytes,
      write: (slice, bytes, options) =>
        this.#run.objects.put(this.#keys.file(slice), this.#local?.copying(slice, bytes) ?? bytes, {
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
    const { jsonpaths } = this.#target.plan;
    if (jsonpaths !== undefined) {
      await this.#run.objects.put(
        this.#keys.jsonpaths,
        JSON.stringify({ jsonpaths: jsonpaths.jsonpaths }),
        options,
      );
    }
    await this.#run.objects.put(
      this.#keys.manifest(),
      copyManifest(Array.from({ length: files }, (_, n) => this.#keys.file(n))),
      options,
    );
  }

  async #copy(uploaded: DealtRows): Promise<PastLoad | undefined> {
    const steps = jsonSteps({
      target: this.#target,
      keys: this.#keys,
      options: this.#options,
      authorization: await this.#context.renewAuthorization(),
      region: this.#context.region,
      rows: uploaded.rows,
    });
    const { signal } = this.#options;
    return runLoad(steps, this.#context, this.#filesOf(uploaded), { signal, phases: this.#phases });
  }

  #filesOf({ bytes, places }: DealtRows): LoadedFiles {
    const { table, plan } = this.#target;
    const sliceOf = (file: string) => this.#keys.fileOf(file);
    return {
      bytes,
      store: this.#context.store,
      source: "documents",
      locate: (file, line) => {
        const slice = sliceOf(file);
        return slice === undefined ? undefined : this.#starts.locate(places.rowAt(slice, line));
      },
      objectOf: (file) => {
        const slice = sliceOf(file);
        return slice === undefined ? undefined : this.#keys.file(slice);
      },
      valueOf: (record, column) => {
        const { fields } = plannedFields(plan, table.columns);
        const field = fields.read(record).get(column);
        return field === undefined || field.kind === "null" ? undefined : field.text;
      },
    };
  }
}
