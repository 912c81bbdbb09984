import type { AwsAuthorization } from "../../s3/credentials.ts";
import type { Facts } from "../../sql/batch.ts";
import { rowsMark } from "../copy-proof.ts";
import { LoadSteps } from "../load-steps.ts";
import { planMerge } from "../merge/merge-options.ts";
import { stagingOf } from "../merge/merge-statements.ts";
import { copyFiles, deletion, type CopyFilesRequest } from "./copy-files-batch.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";

/** What the SQL of a load depends on beside its plan. */
export interface LoadBatchRequest {
  readonly plan: LoadPlan;
  readonly match: ColumnMatch;
  /** Rows of each manifest; in a preview `[rowsMark]`. */
  readonly rowsOfManifests: readonly (number | typeof rowsMark)[];
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
  readonly facts?: Facts;
}

/** Builds what runs on Redshift once the files are there. */
export function loadBatch({
  plan,
  match,
  rowsOfManifests,
  authorization,
  region,
  facts,
}: LoadBatchRequest): LoadSteps {
  const { target, format, compression, nullMarker, keys, ledger, options } = plan;
  const { deletion: deleteStatement } = plan;
  const columns = match.columns.map(({ name }) => name);
  const mergePlan = planMerge(options, target, columns);
  const merging = mergePlan && { plan: mergePlan, staging: stagingOf(mergePlan, keys.stagingId) };
  const request: CopyFilesRequest = {
    into: merging === undefined ? target : { name: merging.staging.name, temporary: true },
    columns,
    format,
    compression,
    nullMarker,
    explicitIds: match.explicitIds && merging === undefined,
    keepEncodings: target.columns.some(({ encoding }) => encoding !== "none"),
    authorization,
    region,
  };
  const preview = rowsOfManifests.includes(rowsMark);
  return new LoadSteps({
    table: target,
    creation: plan.created?.creation,
    removal: deleteStatement === undefined ? undefined : deletion(deleteStatement),
    copies: rowsOfManifests.map((rows, n) =>
      copyFiles(request, { location: keys.manifest(n, rowsOfManifests.length), rows }),
    ),
    merging,
    ledger,
    rows: preview ? rowsMark : rowsOfManifests.reduce<number>((sum, rows) => sum + Number(rows), 0),
    commitEachManifest: options.commitEachManifest ?? false,
    notes: [...(plan.created?.notes ?? []), ...(preview ? previewNotes(plan) : [])],
    facts,
  });
}

function previewNotes({ options }: LoadPlan): readonly string[] {
  const { manifestMaxKeys, commitEachManifest = false } = options;
  if (manifestMaxKeys === undefined) return [];
  const when = commitEachManifest ? ", committed by itself" : ", all in one transaction";
  return [`There is one such COPY for each ${manifestMaxKeys} files${when}.`];
}
