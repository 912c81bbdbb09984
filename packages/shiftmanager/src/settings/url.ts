import { OptionsError } from "../errors.ts";

/** What a connection URL says; what it leaves out is undefined. */
export interface UrlSettings {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly sslMode: string | undefined;
  readonly sslRootCert: string | undefined;
}

const schemes = ["redshift:", "postgres:", "postgresql:"];

/**
 * Reads `redshift://user:password@host:port/database?sslmode=…&sslrootcert=…`; the schemes `postgres` and `postgresql`
 * mean the same. User, password and database are percent-decoded.
 * @throws OptionsError that never quotes the URL, because it may hold a password.
 */
export function parseUrl(text: string, from: string): UrlSettings {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new OptionsError(
      `${from} is not a URL; write redshift://user@host:5439/database, with special characters percent-encoded.`,
    );
  }
  if (!schemes.includes(url.protocol)) {
    throw new OptionsError(
      `${from} starts with ${url.protocol}//; write redshift://user@host:5439/database.`,
    );
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "sslmode" && name !== "sslrootcert") {
      throw new OptionsError(
        `${from} sets "${name}", which is not known there; sslmode and sslrootcert are.`,
      );
    }
  }
  return {
    host: decode(url.hostname.replace(/^\[(.*)\]$/, "$1"), from),
    port: url.port === "" ? undefined : url.port,
    user: decode(url.username, from),
    password: decode(url.password, from),
    database: decode(url.pathname.replace(/^\//, ""), from),
    sslMode: url.searchParams.get("sslmode") ?? undefined,
    sslRootCert: url.searchParams.get("sslrootcert") ?? undefined,
  };
}

function decode(text: string, from: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OptionsError(
      `${from} holds a % that starts no percent-encoded character; write %25 for the sign itself.`,
    );
  }
}
