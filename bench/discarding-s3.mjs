// @ts-check
/** A process that takes whatever is written to it as S3 would, and throws it away: for more bytes than a disk has room for. */
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.on("data", () => undefined);
  request.on("end", () => {
    const { searchParams } = new URL(request.url ?? "/", "http://s3");
    response.setHeader("ETag", '"0"');
    if (request.method !== "POST") return response.end();
    response.setHeader("Content-Type", "application/xml");
    if (searchParams.has("uploads"))
      response.end("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
    else if (searchParams.has("delete")) response.end("<DeleteResult></DeleteResult>");
    else response.end('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>');
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`port ${typeof address === "object" && address !== null ? address.port : ""}`);
});
// The bench holds the other end: when it is gone, so are we.
process.stdin.on("end", () => process.exit()).resume();
