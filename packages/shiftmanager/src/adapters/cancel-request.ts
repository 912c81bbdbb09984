import { isIP, connect as connectSocket } from "node:net";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { connect as connectTls } from "node:tls";

/** The session whose running statement is to be stopped, and where its server is. */
export interface CancelTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions | false;
  readonly processId: number;
  readonly secretKey: number;
}

const sslRequestCode = 80_877_103;
const cancelRequestCode = 80_877_102;

/**
 * Asks the server, on a connection of its own, to stop what a session is doing; encrypted whenever the session is.
 * Resolves when the server has read it. Whether anything was stopped only the session's own answer tells.
 * @see PostgreSQL's manual, "Canceling Requests in Progress"
 */
export async function sendCancelRequest(target: CancelTarget, timeoutMs: number): Promise<void> {
  const plain = connectSocket(target.port, target.host);
  const timer = setTimeout(
    () => plain.destroy(new Error("The server did not answer a cancel request.")),
    timeoutMs,
  );
  try {
    await event(plain, "connect");
    const socket = target.tls === false ? plain : await encrypt(plain, target.host, target.tls);
    const closed = event(socket, "close");
    socket.resume();
    socket.end(int32s(16, cancelRequestCode, target.processId, target.secretKey));
    await closed;
  } finally {
    clearTimeout(timer);
    plain.destroy();
  }
}

async function encrypt(plain: Socket, host: string, options: ConnectionOptions): Promise<Socket> {
  plain.write(int32s(8, sslRequestCode));
  const [answer] = (await event(plain, "data")) as [Buffer];
  if (answer.toString("latin1") !== "S") throw new Error("The server offers no TLS for a cancel request.");
  const secure = connectTls({
    ...options,
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  await event(secure, "secureConnect");
  return secure;
}

/** Resolves at the event, rejects at an error and where the connection ends before it. */
function event(socket: Socket, name: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const happened = (...values: unknown[]) => finish(() => resolve(values));
    const failed = (error: Error) => finish(() => reject(error));
    const closed = () =>
      finish(() => reject(new Error("The server closed the connection of a cancel request.")));
    const finish = (settle: () => void) => {
      socket.off(name, happened).off("error", failed).off("close", closed);
      settle();
    };
    socket.once(name, happened).once("error", failed);
    if (name !== "close") socket.once("close", closed);
  });
}

function int32s(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => buffer.writeInt32BE(value, i * 4));
  return buffer;
}
