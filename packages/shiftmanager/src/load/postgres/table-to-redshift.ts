import { randomUUID } from "node:crypto";
import type { Batch } from "../../sql/batch.ts";
import { rowsMark } from "../copy-proof.ts";
import { Phases, type PhaseSeconds } from "../phases.ts";
import { runIdMark } from "../run-keys.ts";
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
}

/** Stands for what is known only at run time. */
const nullMarkerMark = "<null marker>";

/**
 * Builds what a load would run, after checking the columns of both sides; uploads nothing.
 * @throws OptionsError as `copyTableToRedshift`
 */
export async function previewTableToRedshift(
  request: LoadRequest,
  context: TableToRedshiftContext,
): Promise<Batch> {
  const plan = await planLoad(request, context, { runId: runIdMark, nullMarker: nullMarkerMark });
  const match = await withSnapshot(
    context,
    plan.query,
    (snapshot) => Promise.resolve(matchTarget(plan, snapshot)),
    { ...request.options, sessions: 1 },
  );
  const { authorization, region } = context;
  return loadBatch({ plan, match, rowsOfManifests: [rowsMark], authorization, region });
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
  const { cleanupS3 = true } = request.options;
  const phases = new Phases(context.onEvent);
  phases.begin("plan");
  const plan = await planLoad(request, context, { runId: randomUUID(), nullMarker: newNullMarker() });
  const run = new TransferRun(plan.keys, context);
  try {
    phases.begin("upload");
    const { match, files } = await exportSource(plan, run, context);
    await loadFiles(plan, match, files, run, context, phases);
    phases.begin("clean-up");
    if (cleanupS3) await run.cleanUp();
    phases.end();
    return {
      ...totals(files),
      files: files.length,
      phases: phases.seconds,
      keyPrefix: run.keys.prefix,
    };
  } catch (error) {
    phases.begin("clean-up");
    if (cleanupS3) await run.cleanUp(error);
    phases.end();
    throw error;
  }
}

/** Refuses values before anything is uploaded. */
function checkValues(
  plan: LoadPlan,
  { sessions: [session], columns: source, facts }: Snapshot,
  { columns }: ColumnMatch,
  { onEvent }: TableToRedshiftContext,
): Promise<void> {
  const { query, format, options } = plan;
  const table = targetName(plan);
  return checkSource(session, { query, source, columns, facts, format, table, rules: options, onEvent });
}

/** What happens within the one snapshot of the source. */
function exportSource(
  plan: LoadPlan,
  run: TransferRun,
  context: TableToRedshiftContext,
): Promise<{ readonly match: ColumnMatch; readonly files: readonly RowFile[] }> {
  const { query, format, nullMarker, slices, options } = plan;
  return withSnapshot(
    context,
    query,
    async (snapshot) => {
      const match = matchTarget(plan, snapshot);
      const { columns } = match;
      if (options.check !== false) await checkValues(plan, snapshot, match, context);
      const copy = { query, format, nullMarker, columns, forTable: true };
      return { match, files: await exportRows(snapshot, copy, run, { ...options, slices }) };
    },
    options,
  );
}
