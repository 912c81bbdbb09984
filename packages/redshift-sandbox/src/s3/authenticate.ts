import type { IncomingHttpHeaders } from "node:http";
import type { Address } from "./address.ts";
import { malformed, readClaim, type Claim } from "./claim.ts";
import { accessDenied, S3Error, signatureDoesNotMatch } from "./s3-error.ts";
import { ChunkSigner, sameText, signingKey, signRequest } from "./sigv4.ts";

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

/** Clocks may differ by this much. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html RequestTimeTooSkewed */
const MAX_SKEW_MS = 15 * 60_000;

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
