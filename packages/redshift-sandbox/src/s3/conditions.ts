import type { IncomingHttpHeaders } from "node:http";
import { one } from "./request-body.ts";
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from "./s3-error.ts";
import type { ObjectRecord } from "./store-state.ts";

/**
 * The conditions of a read, in S3's order: a met If-Match silences If-Unmodified-Since, and an If-None-Match that holds silences
 * If-Modified-Since.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function checkRead(headers: IncomingHttpHeaders, object: ObjectRecord): void {
  const ifMatch = one(headers, "if-match");
  const ifNoneMatch = one(headers, "if-none-match");
  const unmodifiedSince = time(one(headers, "if-unmodified-since"));
  const modifiedSince = time(one(headers, "if-modified-since"));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object)) throw preconditionFailed("If-Match");
  } else if (unmodifiedSince !== undefined && object.lastModified > unmodifiedSince) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, object)) throw notModified(object);
  } else if (modifiedSince !== undefined && object.lastModified <= modifiedSince) {
    throw notModified(object);
  }
}

/** The conditions on the source of a copy: all of them end in 412. */
export function checkCopySource(headers: IncomingHttpHeaders, object: ObjectRecord): void {
  const of = (name: string): string | undefined => one(headers, `x-amz-copy-source-${name}`);
  const conditions: IncomingHttpHeaders = {};
  for (const name of ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]) {
    const value = of(name);
    if (value !== undefined) conditions[name] = value;
  }
  try {
    checkRead(conditions, object);
  } catch (error) {
    if (error instanceof S3Error && error.status === 304) throw preconditionFailed("x-amz-copy-source-If-*");
    throw error;
  }
}

/**
 * The conditions of a write: `If-None-Match: *` (not there yet) and `If-Match` (still the one I know).
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function writeCondition(
  headers: IncomingHttpHeaders,
  key: string,
): (current: ObjectRecord | undefined) => void {
  const ifMatch = one(headers, "if-match");
  const ifNoneMatch = one(headers, "if-none-match");
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*")
    throw notImplemented("If-None-Match with an ETag on a write");
  return (current) => {
    if (ifNoneMatch !== undefined && current !== undefined) throw preconditionFailed("If-None-Match");
    if (ifMatch === undefined) return;
    if (current === undefined) throw noSuchKey(key);
    if (!matches(ifMatch, current)) throw preconditionFailed("If-Match");
  };
}

function matches(header: string, object: ObjectRecord): boolean {
  return header
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag === object.etag || `"${tag}"` === object.etag);
}

function time(text: string | undefined): number | undefined {
  const value = Date.parse(text ?? "");
  return Number.isNaN(value) ? undefined : value;
}

function notModified(object: ObjectRecord): S3Error {
  return new S3Error(304, "NotModified", "Not Modified", {
    headers: { etag: object.etag, "last-modified": new Date(object.lastModified).toUTCString() },
  });
}
