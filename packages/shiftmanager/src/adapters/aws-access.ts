import type { S3Client } from "@aws-sdk/client-s3";
import { OptionsError } from "../errors.ts";
import type { AwsAuthorization, AwsKeys } from "../s3/credentials.ts";
import { authorizationClause, requireAuthorization, requireSessionKeys } from "../s3/credentials.ts";
import { checkBucket } from "../s3/uri.ts";
import type { AwsSettings } from "../settings/resolve.ts";
import type { Fragment } from "../sql/fragment.ts";
import type { S3Store } from "./aws-s3.ts";
import { s3Store } from "./aws-s3.ts";
import type { Bucket } from "./s3-bucket.ts";

/** What one `Redshift` object says to AWS: the keys of its S3 calls, and what COPY and UNLOAD are given. */
export class AwsAccess {
  readonly #settings: AwsSettings;
  /** What `useRole` and `useKeys` said last; a role comes before keys. */
  #role: AwsAuthorization | undefined;
  #keys: AwsKeys | undefined;
  /** By what `forcePathStyle` says. */
  readonly #stores = new Map<boolean | undefined, S3Store>();
  readonly #buckets = new Map<string, Promise<Bucket>>();

  constructor(settings: AwsSettings) {
    this.#settings = settings;
  }

  get region(): string | undefined {
    return this.#settings.region;
  }

  /** @throws OptionsError for keys that are no text */
  useKeys(keys: AwsKeys): void {
    authorizationClause(keys);
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
  get store(): S3Store {
    return this.#storeFor(undefined);
  }

  /** The SDK's client, the same each time. */
  client(forcePathStyle: boolean | undefined): Promise<S3Client> {
    return this.#storeFor(forcePathStyle).client();
  }

  /** A bucket, looked up once. @throws OptionsError for what is no name; StorageError when it is not there */
  async bucket(name: string): Promise<Bucket> {
    checkBucket(name);
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const found = this.store.bucket(name);
    this.#buckets.set(name, found);
    // What was not found, or not reached, may be there the next time.
    found.catch(() => this.#buckets.delete(name));
    return found;
  }

  /**
   * What COPY and UNLOAD are given: the call's own, the role set last, the keys set last, then the configuration's, then
   * with `copyWithClientCredentials` the session keys of the S3 calls as they are now.
   * @throws OptionsError when there is neither a role nor keys, for what is no role, and for keys of the SDK's that do not
   * lapse
   */
  async authorization(ofTheCall?: AwsAuthorization): Promise<AwsAuthorization> {
    const given = ofTheCall ?? this.#standing();
    const found =
      given === undefined && this.#settings.copyWithClientCredentials
        ? requireSessionKeys(await this.store.keys())
        : requireAuthorization(given);
    authorizationClause(found); // as above: before anything is uploaded
    return found;
  }

  /** The same as SQL with its secrets masked; undefined when there is none. */
  clause(): Fragment | undefined {
    const standing = this.#standing();
    return standing === undefined ? undefined : authorizationClause(standing);
  }

  /** Lets go of the S3 client; the next use makes a new one. */
  close(): void {
    for (const store of this.#stores.values()) store.close();
    this.#stores.clear();
    this.#buckets.clear();
  }

  #storeFor(forcePathStyle: boolean | undefined): S3Store {
    const known = this.#stores.get(forcePathStyle);
    if (known !== undefined) return known;
    const { region } = this.#settings;
    const credentials = this.#keys ?? configuredKeys(this.#settings);
    const store = s3Store({ region, credentials, forcePathStyle });
    this.#stores.set(forcePathStyle, store);
    return store;
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
