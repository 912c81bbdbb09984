import type { AwsAuthorization } from "../../s3/credentials.ts";
import type { Batch, Facts } from "../../sql/batch.ts";
import { rowsMark } from "../copy-proof.ts";
import { copyFiles, type ManifestToLoad } from "./copy-files-batch.ts";
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
}: LoadBatchRequest): Batch {
  const { target, format, compression, nullMarker, deletion, keys, options } = plan;
  const { commitEachManifest = false } = options;
  return copyFiles({
    table: target,
    columns: match.columns.map(({ name }) => name),
    format,
    compression,
    nullMarker,
    explicitIds: match.explicitIds,
    keepEncodings: target.columns.some(({ encoding }) => encoding !== "none"),
    manifests: rowsOfManifests.map((rows, n): ManifestToLoad => ({
      location: keys.manifest(n, rowsOfManifests.length),
      rows,
    })),
    authorization,
    region,
    deleteStatement: deletion,
    commitEachManifest,
    notes: rowsOfManifests.includes(rowsMark) ? previewNotes(plan) : [],
    ...(facts === undefined ? {} : { facts }),
  });
}

function previewNotes({ options }: LoadPlan): readonly string[] {
  const { manifestMaxKeys, commitEachManifest = false } = options;
  if (manifestMaxKeys === undefined) return [];
  const when = commitEachManifest ? ", committed by itself" : ", all in one transaction";
  return [`There is one such COPY for each ${manifestMaxKeys} files${when}.`];
}
