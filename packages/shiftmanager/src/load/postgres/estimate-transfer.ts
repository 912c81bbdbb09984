import { counted, countedStatements, reckoned, unknown } from "../../estimate.ts";
import type { DryRun, EstimatedFigure, TransferEstimate } from "../../estimate.ts";
import { rowsMark } from "../copy-proof.ts";
import { estimateOfPast } from "../estimate-past.ts";
import { runIdMark } from "../runs/run-place.ts";
import { dealtFiles } from "./deal-to-files.ts";
import { planRanges } from "./export-rows.ts";
import { loadBatch } from "./load-batch.ts";
import {
  matchTarget,
  planLoad,
  type LoadPlan,
  type LoadRequest,
  type TableToRedshiftContext,
} from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";
import { settleTarget } from "./settle-target.ts";
import { withSnapshot, type Snapshot } from "./snapshot.ts";
import { readingSource } from "./source-failure.ts";
import { nullMarkerMark, previewTableToRedshift } from "./table-to-redshift.ts";
import { timeSample, type TimedSample } from "./timed-sample.ts";
import { newNullMarker } from "./transfer-options.ts";

/** What the source was measured to hold. */
interface MeasuredSource {
  readonly sample: TimedSample;
  /** Judged by a few pages of the table; undefined of what has none. */
  readonly paged: PagedSize | undefined;
}

interface PagedSize {
  readonly rows: number;
  /** Before compression. */
  readonly textBytes: number;
  readonly ranges: number;
  readonly sampledPages: number;
  readonly pages: number;
}

/** Builds what a load would run and says what it would come to, by a sample of the source; uploads nothing. */
export async function estimateTableToRedshift(
  request: LoadRequest,
  context: TableToRedshiftContext,
): Promise<DryRun> {
  const asked = await planLoad(request, context, { runId: runIdMark, nullMarker: nullMarkerMark });
  if (asked.past !== undefined) {
    const batch = await previewTableToRedshift(request, context);
    return { batch, estimate: estimateOfPast(asked.past) };
  }
  const { plan, match, measured } = await readingSource(() =>
    withSnapshot(
      context,
      asked.query,
      async (snapshot) => {
        const plan = await settleTarget(asked, snapshot);
        const match = matchTarget(plan, snapshot);
        return { plan, match, measured: await measureSource(plan, match, snapshot) };
      },
      request.options,
    ),
  );
  const { authorization, region } = context;
  const batchOf = (manifests: number) => {
    const rowsOfManifests = Array.from({ length: manifests }, () => rowsMark as typeof rowsMark);
    return loadBatch({ plan, match, rowsOfManifests, authorization, region }).review;
  };
  const figures = figuresOf(plan, measured);
  return { batch: batchOf(1), estimate: { ...figures, statements: statementsOf(plan, figures, batchOf) } };
}

async function measureSource(
  { query, format, compression, slices, options }: LoadPlan,
  { columns }: ColumnMatch,
  snapshot: Snapshot,
): Promise<MeasuredSource> {
  const copy = { query, format, nullMarker: newNullMarker(), columns, forTable: true };
  const { extent } = snapshot;
  const pages = Math.max(...(extent?.pages ?? [0]));
  const paged =
    extent === undefined || pages === 0
      ? undefined
      : await planRanges(snapshot, copy, extent, { ...options, slices, compression });
  const sample = await timeSample(snapshot, copy, compression);
  return {
    sample,
    paged: paged && {
      rows: paged.rows,
      textBytes: paged.textBytes,
      ranges: paged.ranges.length,
      sampledPages: paged.samples,
      pages,
    },
  };
}

function figuresOf(plan: LoadPlan, { sample, paged }: MeasuredSource): Omit<TransferEstimate, "statements"> {
  const { rows, bytes, seconds, sessions, complete } = sample;
  const read = `${rows.toLocaleString("en")} rows`;
  const checked = plan.options.check === false ? "" : "the check of the values before, ";
  const work = `by ${read} that were read by ${sessions === 1 ? "1 session" : `${sessions} sessions`} and compressed here in ${seconds.toFixed(2)} s; ${checked}the upload, COPY and COMMIT are not in it and not known beforehand`;
  if (complete) {
    return {
      rows: counted(rows, "all rows were read"),
      files: filesOf(plan, sample, sample, paged),
      bytes: reckoned(bytes, "all rows were compressed here, each session's in one piece"),
      seconds: reckoned(seconds, work),
    };
  }
  if (paged === undefined) {
    const why = `the first ${read} were read; how many follow, a query, a view or another source without pages tells only at its end`;
    return { rows: unknown(why), files: unknown(why), bytes: unknown(why), seconds: unknown(why) };
  }
  const times = paged.textBytes / Math.max(sample.textBytes, 1);
  const whole = { rows: paged.rows, textBytes: paged.textBytes, bytes: Math.round(bytes * times) };
  const pages = `${paged.sampledPages.toLocaleString("en")} of ${paged.pages.toLocaleString("en")} pages of the table`;
  return {
    rows: reckoned(whole.rows, `by ${pages}`),
    files: filesOf(plan, sample, whole, paged),
    bytes: reckoned(whole.bytes, `by ${pages}, and ${read} that were compressed here`),
    seconds: reckoned(seconds * times, work),
  };
}

/** How many files the export would cut so much into. */
function filesOf(
  { slices, options: { lineBytes } }: LoadPlan,
  { sessions }: TimedSample,
  whole: Pick<TimedSample, "rows" | "textBytes" | "bytes">,
  paged: PagedSize | undefined,
): EstimatedFigure {
  if (whole.rows === 0) return counted(0, "there is no row");
  if (lineBytes !== undefined) {
    const each = Math.ceil(whole.textBytes / sessions / lineBytes);
    return reckoned(sessions * each, "by the bytes before compression and the most that a file may have");
  }
  const files = sessions > 1 && paged !== undefined ? paged.ranges : dealtFiles(whole.bytes, slices);
  return reckoned(files, `by the compressed bytes, for ${slices} slices`);
}

function statementsOf(
  { options: { manifestMaxKeys } }: LoadPlan,
  { files, rows }: Pick<TransferEstimate, "files" | "rows">,
  batchOf: (manifests: number) => DryRun["batch"],
): EstimatedFigure {
  if (rows.exact && rows.value === 0) return countedStatements(batchOf(0));
  if (manifestMaxKeys === undefined) return countedStatements(batchOf(1));
  if (files.value === null)
    return unknown("there is one COPY for so many files, and their number is not known");
  const manifests = Math.max(Math.ceil(files.value / manifestMaxKeys), 1);
  return reckoned(
    batchOf(manifests).statements.length,
    "by the number of files, of which each COPY takes so many",
  );
}
