import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { decodePercent, encodePercent } from "./address.ts";

/** The parts of a request that Signature Version 4 covers. */
export interface SignedParts {
  readonly method: string;
  /** Percent-encoded, as sent. */
  readonly path: string;
  /** Decoded; the presigned form leaves `X-Amz-Signature` out by itself. */
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names in the order of the signature, with their values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Hex digest, or one of S3's words such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** The credential scope: `20260101/us-east-1/s3/aws4_request`. */
export interface Scope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const EMPTY_SHA256 = sha256Hex("");

/**
 * The signature of a request.
 * Path and query are decoded and encoded again, so that a client that escapes less than AWS's rules ask still agrees; as S3 demands,
 * the path is not normalised.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signRequest(parts: SignedParts, key: Buffer, timestamp: string, scope: Scope): string {
  const query = [...parts.query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encodePercent(name), encodePercent(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const canonical = [
    parts.method,
    encodePercent(decodePercent(parts.path), "/"),
    query,
    ...parts.headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, " ")}`),
    "",
    parts.headers.map(([name]) => name).join(";"),
    parts.payloadHash,
  ].join("\n");
  return hmac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scopeText(scope)}\n${sha256Hex(canonical)}`).toString(
    "hex",
  );
}

/** The key of one day, region and service; it is what chunk signatures are made with, too. */
export function signingKey(secret: string, scope: Scope): Buffer {
  const day = hmac(`AWS4${secret}`, scope.date);
  return hmac(hmac(hmac(day, scope.region), scope.service), "aws4_request");
}

/**
 * Makes the signatures of a streamed body one after the other: each covers the one before.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class ChunkSigner {
  readonly #key: Buffer;
  readonly #timestamp: string;
  readonly #scope: Scope;
  #previous: string;

  constructor(key: Buffer, timestamp: string, scope: Scope, seed: string) {
    this.#key = key;
    this.#timestamp = timestamp;
    this.#scope = scope;
    this.#previous = seed;
  }

  chunk(sha256OfData: string): string {
    return this.#sign(["AWS4-HMAC-SHA256-PAYLOAD", EMPTY_SHA256, sha256OfData]);
  }

  /** `trailers` as they are sent, each `name:value` with a line feed. */
  trailer(trailers: string): string {
    return this.#sign(["AWS4-HMAC-SHA256-TRAILER", sha256Hex(trailers)]);
  }

  #sign([algorithm, ...hashes]: readonly string[]): string {
    const text = [algorithm, this.#timestamp, scopeText(this.#scope), this.#previous, ...hashes].join("\n");
    this.#previous = hmac(this.#key, text).toString("hex");
    return this.#previous;
  }
}

/** Compares two texts in a time that does not depend on where they differ. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}

function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
