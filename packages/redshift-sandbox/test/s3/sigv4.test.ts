import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ChunkSigner, EMPTY_SHA256, sha256Hex, signingKey, signRequest } from "../../src/s3/sigv4.ts";

// The examples of AWS's manual, "Signature Calculations for the Authorization Header" and "… Using Chunked Upload".
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SCOPE = { date: "20130524", region: "us-east-1", service: "s3" };
const TIMESTAMP = "20130524T000000Z";
const HOST = ["host", "examplebucket.s3.amazonaws.com"] as const;
const DATE = ["x-amz-date", TIMESTAMP] as const;
const KEY = signingKey(SECRET, SCOPE);

describe("the signatures of AWS's own examples", () => {
  test("GET Object with a range", () => {
    const signature = signRequest(
      {
        method: "GET",
        path: "/test.txt",
        query: new Map(),
        headers: [HOST, ["range", "bytes=0-9"], ["x-amz-content-sha256", EMPTY_SHA256], DATE],
        payloadHash: EMPTY_SHA256,
      },
      KEY,
      TIMESTAMP,
      SCOPE,
    );
    expect(signature).toBe("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  });

  test("PUT Object whose key holds a dollar sign", () => {
    const hash = sha256Hex("Welcome to Amazon S3.");
    const signature = signRequest(
      {
        method: "PUT",
        path: "/test$file.text",
        query: new Map(),
        headers: [
          ["date", "Fri, 24 May 2013 00:00:00 GMT"],
          HOST,
          ["x-amz-content-sha256", hash],
          DATE,
          ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
        ],
        payloadHash: hash,
      },
      KEY,
      TIMESTAMP,
      SCOPE,
    );
    expect(signature).toBe("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  });

  test("GET Bucket with parameters", () => {
    const signature = signRequest(
      {
        method: "GET",
        path: "/",
        query: new Map([
          ["prefix", "J"],
          ["max-keys", "2"],
        ]),
        headers: [HOST, ["x-amz-content-sha256", EMPTY_SHA256], DATE],
        payloadHash: EMPTY_SHA256,
      },
      KEY,
      TIMESTAMP,
      SCOPE,
    );
    expect(signature).toBe("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  });

  test("a streamed upload of three chunks", () => {
    const signer = new ChunkSigner(
      KEY,
      TIMESTAMP,
      SCOPE,
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    expect(
      [sha256Hex("a".repeat(65536)), sha256Hex("a".repeat(1024)), EMPTY_SHA256].map((hash) =>
        signer.chunk(hash),
      ),
    ).toEqual([
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]);
  });
});

test("the signing key is a chain of four digests", () => {
  const step = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  expect(KEY).toEqual(step(step(step(step(`AWS4${SECRET}`, "20130524"), "us-east-1"), "s3"), "aws4_request"));
});
