import type { IncomingHttpHeaders } from "node:http";
import { DEFAULT_CONTENT_TYPE } from "./disk-store.ts";
import { one } from "./request-body.ts";
import { accessDenied, invalidArgument, notImplemented, S3Error } from "./s3-error.ts";
import { OWNER } from "./operation.ts";
import type { Attributes } from "./store-state.ts";

const STANDARD_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-language",
  "content-type",
  "expires",
] as const;
const MAX_METADATA_BYTES = 2048;
const MAX_KEY_BYTES = 1024;

const CANNED_ACLS = [
  "private",
  "public-read",
  "public-read-write",
  "aws-exec-read",
  "authenticated-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
];

/**
 * What a PutObject, CopyObject or CreateMultipartUpload says of the object beside its bytes.
 * @throws S3Error 501 for what would have to change how the object is kept (KMS, tags, locks, storage classes).
 */
export function readAttributes(headers: IncomingHttpHeaders): Attributes {
  refuseUnknown(headers);
  const acl = one(headers, "x-amz-acl") ?? "private";
  if (!CANNED_ACLS.includes(acl))
    throw invalidArgument("x-amz-acl", acl, "The canned ACL is not one of S3's.");
  const kept: Record<string, string> = { "content-type": DEFAULT_CONTENT_TYPE };
  for (const name of STANDARD_HEADERS) {
    const value = one(headers, name);
    if (value !== undefined && value !== "") kept[name] = checkHeaderValue(name, value);
  }
  // `aws-chunked` is about the transfer; what else stands there belongs to the object.
  const encoding = (one(headers, "content-encoding") ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "" && item !== "aws-chunked")
    .join(",");
  if (encoding !== "") kept["content-encoding"] = checkHeaderValue("content-encoding", encoding);
  const encryption = one(headers, "x-amz-server-side-encryption");
  if (encryption !== undefined) kept["x-amz-server-side-encryption"] = encryption;
  let metadataBytes = 0;
  for (const name of Object.keys(headers)) {
    if (!name.startsWith("x-amz-meta-")) continue;
    const value = one(headers, name) ?? "";
    metadataBytes += name.length - "x-amz-meta-".length + Buffer.byteLength(value);
    kept[name] = checkHeaderValue(name, value);
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error(
      400,
      "MetadataTooLarge",
      "Your metadata headers exceed the maximum allowed metadata size",
      {
        details: { Size: String(metadataBytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
      },
    );
  }
  return { headers: kept, acl };
}

/** Headers that every operation may carry and that must not be taken for accepted when they are not. */
export function refuseUnknown(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) {
    const value = one(headers, name) ?? "";
    if (name === "x-amz-server-side-encryption" && value === "AES256") continue;
    if (name === "x-amz-storage-class" && value === "STANDARD") continue;
    if (name === "x-amz-bucket-object-lock-enabled" && value.toLowerCase() === "false") continue;
    if (name === "x-amz-object-ownership" && value === "BucketOwnerEnforced") continue;
    if (NOT_IMITATED.test(name)) throw notImplemented(`the header ${name}: ${value}`);
  }
  for (const name of ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"]) {
    const owner = one(headers, name);
    if (owner !== undefined && owner !== OWNER.account) throw accessDenied();
  }
}

const NOT_IMITATED =
  /^x-amz-(server-side-encryption|copy-source-server-side-encryption|storage-class|tagging|grant-|object-lock-|object-ownership|bucket-object-lock|bucket-namespace|website-redirect-location|write-offset-bytes|mfa$|bypass-governance-retention|replication-)/;

/** A presigned URL can carry, as parameters, values that no header could bring back. */
export function checkHeaderValue(name: string, value: string): string {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return value;
  throw invalidArgument(name, value, `The value of ${name} cannot be sent as a header.`);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size <= MAX_KEY_BYTES) return;
  throw new S3Error(400, "KeyTooLongError", "Your key is too long", {
    details: { Size: String(size), MaxSizeAllowed: String(MAX_KEY_BYTES) },
  });
}
