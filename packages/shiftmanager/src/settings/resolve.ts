import { OptionsError } from "../errors.ts";
import type { IamOptions } from "./iam.ts";
import { checkIam } from "./iam.ts";
import type { RedshiftOptions } from "./options.ts";
import type { SslSettings } from "./ssl.ts";
import { sslSettings } from "./ssl.ts";
import type { UrlSettings } from "./url.ts";
import { parseUrl } from "./url.ts";
import { option, wording } from "../wording.ts";

/** Redshift's own port, not PostgreSQL's 5432. */
export const defaultPort = 5439;

/** In milliseconds. */
export const defaultConnectTimeoutMs = 15_000;

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where and how to connect. Incomplete settings are no error before the first connection: building SQL needs none. */
export interface ConnectionSettings {
  readonly host: string | undefined;
  readonly port: number;
  /** The port, where one is given. */
  readonly givenPort: number | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  /** From options or `PGPASSWORD`; else `~/.pgpass` is asked, and then `urlPassword` is used. */
  readonly password: string | (() => string | Promise<string>) | undefined;
  /** The password of `REDSHIFT_URL`. */
  readonly urlPassword: string | undefined;
  /** Asked last of all. */
  readonly askPassword: (() => Promise<string>) | undefined;
  readonly ssl: SslSettings;
  /** How to log in, in place of user and password. */
  readonly iam: IamOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly pg: Readonly<Record<string, unknown>>;
}

/** What S3 and COPY are given. */
export interface AwsSettings {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly iamRole: readonly string[] | undefined;
  readonly region: string | undefined;
  readonly copyWithClientCredentials: boolean;
}

/**
 * Connection settings by precedence: options (the parts of `url` after single ones), `PG*`, `REDSHIFT_URL`. The password
 * also comes from `~/.pgpass`, before `REDSHIFT_URL`'s.
 * @throws OptionsError for what can be no port, TLS mode, timeout or URL.
 */
export function connectionSettings(options: RedshiftOptions, env: Environment): ConnectionSettings {
  const given = options.url === undefined ? undefined : parseUrl(options.url, "The option url");
  const named = options.host ?? given?.host ?? text(env.PGHOST);
  const url = text(env.REDSHIFT_URL);
  // Read only when nothing else names a host: its user and password must not go to another server.
  // An IAM login is to the cluster or workgroup it names.
  const mayFallBack = named === undefined && options.iam === undefined;
  const fallback = mayFallBack && url !== undefined ? parseUrl(url, "REDSHIFT_URL") : undefined;

  const host = named ?? fallback?.host;
  const user = options.user ?? given?.user ?? text(env.PGUSER) ?? fallback?.user;
  const sslMode = options.ssl ?? given?.sslMode ?? text(env.PGSSLMODE) ?? fallback?.sslMode;
  const sslRootCert =
    options.sslRootCert ?? given?.sslRootCert ?? text(env.PGSSLROOTCERT) ?? fallback?.sslRootCert;
  const givenPort = port(options.port ?? given?.port ?? text(env.PGPORT) ?? fallback?.port);
  const ssl = sslSettings(sslMode, sslRootCert);
  if (options.iam !== undefined) checkIamLogin(options, options.iam, given, ssl);
  return {
    host,
    port: givenPort ?? defaultPort,
    givenPort,
    database: options.database ?? given?.database ?? text(env.PGDATABASE) ?? fallback?.database,
    user,
    password: options.password ?? passwordFor(given, host, user) ?? text(env.PGPASSWORD),
    urlPassword: passwordFor(fallback, host, user),
    askPassword: options.askPassword,
    ssl,
    iam: options.iam,
    connectTimeoutMs: timeout(options.connectTimeoutMs, text(env.PGCONNECT_TIMEOUT)),
    pg: options.pg ?? {},
  };
}

