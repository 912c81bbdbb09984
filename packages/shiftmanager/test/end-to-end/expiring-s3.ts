import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** An S3 endpoint before another one, which after some PUTs takes the session token for expired. */
export interface ExpiringS3 {
  readonly url: string;
  stop(): Promise<void>;
}

const expired =
  '<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';

export async function startExpiringS3(endpoint: string, puts: number): Promise<ExpiringS3> {
  const { hostname, port } = new URL(endpoint);
  let left = puts;
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === "PUT") left -= 1;
    if (left < 0) {
      incoming.resume().on("end", () => {
        outgoing.writeHead(400, { "content-type": "application/xml" }).end(expired);
      });
      return;
    }
    const { method, url: path, headers } = incoming;
    // The host stays what the client has signed.
    const onward = send({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
