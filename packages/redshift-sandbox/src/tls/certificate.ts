import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { signCertificate } from "./sign-certificate.ts";

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

const AUTHORITY = "redshift-sandbox authority";
/** 127.0.0.1 and ::1 */
const LOOPBACK = [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.from([1])])];

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
  const authority = keyPair();
  const own = keyPair();
  const common = {
    issuer: AUTHORITY,
    issuerPublicKey: authority.publicKey,
    // Clocks of containers and their hosts differ a little.
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + VALID_DAYS * DAY_MS),
  };
  const ca = signCertificate(
    { ...common, subject: AUTHORITY, publicKey: authority.publicKey, use: "authority" },
    authority.privateKey,
  );
  const cert = signCertificate(
    {
      ...common,
      subject: "localhost",
      publicKey: own.publicKey,
      use: { names: ["localhost"], addresses: LOOPBACK },
    },
    authority.privateKey,
  );
  const key = own.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const draft = `${directory}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(join(draft, "server.key"), key, { mode: 0o600 });
  await writeFile(join(draft, "server.crt"), cert, { mode: 0o600 });
  await writeFile(join(draft, "ca.crt"), ca, { mode: 0o644 });
  await rm(directory, { recursive: true, force: true });
  await rename(draft, directory);
  return { key, cert, caPath: join(directory, "ca.crt") };
}

function keyPair() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}
