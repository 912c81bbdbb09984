import { checkBucket } from "../s3/uri.ts";
import type { Session } from "../session.ts";
import type { Batch } from "../sql/batch.ts";
import { requireSlices } from "./chunked-json-slices.ts";
import { ColumnPlan } from "./column-plan.ts";
import { checkConversions } from "./copy-conversions.ts";
import { rowsMark } from "./copy-proof.ts";
import { JsonLoad } from "./json-load.ts";
import { jsonKeys, jsonSteps, type JsonTarget } from "./json-steps.ts";
import { openLedger } from "./ledger/ledger.ts";
import { jsonRow } from "./json-row.ts";
import { eachDocument, type JsonSource } from "./json-source.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadReport, LoadRequest } from "./load-options.ts";
import { readLoadTable } from "./load-table.ts";
import { checkMergeOptions, planMerge } from "./merge/merge-options.ts";
import { Phases } from "./phases.ts";
import { runIdMark } from "./runs/run-place.ts";
import { closingUnread } from "./each-item.ts";

/**
 * Builds what a load would run, with the run's id and the number of rows left open; uploads nothing. Generated paths need
 * the keys, so the first document is read, and checked, then the source is closed.
 */
export async function previewJsonLoad(
  request: LoadRequest,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: LoadContext,
): Promise<Batch> {
  const target = await prepareJsonLoad(request, data, options, context);
  await eachDocument(data, options.signal, {
    document(document) {
      target.plan.check(jsonRow(document, 1));
      return "enough";
    },
  });
  const keys = jsonKeys(request, runIdMark);
  const { authorization, region } = context;
  return jsonSteps({ target, keys, options, authorization, region, rows: rowsMark }).review;
}

/**
 * Uploads the documents as gzipped slices, then loads them with one COPY and proves their number.
 * Either every row is in the table or none, and nothing of the run stays in S3 unless asked for.
 */
export async function copyJsonToTable(
  request: LoadRequest,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: LoadContext,
): Promise<LoadReport> {
  const phases = new Phases(context.onEvent);
  phases.begin("plan");
  try {
    const target = await prepareJsonLoad(request, data, options, context);
    const report = await new JsonLoad(request, target, options, context, phases).run(data);
    phases.end();
    return { ...report, phases: phases.seconds };
  } finally {
    phases.end();
  }
}

/** Everything that can be refused before a document is read; a source that is not read is closed. */
export function prepareJsonLoad(
  { bucket, jsonpaths, table: relation }: LoadRequest,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: Pick<LoadContext, "withSession">,
): Promise<JsonTarget> {
  const { slices = 32, columns, schema, signal } = options;
  return closingUnread(data, async () => {
    checkBucket(bucket);
    requireSlices(slices);
    checkConversions(options);
    checkMergeOptions(options);
    const readTarget = async (session: Session) => {
      const table = await readLoadTable(session, relation, schema);
      return { table, ...(await openLedger(session, options, table)) };
    };
    const found = await context.withSession(readTarget, signal);
    const plan = new ColumnPlan(found.table, jsonpaths, columns);
    // With generated paths it is the first document that decides the columns.
    if (plan.columns !== undefined || typeof jsonpaths === "string")
      planMerge(options, found.table, plan.columns);
    return { plan, ...found };
  });
}
