import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { presign, send, sendSigned, timestampOf } from "./raw.ts";
import { ACCESS_KEY, BUCKET, codeOf, start, startForTest, type Started } from "./start.ts";

let s3: Started & { close(): Promise<void> };
beforeAll(async () => {
  s3 = await start();
  await s3.client().send(new PutObjectCommand({ Bucket: BUCKET, Key: "k", Body: "hello" }));
});
afterAll(() => s3.close());

const MINUTE = 60_000;

describe("a request signed by header", () => {
  const list = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    codeOf(s3.client({ credentials }).send(new ListBucketsCommand({})));

  test("is refused with a wrong secret", async () => {
    expect(await list({ accessKeyId: ACCESS_KEY.id, secretAccessKey: "wrong" })).toBe(
      "SignatureDoesNotMatch",
    );
  });

  test("is refused with an unknown key id", async () => {
    expect(await list({ accessKeyId: "AKIDUNKNOWN", secretAccessKey: ACCESS_KEY.secret })).toBe(
      "InvalidAccessKeyId",
    );
  });

  test("is refused with a session token that nobody gave out", async () => {
    const credentials = {
      accessKeyId: ACCESS_KEY.id,
      secretAccessKey: ACCESS_KEY.secret,
      sessionToken: "made up",
    };
    expect(await list(credentials)).toBe("InvalidToken");
  });

  test("is refused for another region, and told which one is right", async () => {
    const answer = await sendSigned(s3.port, { path: "/", region: "eu-west-1" });
    expect(answer).toMatchObject({ status: 400, code: "AuthorizationHeaderMalformed" });
    expect(answer.text).toContain("<Region>us-east-1</Region>");
  });

  test.each([-16, 16])("is refused when its clock is %d minutes off", async (minutes) => {
    const answer = await sendSigned(s3.port, { path: "/", date: new Date(Date.now() + minutes * MINUTE) });
    expect(answer).toMatchObject({ status: 403, code: "RequestTimeTooSkewed" });
  });

  test("is accepted when its clock is 14 minutes off", async () => {
    expect((await sendSigned(s3.port, { path: "/", date: new Date(Date.now() - 14 * MINUTE) })).status).toBe(
      200,
    );
  });

  test("is refused when an x-amz header was added after signing", async () => {
    const answer = await sendSigned(s3.port, {
      method: "PUT",
      path: "/sandbox/new",
      body: "x",
      unsigned: { "x-amz-acl": "public-read" },
    });
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(answer.text).toContain("<HeadersNotSigned>x-amz-acl</HeadersNotSigned>");
  });

  test("is refused with a signature of the right form that nobody made", async () => {
    const timestamp = timestampOf(new Date());
    const headers = {
      host: `127.0.0.1:${s3.port}`,
      "x-amz-date": timestamp,
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      authorization: `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY.id}/${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${"0".repeat(64)}`,
    };
    expect(await send(s3.port, { path: "/sandbox/k", headers })).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
  });

  test.each([
    ["nothing at all", {}, 403, "AccessDenied"],
    ["the old signature", { authorization: "AWS AKID:c2ln" }, 400, "InvalidRequest"],
    ["a basic password", { authorization: "Basic YTpi" }, 400, "InvalidRequest"],
    [
      "an unreadable credential",
      {
        authorization: "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      },
      400,
      "AuthorizationHeaderMalformed",
    ],
  ])("is refused with %s", async (_what, headers, status, code) => {
    expect(await send(s3.port, { path: "/sandbox/k", headers })).toMatchObject({ status, code });
  });

  test("says in no error which secret or signature would have been right", async () => {
    const answer = await sendSigned(s3.port, {
      path: "/sandbox/k",
      secret: "wrong",
      headers: { "x-amz-meta-a": "b" },
    });
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>SignatureDoesNotMatch<\/Code><Message>[^<]+<\/Message><Resource>\/sandbox\/k<\/Resource><RequestId>[0-9A-F]{16}<\/RequestId><\/Error>$/,
    );
  });
});