/** Keys, role and region by precedence: options, then the environment. Keys are taken from one place, never mixed. */
export function awsSettings(options: RedshiftOptions, env: Environment): AwsSettings {
  const fromOptions = options.awsAccessKeyId !== undefined || options.awsSecretAccessKey !== undefined;
  const accessKeyId = fromOptions ? options.awsAccessKeyId : text(env.AWS_ACCESS_KEY_ID);
  const secretAccessKey = fromOptions ? options.awsSecretAccessKey : text(env.AWS_SECRET_ACCESS_KEY);
  if (fromOptions && (accessKeyId === undefined || secretAccessKey === undefined)) {
    throw new OptionsError(
      "awsAccessKeyId and awsSecretAccessKey belong together; give both, or neither to use the environment.",
    );
  }
  const environmentToken = text(env.AWS_SESSION_TOKEN) ?? text(env.AWS_SECURITY_TOKEN);
  const role = options.iamRole ?? text(env.REDSHIFT_IAM_ROLE);
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: options.securityToken ?? (fromOptions ? undefined : environmentToken),
    iamRole: typeof role === "string" ? role.split(",").map((arn) => arn.trim()) : role,
    region: options.region ?? text(env.AWS_REGION) ?? text(env.AWS_DEFAULT_REGION),
    copyWithClientCredentials: options.copyWithClientCredentials ?? false,
  };
}

/** Settings that are enough to connect with. @throws OptionsError naming what is missing and where it may be given */
export function completeSettings(
  settings: ConnectionSettings,
): ConnectionSettings & { readonly host: string; readonly database: string; readonly user: string } {
  const { host, database, user } = settings;
  if (host !== undefined && database !== undefined && user !== undefined) {
    return { ...settings, host, database, user };
  }
  const missing = [
    ...(host === undefined ? ["host (PGHOST)"] : []),
    ...(database === undefined ? ["database (PGDATABASE)"] : []),
    ...(user === undefined ? ["user (PGUSER)"] : []),
  ];
  throw new OptionsError(
    wording`Connecting needs ${missing.join(", ")}; give what is missing in the environment or in ${option("new Redshift()")}.`,
  );
}

/** The database of a login through IAM, which brings the rest. @throws OptionsError when there is none */
export function requireDatabase({ database }: ConnectionSettings): string {
  if (database !== undefined) return database;
  throw new OptionsError(
    wording`Connecting needs database (PGDATABASE); give it in the environment or in ${option("new Redshift()")}.`,
  );
}

/** An empty variable says as little as a missing one. */
function text(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function passwordFor(
  url: UrlSettings | undefined,
  host: string | undefined,
  user: string | undefined,
): string | undefined {
  return url?.host === host && url?.user === user ? url?.password : undefined;
}

/** @throws OptionsError for settings that contradict a login through IAM */
function checkIamLogin(
  { user, password, pg }: RedshiftOptions,
  iam: IamOptions,
  url: UrlSettings | undefined,
  { mode }: SslSettings,
): void {
  checkIam(iam);
  if (mode === "disable" || pg?.ssl === false) {
    throw new OptionsError(
      'An IAM login needs TLS; leave ssl (PGSSLMODE) at verify-full, or choose another mode but "disable".',
    );
  }
  const login = user ?? password ?? url?.user ?? url?.password;
  if (login !== undefined) {
    throw new OptionsError(
      "With iam, AWS says which user and password to log in with; leave out user and password (iam.dbUser names a database user).",
    );
  }
}

function port(value: number | string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "string" && !/^\d+$/.test(value) ? Number.NaN : Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new OptionsError(`"${value}" is no port; port (PGPORT) is a whole number from 1 to 65535.`);
  }
  return number;
}

function timeout(optionMs: number | undefined, environmentSeconds: string | undefined): number {
  const value =
    optionMs ?? (environmentSeconds === undefined ? undefined : Number(environmentSeconds) * 1000);
  if (value === undefined) return defaultConnectTimeoutMs;
  if (!Number.isFinite(value) || value < 0) {
    throw new OptionsError(
      "connectTimeoutMs (or PGCONNECT_TIMEOUT, in seconds) is a number from 0; 0 waits as long as the system does.",
    );
  }
  return value;
}
