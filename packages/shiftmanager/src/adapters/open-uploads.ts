import type * as S3 from "@aws-sdk/client-s3";
import type { OpenUpload } from "../session.ts";

/** The multipart uploads of keys that begin with a prefix, page by page. */
export async function* openUploads(
  sdk: typeof S3,
  client: S3.S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<OpenUpload> {
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } = {};
  for (;;) {
    const page = await client.send(
      new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }),
    );
    for (const { Key: key, UploadId: uploadId, Initiated: begun } of page.Uploads ?? []) {
      if (key !== undefined && uploadId !== undefined) yield { bucket, key, uploadId, begun };
    }
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    if (page.IsTruncated !== true || KeyMarker === undefined) return;
    after = { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) };
  }
}

/** Has S3 throw away the parts of an upload. */
export async function abortUpload(
  sdk: typeof S3,
  client: S3.S3Client,
  { bucket, key, uploadId }: Pick<OpenUpload, "bucket" | "key" | "uploadId">,
): Promise<void> {
  try {
    await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
  } catch (error) {
    // Gone already: an earlier attempt whose answer was lost, or the bucket itself.
    if (!(error instanceof Error && /^NoSuch(Upload|Bucket)$/.test(error.name))) throw error;
  }
}
