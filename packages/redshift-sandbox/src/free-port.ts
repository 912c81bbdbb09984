import { once } from "node:events";
import { createServer } from "node:net";
import { SandboxError } from "./errors.ts";

/**
 * Fails early when a port is taken: before PostgreSQL is started, and with the name of the flag. 0 stands for any free port.
 *
 * @throws SandboxError
 */
export async function requireFreePort(port: number, flag: string): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    await explainPort(port, flag, async () => {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    });
  } finally {
    server.close();
  }
}

/**
 * Runs what opens a port, and says in one sentence why it cannot be opened.
 *
 * @throws SandboxError
 */
export async function explainPort<T>(port: number, flag: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause && cause.syscall === "listen")) throw cause;
    const code = "code" in cause ? cause.code : undefined;
    const reason =
      code === "EADDRINUSE"
        ? "is in use"
        : code === "EACCES"
          ? "may not be opened by this user"
          : `cannot be opened (${String(code)})`;
    throw new SandboxError(
      `Port ${port} of 127.0.0.1 ${reason}; choose another with ${flag}, or 0 for any free one.`,
      { cause },
    );
  }
}
