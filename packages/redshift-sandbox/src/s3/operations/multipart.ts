import { createHash } from "node:crypto";
import { checkKey, readAttributes } from "../attributes.ts";
import {
  checksumElement,
  checksumHeader,
  checksumType,
  CHECKSUM_ALGORITHMS,
  combineChecksums,
  readAlgorithm,
  type Checksum,
  type ChecksumAlgorithm,
} from "../checksums.ts";
import { writeCondition } from "../conditions.ts";
import { queryNumber, type Answer, type Call } from "../operation.ts";
import { one } from "../request-body.ts";
import { badDigest, invalidArgument, invalidRequest, malformedXml, S3Error } from "../s3-error.ts";
import type { PartRecord, Upload } from "../store-state.ts";
import { childText, parseXml, type XmlNode } from "../xml.ts";
import { document } from "./buckets.ts";
import { checkSize, checksumHeaders } from "./objects.ts";

/** Every part but the last must be this large. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 ** 2;
export const MAX_PARTS = 10_000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createMultipartUpload(call: Call): Answer {
  checkKey(call.key);
  const attributes = readAttributes(call.headers);
  const name = one(call.headers, "x-amz-checksum-algorithm");
  const wantedType = one(call.headers, "x-amz-checksum-type");
  const algorithm = name === undefined ? undefined : readAlgorithm(name);
  if (algorithm === undefined && wantedType !== undefined) {
    throw invalidRequest(
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  }
  const type = algorithm === undefined ? undefined : checksumType(algorithm, wantedType);
  const upload = call.store.createUpload({
    ...attributes,
    bucket: call.bucket,
    key: call.key,
    algorithm,
    checksumType: type,
  });
  const answer = document([
    "InitiateMultipartUploadResult",
    [
      ["Bucket", call.bucket],
      ["Key", call.key],
      ["UploadId", upload.id],
    ],
  ]);
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "x-amz-checksum-algorithm": algorithm,
      "x-amz-checksum-type": type,
      "x-amz-server-side-encryption": attributes.headers["x-amz-server-side-encryption"],
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(call: Call): Promise<Answer> {
  const upload = findUpload(call);
  const number = readPartNumber(call);
  const body = call.body();
  checkSize(body.requireLength());
  checkPartChecksum(upload, body.algorithm);
  const part = await call.store.putPart(upload, number, body);
  const { "x-amz-checksum-type": _type, ...checksum } = checksumHeaders(part);
  return {
    headers: {
      etag: `"${part.md5}"`,
      ...checksum,
      "x-amz-server-side-encryption": upload.headers["x-amz-server-side-encryption"],
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeMultipartUpload(call: Call): Promise<Answer> {
  findUpload(call);
  const text = await call.body({ checksum: false }).text();
  // From here to the store's own step nothing waits, so the parts cannot change in between.
  const upload = findUpload(call);
  const parts = readParts(text).map((wanted, index, all) => choosePart(upload, wanted, all[index - 1]));
  const small = parts.slice(0, -1).find((part) => part.segment.size < MIN_PART_BYTES);
  if (small !== undefined) {
    throw new S3Error(
      400,
      "EntityTooSmall",
      "Your proposed upload is smaller than the minimum allowed size",
      {
        details: {
          ProposedSize: String(small.segment.size),
          MinSizeAllowed: String(MIN_PART_BYTES),
          PartNumber: String(small.number),
          ETag: small.md5,
        },
      },
    );
  }
  const checksum = wholeChecksum(call, upload, parts);
  const size = one(call.headers, "x-amz-mp-object-size");
  if (size !== undefined && Number(size) !== parts.reduce((sum, part) => sum + part.segment.size, 0)) {
    throw invalidRequest("The provided 'x-amz-mp-object-size' header does not match what was computed.");
  }
  writeCondition(call.headers, call.key)(call.store.find(call.bucket, call.key));
  const md5 = createHash("md5");
  for (const part of parts) md5.update(part.md5, "hex");
  const etag = `"${md5.digest("hex")}-${parts.length}"`;
  const object = await call.store.completeUpload(upload, parts, etag, checksum);
  const answer = document([
    "CompleteMultipartUploadResult",
    [
      ["Location", `/${call.bucket}/${call.key}`],
      ["Bucket", call.bucket],
      ["Key", call.key],
      ["ETag", object.etag],
      ...(checksum === undefined
        ? []
        : [
            [checksumElement(checksum.algorithm), checksum.value] as const,
            ["ChecksumType", checksum.type] as const,
          ]),
    ],
  ]);
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "x-amz-server-side-encryption": object.headers["x-amz-server-side-encryption"],
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(call: Call): Promise<Answer> {
  await call.store.abortUpload(findUpload(call));
  return { status: 204 };
}

export function findUpload(call: Call): Upload {
  return call.store.upload(call.bucket, call.key, call.query.get("uploadId") ?? "");
}

export function readPartNumber(call: Call): number {
  const text = call.query.get("partNumber") ?? "";
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > MAX_PARTS) {
    throw invalidArgument(
      "partNumber",
      text,
      `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
    );
  }
  return queryNumber(call, "partNumber", { default: 1, max: MAX_PARTS });
}

/** A part must be protected the way the upload was created. */
export function checkPartChecksum(upload: Upload, algorithm: ChecksumAlgorithm | undefined): void {
  if (upload.algorithm === undefined || upload.algorithm === algorithm) return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${algorithm?.toLowerCase() ?? "null"}`,
  );
}

function readParts(text: string): readonly XmlNode[] {
  const root = parseXml(text);
  const parts = root.children.filter((child) => child.name === "Part");
  if (root.name !== "CompleteMultipartUpload" || parts.length === 0 || parts.length > MAX_PARTS)
    throw malformedXml();
  return parts;
}

function partNumber(node: XmlNode | undefined): number {
  if (node === undefined) return 0;
  const text = (childText(node, "PartNumber") ?? "").trim();
  if (!/^\d{1,5}$/.test(text)) throw malformedXml();
  return Number(text);
}

function choosePart(upload: Upload, wanted: XmlNode, before: XmlNode | undefined): PartRecord {
  const number = partNumber(wanted);
  if (number <= partNumber(before)) {
    throw new S3Error(
      400,
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { details: { UploadId: upload.id } },
    );
  }
  const etag = (childText(wanted, "ETag") ?? "").trim().replace(/^"(.*)"$/, "$1");
  const part = upload.parts.get(number);
  const checksum = givenChecksum(wanted);
  const isSame = part?.md5 === etag && (checksum === undefined || isChecksumOf(part, checksum));
  if (part === undefined || !isSame) {
    throw new S3Error(
      400,
      "InvalidPart",
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { details: { UploadId: upload.id, PartNumber: String(number), ETag: etag } },
    );
  }
  if (checksum === undefined && upload.checksumType === "COMPOSITE") {
    throw invalidRequest(
      `The upload was created using a ${upload.algorithm?.toLowerCase() ?? ""} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  return part;
}

interface GivenChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

function givenChecksum(part: XmlNode): GivenChecksum | undefined {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = childText(part, checksumElement(algorithm))?.trim();
    if (value !== undefined && value !== "") return { algorithm, value };
  }
  return undefined;
}

function isChecksumOf(part: PartRecord, given: GivenChecksum): boolean {
  return part.checksum?.algorithm === given.algorithm && part.checksum.value === given.value;
}

function wholeChecksum(call: Call, upload: Upload, parts: readonly PartRecord[]): Checksum | undefined {
  if (upload.algorithm === undefined || upload.checksumType === undefined) return undefined;
  const { algorithm, checksumType: type } = upload;
  const whole = combineChecksums(
    algorithm,
    type,
    parts.map((part) => ({ value: part.checksum?.value ?? "", size: part.segment.size })),
  );
  const claimed = one(call.headers, checksumHeader(algorithm));
  if (claimed !== undefined && claimed !== whole.value) {
    throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return whole;
}
