import { OptionsError } from "../errors.ts";
import { flag, names, number, text, type Kinds } from "../kinds.ts";

/**
 * A login with a temporary password that AWS gives for IAM credentials: those of `awsAccessKeyId`, else of the AWS SDK's own
 * provider chain. Needs TLS, and `@aws-sdk/client-redshift` or `@aws-sdk/client-redshift-serverless` beside this package.
 */
export type IamOptions = ClusterIamOptions | WorkgroupIamOptions;

/** A login to a provisioned cluster. */
export interface ClusterIamOptions extends IamDuration {
  readonly clusterIdentifier: string;
  readonly workgroupName?: never;
  /**
   * The database user to be (GetClusterCredentials). Without it the user is the IAM identity itself
   * (GetClusterCredentialsWithIAM): `IAM:name` or `IAMR:role`.
   */
  readonly dbUser?: string | undefined;
  /** Creates `dbUser` when there is none. Default false: the login then fails although AWS gave a password. */
  readonly autoCreate?: boolean | undefined;
  /** Existing groups, in lower case, that `dbUser` is in for this session only. */
  readonly dbGroups?: readonly string[] | undefined;
}

/** A login to a Serverless workgroup (GetCredentials), as the IAM identity itself. */
export interface WorkgroupIamOptions extends IamDuration {
  readonly workgroupName: string;
  readonly clusterIdentifier?: never;
  readonly dbUser?: never;
  readonly autoCreate?: never;
  readonly dbGroups?: never;
}

export interface IamDuration {
  /** How long the password holds for new logins, 900 to 3600 seconds; default 900. A connection that is open stays open. */
  readonly durationSeconds?: number | undefined;
}

export const iamKinds: Kinds<IamOptions> = {
  clusterIdentifier: text,
  workgroupName: text,
  dbUser: text,
  autoCreate: flag,
  dbGroups: names,
  durationSeconds: number,
};

const duration = { minSeconds: 900, maxSeconds: 3600 } as const;

/** @throws OptionsError for what AWS could never answer. @see facts.md 6.2 */
export function checkIam(iam: IamOptions): void {
  const { clusterIdentifier, workgroupName, dbUser, autoCreate, dbGroups, durationSeconds } = iam;
  if ((clusterIdentifier === undefined) === (workgroupName === undefined)) {
    throw new OptionsError(
      "iam names either a clusterIdentifier or a workgroupName (Serverless); give one of them.",
    );
  }
  const forUser = [
    ...(dbUser === undefined ? [] : ["dbUser"]),
    ...(autoCreate === undefined ? [] : ["autoCreate"]),
    ...(dbGroups === undefined ? [] : ["dbGroups"]),
  ];
  if (workgroupName !== undefined && forUser.length > 0) {
    throw new OptionsError(
      `iam.${forUser.join(", iam.")} cannot go with a workgroupName: Serverless logs in as the IAM identity itself.`,
    );
  }
  if (dbUser === undefined && forUser.length > 0) {
    throw new OptionsError(`iam.${forUser.join(", iam.")} goes with iam.dbUser; name the user as well.`);
  }
  const upper = dbGroups?.find((group) => group !== group.toLowerCase());
  if (upper !== undefined) {
    throw new OptionsError(`iam.dbGroups has "${upper}"; AWS takes group names in lower case only.`);
  }
  if (durationSeconds === undefined) return;
  const { minSeconds, maxSeconds } = duration;
  if (!Number.isInteger(durationSeconds) || durationSeconds < minSeconds || durationSeconds > maxSeconds) {
    throw new OptionsError(
      `iam.durationSeconds is ${durationSeconds}; AWS takes whole seconds from ${minSeconds} to ${maxSeconds}.`,
    );
  }
}
