import { expect, test } from "vitest";
import { s3Refusal, s3Refusals } from "../../../src/load/failure/s3-refusal.ts";
import { inWords } from "../../../src/wording.ts";

const answer = (words: string, status: number, code: string) =>
  `S3ServiceException:${words},Status ${status},Error ${code},Rid 4711,ExtRid 4711,CanRetry 1; error: code: 8001, context: S3 key being read : s3://b/p/data/00000.json.gz, query: 7`;

test.each([
  ["Access Denied", 403, "AccessDenied", /s3:GetObject/],
  ["The specified key does not exist.", 404, "NoSuchKey", /run it again/],
  ["The specified bucket does not exist", 404, "NoSuchBucket", /bucket's name/],
  [
    "The bucket you are attempting to access must be addressed using the specified endpoint.",
    301,
    "PermanentRedirect",
    /\(region\)/,
  ],
  [
    "The authorization header is malformed; the region 'us-east-1' is wrong",
    400,
    "AuthorizationHeaderMalformed",
    /\(region\)/,
  ],
  ["The provided token has expired.", 400, "ExpiredToken", /renew the keys/],
  ["The provided token is malformed or otherwise invalid.", 400, "InvalidToken", /renew the keys/],
  [
    "The AWS Access Key Id you provided does not exist in our records.",
    403,
    "InvalidAccessKeyId",
    /check the keys/,
  ],
  [
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    403,
    "SignatureDoesNotMatch",
    /check the keys/,
  ],
  ["Please reduce your request rate.", 503, "SlowDown", /later/],
  ["We encountered an internal error. Please try again.", 500, "InternalError", /later/],
])("%s names the file and what mends it", (words, status, code, mend) => {
  const found = s3Refusal(answer(words, status, code));
  expect(found).toMatchObject({ code, file: "s3://b/p/data/00000.json.gz" });
  expect(inWords(found?.mend ?? "")).toMatch(mend);
});

test.each([
  [
    "AssumeRole",
    "User arn:aws:redshift:us-east-1:123456789012:dbuser:c/u is not authorized to assume IAM Role arn:aws:iam::123456789012:role/r",
  ],
  ["NoDefaultRole", "The cluster has no default IAM role"],
  ["Interrupted", "S3 connection was closed before the whole object had been transferred"],
  ["NoFiles", "The specified S3 prefix 'p/x' does not exist"],
  [
    "InvalidAccessKeyId",
    "S3ServiceException:The AWS Access Key Id you provided does not exist in our records.",
  ],
])("%s is known by Redshift's own words", (code, said) => {
  expect(s3Refusal(said)?.code).toBe(code);
});

test("an answer of S3 that no source explains is told in its own words", () => {
  const found = s3Refusal(answer("Something new", 400, "NewError"));
  expect(found).toMatchObject({ code: "NewError", reason: "S3 refused COPY (Something new, NewError)" });
});

test("what is not of S3 is no refusal of it", () => {
  expect(
    s3Refusal("Load into table 't' failed.  Check 'stl_load_errors' system table for details."),
  ).toBeUndefined();
  expect(s3Refusal('syntax error at or near "COPY"')).toBeUndefined();
});

test("every way out is the end of a sentence", () => {
  for (const { reason, mend } of s3Refusals) {
    expect(reason).not.toMatch(/\.$/);
    expect(inWords(mend)).toMatch(/^[a-z].*\.$/);
  }
});
