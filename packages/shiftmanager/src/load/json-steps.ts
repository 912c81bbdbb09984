import type { AwsAuthorization } from "../s3/credentials.ts";
import type { ColumnPlan } from "./column-plan.ts";
import type { CopyConversions } from "./copy-conversions.ts";
import { copyJson } from "./copy-json-batch.ts";
import type { rowsMark } from "./copy-proof.ts";
import type { Ledger, PastLoad } from "./ledger/ledger.ts";
import { LoadSteps } from "./load-steps.ts";
import type { LoadTable } from "./load-table.ts";
import { planMerge, type MergeOptions } from "./merge/merge-options.ts";
import { stagingOf } from "./merge/merge-statements.ts";
import type { LoadRequest } from "./load-options.ts";
import { RunKeys } from "./run-keys.ts";

/** Where documents go, as it was before the first of them was read. */
export interface JsonTarget {
  readonly table: LoadTable;
  readonly plan: ColumnPlan;
  /** Where there is a run id. */
  readonly ledger: Ledger | undefined;
  /** The same load, when it was done before. */
  readonly past: PastLoad | undefined;
}

export interface JsonStepsRequest {
  readonly target: JsonTarget;
  readonly keys: RunKeys;
  readonly options: MergeOptions & CopyConversions;
  readonly authorization: AwsAuthorization;
  readonly region: string | undefined;
  readonly rows: number | typeof rowsMark;
}

/** The keys of a load of documents, whose files are gzipped. */
export function jsonKeys({ bucket, keypath }: LoadRequest, id: string): RunKeys {
  return new RunKeys({ bucket, keyPrefix: keypath }, id, ".json.gz");
}

/** Builds what runs on Redshift once the documents are in S3. @throws OptionsError for a merge that cannot be */
export function jsonSteps({
  target: { table, plan, ledger },
  keys,
  options,
  authorization,
  region,
  rows,
}: JsonStepsRequest): LoadSteps {
  const mergePlan = planMerge(options, table, plan.columns);
  const merging = mergePlan && { plan: mergePlan, staging: stagingOf(mergePlan, keys.stagingId) };
  const copy = copyJson({
    into: merging === undefined ? table : { name: merging.staging.name, temporary: true },
    columns: plan.columns,
    manifest: keys.manifest(),
    mapping: plan.mapping(keys),
    authorization,
    region,
    conversions: options,
    rows,
  });
  return new LoadSteps({ table, copies: rows === 0 ? [] : [copy], merging, ledger, rows });
}