describe("a presigned URL", () => {
  test("gets an object, with the headers that it asks for", async () => {
    const path = presign(
      s3.port,
      { path: "/sandbox/k" },
      { parameters: { "response-content-type": "text/csv" } },
    );
    expect(await send(s3.port, { path })).toMatchObject({
      status: 200,
      text: "hello",
      headers: { "content-type": "text/csv" },
    });
  });

  test("puts an object, with the metadata that stands in it", async () => {
    const path = presign(
      s3.port,
      { method: "PUT", path: "/sandbox/p" },
      { parameters: { "x-amz-meta-colour": "blue" } },
    );
    expect((await send(s3.port, { method: "PUT", path, body: "presigned" })).status).toBe(200);
    const found = await s3.client().send(new GetObjectCommand({ Bucket: BUCKET, Key: "p" }));
    expect(found.Metadata).toEqual({ colour: "blue" });
    expect(await found.Body?.transformToString()).toBe("presigned");
  });

  test("is refused in the form of Signature Version 2, saying which one to use", async () => {
    const answer = await send(s3.port, { path: "/sandbox/k?AWSAccessKeyId=a&Signature=b&Expires=1" });
    expect(answer).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(answer.text).toContain("Please use AWS4-HMAC-SHA256.");
  });

  test("is refused with metadata that no header can hold", async () => {
    const path = presign(
      s3.port,
      { method: "PUT", path: "/sandbox/p" },
      { parameters: { "x-amz-meta-a": "line\r\nbreak" } },
    );
    expect((await send(s3.port, { method: "PUT", path, body: "x" })).code).toBe("InvalidArgument");
  });

  test("is refused when it has expired", async () => {
    const path = presign(s3.port, { path: "/sandbox/k", date: new Date(Date.now() - 2 * MINUTE) });
    expect(await send(s3.port, { path })).toMatchObject({
      status: 403,
      code: "AccessDenied",
      text: expect.stringContaining("Request has expired") as string,
    });
  });

  test("is refused when it is not yet valid", async () => {
    const path = presign(s3.port, { path: "/sandbox/k", date: new Date(Date.now() + 20 * MINUTE) });
    expect(await send(s3.port, { path })).toMatchObject({
      status: 403,
      text: expect.stringContaining("not yet valid") as string,
    });
  });

  test("is refused for another key, another method, a longer life and a wrong secret", async () => {
    const path = presign(s3.port, { path: "/sandbox/k" });
    const code = async (method: string, target: string) =>
      (await send(s3.port, { method, path: target })).code;
    expect(await code("GET", path.replace("/sandbox/k", "/sandbox/p"))).toBe("SignatureDoesNotMatch");
    expect(await code("DELETE", path)).toBe("SignatureDoesNotMatch");
    expect(await code("GET", path.replace("Expires=60", "Expires=61"))).toBe("SignatureDoesNotMatch");
    expect(await code("GET", presign(s3.port, { path: "/sandbox/k", secret: "wrong" }))).toBe(
      "SignatureDoesNotMatch",
    );
    expect(await code("GET", presign(s3.port, { path: "/sandbox/k" }, { expires: 604_801 }))).toBe(
      "AuthorizationQueryParametersError",
    );
  });
});

describe("a temporary key pair", () => {
  test("needs its session token, by header and in a presigned URL", async () => {
    const temporary = await startForTest({ accessKey: { ...ACCESS_KEY, sessionToken: "t0ken/+=" } });
    const list = (sessionToken?: string) =>
      codeOf(
        temporary
          .client({
            credentials: {
              accessKeyId: ACCESS_KEY.id,
              secretAccessKey: ACCESS_KEY.secret,
              ...(sessionToken === undefined ? {} : { sessionToken }),
            },
          })
          .send(new ListBucketsCommand({})),
      );
    expect(await list("t0ken/+=")).toBe("none");
    expect(await list("wrong")).toBe("InvalidToken");
    expect(await list()).toBe("InvalidToken");
    expect(
      (await send(temporary.port, { path: presign(temporary.port, { path: "/", token: "t0ken/+=" }) }))
        .status,
    ).toBe(200);
    expect((await send(temporary.port, { path: presign(temporary.port, { path: "/" }) })).code).toBe(
      "InvalidToken",
    );
  });
});
