import type { Socket } from "node:net";
import { createServer } from "node:tls";
import type { TLSSocket } from "node:tls";

/** Encrypts connections that began in clear: a TLS server that never listens, and is handed each socket. */
export function tlsUpgrade(tls: {
  readonly key: string;
  readonly cert: string;
}): (socket: Socket) => Promise<Socket> {
  const waiting = new Map<string, (socket: TLSSocket) => void>();
  const server = createServer({ key: tls.key, cert: tls.cert });
  server.on("secureConnection", (socket) => {
    const name = peer(socket);
    waiting.get(name)?.(socket);
    waiting.delete(name);
  });
  // A client that does not trust the certificate, or speaks something else: its connection is of no use.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return (socket) =>
    new Promise((resolve, reject) => {
      const name = peer(socket);
      waiting.set(name, resolve);
      socket.once("close", () => {
        waiting.delete(name);
        reject(new Error("the TLS handshake failed"));
      });
      server.emit("connection", socket);
    });
}

function peer(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
