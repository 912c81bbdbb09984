import { describe, expect, test } from "vitest";
import { authorizationClause, requireAuthorization } from "../../src/s3/credentials.ts";
import { joinKey, parseS3Uri } from "../../src/s3/uri.ts";

describe("authorizationClause", () => {
  const arn = "arn:aws:iam::123456789012:role/a";
  const chained = "arn:aws:iam::210987654321:role/path/b";

  test.each([
    [arn, `IAM_ROLE '${arn}'`],
    [`${arn},${chained}`, `IAM_ROLE '${arn},${chained}'`],
    [[arn, chained], `IAM_ROLE '${arn},${chained}'`],
    ["default", "IAM_ROLE DEFAULT"],
  ])("the role %s", (iamRole, text) => {
    expect(String(authorizationClause({ iamRole }))).toBe(text);
  });

  test.each(["loader", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x", ""])(
    "%j is no role",
    (iamRole) => {
      expect(() => authorizationClause({ iamRole })).toThrow(/is not a role: write its ARN/);
    },
  );

  test("nothing offered is an error that names the ways, and the first offer wins", () => {
    expect(() => requireAuthorization(undefined)).toThrow(/COPY and UNLOAD need a role or keys/);
    expect(requireAuthorization(undefined, { iamRole: arn }, { iamRole: chained })).toEqual({ iamRole: arn });
  });
});

describe("S3 addresses", () => {
  test("a bucket and a prefix, which may be empty", () => {
    expect(parseS3Uri("s3://bucket/a/b c")).toEqual({ bucket: "bucket", prefix: "a/b c" });
    expect(parseS3Uri("s3://bucket")).toEqual({ bucket: "bucket", prefix: "" });
  });

  test.each(["bucket/x", "s3:///x", "s3://Bad_Bucket/x"])("%s is refused", (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(/is not (an S3 address|a bucket name)/);
  });

  test("slashes around a prefix do not double", () => {
    expect(joinKey("/a/b/", "c")).toBe("a/b/c");
    expect(joinKey("", "c")).toBe("c");
  });
});
