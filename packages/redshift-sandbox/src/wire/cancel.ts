import { connect } from "node:net";

/**
 * Delivers a CancelRequest to PostgreSQL; settles when PostgreSQL has taken it (it answers by closing).
 * That there is no server any more to cancel anything counts as delivered.
 */
export function sendCancel(socketPath: string, packet: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve());
    socket.on("data", () => undefined);
    socket.on("connect", () => socket.write(packet));
  });
}
