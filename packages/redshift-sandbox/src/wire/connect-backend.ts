import { connect } from "node:net";
import type { Socket } from "node:net";
import { SqlError } from "../errors.ts";

/** Connects to PostgreSQL's Unix socket. @throws SqlError 57P03 when nobody listens there */
export function connectBackend(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const refused = (): void =>
      reject(new SqlError("57P03", "the database engine of redshift-sandbox is not running"));
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.removeListener("error", refused);
      resolve(socket);
    });
  });
}
