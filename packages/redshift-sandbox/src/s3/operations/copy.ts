import type { Readable } from "node:stream";
import { decodePercent } from "../address.ts";
import { checkKey, readAttributes } from "../attributes.ts";
import {
  checksumElement,
  readAlgorithm,
  startChecksum,
  type Checksum,
  type ChecksumAlgorithm,
} from "../checksums.ts";
import { checkCopySource, writeCondition } from "../conditions.ts";
import type { Payload } from "../disk-store.ts";
import { isoTime, type Answer, type Call } from "../operation.ts";
import { readCopyRange } from "../range.ts";
import { one } from "../request-body.ts";
import { invalidArgument, invalidRequest, noSuchKey, notImplemented } from "../s3-error.ts";
import type { ObjectRecord } from "../store-state.ts";
import type { XmlElement } from "../xml.ts";
import { document } from "./buckets.ts";
import { checkSize, MAX_PUT_BYTES } from "./objects.ts";
import { findUpload, readPartNumber } from "./multipart.ts";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(call: Call): Promise<Answer> {
  checkKey(call.key);
  call.store.bucket(call.bucket);
  const { bucket, key, object } = readSource(call);
  if (object.size > MAX_PUT_BYTES) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_PUT_BYTES}`,
    );
  }
  const directive = one(call.headers, "x-amz-metadata-directive") ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") {
    throw invalidArgument("x-amz-metadata-directive", directive, "Unknown metadata directive.");
  }
  const given = readAttributes(call.headers);
  const encryption = given.headers["x-amz-server-side-encryption"];
  if (directive === "COPY" && bucket === call.bucket && key === call.key && encryption === undefined) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const kept = { ...object.headers };
  if (encryption !== undefined) kept["x-amz-server-side-encryption"] = encryption;
  // The ACL is never copied. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
  const attributes = directive === "COPY" ? { headers: kept, acl: given.acl } : given;
  const wanted = one(call.headers, "x-amz-checksum-algorithm");
  const algorithm = wanted === undefined ? object.checksum?.algorithm : readAlgorithm(wanted);
  const check = writeCondition(call.headers, call.key);
  const source = call.store.open(object);
  const copy = await closing(source, () =>
    call.store.put(call.bucket, call.key, new CheckedCopy(source, algorithm), attributes, check),
  );
  return document(["CopyObjectResult", resultElements(copy.lastModified, copy.etag, copy.checksum)]);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(call: Call): Promise<Answer> {
  const upload = findUpload(call);
  const number = readPartNumber(call);
  const { object } = readSource(call);
  const range = readCopyRange(one(call.headers, "x-amz-copy-source-range"), object.size);
  checkSize(range.end - range.start);
  const source = call.store.open(object, range.start, range.end);
  const part = await closing(source, () =>
    call.store.putPart(upload, number, new CheckedCopy(source, upload.algorithm)),
  );
  return document(["CopyPartResult", resultElements(part.lastModified, `"${part.md5}"`, part.checksum)]);
}

/** A source that nobody came to read is closed, too: it keeps files from being removed. */
async function closing<T>(source: Readable, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    source.destroy();
  }
}

function resultElements(
  lastModified: number,
  etag: string,
  checksum: Checksum | undefined,
): readonly XmlElement[] {
  return [
    ["LastModified", isoTime(lastModified)],
    ["ETag", etag],
    ...(checksum === undefined ? [] : [[checksumElement(checksum.algorithm), checksum.value] as const]),
  ];
}

function readSource(call: Call): { bucket: string; key: string; object: ObjectRecord } {
  const [path = "", version] = (one(call.headers, "x-amz-copy-source") ?? "").split("?versionId=");
  if (version !== undefined && version !== "null") throw notImplemented("object versions (versionId)");
  const source = decodePercent(path).replace(/^\//, "");
  const slash = source.indexOf("/");
  if (slash <= 0 || slash === source.length - 1) {
    throw invalidArgument(
      "x-amz-copy-source",
      path,
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  const bucket = source.slice(0, slash);
  const key = source.slice(slash + 1);
  const object = call.store.find(bucket, key);
  if (object === undefined) throw noSuchKey(key);
  checkCopySource(call.headers, object);
  return { bucket, key, object };
}

/** Bytes on their way from one object to another, with a checksum when the new one is to have it. */
class CheckedCopy implements Payload {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #algorithm: ChecksumAlgorithm | undefined;
  checksum: Checksum | undefined;

  constructor(source: AsyncIterable<Uint8Array>, algorithm: ChecksumAlgorithm | undefined) {
    this.#source = source;
    this.#algorithm = algorithm;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const running = this.#algorithm === undefined ? undefined : startChecksum(this.#algorithm);
    for await (const chunk of this.#source) {
      running?.update(chunk);
      yield chunk;
    }
    if (this.#algorithm === undefined || running === undefined) return;
    this.checksum = {
      algorithm: this.#algorithm,
      value: running.digest().toString("base64"),
      type: "FULL_OBJECT",
    };
  }
}
