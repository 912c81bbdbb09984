import type { NewTable } from "../ddl/create-table.ts";
import { OptionsError } from "../errors.ts";
import { analyzedOverrides, type AnalyzedEncodings } from "./analyzed-encodings.ts";
import { carryColumns, type CarriedColumn } from "./carried-columns.ts";
import { overridesByColumn } from "./column-overrides.ts";
import type { DeepCopyPlanFacts } from "./deep-copy-facts.ts";
import { checkOptions, type DeepCopyOptions } from "./deep-copy-options.ts";
import { refuseLosses } from "./deep-copy-refusals.ts";
import { chooseRows, type RowChoice } from "./deduplicate.ts";
import { carryIdentity, type CarriedIdentity } from "./identity.ts";
import { asNewTable } from "./new-table.ts";
import { outgoingName } from "./outgoing-name.ts";
import { refuseUnloadable, stagingPlace, type Staging, type StagingAccess } from "./staging.ts";
import { newTable, overridesOf, reflectionOf } from "./table.ts";
import { option, wording } from "../wording.ts";

/** What a deep copy is built from besides catalog facts and options. */
export interface DeepCopyMeans {
  /** What ANALYZE COMPRESSION recommended, where it was asked for. */
  readonly analyzed?: AnalyzedEncodings | undefined;
  /** For `identity: "explicit-ids"`. */
  readonly staging?: StagingAccess | undefined;
}

/** All that is settled before a statement of a deep copy is written. */
export interface DeepCopyPlan {
  readonly facts: DeepCopyPlanFacts;
  readonly options: DeepCopyOptions;
  readonly rows: RowChoice;
  /** The table as it is, and as it is to be but for its identities. */
  readonly asIs: NewTable;
  readonly designed: NewTable;
  readonly created: NewTable;
  /** The columns that were overridden. */
  readonly changed: ReadonlySet<string>;
  readonly carried: readonly CarriedColumn[];
  readonly identities: readonly CarriedIdentity[];
  readonly outgoing: string;
  readonly contents: boolean;
  readonly staging: Staging | "no rows" | undefined;
  /** What is gone with the old table. */
  readonly lost: readonly string[];
  readonly analysis: readonly string[];
}

/** @throws OptionsError for a copy that cannot be made, or that would lose something */
export function planDeepCopy(
  facts: DeepCopyPlanFacts,
  options: DeepCopyOptions,
  means: DeepCopyMeans,
): DeepCopyPlan {
  checkOptions(options);
  const rows = chooseRows(facts.columns, options);
  const reflected = newTable(facts, overridesOf(options));
  const { overrides, notes: analysis } = analyzedOverrides(reflected, means.analyzed);
  const designed = reflectionOf(reflected.with(overrides)).created;
  refuseLosses(facts, options);
  const { identity: choice = "refuse" } = options;
  const identities = designed.columns.flatMap((column) => {
    const carried = carryIdentity(column, facts.identityReach, choice);
    return carried === null ? [] : [carried];
  });
  const created: NewTable = {
    ...designed,
    columns: designed.columns.map(
      (column) => identities.find((carried) => carried.column.name === column.name)?.column ?? column,
    ),
  };
  const renumbered = identities.filter(({ next }) => next === null).map(({ column }) => column.name);
  const carried = carryColumns(facts.columns, created.columns, options.columns ?? {}).filter(
    ({ name }) => !renumbered.includes(name),
  );
  const staging = stagingOf(facts, options, created, means);
  return {
    facts,
    options,
    rows,
    asIs: asNewTable(facts),
    designed,
    created,
    changed: new Set(overridesByColumn(facts.columns, options.columns ?? {}).keys()),
    carried,
    identities,
    outgoing: outgoingName(facts.table.name, facts.takenNames, options.suffix),
    // Files hold values as text, and what that changes a count does not see.
    contents: (options.verify ?? (staging === undefined ? "rows" : "content")) === "content",
    staging,
    lost: [
      ...(rows.kind === "all" ? [] : ["the rows that were left out as duplicates"]),
      ...renumbered.map((name) => `the numbers in ${name}`),
      ...computedOver(facts, carried),
      ...(options.copyPrivileges === false ? ["the grants on it"] : []),
    ],
    analysis,
  };
}

/** An expression of the caller's is not proved to keep anything. */
function computedOver({ columns }: DeepCopyPlanFacts, carried: readonly CarriedColumn[]): readonly string[] {
  return carried
    .filter(({ name, kind }) => kind === "computed" && columns.some((column) => column.name === name))
    .map(({ name }) => `the values of ${name}`);
}

function stagingOf(
  facts: DeepCopyPlanFacts,
  { identity, stagingPrefix }: DeepCopyOptions,
  created: NewTable,
  { staging }: DeepCopyMeans,
): DeepCopyPlan["staging"] {
  const numbered = created.columns.filter((column) => column.identity?.kind === "always");
  if (identity !== "explicit-ids" || numbered.length === 0) return undefined;
  if (stagingPrefix === undefined || staging === undefined) {
    throw new OptionsError(
      wording`${option("identity", "explicit-ids")} carries the rows through files in S3; give ${option("stagingPrefix")}, such as "s3://my-bucket/staging".`,
    );
  }
  refuseUnloadable(created.columns);
  const place = stagingPlace(stagingPrefix, staging);
  // An UNLOAD of nothing may leave nothing to COPY; the proofs see to it that there still is nothing.
  const empty = numbered.every(
    ({ name }) => facts.identityReach.find(({ column }) => column === name)?.outermost === null,
  );
  return empty ? "no rows" : place;
}
