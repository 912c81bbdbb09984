import { requireText } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import type { ObjectLocation } from "../session.ts";

/** A place in S3 under which objects are written: a bucket and a key prefix without leading or trailing slash. */
export interface S3Prefix {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Reads `s3://BUCKET/PREFIX`.
 * @throws OptionsError for anything else; the prefix may be empty.
 */
export function parseS3Uri(uri: string): S3Prefix {
  requireText("The S3 address", uri);
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri);
  const bucket = match?.[1];
  if (bucket === undefined) {
    throw new OptionsError(`"${uri}" is not an S3 address; write it as s3://BUCKET/PREFIX.`);
  }
  checkBucket(bucket);
  return { bucket, prefix: match?.[2] ?? "" };
}

/** Writes `s3://bucket/key`, as COPY, UNLOAD and manifests name objects. */
export function s3Uri({ bucket, key }: ObjectLocation): string {
  return `s3://${bucket}/${key}`;
}

/** Joins a key prefix as a person may have typed it (empty, `/x`, `x/`) with the parts below it, one slash between. */
export function joinKey(prefix: string, ...parts: readonly string[]): string {
  return [prefix.replace(/^\/+|\/+$/g, ""), ...parts].filter((part) => part !== "").join("/");
}

/** @throws OptionsError for a name that S3 cannot have: refused here, before anything is sent. */
export function checkBucket(bucket: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new OptionsError(
      `"${bucket}" is not a bucket name: S3 takes 3 to 63 lower-case letters, digits, dots and hyphens.`,
    );
  }
}
