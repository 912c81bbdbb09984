import { createHash, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "./der.ts";

/** What one certificate says. */
export interface CertificateFacts {
  /** The common name, and that of the authority. */
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly issuerPublicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** It may sign others; or it is a server's, under these names and addresses. */
  readonly use:
    "authority" | { readonly names: readonly string[]; readonly addresses: readonly Uint8Array[] };
}

/** ecdsa-with-SHA256 */
const ALGORITHM = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const COMMON_NAME = objectIdentifier("2.5.4.3");
const SERVER_AUTHENTICATION = objectIdentifier("1.3.6.1.5.5.7.3.1");
const VERSION_3 = tagged(0, integer(Buffer.from([2])), true);

/** An X.509 certificate in PEM, signed with an authority's EC key. @see RFC 5280 4.1 */
export function signCertificate(facts: CertificateFacts, authorityKey: KeyObject): string {
  const serial = randomBytes(16);
  // Neither zero nor negative.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const content = sequence(
    VERSION_3,
    integer(serial),
    ALGORITHM,
    distinguishedName(facts.issuer),
    sequence(time(facts.notBefore), time(facts.notAfter)),
    distinguishedName(facts.subject),
    facts.publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions(facts)), true),
  );
  const signature = sign("sha256", content, authorityKey);
  return pem(sequence(content, ALGORITHM, bitString(signature)));
}

/** The key identifiers are there because strict clients (Python 3.13's) refuse a chain without them. */
function extensions({ use, publicKey, issuerPublicKey }: CertificateFacts): Buffer[] {
  const common = [
    extension("2.5.29.14", false, octetString(keyIdentifier(publicKey))),
    extension("2.5.29.35", false, sequence(tagged(0, keyIdentifier(issuerPublicKey), false))),
  ];
  if (use === "authority")
    return [
      extension("2.5.29.19", true, sequence(boolean(true))),
      // keyCertSign, the sixth bit.
      extension("2.5.29.15", true, bitString(Buffer.from([0x04]), 2)),
      ...common,
    ];
  const names = [
    ...use.names.map((name) => tagged(2, Buffer.from(name, "latin1"), false)),
    ...use.addresses.map((address) => tagged(7, address, false)),
  ];
  return [
    extension("2.5.29.19", true, sequence()),
    // digitalSignature, the first bit.
    extension("2.5.29.15", true, bitString(Buffer.from([0x80]), 7)),
    extension("2.5.29.37", false, sequence(SERVER_AUTHENTICATION)),
    extension("2.5.29.17", false, sequence(...names)),
    ...common,
  ];
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  // DER leaves out what is the default.
  const mark = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(identifier), ...mark, octetString(value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8String(commonName))));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
