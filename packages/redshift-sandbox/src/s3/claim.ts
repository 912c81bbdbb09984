import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "./address.ts";
import { accessDenied, invalidRequest, S3Error } from "./s3-error.ts";
import type { Scope } from "./sigv4.ts";

/** What a request says of who sent it, not yet proved. */
export interface Claim {
  readonly keyId: string;
  readonly scope: Scope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly token: string | undefined;
  readonly payloadHash: string;
  /** Seconds; only presigned requests have it. */
  readonly expires: number | undefined;
}

const MAX_EXPIRES_S = 7 * 24 * 3600;

/**
 * Reads the claim from the Authorization header or from a presigned query.
 *
 * @throws S3Error when there is none, when it is of another kind than Signature Version 4, or when it cannot be read
 */
export function readClaim(headers: IncomingHttpHeaders, { query }: Address): Claim {
  const authorization = headers.authorization;
  const presigned = query.has("X-Amz-Signature") || query.has("X-Amz-Algorithm");
  if (authorization !== undefined && presigned) {
    throw new S3Error(
      400,
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  }
  if (presigned) return presignedClaim(headers, query);
  if (query.has("AWSAccessKeyId")) throw unsupportedMechanism();
  if (authorization === undefined) throw accessDenied();
  return headerClaim(headers, authorization);
}

function headerClaim(headers: IncomingHttpHeaders, authorization: string): Claim {
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) throw unsupportedMechanism();
  const fields = new Map(
    authorization
      .slice("AWS4-HMAC-SHA256 ".length)
      .split(",")
      .map((field) => {
        const [name = "", ...value] = field.trim().split("=");
        return [name, value.join("=")] as const;
      }),
  );
  const payloadHash = headers["x-amz-content-sha256"];
  if (typeof payloadHash !== "string") {
    throw invalidRequest("Missing required header for this request: x-amz-content-sha256");
  }
  const timestamp = headers["x-amz-date"];
  const token = headers["x-amz-security-token"];
  return {
    ...readCredential(fields.get("Credential")),
    timestamp: typeof timestamp === "string" ? timestamp : isoBasic(headers.date),
    signedHeaders: readSignedHeaders(fields.get("SignedHeaders")),
    signature: fields.get("Signature") ?? "",
    token: typeof token === "string" ? token : undefined,
    payloadHash,
    expires: undefined,
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function presignedClaim(headers: IncomingHttpHeaders, query: ReadonlyMap<string, string>): Claim {
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") {
    throw badQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  const expiresText = query.get("X-Amz-Expires") ?? "";
  const expires = Number(expiresText);
  if (!/^\d+$/.test(expiresText) || expires < 1 || expires > MAX_EXPIRES_S) {
    throw badQuery("X-Amz-Expires must be a number of seconds between 1 and 604800 (seven days)");
  }
  const hashHeader = headers["x-amz-content-sha256"];
  return {
    ...readCredential(query.get("X-Amz-Credential")),
    timestamp: query.get("X-Amz-Date") ?? "",
    signedHeaders: readSignedHeaders(query.get("X-Amz-SignedHeaders")),
    signature: query.get("X-Amz-Signature") ?? "",
    token: query.get("X-Amz-Security-Token"),
    payloadHash:
      typeof hashHeader === "string" ? hashHeader : (query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD"),
    expires,
  };
}

function readCredential(text: string | undefined): { keyId: string; scope: Scope } {
  // An access key id may hold `/` in principle, so the scope is read from the end.
  const fields = (text ?? "").split("/");
  const [date, region, service, end] = fields.slice(-4);
  if (
    fields.length < 5 ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    end !== "aws4_request"
  ) {
    throw malformed(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  return { keyId: fields.slice(0, -4).join("/"), scope: { date, region, service } };
}

function readSignedHeaders(text: string | undefined): readonly string[] {
  const names = (text ?? "").toLowerCase().split(";");
  if (!names.includes("host")) throw malformed("the SignedHeaders must include host.");
  return names;
}

/** Signature Version 2, which buckets made since June 2020 do not know. */
function unsupportedMechanism(): S3Error {
  return invalidRequest(
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  );
}

/** The Authorization header cannot be what it says. */
export function malformed(reason: string, details: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error(
    400,
    "AuthorizationHeaderMalformed",
    `The authorization header is malformed; ${reason}`,
    { details },
  );
}

function isoBasic(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function badQuery(message: string): S3Error {
  return new S3Error(400, "AuthorizationQueryParametersError", message);
}
