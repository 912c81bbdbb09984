import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { CliContext } from "../context.ts";

const commands = [
  ["start", "start a local Redshift with an S3 endpoint, until it is stopped"],
  ["exec", "run a command in the environment of one, and stop it"],
  ["clean", "remove what sandboxes left behind that were killed"],
] as const;

/** `shiftmanager sandbox start|exec|clean`: the package `redshift-sandbox`, where it is installed. */
export function sandboxCommand(program: Command, context: CliContext): void {
  const sandbox = program
    .command("sandbox")
    .description("a local Redshift to try things on, from the package redshift-sandbox");
  for (const [name, description] of commands) {
    sandbox
      .command(name)
      .description(description)
      .argument("[args...]", `what redshift-sandbox ${name} takes; see redshift-sandbox ${name} --help`)
      // The flags are the other program's, which reads them as they were typed.
      .allowUnknownOption()
      .action(() => passOn(argumentsOf(program, process.argv.slice(2)), context));
  }
}

/** What follows the word `sandbox` on the command line. */
function argumentsOf(program: Command, words: readonly string[]): readonly string[] {
  const takesValue = (word: string | undefined) =>
    program.options.some(({ long, required }) => required && long === word);
  const at = words.findIndex((word, i) => word === "sandbox" && !takesValue(words[i - 1]));
  return words.slice(at + 1);
}

async function passOn(args: readonly string[], context: CliContext): Promise<void> {
  const child = spawn(process.execPath, ["--", findSandbox(), ...args], { stdio: "inherit" });
  context.signal.addEventListener("abort", () => {
    // What is typed at a terminal reaches the child as well.
    const known = context.stoppedBy === "SIGINT" && process.stdin.isTTY === true;
    if (!known) child.kill(context.stoppedBy ?? "SIGTERM");
  });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/** The program's file: of the project one works in, else beside this package. */
function findSandbox(): string {
  const places = [join(process.cwd(), "package.json"), import.meta.url];
  for (const place of places) {
    let manifest: string;
    try {
      manifest = createRequire(place).resolve("redshift-sandbox/package.json");
    } catch {
      // Not there: the next place, or the sentence below.
      continue;
    }
    const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    const file = bin["redshift-sandbox"];
    if (file !== undefined) return join(dirname(manifest), file);
  }
  throw new CliError(
    exitCodes.failed,
    "The sandbox is the package redshift-sandbox, which is installed neither in this project nor beside shiftmanager; run npm install --save-dev redshift-sandbox.",
  );
}
