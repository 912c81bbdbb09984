import { createHash, type Hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { AuthenticatedRequest } from "./authenticate.ts";
import {
  CHECKSUM_ALGORITHMS,
  checksumHeader,
  isChecksumValue,
  readAlgorithm,
  startChecksum,
  type Checksum,
  type ChecksumAlgorithm,
} from "./checksums.ts";
import { ChunkedBody } from "./chunked-body.ts";
import {
  badDigest,
  incompleteBody,
  invalidArgument,
  invalidRequest,
  malformedTrailer,
  malformedXml,
  notImplemented,
  S3Error,
} from "./s3-error.ts";

/** DeleteObjects may name 1,000 keys of 1,024 bytes, and XML makes some characters six bytes long. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

interface Announced {
  readonly algorithm: ChecksumAlgorithm;
  /** Absent when it comes in the trailer. */
  readonly value: string | undefined;
}

/**
 * The payload of a request, taken out of its transfer form and proved while it is read: length, SHA-256 of the signature, chunk
 * signatures, Content-MD5 and checksum, whichever the client sent. An iteration that ends without an error has proved them all;
 * what was read before must not be believed. Headers that contradict themselves are refused at construction, before any byte is asked for.
 */
export class RequestBody implements AsyncIterable<Uint8Array> {
  /** Of the payload, when the client said it. */
  readonly length: number | undefined;
  /** The algorithm the client uses, known before the body is read. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Whether the body was protected by Content-MD5 or a checksum. */
  readonly isProtected: boolean;
  readonly #announced: Announced | undefined;
  readonly #payload: AsyncIterable<Uint8Array>;
  readonly #chunked: ChunkedBody | undefined;
  readonly #sha256: string | undefined;
  readonly #md5: string | undefined;
  #checksum: Checksum | undefined;

  constructor(
    source: AsyncIterable<Uint8Array>,
    headers: IncomingHttpHeaders,
    { payloadHash, chunkSigner }: AuthenticatedRequest,
  ) {
    this.#md5 = readMd5(one(headers, "content-md5"));
    const streaming = payloadHash.startsWith("STREAMING-");
    const trailer = one(headers, "x-amz-trailer");
    if (streaming) {
      const signed = payloadHash.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
      if (!signed && payloadHash !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
        throw notImplemented(`x-amz-content-sha256: ${payloadHash}`);
      }
      const hasTrailers = payloadHash.endsWith("-TRAILER");
      if (trailer !== undefined && !hasTrailers) throw malformedTrailer();
      this.#chunked = new ChunkedBody(source, { signer: signed ? chunkSigner : undefined, hasTrailers });
      this.length = readLength(one(headers, "x-amz-decoded-content-length"));
    } else {
      if (payloadHash !== "UNSIGNED-PAYLOAD") {
        if (!/^[0-9a-f]{64}$/.test(payloadHash)) {
          throw invalidArgument(
            "x-amz-content-sha256",
            payloadHash,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
          );
        }
        this.#sha256 = payloadHash;
      }
      if (headers["transfer-encoding"] !== undefined)
        throw notImplemented("Transfer-Encoding without aws-chunked");
      this.length = readLength(one(headers, "content-length"));
    }
    this.#payload = this.#chunked ?? source;
    this.#announced = readAnnounced(headers, trailer);
    this.algorithm = this.#announced?.algorithm;
    this.isProtected = this.#announced !== undefined || this.#md5 !== undefined;
  }

  /** The checksum that was verified; undefined before the iteration has ended and when the client sent none. */
  get checksum(): Checksum | undefined {
    return this.#checksum;
  }

  /** @throws S3Error 411 when the client did not say how long the payload is: S3 wants to know beforehand. */
  requireLength(): number {
    if (this.length !== undefined) return this.length;
    throw new S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const sha256 = this.#sha256 === undefined ? undefined : createHash("sha256");
    const md5 = this.#md5 === undefined ? undefined : createHash("md5");
    const checksum = this.#announced === undefined ? undefined : startChecksum(this.#announced.algorithm);
    let length = 0;
    for await (const chunk of this.#payload) {
      length += chunk.length;
      // A client that sends more than it announced is stopped here, not after it has filled the disk.
      if (this.length !== undefined && length > this.length) throw incompleteBody();
      sha256?.update(chunk);
      md5?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    if (this.length !== undefined && length !== this.length) throw incompleteBody();
    this.#prove(sha256, md5, checksum?.digest().toString("base64"));
  }

  /** The whole payload as text, for the XML documents that some operations take. */
  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this) {
      length += chunk.length;
      if (length > MAX_DOCUMENT_BYTES) throw malformedXml();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  #prove(sha256: Hash | undefined, md5: Hash | undefined, found: string | undefined): void {
    if (sha256 !== undefined && sha256.digest("hex") !== this.#sha256) {
      throw new S3Error(
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (md5 !== undefined && md5.digest("base64") !== this.#md5) {
      throw badDigest("The Content-MD5 you specified did not match what we received.");
    }
    if (this.#announced === undefined || found === undefined) return;
    const { algorithm } = this.#announced;
    const wanted = this.#announced.value ?? this.#chunked?.trailers.get(checksumHeader(algorithm));
    if (wanted === undefined || !isChecksumValue(algorithm, wanted)) throw malformedTrailer();
    if (wanted !== found) {
      throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
    }
    this.#checksum = { algorithm, value: found, type: "FULL_OBJECT" };
  }
}

/** One value of a header that may not be repeated. */
export function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function readAnnounced(headers: IncomingHttpHeaders, trailer: string | undefined): Announced | undefined {
  const found: Announced[] = [];
  for (const [name] of Object.entries(headers)) {
    const match = /^x-amz-checksum-(?!mode$|type$|algorithm$)(.+)$/.exec(name);
    if (match?.[1] === undefined) continue;
    const algorithm = readAlgorithm(match[1]);
    const value = one(headers, name) ?? "";
    if (!isChecksumValue(algorithm, value)) throw invalidRequest(`Value for ${name} header is invalid.`);
    found.push({ algorithm, value });
  }
  if (trailer !== undefined) {
    const name = trailer.trim().toLowerCase();
    const algorithm = CHECKSUM_ALGORITHMS.find((candidate) => checksumHeader(candidate) === name);
    if (algorithm === undefined) throw notImplemented(`x-amz-trailer: ${trailer}`);
    found.push({ algorithm, value: undefined });
  }
  if (found.length > 1)
    throw invalidRequest(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  const named = one(headers, "x-amz-sdk-checksum-algorithm");
  if (named !== undefined && found[0]?.algorithm !== readAlgorithm(named)) {
    throw invalidRequest(
      found.length === 0
        ? "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        : "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    );
  }
  return found[0];
}

function readMd5(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const decoded = Buffer.from(text, "base64");
  if (decoded.length === 16 && decoded.toString("base64") === text) return text;
  throw new S3Error(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
}

function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(length)) return length;
  throw invalidArgument("Content-Length", text, "The length is not a whole number.");
}
