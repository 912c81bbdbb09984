import { expect, test } from "vitest";
import { storageError } from "../../src/adapters/storage-error.ts";

const place = { bucket: "bucket", key: "runs/1.json" };

/** As the AWS SDK and Node make them. */
const failed = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

test.each([
  [
    "S3 that is silent",
    failed("TimeoutError", "Connection timed out after 30000 ms"),
    "S3 did not answer in time, also when tried again; check AWS_ENDPOINT_URL_S3, the proxy and the network.",
  ],
  [
    "a connection that was cut",
    failed("TimeoutError", "write EPIPE", { code: "EPIPE" }),
    "the connection to S3 was lost (EPIPE), also when tried again; try later.",
  ],
  [
    "an endpoint that is not there",
    failed("Error", "connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED" }),
    "the S3 endpoint cannot be reached (ECONNREFUSED); check AWS_ENDPOINT_URL_S3 and the network.",
  ],
  [
    "an endpoint that is no address",
    failed("TypeError", "Invalid URL", { code: "ERR_INVALID_URL" }),
    "the S3 endpoint's address is no URL; correct AWS_ENDPOINT_URL_S3.",
  ],
])("%s is told in one sentence with the way out", (_, error, reason) => {
  expect(storageError(error, "write", place).message).toBe(`Cannot write s3://bucket/runs/1.json: ${reason}`);
});
