import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the server presents, and what a client verifies it with. */
export interface ServerCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** The authority that signed it, as a file: for PGSSLROOTCERT and NODE_EXTRA_CA_CERTS. */
  readonly caPath: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Apple's systems refuse server certificates that are valid for longer. */
const VALID_DAYS = 825;
const RENEW_DAYS = 30;

const ADDRESSES = [
  { type: 2 as const, value: "localhost" },
  { type: 7 as const, ip: "127.0.0.1" },
  { type: 7 as const, ip: "::1" },
];

/**
 * Reads the certificate kept in `directory`, or makes one for localhost, 127.0.0.1 and ::1 when there is none or it soon ends.
 * The authority that signs it is made with it and its key is thrown away, so that trusting it can never vouch for anything else.
 */
export async function serverCertificate(directory: string): Promise<ServerCertificate> {
  return (await read(directory)) ?? (await make(directory));
}

async function read(directory: string): Promise<ServerCertificate | undefined> {
  const names = ["server.key", "server.crt"].map((name) => readFile(join(directory, name), "utf8"));
  let found: readonly string[];
  try {
    found = await Promise.all(names);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const [key = "", cert = ""] = found;
  const endsMs = Date.parse(new X509Certificate(cert).validTo);
  if (endsMs - Date.now() < RENEW_DAYS * DAY_MS) return undefined;
  return { key, cert, caPath: join(directory, "ca.crt") };
}

async function make(directory: string): Promise<ServerCertificate> {
  // Loaded only when one has to be made: it takes longer than the making.
  const { generate } = await import("selfsigned");
  const common = {
    keyType: "ec" as const,
    curve: "P-256" as const,
    algorithm: "sha256",
    // Clocks of containers and their hosts differ a little.
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + VALID_DAYS * DAY_MS),
  };
  const ca = await generate([{ name: "commonName", value: "redshift-sandbox authority" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: ADDRESSES },
    ],
  });
  const draft = `${directory}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(join(draft, "server.key"), server.private, { mode: 0o600 });
  await writeFile(join(draft, "server.crt"), server.cert, { mode: 0o600 });
  await writeFile(join(draft, "ca.crt"), ca.cert, { mode: 0o644 });
  await rm(directory, { recursive: true, force: true });
  await rename(draft, directory);
  return { key: server.private, cert: server.cert, caPath: join(directory, "ca.crt") };
}
