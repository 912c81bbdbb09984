import { OptionsError } from "../errors.ts";

/** The modes of libpq; `verify-full` is the default. `allow` and `prefer` encrypt without verifying and never fall back to plain text. */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export type SslMode = (typeof sslModes)[number];

/** How the connection is encrypted. */
export interface SslSettings {
  readonly mode: SslMode;
  /** Path of a PEM file, or `system` for the certificates Node trusts (also the default). */
  readonly rootCert: string | undefined;
}

/**
 * Reads a mode. As in libpq, `require` with a root certificate means `verify-ca`.
 * @throws OptionsError for a word that is none.
 */
export function sslSettings(mode: string | boolean | undefined, rootCert: string | undefined): SslSettings {
  const word = mode === true ? "verify-full" : mode === false ? "disable" : (mode ?? "verify-full");
  const known = sslModes.find((candidate) => candidate === word);
  if (known === undefined) {
    throw new OptionsError(`"${word}" is no TLS mode; ssl (PGSSLMODE) is one of ${sslModes.join(", ")}.`);
  }
  return { mode: known === "require" && rootCert !== undefined ? "verify-ca" : known, rootCert };
}
