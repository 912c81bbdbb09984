import { randomUUID } from "node:crypto";
import type { Batch } from "../../sql/batch.ts";
import { rowsMark } from "../copy-proof.ts";
import { Phases, type PhaseSeconds } from "../phases.ts";
import { runIdMark } from "../runs/run-place.ts";
import type { PastLoad } from "../ledger/ledger.ts";
import { checkSource } from "./check/check-source.ts";
import { exportRows, totals } from "./export-rows.ts";
import { loadBatch } from "./load-batch.ts";
import { loadFiles } from "./load-files.ts";
import {
  matchTarget,
  planLoad,
  targetName,
  type LoadPlan,
  type LoadRequest,
  type TableToRedshiftContext,
} from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";
import type { RowFile } from "./run-files.ts";
import { settleTarget } from "./settle-target.ts";
import { readingSource } from "./source-failure.ts";
import { withSnapshot, type Snapshot } from "./snapshot.ts";
import { newNullMarker } from "./transfer-options.ts";
import { TransferRun } from "./transfer-run.ts";

/** What a load did. */
export interface CopyTableToRedshiftReport {
  readonly rows: number;
  /** Uploaded, compressed. */
  readonly bytes: number;
  readonly files: number;
  /** Seconds of each phase. */
  readonly phases: PhaseSeconds;
  /** Prefix of the run's objects. */
  readonly keyPrefix: string;
  readonly keys: readonly string[];
  /** Set when the run id was loaded before: then nothing was done, and all counts are 0. */
  readonly alreadyLoaded?: PastLoad;
}

/** Stands for what is known only at run time. */
export const nullMarkerMark = "<null marker>";

/**
 * Builds what a load would run, after checking the columns of both sides; uploads nothing.
 * @throws OptionsError as `copyTableToRedshift`
 */
export async function previewTableToRedshift(
  request: LoadRequest,
  context: TableToRedshiftContext,
): Promise<Batch> {
  const asked = await planLoad(request, context, { runId: runIdMark, nullMarker: nullMarkerMark });
  const { plan, match } = await withSnapshot(
    context,
    asked.query,
    async (snapshot) => {
      const plan = await settleTarget(asked, snapshot);
      return { plan, match: matchTarget(plan, snapshot) };
    },
    { ...request.options, sessions: 1 },
  );
  const { authorization, region } = context;
  return loadBatch({ plan, match, rowsOfManifests: [rowsMark], authorization, region }).review;
}

/**
 * Loads a table or query of PostgreSQL: plan, snapshot, check, export, load. Either every row is in the table or it is as
 * it was, and nothing of the run stays in S3 unless asked for.
 * @throws OptionsError for columns that differ and for options that can never work, before anything is read
 * @throws LoadError naming row and column of a value that Redshift would refuse or change
 */
export async function copyTableToRedshift(
  request: LoadRequest,
  context: TableToRedshiftContext,
): Promise<CopyTableToRedshiftReport> {
  const { cleanupS3 = true, cannedAcl } = request.options;
  const phases = new Phases(context.onEvent);
  phases.begin("plan");
  const asked = await planLoad(request, context, { runId: randomUUID(), nullMarker: newNullMarker() });
  const keyPrefix = asked.keys.prefix;
  const nothing = { rows: 0, bytes: 0, files: 0, keys: [], keyPrefix };
  const keep = cleanupS3 ? "never" : "always";
  const run = new TransferRun(asked.keys, { keep, cannedAcl, runId: request.options.runId }, context);
  const load = async () => {
    const { plan, match, files } = await readingSource(() => exportSource(asked, run, context, phases));
    const meanwhile = await loadFiles(plan, match, files, run, context, phases);
    if (meanwhile !== undefined) return { ...nothing, alreadyLoaded: meanwhile };
    return { ...totals(files), files: files.length, keyPrefix };
  };
  try {
    const report =
      asked.past === undefined
        ? await run.during(() => load().finally(() => phases.begin("clean-up")))
        : { ...nothing, alreadyLoaded: asked.past };
    phases.end();
    return { ...report, phases: phases.seconds };
  } finally {
    phases.end();
  }
}

/** Refuses values before anything is uploaded. */
function checkValues(
  plan: LoadPlan,
  snapshot: Snapshot,
  { columns }: ColumnMatch,
  { onEvent }: TableToRedshiftContext,
): Promise<void> {
  const { query, format, options } = plan;
  const table = targetName(plan);
  const { columns: source, facts } = snapshot;
  return checkSource(snapshot, { query, source, columns, facts, format, table, rules: options, onEvent });
}

/** What happens within the one snapshot of the source. */
function exportSource(
  asked: LoadPlan,
  run: TransferRun,
  context: TableToRedshiftContext,
  phases: Phases,
): Promise<{ readonly plan: LoadPlan; readonly match: ColumnMatch; readonly files: readonly RowFile[] }> {
  const { query, format, nullMarker, slices, options } = asked;
  return withSnapshot(
    context,
    query,
    async (snapshot) => {
      const plan = await settleTarget(asked, snapshot);
      const match = matchTarget(plan, snapshot);
      const { columns } = match;
      if (options.check !== false) {
        phases.begin("check");
        await checkValues(plan, snapshot, match, context);
      }
      phases.begin("upload");
      const copy = { query, format, nullMarker, columns, forTable: true };
      return { plan, match, files: await exportRows(snapshot, copy, run, { ...options, slices }) };
    },
    options,
  );
}
