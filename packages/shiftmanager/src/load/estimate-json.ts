import { counted, countedStatements, reckoned, unknown } from "../estimate.ts";
import type { DryRun, TransferEstimate } from "../estimate.ts";
import { rowsMark } from "./copy-proof.ts";
import { sampleDocuments, type DocumentSample } from "./document-sample.ts";
import { estimateOfPast } from "./estimate-past.ts";
import { jsonKeys, jsonSteps } from "./json-steps.ts";
import type { JsonSource } from "./json-source.ts";
import { prepareJsonLoad, previewJsonLoad } from "./json-to-table.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadRequest } from "./load-options.ts";
import { runIdMark } from "./runs/run-place.ts";

/** Builds what a load would run and says what it would come to, by its first documents; uploads nothing. */
export async function estimateJsonLoad(
  request: LoadRequest,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: LoadContext,
): Promise<DryRun> {
  const target = await prepareJsonLoad(request, data, options, context);
  if (target.past !== undefined) {
    const batch = await previewJsonLoad(request, data, options, context);
    return { batch, estimate: estimateOfPast(target.past) };
  }
  const sample = await sampleDocuments(data, target, options);
  const { authorization, region } = context;
  const keys = jsonKeys(request, runIdMark);
  const steps = (rows: 0 | typeof rowsMark) =>
    jsonSteps({ target, keys, options, authorization, region, rows }).review;
  const batch = steps(rowsMark);
  const runs = sample.rowsInAll === 0 ? steps(0) : batch;
  return {
    batch,
    estimate: {
      ...figuresOf(sample, options.slices ?? 32),
      statements: countedStatements(runs),
    },
  };
}

function figuresOf(sample: DocumentSample, slices: number): Omit<TransferEstimate, "statements"> {
  const { rows, files, bytes, seconds, complete, rowsInAll } = sample;
  const read = `${rows.toLocaleString("en")} documents`;
  const work = `by reading and compressing ${complete ? "them" : `the first ${read}`} here, which took ${seconds.toFixed(2)} s; the upload, COPY and COMMIT are not in it and not known beforehand`;
  if (complete) {
    return {
      rows: counted(rows, "all documents were read"),
      files: counted(files, "the documents were dealt to as many"),
      bytes: counted(bytes, "all documents were compressed here"),
      seconds: reckoned(seconds, work),
    };
  }
  const allFiles =
    rows >= slices
      ? counted(slices, "as many as the load has slices; none would be empty")
      : reckoned(slices, `as many as the load has slices, if there are so many documents`);
  if (rowsInAll === undefined) {
    const why = `the first ${read} were read; how many follow, a pipe, a stream or an object in S3 tells only at its end`;
    return { rows: unknown(why), files: allFiles, bytes: unknown(why), seconds: unknown(why) };
  }
  const times = rowsInAll / Math.max(rows, 1);
  return {
    rows: reckoned(rowsInAll, `the first ${read}, and the size of the files`),
    files: allFiles,
    bytes: reckoned(Math.round(bytes * times), `the first ${read}, compressed here`),
    seconds: reckoned(seconds * times, work),
  };
}
