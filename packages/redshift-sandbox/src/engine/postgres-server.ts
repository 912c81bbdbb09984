import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { SandboxError } from "../errors.ts";
import type { Binaries } from "./binaries.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { SERVER_SETTINGS } from "./settings.ts";

/** A running `postgres`. */
export interface PostgresServer {
  /** Resolves to the last lines of its log when it ends, whether asked to or not. */
  readonly exited: Promise<string>;
  /** Disconnects everyone, waits for the checkpoint and the end of the process. */
  stop(this: void): Promise<void>;
}

/**
 * The shell between us and the server. It holds the read end of a pipe whose only writer is this process: when the pipe
 * closes, because `stop` closed it or because this process was killed, the shell asks the server for a fast shutdown.
 */
const GUARD = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 3<&3 &
reader=$!
exec 3<&-
wait "$server"
status=$?
kill "$reader" 2>/dev/null
exit "$status"
`;

const STOP_LIMIT_MS = 15_000;
const LOG_LIMIT = 16_384;

/**
 * Starts the server on a data directory and resolves when it accepts connections.
 * It lives in its own session, so that Ctrl-C reaches only us and clients see an orderly end.
 * `different` are settings in place of the usual ones.
 *
 * @throws SandboxError with the server's own last words when it does not start
 */
export async function startPostgres(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  dataDirectory: string,
  socketDirectory: string,
  different: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const settings = { ...SERVER_SETTINGS, ...different, unix_socket_directories: socketDirectory };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const guard = spawn("/bin/sh", ["-c", GUARD, "guard", binaries.postgres, "-D", dataDirectory, ...args], {
    ...identity,
    cwd: "/",
    detached: true,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "pipe"],
  });
  const log = new Log(guard);
  const exited = once(guard, "close").then(() => log.tail());
  // The exit is looked at by whoever awaits it; nobody may be awaiting when it comes.
  exited.catch(() => undefined);
  guard.stdin.on("error", () => undefined);
  const ready = await Promise.race([log.ready.then(() => true), exited.then(() => false)]);
  if (!ready) throw new SandboxError(`PostgreSQL did not start:\n${log.tail()}`);
  return { exited, stop: () => stop(guard, exited) };
}

async function stop(guard: ChildProcess, exited: Promise<string>): Promise<void> {
  guard.stdin?.end();
  const timer = setTimeout(() => {
    // The guard leads the process group; the server passes an immediate shutdown on to its children.
    if (guard.pid !== undefined && guard.exitCode === null) process.kill(-guard.pid, "SIGQUIT");
  }, STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

/** The end of the server's log, kept in memory; settled when it says that it accepts connections. */
class Log {
  readonly ready: Promise<void>;
  #text = "";

  constructor(server: ChildProcess) {
    this.ready = new Promise((resolve) => {
      server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#text = (this.#text + chunk).slice(-LOG_LIMIT);
        if (this.#text.includes("database system is ready to accept connections")) resolve();
      });
    });
  }

  tail(): string {
    return this.#text.trim().split("\n").slice(-8).join("\n");
  }
}
