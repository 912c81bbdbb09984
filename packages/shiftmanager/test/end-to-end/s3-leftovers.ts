import { ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import type { Sandbox } from "redshift-sandbox";

/** Everything that is in a bucket: objects, and multipart uploads that were begun and never ended. */
export async function s3Leftovers(sandbox: Sandbox, bucket = "sandbox"): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of sandbox.s3.store.list(bucket, "")) found.push(key);
  const { url, region, accessKeyId, secretAccessKey } = sandbox.s3;
  const client = new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key } of Uploads) found.push(`unfinished upload of ${Key ?? ""}`);
  } finally {
    client.destroy();
  }
  return found;
}
