import { copyManifest } from "../../s3/manifest.ts";
import type { PastLoad } from "../ledger/ledger.ts";
import { runLoad } from "../run-load.ts";
import { totals } from "./export-rows.ts";
import type { Phases } from "../phases.ts";
import { rowFilesOf } from "./row-files-of.ts";
import { loadBatch } from "./load-batch.ts";
import type { LoadPlan, TableToRedshiftContext } from "./load-plan.ts";
import type { ColumnMatch } from "./match-columns.ts";
import type { RowFile } from "./run-files.ts";
import { newTargetFacts, targetFacts } from "./target-facts.ts";
import type { TransferRun } from "./transfer-run.ts";

/**
 * Writes the manifests of uploaded files and loads them: the delete, each COPY and its proof. Resolves to the earlier load when
 * the run id was loaded meanwhile.
 */
export async function loadFiles(
  plan: LoadPlan,
  match: ColumnMatch,
  files: readonly RowFile[],
  run: TransferRun,
  context: TableToRedshiftContext,
  phases: Phases,
): Promise<PastLoad | undefined> {
  const { signal } = plan.options;
  const groups = manifestGroups(files, plan.options.manifestMaxKeys);
  for (const [n, group] of groups.entries()) await putManifest(plan, run, n, groups.length, group);
  const steps = loadBatch({
    plan,
    match,
    rowsOfManifests: groups.map((group) => totals(group).rows),
    authorization: await context.renewAuthorization(),
    region: context.region,
    facts: plan.created === undefined ? targetFacts(plan.target) : newTargetFacts(plan.target),
  });
  const past = await runLoad(steps, context, rowFilesOf(plan, match, files, context), { signal, phases });
  run.committed = past === undefined;
  return past;
}

function manifestGroups(
  files: readonly RowFile[],
  most = Math.max(files.length, 1),
): readonly (readonly RowFile[])[] {
  const groups: (readonly RowFile[])[] = [];
  for (let from = 0; from < files.length; from += most) groups.push(files.slice(from, from + most));
  return groups;
}

async function putManifest(
  { options: { cannedAcl, signal } }: LoadPlan,
  run: TransferRun,
  n: number,
  of: number,
  files: readonly RowFile[],
): Promise<void> {
  const manifest = copyManifest(files.map(({ location }) => location));
  await run.objects.put(run.keys.manifest(n, of), manifest, {
    contentType: "application/json",
    ...(cannedAcl === undefined ? {} : { cannedAcl }),
    ...(signal === undefined ? {} : { signal }),
  });
}
