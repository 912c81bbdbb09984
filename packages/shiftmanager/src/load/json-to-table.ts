import { checkBucket } from "../s3/uri.ts";
import type { Batch } from "../sql/batch.ts";
import { requireSlices } from "./chunked-json-slices.ts";
import { ColumnPlan } from "./column-plan.ts";
import { checkConversions } from "./copy-conversions.ts";
import { copyJson } from "./copy-json-batch.ts";
import { rowsMark } from "./copy-proof.ts";
import { JsonLoad } from "./json-load.ts";
import { jsonRow } from "./json-row.ts";
import { eachDocument, type JsonSource } from "./json-source.ts";
import type { CopyJsonToTableOptions, LoadContext, LoadReport, LoadRequest } from "./load-options.ts";
import { readLoadTable, type LoadTable } from "./load-table.ts";
import { Phases } from "./phases.ts";
import { RunKeys, runIdMark } from "./run-keys.ts";
import { closeUnread } from "./each-item.ts";

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
  const { table, plan } = await prepare(request, data, options, context);
  await eachDocument(data, options.signal, {
    document(document) {
      plan.check(jsonRow(document, 1));
      return "enough";
    },
  });
  const run = new RunKeys(request, runIdMark);
  return copyJson({
    table,
    columns: plan.columns,
    manifest: run.manifest,
    mapping: plan.mapping(run),
    authorization: context.authorization,
    region: context.region,
    conversions: options,
    rows: rowsMark,
  });
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
  const { table, plan } = await prepare(request, data, options, context);
  const load = new JsonLoad(request, table, plan, options, context, phases);
  try {
    const report = await load.run(data);
    await load.cleanUp();
    phases.end();
    return { ...report, phases: phases.seconds };
  } catch (error) {
    await load.cleanUp(error);
    phases.end();
    throw error;
  }
}

/** Everything that can be refused before a document is read; a source that is not read is closed. */
async function prepare(
  { bucket, jsonpaths, table: relation }: LoadRequest,
  data: JsonSource,
  options: CopyJsonToTableOptions,
  context: Pick<LoadContext, "withSession">,
): Promise<{ readonly table: LoadTable; readonly plan: ColumnPlan }> {
  const { slices = 32, columns, schema, signal } = options;
  try {
    checkBucket(bucket);
    requireSlices(slices);
    checkConversions(options);
    const table = await context.withSession((session) => readLoadTable(session, relation, schema), signal);
    return { table, plan: new ColumnPlan(table, jsonpaths, columns) };
  } catch (error) {
    await closeUnread(data);
    throw error;
  }
}
