import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { message, toClient } from "./messages.ts";

/** AuthenticationRequest code of users whose password is kept as SHA-256. @see facts.md 6.4 */
const digestCode = 13;

/** The reply of a client that knows code 13. */
export const digestReplyType = 0x64;

/** What the server asks a client that must prove a password kept as `SHA256(password ‖ salt)`. */
export interface DigestChallenge {
  readonly request: Buffer;
  readonly nonce: Buffer;
}

export function digestChallenge(salt: Buffer): DigestChallenge {
  const nonce = Buffer.from(randomBytes(16).toString("hex"), "latin1");
  return {
    nonce,
    request: message(
      toClient.authentication,
      // Algorithm 0 is SHA-256.
      Buffer.concat([int32(digestCode), int32(0), int32(salt.length), salt, int32(nonce.length), nonce]),
    ),
  };
}

/**
 * Whether the reply's body (after its length) proves the password whose digest is kept:
 * `SHA256(SHA256(password ‖ salt) ‖ server nonce ‖ client nonce)`, then the client nonce, each after its length.
 */
export function provesDigest(body: Buffer, kept: Buffer, nonce: Buffer): boolean {
  const proof = lengthPrefixed(body, 0);
  if (proof === undefined) return false;
  const clientNonce = lengthPrefixed(body, 4 + proof.length);
  if (clientNonce === undefined) return false;
  const expected = createHash("sha256").update(kept).update(nonce).update(clientNonce).digest();
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}

function lengthPrefixed(body: Buffer, at: number): Buffer | undefined {
  if (body.length < at + 4) return undefined;
  const length = body.readUInt32BE(at);
  return body.length < at + 4 + length ? undefined : body.subarray(at + 4, at + 4 + length);
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
