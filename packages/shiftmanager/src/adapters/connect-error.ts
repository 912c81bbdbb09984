import { ConnectionError, OptionsError } from "../errors.ts";
import type { IamOptions } from "../settings/iam.ts";
import type { ConnectionSettings } from "../settings/resolve.ts";
import { scrubError, scrubText } from "./scrub.ts";

type Described = { readonly code: string; readonly message: string };

/** The server asks for a password and none is given. */
export class MissingPassword extends Error {}

/** What went wrong while connecting, in one sentence that ends with the way out. */
export function connectError(
  error: unknown,
  settings: ConnectionSettings,
  secrets: readonly string[],
): ConnectionError | OptionsError {
  if (error instanceof ConnectionError || error instanceof OptionsError) return error;
  if (error instanceof MissingPassword) {
    return new ConnectionError(
      `The server asks for the password of "${settings.user}" and none is given; pass password, set PGPASSWORD, or add a line to ~/.pgpass.`,
    );
  }
  const described = describe(error);
  const message = sentence(described, settings) ?? unknownReason(described, settings);
  return new ConnectionError(scrubText(message, secrets), { cause: scrubError(error, secrets) });
}

function sentence({ code, message }: Described, settings: ConnectionSettings): string | undefined {
  const { host = "", port, user = "", database = "", iam } = settings;
  const place = `${host}:${port}`;
  return (
    network(code, message, host, place) ??
    (iam === undefined ? undefined : iamLogin(code, message, user, iam)) ??
    login(code, message, user, database, place) ??
    encryption(code, message, host, settings.ssl.mode)
  );
}

function network(code: string, message: string, host: string, place: string): string | undefined {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host "${host}" is not known here (${code}); check its spelling (host, PGHOST) and this machine's DNS.`;
    case "ECONNREFUSED":
      return `Nothing answers at ${place} (connection refused); check host and port (PGHOST, PGPORT) and that the cluster is running.`;
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return unreachable(place, code);
  }
  if (message === "timeout expired") return unreachable(place, "no answer in time");
  if (code === "ECONNRESET" || code === "EPIPE" || message === "Connection terminated unexpectedly") {
    return `The server at ${place} closed the connection during login; check that it is Redshift (port 5439) and not paused.`;
  }
  return undefined;
}

function unreachable(place: string, why: string): string {
  return `${place} cannot be reached (${why}); check that the cluster's security group and network let this machine in.`;
}

function login(
  code: string,
  message: string,
  user: string,
  database: string,
  place: string,
): string | undefined {
  if (/authentication(Ok)? message type 13/.test(message)) {
    return `The password of "${user}" is kept as SHA-256, which this driver cannot answer (authentication code 13); have it set again as MD5 (passwordHash, --password-hash md5), or log in as another user.`;
  }
  if (/no pg_hba\.conf entry/.test(message)) {
    return `The server at ${place} refuses "${user}" from here (${message}); if it requires TLS, leave ssl (PGSSLMODE) at verify-full.`;
  }
  if (code === "28P01" || code === "28000") {
    return `The server refused the login of "${user}" (${message}); check user and password (PGUSER, PGPASSWORD, ~/.pgpass), and VALID UNTIL of the user.`;
  }
  if (code === "3D000") {
    return `There is no database "${database}" at ${place}; check database (PGDATABASE); every cluster begins with one named "dev".`;
  }
  if (code === "53300") return `The server at ${place} has no connection left (${message}); try again later.`;
  return undefined;
}

/** AWS gives a password for users who do not exist as well. */
function iamLogin(code: string, message: string, user: string, iam: IamOptions): string | undefined {
  if (code !== "28P01" && code !== "28000") return undefined;
  const who = iam.dbUser === undefined ? user : iam.dbUser;
  const create = iam.dbUser === undefined ? "" : ", or set iam.autoCreate";
  return `The server refused the temporary password that AWS gave for "${user}" (${message}); check that the host is that of ${iam.clusterIdentifier ?? iam.workgroupName} and that the database user "${who}" exists${create}.`;
}

function encryption(code: string, message: string, host: string, mode: string): string | undefined {
  const trust = `name its CA with sslRootCert (PGSSLROOTCERT), or choose ssl "require" (PGSSLMODE) to go without proof of who answers`;
  if (message === "The server does not support SSL connections") {
    return `The server offers no TLS and ssl is "${mode}"; choose ssl "disable" (PGSSLMODE=disable) only on a network you trust.`;
  }
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `The server's certificate is not for "${host}"; connect by the cluster's own host name, or choose ssl "verify-ca" (PGSSLMODE).`;
    case "CERT_HAS_EXPIRED":
      return `The server's certificate has expired; have it renewed, or ${trust}.`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
    case "CERT_UNTRUSTED":
      return `The server's certificate is not trusted (${code}); ${trust}.`;
  }
  return undefined;
}

function unknownReason({ code, message }: Described, { host = "", port }: ConnectionSettings): string {
  const why = message === "" ? code : message;
  return `Connecting to ${host}:${port} failed (${why.replace(/[.\s]+$/, "")}); check the connection settings and the cluster's state.`;
}

/** Node reports a host with several addresses as one AggregateError whose own message is empty. */
function describe(error: unknown): Described {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const { code } = error as { code?: unknown };
  return { code: typeof code === "string" ? code : "", message: error.message };
}
