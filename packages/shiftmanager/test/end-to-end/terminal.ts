import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/shiftmanager.js", import.meta.url));

/** Runs its arguments on a pseudo-terminal of 100 columns, whose output goes to stdout and whose keyboard is stdin. */
const onTerminal = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
watched = [terminal, 0]
while terminal in watched:
    for ready in select.select(watched, [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:
            data = b""  # Linux says so that the last program has left the terminal.
        if not data:
            watched.remove(ready)
        elif ready == terminal:
            os.write(1, data)
        else:
            os.write(terminal, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
`;

const python = spawnSync("python3", ["-c", "import pty, termios"]).status === 0;

/** Why there is no test on a terminal on this machine; undefined when there is. */
export const noTerminal = python ? undefined : "no python3 with its pty module: install python3 to run these";

if (noTerminal !== undefined && process.env.REQUIRE_CLIENTS === "1") throw new Error(noTerminal);

/** What to type when the screen shows something, in this order; where it takes more than that, once `ready` is so as well. */
export type Dialogue = readonly (readonly [
  shown: string | RegExp,
  typed: string,
  ready?: Promise<unknown>,
])[];

/** What a person saw: everything that was written to the terminal, stdout and stderr alike. */
export interface Screen {
  readonly code: number | null;
  readonly screen: string;
}

/** Runs the built command on a terminal of its own, and types. */
export function runOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  dialogue: Dialogue = [],
  cwd = process.cwd(),
): Promise<Screen> {
  return programOnTerminal([process.execPath, bin, ...args], env, dialogue, cwd);
}

/** Runs any program on a terminal of its own, and types. */
export function programOnTerminal(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  dialogue: Dialogue = [],
  cwd = process.cwd(),
): Promise<Screen> {
  const own = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", TERM: "xterm", ...env };
  return new Promise((resolve, reject) => {
    const child = spawn("python3", ["-c", onTerminal, ...command], { cwd, env: own });
    let screen = "";
    let answered = 0;
    let seen = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      const [shown, typed, ready] = dialogue[answered] ?? [];
      if (shown === undefined || typed === undefined) return;
      const rest = screen.slice(seen);
      if (typeof shown === "string" ? !rest.includes(shown) : !shown.test(rest)) return;
      seen = screen.length;
      answered += 1;
      Promise.resolve(ready).then(() => child.stdin.write(typed), reject);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (screen += text));
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") reject(error);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}
