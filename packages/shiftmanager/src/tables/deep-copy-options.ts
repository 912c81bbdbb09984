import { OptionsError } from "../errors.ts";
import type { DeduplicateOptions } from "./deduplicate.ts";
import type { DesignOverrides } from "./design-overrides.ts";
import type { IdentityChoice } from "./identity.ts";
import { checkOptionNames } from "./option-names.ts";

/** What `deepCopy` takes besides the table. */
export interface DeepCopyOptions extends DesignOverrides, DeduplicateOptions {
  /** Give the new table the grants of the old one. The owner stays in any case. Default true. */
  readonly copyPrivileges?: boolean;
  /** Go on although this user may not see every grant; what it does not see is lost. Default false. */
  readonly allowPartialPrivileges?: boolean;
  /**
   * Go on although this user could not see a row-level security or masking policy if there were one. With one, rows
   * would be lost and the proofs would pass. Default false.
   */
  readonly assumeNoPolicies?: boolean;
  /** Drop the views that read the table, each by name. Default false: refuse, naming them. */
  readonly cascade?: boolean;
  /** What becomes of IDENTITY columns; `refuse` names the ways. Default `refuse`. */
  readonly identity?: IdentityChoice;
  /** ANALYZE the new table after the commit. Default true. */
  readonly analyze?: boolean;
  /** Stop after the swap: the old table stays under its new name, and the notes give its DROP. Default false. */
  readonly keepOutgoing?: boolean;
  /** Ignored: a deep copy always reads afresh. */
  readonly useCache?: boolean;
}

const carried: Readonly<Record<keyof DeepCopyOptions, true>> = {
  distkey: true,
  diststyle: true,
  sortkey: true,
  interleavedSortkey: true,
  encodings: true,
  distinct: true,
  deduplicatePartitionBy: true,
  deduplicateOrderBy: true,
  nullKeys: true,
  copyPrivileges: true,
  allowPartialPrivileges: true,
  assumeNoPolicies: true,
  cascade: true,
  identity: true,
  analyze: true,
  keepOutgoing: true,
  useCache: true,
};

/** Planned, and refused by name until they work. */
const planned = ["dependents", "analyzeCompression", "verify", "lockTimeoutMs", "suffix"];
const plannedIdentities = ["explicit-ids", "renumber"];

/**
 * Refuses what would otherwise be ignored.
 * @throws OptionsError that names the option.
 */
export function checkOptions(options: DeepCopyOptions): void {
  checkOptionNames("deepCopy", options, Object.keys(carried), planned);
  const { identity } = options;
  if (identity === undefined || identity === "refuse" || identity === "generated-by-default") return;
  throw new OptionsError(
    plannedIdentities.includes(identity)
      ? `deepCopy cannot do identity: "${String(identity)}" yet; say "generated-by-default".`
      : `identity is "${String(identity)}"; it must be refuse or generated-by-default.`,
  );
}
