import { ConnectionError } from "../errors.ts";
import type { IamOptions } from "../settings/iam.ts";
import type { AwsSettings, ConnectionSettings } from "../settings/resolve.ts";
import { iamError } from "./iam-error.ts";
import { loadPeer } from "./peer.ts";

/** What a login to the database needs. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The part of AWS's answers that is used; both services give it. */
interface TemporaryPassword {
  readonly user: string;
  readonly password: string;
  readonly expiresAt: number;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One service of AWS, asked for one cluster or workgroup. */
interface Service {
  password(signal: AbortSignal | undefined): Promise<TemporaryPassword>;
  endpoint(signal: AbortSignal | undefined): Promise<Endpoint>;
  close(): void;
}

/** A password is not used for a new connection in its last minute, which a slow login may need. */
const marginMs = 60_000;

/** Logs in through IAM: asks AWS for a temporary password before a connection is opened, and again before that lapses. */
export class IamLogin {
  readonly #iam: IamOptions;
  readonly #settings: ConnectionSettings;
  readonly #aws: AwsSettings;
  #password: TemporaryPassword | undefined;

  constructor(iam: IamOptions, settings: ConnectionSettings, aws: AwsSettings) {
    this.#iam = iam;
    this.#settings = settings;
    this.#aws = aws;
  }

  /**
   * A login for a connection that is opened now. Where no host is given, AWS says where the cluster or workgroup is.
   * @throws OptionsError when the client package is not installed; ConnectionError for what AWS refuses
   */
  async next(database: string): Promise<Login> {
    const kept = this.#password !== undefined && this.#password.expiresAt - marginMs > Date.now();
    const { host, port, connectTimeoutMs, givenPort } = this.#settings;
    if (kept && this.#password !== undefined && host !== undefined) {
      return { host, port, user: this.#password.user, password: this.#password.password };
    }
    const service = await openService(this.#iam, this.#aws, database);
    const signal = connectTimeoutMs === 0 ? undefined : AbortSignal.timeout(connectTimeoutMs);
    try {
      // The last one first: while AWS is asked for the other it could lapse.
      const endpoint = host === undefined ? await service.endpoint(signal) : { host, port };
      const password = kept && this.#password !== undefined ? this.#password : await service.password(signal);
      this.#password = password;
      return {
        host: endpoint.host,
        port: host === undefined ? (givenPort ?? endpoint.port) : port,
        user: password.user,
        password: password.password,
      };
    } catch (error) {
      throw iamError(error, this.#iam, { ...this.#aws, timedOut: signal?.aborted === true });
    } finally {
      service.close();
    }
  }

  /** The server refused the password: the next login asks for another. */
  forget(): void {
    this.#password = undefined;
  }
}

function openService(iam: IamOptions, aws: AwsSettings, database: string): Promise<Service> {
  return iam.clusterIdentifier === undefined
    ? workgroupService(iam.workgroupName, iam, aws, database)
    : clusterService(iam.clusterIdentifier, iam, aws, database);
}

async function clusterService(
  clusterIdentifier: string,
  { dbUser, autoCreate, dbGroups, durationSeconds }: IamOptions,
  aws: AwsSettings,
  database: string,
): Promise<Service> {
  const sdk = await loadPeer(
    "@aws-sdk/client-redshift",
    "IAM logins to a cluster",
    () => import("@aws-sdk/client-redshift"),
  );
  const client = new sdk.RedshiftClient(clientConfig(aws));
  const common = {
    ClusterIdentifier: clusterIdentifier,
    DbName: database,
    ...(durationSeconds === undefined ? {} : { DurationSeconds: durationSeconds }),
  };
  return {
    async password(signal) {
      const options = signal === undefined ? {} : { abortSignal: signal };
      const { DbUser, DbPassword, Expiration } =
        dbUser === undefined
          ? await client.send(new sdk.GetClusterCredentialsWithIAMCommand(common), options)
          : await client.send(
              new sdk.GetClusterCredentialsCommand({
                ...common,
                DbUser: dbUser,
                ...(autoCreate === undefined ? {} : { AutoCreate: autoCreate }),
                ...(dbGroups === undefined ? {} : { DbGroups: [...dbGroups] }),
              }),
              options,
            );
      return temporaryPassword(DbUser, DbPassword, Expiration);
    },
    async endpoint(signal) {
      const { Clusters } = await client.send(
        new sdk.DescribeClustersCommand({ ClusterIdentifier: clusterIdentifier }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      const cluster = Clusters?.[0];
      return requireEndpoint(
        cluster?.Endpoint?.Address,
        cluster?.Endpoint?.Port,
        `The cluster ${clusterIdentifier}`,
        cluster?.ClusterStatus,
      );
    },
    close: () => client.destroy(),
  };
}

async function workgroupService(
  workgroupName: string,
  { durationSeconds }: IamOptions,
  aws: AwsSettings,
  database: string,
): Promise<Service> {
  const sdk = await loadPeer(
    "@aws-sdk/client-redshift-serverless",
    "IAM logins to a workgroup",
    () => import("@aws-sdk/client-redshift-serverless"),
  );
  const client = new sdk.RedshiftServerlessClient(clientConfig(aws));
  return {
    async password(signal) {
      const { dbUser, dbPassword, expiration } = await client.send(
        new sdk.GetCredentialsCommand({
          workgroupName,
          dbName: database,
          ...(durationSeconds === undefined ? {} : { durationSeconds }),
        }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return temporaryPassword(dbUser, dbPassword, expiration);
    },
    async endpoint(signal) {
      const { workgroup } = await client.send(
        new sdk.GetWorkgroupCommand({ workgroupName }),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return requireEndpoint(
        workgroup?.endpoint?.address,
        workgroup?.endpoint?.port,
        `The workgroup ${workgroupName}`,
        workgroup?.status,
      );
    },
    close: () => client.destroy(),
  };
}

/** As for S3: keys and region that were configured, else the SDK's own provider chain. */
function clientConfig({ region, accessKeyId, secretAccessKey, sessionToken }: AwsSettings) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
  };
}

function temporaryPassword(
  user: string | undefined,
  password: string | undefined,
  expiration: Date | undefined,
): TemporaryPassword {
  if (user === undefined || password === undefined) {
    throw new ConnectionError(
      "AWS answered without a user name and password; check what answers at its endpoint.",
    );
  }
  // Without a time it holds for this connection only.
  return { user, password, expiresAt: expiration?.getTime() ?? 0 };
}

function requireEndpoint(
  host: string | undefined,
  port: number | undefined,
  what: string,
  status: string | undefined,
): Endpoint {
  if (host === undefined || port === undefined) {
    const state = status === undefined ? "" : ` (it is ${status})`;
    throw new ConnectionError(`${what} has no endpoint${state}; wait until it is available, or resume it.`);
  }
  return { host, port };
}
