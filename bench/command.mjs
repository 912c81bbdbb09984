// @ts-check
/**
 * What the bench "command" runs in a sandbox: one invocation of `shiftmanager`, from the start of its process to its end, against a process
 * of Node that does nothing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { compare, time } from "./measure.mjs";

const bin = fileURLToPath(new URL("../packages/shiftmanager/bin/shiftmanager.js", import.meta.url));
const rounds = 15;

/** @type {readonly (readonly [what: string, aim: string, args: readonly string[]])[]} */
const invocations = [
  ["shiftmanager --help", "at most 3", ["--help"]],
  ["shiftmanager password", "none", ["password"]],
  ["shiftmanager user create, shown", "none", ["user", "create", "chad", "--generate-password"]],
  ["shiftmanager table list, connected", "none", ["table", "list"]],
];

const bare = () => node(["-e", "0"]);

for (const [what, aim, args] of invocations)
  await compare(rounds, { what, measured: () => node([bin, ...args]), baseline: "node -e 0", bare, aim });

/** @param {readonly string[]} args */
function node(args) {
  return time(async () => {
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${args.join(" ")} ended with exit code ${code}.`);
  });
}
