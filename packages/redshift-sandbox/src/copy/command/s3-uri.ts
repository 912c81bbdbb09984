import { SqlError, notImitated } from "../../errors.ts";

export interface S3Uri {
  readonly bucket: string;
  /** A key, or a prefix of keys; may be empty. */
  readonly key: string;
}

/** @throws SqlError for what is no `s3://bucket/key`, 0A000 for the other sources AWS documents. */
export function parseS3Uri(text: string): S3Uri {
  const other = /^(emr|dynamodb):\/\//i.exec(text)?.[1];
  if (other !== undefined) throw notImitated(`COPY from ${other.toLowerCase()}://`);
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/is.exec(text);
  if (match === null)
    throw new SqlError("XX000", `Invalid S3 URI: '${text}' must be of the form s3://bucket/key`);
  return { bucket: match[1] ?? "", key: match[2] ?? "" };
}
