import { OptionsError } from "../errors.ts";
import { callback, either, flag, number, object, text, type Kinds } from "../kinds.ts";
import type { ConnectionSettings, Environment } from "./resolve.ts";
import type { SslMode } from "./ssl.ts";
import { sslSettings } from "./ssl.ts";
import { parseUrl } from "./url.ts";
import { wording, type Mention } from "../wording.ts";

/** PostgreSQL's own port. */
export const defaultSourcePort = 5432;

const defaultConnectTimeoutMs = 15_000;

/**
 * The PostgreSQL database that rows are read from. Nothing of it ever comes from `PGHOST` and its like: they mean
 * Redshift here.
 */
export interface PgConnectionOptions {
  /** A host name, or the directory of a Unix socket. */
  readonly host?: string | undefined;
  /** Default 5432. */
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  /** Default `SHIFTMANAGER_SOURCE_PASSWORD`, then the matching line of `~/.pgpass`, then `askPassword`. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /** Called when the server asks for a password and nothing else has one. It may take its time: connecting waits for it. */
  readonly askPassword?: (() => Promise<string>) | undefined;
  /**
   * `postgresql://user:password@host:port/database?sslmode=…`; single options win over its parts. Without any host,
   * `SHIFTMANAGER_SOURCE_URL` is read. The password of a URL is used only for the host and user of that URL.
   */
  readonly url?: string | undefined;
  /** TLS as libpq names it; default `verify-full`. A Unix socket has none. */
  readonly ssl?: SslMode | boolean | undefined;
  /** Path of a PEM file with the certificates to trust in place of Node's. */
  readonly sslRootCert?: string | undefined;
  /** How long to wait for a connection, in milliseconds; default 15,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Further options of the `pg` driver; they win over what the other options would give it. */
  readonly pg?: Readonly<Record<string, unknown>> | undefined;
}

export const pgConnectionKinds: Kinds<PgConnectionOptions> = {
  host: text,
  port: either(number, text),
  database: text,
  user: text,
  password: either(text, callback),
  askPassword: callback,
  url: text,
  ssl: either(text, flag),
  sslRootCert: text,
  connectTimeoutMs: number,
  pg: object,
};

/** Where the source is and as whom; complete. */
export type SourceSettings = ConnectionSettings & {
  readonly host: string;
  readonly database: string;
  readonly user: string;
};

/**
 * Settings of the source by precedence: options (the parts of `url` after single ones), `SHIFTMANAGER_SOURCE_URL`.
 * @throws OptionsError naming what is missing, and for what can be no port, TLS mode or URL
 */
export function sourceSettings(options: PgConnectionOptions, env: Environment): SourceSettings {
  const given = options.url === undefined ? undefined : parseUrl(options.url, "The source's url");
  const named = options.host ?? given?.host;
  const variable = env.SHIFTMANAGER_SOURCE_URL;
  // Read only when nothing else names a host: its user and password must not go to another server.
  const url =
    given ??
    (named === undefined && variable !== undefined && variable !== ""
      ? parseUrl(variable, "SHIFTMANAGER_SOURCE_URL")
      : undefined);
  const host = named ?? url?.host;
  const user = options.user ?? url?.user;
  const database = options.database ?? url?.database;
  if (host === undefined || user === undefined || database === undefined) {
    const missing = [
      ...(host === undefined ? [sourceOption("host")] : []),
      ...(database === undefined ? [sourceOption("database")] : []),
      ...(user === undefined ? [sourceOption("user")] : []),
    ];
    throw new OptionsError(
      wording`The source database needs ${missing.flatMap((name, i) => (i === 0 ? [name] : [", ", name]))}; give what is missing or set SHIFTMANAGER_SOURCE_URL. PG* variables mean Redshift and are not read for it.`,
    );
  }
  const fromUrl = url?.host === host && url.user === user ? url.password : undefined;
  const fromEnvironment = env.SHIFTMANAGER_SOURCE_PASSWORD;
  const socket = host.startsWith("/");
  const port = sourcePort(options.port ?? url?.port);
  return {
    host,
    port,
    givenPort: port,
    database,
    user,
    password: options.password ?? fromUrl ?? (fromEnvironment === "" ? undefined : fromEnvironment),
    urlPassword: undefined,
    askPassword: options.askPassword,
    iam: undefined,
    ssl: sslSettings(
      socket ? "disable" : (options.ssl ?? url?.sslMode),
      options.sslRootCert ?? url?.sslRootCert,
    ),
    connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    pg: options.pg ?? {},
  };
}

/**
 * Refuses a source that is the target: reading a table while replacing its rows is a mistake, never a wish.
 * Other names of one server (an alias, a load balancer) show only when the server answers.
 * @throws OptionsError
 */
export function refuseSameDatabase(source: SourceSettings, target: ConnectionSettings): void {
  const same =
    hostName(source.host) === hostName(target.host ?? "") &&
    source.port === target.port &&
    source.database === target.database;
  if (!same) return;
  throw new OptionsError(
    `The source and the target are the same database ("${source.database}" at ${source.host}:${source.port}); name the PostgreSQL database to read from.`,
  );
}

function hostName(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, "");
  return ["127.0.0.1", "::1"].includes(name) ? "localhost" : name;
}

function sourcePort(value: number | string | undefined): number {
  const number = value === undefined ? defaultSourcePort : Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new OptionsError(`"${value}" is no port; the source's port is a whole number from 1 to 65535.`);
  }
  return number;
}

function sourceOption(name: string): Mention {
  return { name, of: "source" };
}
