import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "./address.ts";
import { accessDenied, invalidRequest, S3Error, signatureDoesNotMatch } from "./s3-error.ts";
import { ChunkSigner, sameText, signingKey, signRequest, type Scope } from "./sigv4.ts";

/** The one key pair that the endpoint knows. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** When set, each request must carry it: the key pair is a temporary one. */
  readonly sessionToken?: string;
}

export interface AuthenticatedRequest {
  /** `x-amz-content-sha256`: a hex digest of the body, or one of S3's words for it. */
  readonly payloadHash: string;
  /** For bodies whose chunks are signed one by one. */
  readonly chunkSigner: ChunkSigner;
}

interface Claim {
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

/** Clocks may differ by this much. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html RequestTimeTooSkewed */
const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_S = 7 * 24 * 3600;

/**
 * Proves who sent a request, by the Authorization header or by a presigned query, before anything else is looked at.
 * Anonymous requests are always refused: nothing in the sandbox is public, whatever an object's ACL says.
 */
export function authenticate(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  address: Address,
  accessKey: AccessKey,
  region: string,
  now: number = Date.now(),
): AuthenticatedRequest {
  const { headers } = request;
  const claim = readClaim(headers, address);
  if (!sameText(claim.keyId, accessKey.id)) {
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  }
  if (!sameText(claim.token ?? "", accessKey.sessionToken ?? "")) {
    throw new S3Error(400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
  }
  checkScope(claim, region);
  checkTime(claim, now);
  const unsigned = Object.keys(headers).filter(
    (name) => mustBeSigned(name, claim) && !claim.signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error(
      403,
      "AccessDenied",
      "There were headers present in the request which were not signed",
      {
        details: { HeadersNotSigned: unsigned.join(", ") },
      },
    );
  }
  const key = signingKey(accessKey.secret, claim.scope);
  const expected = signRequest(
    {
      method: request.method,
      path: address.path,
      query: address.query,
      headers: claim.signedHeaders.map((name) => [name, headerText(headers, name)]),
      payloadHash: claim.payloadHash,
    },
    key,
    claim.timestamp,
    claim.scope,
  );
  if (!sameText(expected, claim.signature)) throw signatureDoesNotMatch();
  return {
    payloadHash: claim.payloadHash,
    chunkSigner: new ChunkSigner(key, claim.timestamp, claim.scope, claim.signature),
  };
}

function readClaim(headers: IncomingHttpHeaders, { query }: Address): Claim {
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

function checkScope({ scope }: Claim, region: string): void {
  if (scope.service !== "s3")
    throw malformed(`incorrect service "${scope.service}". This endpoint belongs to "s3".`);
  if (scope.region !== region) {
    throw malformed(`the region '${scope.region}' is wrong; expecting '${region}'`, { Region: region });
  }
}

function checkTime(claim: Claim, now: number): void {
  const made = parseTimestamp(claim.timestamp);
  if (made === undefined || claim.timestamp.slice(0, 8) !== claim.scope.date) {
    throw accessDenied("AWS authentication requires a valid Date or x-amz-date header");
  }
  if (claim.expires === undefined) {
    if (Math.abs(now - made) <= MAX_SKEW_MS) return;
    throw new S3Error(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      {
        details: {
          RequestTime: claim.timestamp,
          ServerTime: new Date(now).toISOString(),
          MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
        },
      },
    );
  }
  if (now > made + claim.expires * 1000) throw accessDenied("Request has expired");
  if (made > now + MAX_SKEW_MS) throw accessDenied("Request is not yet valid");
}

/** S3 refuses `x-amz-*` headers that nobody signed: they could have been added on the way. A presigned URL's hash is in the signature itself. */
function mustBeSigned(name: string, claim: Claim): boolean {
  return name.startsWith("x-amz-") && !(name === "x-amz-content-sha256" && claim.expires !== undefined);
}

function headerText(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function isoBasic(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Signature Version 2, which buckets made since June 2020 do not know. */
function unsupportedMechanism(): S3Error {
  return invalidRequest(
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  );
}

function malformed(reason: string, details: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error(
    400,
    "AuthorizationHeaderMalformed",
    `The authorization header is malformed; ${reason}`,
    { details },
  );
}

function badQuery(message: string): S3Error {
  return new S3Error(400, "AuthorizationQueryParametersError", message);
}
