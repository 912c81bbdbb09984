import { createHash } from "node:crypto";
import { combineCrc, crc32, crc32c, crc64nvme } from "./crc.ts";
import { invalidRequest, notImplemented } from "./s3-error.ts";

/** The checksum algorithms of S3 that the endpoint verifies; the XXHASH family is refused by name. */
export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256" | "SHA512";

/** `COMPOSITE`: a checksum of the parts' checksums, written `value-N`; `FULL_OBJECT`: of the bytes themselves. */
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";

/** A checksum as it stands in `x-amz-checksum-*`. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly value: string;
  readonly type: ChecksumType;
}

interface Running {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

const ALGORITHMS: Readonly<Record<ChecksumAlgorithm, { make(): Running; bytes: number }>> = {
  CRC32: { make: crc32, bytes: 4 },
  CRC32C: { make: crc32c, bytes: 4 },
  CRC64NVME: { make: crc64nvme, bytes: 8 },
  SHA1: { make: () => createHash("sha1"), bytes: 20 },
  SHA256: { make: () => createHash("sha256"), bytes: 32 },
  SHA512: { make: () => createHash("sha512"), bytes: 64 },
};

export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS) as readonly ChecksumAlgorithm[];

/** Starts a running checksum. */
export function startChecksum(algorithm: ChecksumAlgorithm): Running {
  return ALGORITHMS[algorithm].make();
}

/** The header (and trailer) that carries a checksum: `x-amz-checksum-crc32`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The XML element that carries a checksum: `ChecksumCRC32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** The algorithm a client names in a header, or the refusal S3 gives. */
export function readAlgorithm(name: string): ChecksumAlgorithm {
  const wanted = name.toUpperCase();
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === wanted);
  if (found !== undefined) return found;
  if (/^(XXHASH\d+|MD5)$/.test(wanted)) throw notImplemented(`the checksum algorithm ${wanted}`);
  throw invalidRequest(
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types.",
  );
}

/** Whether the text is base64 of as many bytes as the algorithm gives. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const decoded = Buffer.from(value, "base64");
  return decoded.length === ALGORITHMS[algorithm].bytes && decoded.toString("base64") === value;
}

/**
 * The type a multipart upload gets when it names none, or the refusal of a pair that S3 does not have.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumType(algorithm: ChecksumAlgorithm, wanted: string | undefined): ChecksumType {
  const linear = isLinear(algorithm);
  const type = wanted ?? (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  if (type === "FULL_OBJECT" && linear) return type;
  if (type === "COMPOSITE" && algorithm !== "CRC64NVME") return type;
  throw invalidRequest(
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

function isLinear(algorithm: ChecksumAlgorithm): algorithm is "CRC32" | "CRC32C" | "CRC64NVME" {
  return algorithm === "CRC32" || algorithm === "CRC32C" || algorithm === "CRC64NVME";
}

/** The checksum of a whole multipart object from those of its parts. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly size: number }[],
): Checksum {
  if (type === "FULL_OBJECT" && isLinear(algorithm)) {
    const whole = parts.reduce(
      (sum, part) => combineCrc(algorithm, sum, Buffer.from(part.value, "base64"), part.size),
      startChecksum(algorithm).digest(),
    );
    return { algorithm, type, value: whole.toString("base64") };
  }
  const running = startChecksum(algorithm);
  for (const part of parts) running.update(Buffer.from(part.value, "base64"));
  return { algorithm, type: "COMPOSITE", value: `${running.digest().toString("base64")}-${parts.length}` };
}
