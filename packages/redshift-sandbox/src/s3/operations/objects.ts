import { checkHeaderValue, checkKey, readAttributes } from "../attributes.ts";
import { checksumHeader } from "../checksums.ts";
import { checkRead, writeCondition } from "../conditions.ts";
import { OWNER, queryNumber, type Answer, type Call } from "../operation.ts";
import { readRange, type ByteRange } from "../range.ts";
import { one } from "../request-body.ts";
import { invalidRequest, noSuchKey, S3Error } from "../s3-error.ts";
import type { ObjectRecord } from "../store-state.ts";
import type { XmlElement } from "../xml.ts";
import { document } from "./buckets.ts";

/** One PutObject or UploadPart may bring this much. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(call: Call): Promise<Answer> {
  checkKey(call.key);
  const attributes = readAttributes(call.headers);
  const check = writeCondition(call.headers, call.key);
  const body = call.body();
  checkSize(body.requireLength());
  const object = await call.store.put(call.bucket, call.key, body, attributes, check);
  return {
    headers: {
      etag: object.etag,
      ...checksumHeaders(object),
      "x-amz-server-side-encryption": object.headers["x-amz-server-side-encryption"],
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function getObject(call: Call): Answer {
  const { object, range, status, headers } = prepareRead(call);
  return {
    status,
    headers: { ...headers, ...overrides(call) },
    body: { stream: call.store.open(object, range.start, range.end), length: range.end - range.start },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject(call: Call): Answer {
  const { range, status, headers } = prepareRead(call);
  return { status, headers: { ...headers, ...overrides(call) }, bodyLength: range.end - range.start };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(call: Call): Promise<Answer> {
  checkKey(call.key);
  const condition = writeCondition(call.headers, call.key);
  await call.store.deleteObjects(call.bucket, [call.key], condition);
  return { status: 204 };
}

/**
 * The grants that the object's canned ACL stands for. They are shown, not enforced: the endpoint has one user.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
 */
export function getObjectAcl(call: Call): Answer {
  const object = call.store.find(call.bucket, call.key);
  if (object === undefined) throw noSuchKey(call.key);
  const owner: readonly XmlElement[] = [
    ["ID", OWNER.id],
    ["DisplayName", OWNER.name],
  ];
  const grant = (type: string, grantee: readonly XmlElement[], permission: string): XmlElement => [
    "Grant",
    [
      [`Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`, grantee],
      ["Permission", permission],
    ],
  ];
  const group = (name: string, permission: string): XmlElement =>
    grant("Group", [["URI", `http://acs.amazonaws.com/groups/global/${name}`]], permission);
  const grants = [grant("CanonicalUser", owner, "FULL_CONTROL")];
  if (object.acl.startsWith("public-read")) grants.push(group("AllUsers", "READ"));
  if (object.acl === "public-read-write") grants.push(group("AllUsers", "WRITE"));
  if (object.acl === "authenticated-read") grants.push(group("AuthenticatedUsers", "READ"));
  return document([
    "AccessControlPolicy",
    [
      ["Owner", owner],
      ["AccessControlList", grants],
    ],
  ]);
}

export function checkSize(size: number): void {
  if (size <= MAX_PUT_BYTES) return;
  throw new S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    details: { ProposedSize: String(size), MaxSizeAllowed: String(MAX_PUT_BYTES) },
  });
}

/** `x-amz-checksum-*` of an object that has one. */
export function checksumHeaders({ checksum }: Pick<ObjectRecord, "checksum">): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type };
}

function prepareRead(call: Call): {
  object: ObjectRecord;
  range: ByteRange;
  status: number;
  headers: Record<string, string>;
} {
  checkKey(call.key);
  const object = call.store.find(call.bucket, call.key);
  if (object === undefined) throw noSuchKey(call.key);
  checkRead(call.headers, object);
  const part = partRange(call, object);
  const wanted = part ?? readRange(one(call.headers, "range"), object.size);
  const range = wanted ?? { start: 0, end: object.size };
  // A checksum of the whole would not fit the bytes of a range, and SDKs would compare them.
  const isWhole = range.start === 0 && range.end === object.size;
  const wantsChecksum = one(call.headers, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  return {
    object,
    range,
    status: wanted === undefined || object.size === 0 ? 200 : 206,
    headers: {
      ...object.headers,
      "accept-ranges": "bytes",
      etag: object.etag,
      "last-modified": new Date(object.lastModified).toUTCString(),
      ...(wanted === undefined || object.size === 0
        ? {}
        : { "content-range": `bytes ${range.start}-${range.end - 1}/${object.size}` }),
      ...(part === undefined || !object.etag.includes("-")
        ? {}
        : { "x-amz-mp-parts-count": String(object.segments.length) }),
      ...(isWhole && wantsChecksum ? checksumHeaders(object) : {}),
    },
  };
}

function partRange(call: Call, object: ObjectRecord): ByteRange | undefined {
  if (!call.query.has("partNumber")) return undefined;
  if (call.headers.range !== undefined)
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  const number = queryNumber(call, "partNumber", { default: 1, min: 1, max: 10_000 });
  const segment = object.segments[number - 1];
  if (segment === undefined) {
    throw new S3Error(416, "InvalidPartNumber", "The requested partnumber is not satisfiable", {
      details: { PartNumberRequested: String(number), ActualPartCount: String(object.segments.length) },
    });
  }
  const start = object.segments.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + segment.size };
}

/** `response-content-type` and its like, which presigned links use. */
function overrides({ query }: Call): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
  ]) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = checkHeaderValue(name, value);
  }
  return headers;
}
