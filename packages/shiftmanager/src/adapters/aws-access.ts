import { OptionsError } from "../errors.ts";
import type { AwsAuthorization, AwsKeys } from "../s3/credentials.ts";
import { authorizationClause, requireAuthorization } from "../s3/credentials.ts";
import type { AwsSettings } from "../settings/resolve.ts";
import type { Fragment } from "../sql/fragment.ts";
import { s3Store } from "./aws-s3.ts";

/** What one `Redshift` object says to AWS: the keys of its S3 calls, and what COPY and UNLOAD are given. */
export class AwsAccess {
  readonly #settings: AwsSettings;
  /** What `useRole` and `useKeys` said last; a role comes before keys. */
  #role: AwsAuthorization | undefined;
  #keys: AwsKeys | undefined;
  #store: ReturnType<typeof s3Store> | undefined;

  constructor(settings: AwsSettings) {
    this.#settings = settings;
  }

  get region(): string | undefined {
    return this.#settings.region;
  }

  useKeys(keys: AwsKeys): void {
    this.#keys = keys;
    this.close(); // S3 calls use the new keys as well
  }

  /** @throws OptionsError for what is no role */
  useRole(role: string | readonly string[], roleName?: string): void {
    if (roleName !== undefined && typeof role !== "string") {
      throw new OptionsError("A role's name goes with one account number, not with several ARNs.");
    }
    const authorization = {
      iamRole: roleName === undefined ? role : `arn:aws:iam::${String(role)}:role/${roleName}`,
    };
    authorizationClause(authorization); // refuses what is no role now, not in the middle of a load
    this.#role = authorization;
  }

  /** S3 with the keys of `useKeys`, else of the configuration, else of the SDK's own provider chain. */
  get store(): ReturnType<typeof s3Store> {
    const { region } = this.#settings;
    return (this.#store ??= s3Store({ region, credentials: this.#keys ?? configuredKeys(this.#settings) }));
  }

  /**
   * What COPY and UNLOAD are given: the call's own, the role set last, the keys set last, then the configuration's.
   * @throws OptionsError when there is neither a role nor keys
   */
  authorization(ofTheCall?: AwsAuthorization): AwsAuthorization {
    return requireAuthorization(ofTheCall, this.#standing());
  }

  /** The same as SQL with its secrets masked; undefined when there is none. */
  clause(): Fragment | undefined {
    const standing = this.#standing();
    return standing === undefined ? undefined : authorizationClause(standing);
  }

  /** Lets go of the S3 client; the next use makes a new one. */
  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  #standing(): AwsAuthorization | undefined {
    const { iamRole } = this.#settings;
    const configured = iamRole === undefined ? configuredKeys(this.#settings) : { iamRole };
    return this.#role ?? this.#keys ?? configured;
  }
}

function configuredKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsSettings): AwsKeys | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
