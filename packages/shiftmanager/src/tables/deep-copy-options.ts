import { OptionsError } from "../errors.ts";
import { flag, number, text, type Kinds } from "../kinds.ts";
import { authorizationKind, type AwsAuthorization } from "../s3/credentials.ts";
import { deduplicateKinds, type DeduplicateOptions } from "./deduplicate.ts";
import type { DependentsChoice } from "./dependent-views.ts";
import { overrideKinds, type TableOverrides } from "./design-overrides.ts";
import type { IdentityChoice } from "./identity.ts";
import { option, wording } from "../wording.ts";

/** What `deepCopy` takes besides the table. */
export interface DeepCopyOptions extends TableOverrides, DeduplicateOptions {
  /** Give the new table the grants of the old one. The owner stays in any case. Default true. */
  readonly copyPrivileges?: boolean;
  /** Go on although this user may not see every grant; what it does not see is lost. Default false. */
  readonly allowPartialPrivileges?: boolean;
  /**
   * Go on although this user could not see a row-level security or masking policy if there were one. With one, rows
   * would be lost and the proofs would pass. Default false.
   */
  readonly assumeNoPolicies?: boolean;
  /**
   * What becomes of views that read the table: `rebind` makes them read the new one, their owner and grants kept; `drop`
   * drops them, each by name, and creates materialized ones again after the commit; `refuse` copies no table that has
   * any. Default: rebind where every one can be, else refuse, naming each that cannot.
   */
  readonly dependents?: DependentsChoice;
  /** The same as `dependents: "drop"`. Default false. */
  readonly cascade?: boolean;
  /** What becomes of IDENTITY columns; `refuse` names the ways. Default `refuse`. */
  readonly identity?: IdentityChoice;
  /** Where `identity: "explicit-ids"` puts its files for as long as it runs: `s3://BUCKET/PREFIX`. */
  readonly stagingPrefix?: string;
  /** The role or keys of its UNLOAD and COPY; default: `setAwsRole`, `setAwsCredentials`, then the configuration. */
  readonly authorization?: AwsAuthorization;
  /**
   * What is proved before the old table goes: `rows` that as many arrived as were to; `content` also, column by column,
   * that their values did, or of a copy that leaves rows out that it holds no other row. Reads both tables once more.
   * Default `rows`, with `explicit-ids` `content`.
   */
  readonly verify?: "rows" | "content";
  /**
   * Give the columns outside the sort key the encodings that ANALYZE COMPRESSION recommends, but for those named in
   * `encodings`. It runs while the batch is built, and locks the table exclusively for as long as it looks. Default false.
   */
  readonly analyzeCompression?: boolean;
  /**
   * How long to wait for the table, in milliseconds, both when it is read for the batch and when the batch locks it; whoever
   * holds it is then named. ANALYZE COMPRESSION waits as long as `statement_timeout` allows, and so does all without this.
   */
  readonly lockTimeoutMs?: number;
  /** What the old table's name ends in until it goes, up to 64 bytes. Default `$outgoing`. */
  readonly suffix?: string;
  /** ANALYZE the new table after the commit. Default true. */
  readonly analyze?: boolean;
  /** Stop after the swap: the old table stays under its new name, and the notes give its DROP. Default false. */
  readonly keepOutgoing?: boolean;
  /** Ignored: a deep copy always reads afresh. */
  readonly useCache?: boolean;
}

export const deepCopyKinds: Kinds<DeepCopyOptions> = {
  ...overrideKinds,
  ...deduplicateKinds,
  copyPrivileges: flag,
  allowPartialPrivileges: flag,
  assumeNoPolicies: flag,
  dependents: text,
  cascade: flag,
  identity: text,
  stagingPrefix: text,
  authorization: authorizationKind,
  verify: text,
  analyzeCompression: flag,
  lockTimeoutMs: number,
  suffix: text,
  analyze: flag,
  keepOutgoing: flag,
  useCache: flag,
};

const identities: Readonly<Record<IdentityChoice, true>> = {
  refuse: true,
  "generated-by-default": true,
  "explicit-ids": true,
  renumber: true,
};

/** @throws OptionsError for choices that there are not, and for options that exclude each other */
export function checkOptions(options: DeepCopyOptions): void {
  const { identity = "refuse", verify = "rows", stagingPrefix } = options;
  if (!Object.hasOwn(identities, identity)) {
    throw new OptionsError(
      wording`${option("identity")} is "${String(identity)}"; it must be refuse, generated-by-default, explicit-ids or renumber.`,
    );
  }
  if (verify !== "rows" && verify !== "content") {
    throw new OptionsError(wording`${option("verify")} is "${String(verify)}"; it must be rows or content.`);
  }
  if (!["rebind", "refuse", "drop"].includes(dependentsOf(options))) {
    throw new OptionsError(
      wording`${option("dependents")} is "${String(options.dependents)}"; it must be rebind, refuse or drop.`,
    );
  }
  if (options.cascade === true && dependentsOf(options) !== "drop") {
    throw new OptionsError(
      wording`${option("cascade", true)} drops views and ${option("dependents", String(options.dependents))} does not; leave one of them out.`,
    );
  }
  if (stagingPrefix !== undefined && identity !== "explicit-ids") {
    throw new OptionsError(
      wording`${option("stagingPrefix")} goes with ${option("identity", "explicit-ids")}, which alone uses S3; leave it out.`,
    );
  }
}

/** What becomes of views; by default they are rebound. */
export function dependentsOf({ dependents, cascade = false }: DeepCopyOptions): DependentsChoice {
  return dependents ?? (cascade ? "drop" : "rebind");
}
