import type { EventHandler } from "../events.ts";
import { callback, flag, nameOrNames, options, text, type Kinds } from "../kinds.ts";
import { iamKinds, type IamOptions } from "./iam.ts";
import { pgConnectionKinds, type PgConnectionOptions } from "./source.ts";
import type { SslMode } from "./ssl.ts";

/** Where to connect and as whom; what is left out comes from the environment when the object is made. */
export interface RedshiftOptions {
  /** Default `PGHOST`. */
  readonly host?: string | undefined;
  /** Default `PGPORT`, then 5439. */
  readonly port?: number | undefined;
  /** Default `PGDATABASE`. */
  readonly database?: string | undefined;
  /** Default `PGUSER`. */
  readonly user?: string | undefined;
  /**
   * Default `PGPASSWORD`, then the matching line of `~/.pgpass` (`PGPASSFILE`). A function is called at each connection,
   * for passwords that expire.
   */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /** Called when the server asks for a password and nothing else has one. It may take its time: connecting waits for it. */
  readonly askPassword?: (() => Promise<string>) | undefined;
  /**
   * `redshift://user:password@host:port/database?sslmode=…`; single options win over its parts. Without any host in
   * options or `PGHOST`, `REDSHIFT_URL` is read and fills what is still missing. `DATABASE_URL` is never read. The
   * password of a URL is used only for the host and user of that URL.
   */
  readonly url?: string | undefined;
  /**
   * TLS as libpq names it; default `PGSSLMODE`, then `verify-full`. `allow` and `prefer` encrypt without verifying and
   * never fall back to plain text. `true` is `verify-full`, `false` is `disable`.
   */
  readonly ssl?: SslMode | boolean | undefined;
  /** Path of a PEM file with the certificates to trust in place of Node's; default `PGSSLROOTCERT`. `system` means Node's own. */
  readonly sslRootCert?: string | undefined;
  /** How long to wait for a connection, in milliseconds; default `PGCONNECT_TIMEOUT` (seconds), then 15,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default `AWS_ACCESS_KEY_ID`. Without keys the S3 client uses the AWS SDK's own provider chain. */
  readonly awsAccessKeyId?: string | undefined;
  /** Default `AWS_SECRET_ACCESS_KEY`. */
  readonly awsSecretAccessKey?: string | undefined;
  /** Default `AWS_SESSION_TOKEN`, then `AWS_SECURITY_TOKEN`. */
  readonly securityToken?: string | undefined;
  /** The role that COPY and UNLOAD assume: an ARN, several (chained), or `default`. Default `REDSHIFT_IAM_ROLE`. */
  readonly iamRole?: string | readonly string[] | undefined;
  /**
   * Gives COPY and UNLOAD the session keys that the AWS SDK's provider chain found for S3 calls (SSO, an assumed role, an
   * instance role), when neither a role nor keys are set. They stand in the SQL text, masked wherever it is shown, and are
   * asked for just before it runs. The cluster's query logs may keep them, so long-term keys are refused. Default false: a
   * role is better.
   */
  readonly copyWithClientCredentials?: boolean | undefined;
  /** Default `AWS_REGION`, then `AWS_DEFAULT_REGION`. */
  readonly region?: string | undefined;
  /**
   * Logs in through IAM, in place of `user` and `password`. Without `host` (or `PGHOST`) AWS is asked where the cluster or
   * workgroup is. Refused with `ssl: "disable"`.
   */
  readonly iam?: IamOptions | undefined;
  /** The PostgreSQL database that `copyTableToS3` and `copyTableToRedshift` read, unless `createPgConnection` names another. */
  readonly source?: PgConnectionOptions | undefined;
  /** Further options of the `pg` driver; they win over what the other options would give it. */
  readonly pg?: Readonly<Record<string, unknown>> | undefined;
  /** Told what happens: connecting, statements, notices, progress, warnings. The library itself never prints. */
  readonly onEvent?: EventHandler | undefined;
}

export const redshiftKinds: Kinds<RedshiftOptions> = {
  ...pgConnectionKinds,
  awsAccessKeyId: text,
  awsSecretAccessKey: text,
  securityToken: text,
  iamRole: nameOrNames,
  copyWithClientCredentials: flag,
  region: text,
  iam: options(iamKinds),
  source: options(pgConnectionKinds),
  onEvent: callback,
};
