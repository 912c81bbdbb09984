import { StorageError } from "../errors.ts";
import type { ObjectLocation } from "../session.ts";
import { PartsLeftError } from "./multipart-upload.ts";

/** What no request could be made for. */
const unsent = { unsent: true } as const;

/** One sentence a person can act on, by S3's error code. */
export function storageError(
  error: unknown,
  verb: "write" | "read" | "list" | "delete",
  { bucket, key }: ObjectLocation,
): StorageError {
  const { name, message, code, status } = partsOf(error);
  const place = `s3://${bucket}/${key}`;
  const said = (reason: string, more: { readonly unsent?: true } = {}) =>
    new StorageError(`Cannot ${verb} ${place}: ${reason}`, {
      ...more,
      cause: withoutSecrets(error),
      ...(status === undefined ? {} : { httpStatus: status }),
    });
  if (error instanceof PartsLeftError) {
    return said(`${message}; abort it (AbortMultipartUpload), or have a lifecycle rule of the bucket do so.`);
  }
  switch (name) {
    case "NoSuchBucket":
      return said(`there is no bucket named ${bucket}; create it or correct the name.`);
    case "NoSuchKey":
    case "NotFound":
      return said("there is no such object; correct the name.");
    case "AccessDenied":
    case "Forbidden":
      return said(
        "access is denied; the keys or role in use need s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.",
      );
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return said("S3 does not accept the access keys; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    case "ExpiredToken":
    case "InvalidToken":
      return said("the session token has expired or is not valid; renew the credentials.");
    case "CredentialsProviderError":
      return said(
        "no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.",
        unsent,
      );
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed": // S3 was asked in another region's name
      return said("the bucket is in another region; set AWS_REGION.");
  }
  if (/region is missing/i.test(message)) return said("no region is set; set AWS_REGION.", unsent);
  if (/^Region not accepted/.test(message)) {
    return said(`the region's name is empty or none of AWS's; set AWS_REGION.`, unsent);
  }
  if (code === "ERR_INVALID_URL") {
    return said("the S3 endpoint's address is no URL; correct AWS_ENDPOINT_URL_S3.", unsent);
  }
  if (code === "ECONNREFUSED" || code === "ENOTFOUND") {
    return said(`the S3 endpoint cannot be reached (${code}); check AWS_ENDPOINT_URL_S3 and the network.`);
  }
  if (name === "TimeoutError" && code === undefined) {
    return said(
      "S3 did not answer in time, also when tried again; check AWS_ENDPOINT_URL_S3, the proxy and the network.",
    );
  }
  if (code === "ECONNRESET" || code === "EPIPE" || name === "TimeoutError") {
    return said(`the connection to S3 was lost (${code ?? name}), also when tried again; try later.`);
  }
  if (status !== undefined && status >= 500) {
    return said(`S3 answered ${status} (${name}), also when tried again; try later.`);
  }
  const text = (message === "" ? name : message).replace(/[.\s]+$/, "");
  return said(`${text}${text === name || name === "Error" ? "" : ` (${name})`}.`);
}

/** What HEAD said of a bucket: its answer has a status and no body. */
export function bucketError(error: unknown, bucket: string): StorageError {
  const { name, status } = partsOf(error);
  const said = (text: string) =>
    new StorageError(text, {
      cause: withoutSecrets(error),
      ...(status === undefined ? {} : { httpStatus: status }),
    });
  if (status === 404) return said(`There is no bucket named ${bucket}; create it or correct the name.`);
  if (status === 403) {
    return said(
      `Access to the bucket ${bucket} is denied; the keys or role in use need s3:ListBucket on it, and a bucket of this name may be another account's.`,
    );
  }
  if (status === 301 || name === "PermanentRedirect") {
    return said(`The bucket ${bucket} is in another region; set AWS_REGION.`);
  }
  return storageError(error, "list", { bucket, key: "" });
}

/** Why there are no keys: the provider chain says it of each of its providers. */
export function keysError(error: unknown): StorageError {
  const { message } = partsOf(error);
  return new StorageError(
    `No AWS credentials were found (${message.replace(/[.\s]+$/, "")}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or give COPY a role (iamRole).`,
    { cause: withoutSecrets(error) },
  );
}

function partsOf(error: unknown) {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), code: undefined, status: undefined };
  }
  const { name, message } = error;
  const { code, $metadata } = error as {
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  return {
    name,
    message,
    code: typeof code === "string" ? code : undefined,
    status: $metadata?.httpStatusCode,
  };
}

/** The SDK's errors carry S3's whole answer, in which the access key and what was signed are repeated. */
function withoutSecrets(error: unknown): Error {
  const { name, message, code, status } = partsOf(error);
  const clean = new Error(message);
  clean.name = name;
  if (error instanceof Error && error.stack !== undefined) clean.stack = error.stack;
  return Object.assign(clean, code === undefined ? {} : { code }, status === undefined ? {} : { status });
}
