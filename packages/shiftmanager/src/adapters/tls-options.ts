import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { OptionsError } from "../errors.ts";
import type { SslSettings } from "../settings/ssl.ts";

/** What Node's TLS is told for a libpq mode; false for plain text. @throws OptionsError when the root certificate cannot be read */
export function tlsOptions({ mode, rootCert }: SslSettings): ConnectionOptions | false {
  switch (mode) {
    case "disable":
      return false;
    case "allow":
    case "prefer":
    case "require":
      return { rejectUnauthorized: false };
    case "verify-ca":
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined, ...trusted(rootCert) };
    case "verify-full":
      return { rejectUnauthorized: true, ...trusted(rootCert) };
  }
}

function trusted(rootCert: string | undefined): { readonly ca?: string } {
  if (rootCert === undefined || rootCert === "system") return {};
  try {
    return { ca: readFileSync(rootCert, "utf8") };
  } catch (cause) {
    throw new OptionsError(
      `The root certificate "${rootCert}" cannot be read; name a PEM file with sslRootCert (PGSSLROOTCERT), or "system".`,
      { cause },
    );
  }
}
