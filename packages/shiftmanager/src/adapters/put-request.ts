import type { ObjectCannedACL, ServerSideEncryption } from "@aws-sdk/client-s3";
import type { ObjectEncryption, ObjectLocation, PutOptions } from "../session.ts";

/** How long a request that is on its way when the upload is stopped may take to end. */
const graceMs = 5000;

/** What PutObject and CreateMultipartUpload are told alike. */
export function objectParameters(
  { bucket, key }: ObjectLocation,
  { contentType, cannedAcl, encryption }: PutOptions,
): {
  Bucket: string;
  Key: string;
  ContentType?: string;
  ACL?: ObjectCannedACL;
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
} {
  return {
    Bucket: bucket,
    Key: key,
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(cannedAcl === undefined ? {} : { ACL: cannedAcl as ObjectCannedACL }),
    ...(encryption === undefined ? {} : encryptionParameters(encryption)),
  };
}

function encryptionParameters(encryption: ObjectEncryption) {
  return typeof encryption === "string"
    ? { ServerSideEncryption: encryption }
    : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: encryption.kmsKeyId };
}

/** Tells that a body is on its way for as long as `send` takes. */
export async function onItsWay<T>({ onPart }: PutOptions, send: () => Promise<T>): Promise<T> {
  onPart?.(1);
  try {
    return await send();
  } finally {
    onPart?.(-1);
  }
}

/**
 * A request that is on its way when the signal comes is let end: cut off, S3 may or may not have taken it, and what it took
 * may appear after everything was deleted. It is given up only when it takes long.
 */
export async function whileWanted<T>(
  signal: AbortSignal | undefined,
  send: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    timer = setTimeout(() => giveUp.abort(), graceMs);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await send(giveUp.signal);
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}
