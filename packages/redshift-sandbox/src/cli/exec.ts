import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { refuseForeign, removeEnvFile } from "../engine/env-file.ts";
import { commandEnvironment } from "../environment.ts";
import { SandboxError } from "../errors.ts";
import { startSandbox } from "../sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { sandboxOptions } from "./options.ts";
import type { SandboxFlags } from "./options.ts";
import { signalExitCode, watchSignals } from "./signals.ts";
import type { SignalWatch, StopSignal } from "./signals.ts";
import { provideEnvFile } from "./start.ts";

export interface ExecFlags extends SandboxFlags {
  readonly keepEnv: readonly string[];
}

/** The codes of `env`, `timeout` and their like: the tool itself failed; the command cannot be run; there is none. */
const SANDBOX_FAILED = 125;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** Runs a command with a sandbox around it and resolves to the command's exit code; 125 when the sandbox cannot start. */
export async function exec(command: readonly string[], flags: ExecFlags): Promise<number> {
  let child: ChildProcess | undefined;
  const signals = watchSignals((signal) => forward(signal, child));
  try {
    const sandbox = await startOrReport(flags);
    if (sandbox === undefined) return SANDBOX_FAILED;
    try {
      if (signals.seen !== undefined) return signalExitCode(signals.seen);
      return await run(sandbox, command, flags, signals, (started) => (child = started));
    } finally {
      await sandbox.stop();
    }
  } finally {
    signals.close();
  }
}

async function startOrReport(flags: ExecFlags): Promise<Sandbox | undefined> {
  let sandbox: Sandbox | undefined;
  try {
    if (flags.envFile !== undefined) await refuseForeign(resolve(flags.envFile));
    sandbox = await startSandbox(sandboxOptions(flags));
    if (flags.envFile !== undefined) await provideEnvFile(sandbox, resolve(flags.envFile));
    return sandbox;
  } catch (error) {
    await sandbox?.stop();
    // What we did not foresee comes with its stack, for a report; the command has not run in either case.
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`redshift-sandbox: ${error instanceof SandboxError ? error.message : reason}\n`);
    return undefined;
  }
}

async function run(
  sandbox: Sandbox,
  [program = "", ...args]: readonly string[],
  flags: ExecFlags,
  signals: SignalWatch,
  started: (child: ChildProcess) => void,
): Promise<number> {
  try {
    const env = commandEnvironment(process.env, sandbox.env, flags.keepEnv);
    const child = spawn(program, args, { stdio: "inherit", env });
    started(child);
    const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const [code, signal] = await exit;
    if (signal !== null) return signalExitCode(signal);
    return code ?? (signals.seen === undefined ? 1 : signalExitCode(signals.seen));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? error.code : undefined;
    if (reason !== "ENOENT" && reason !== "EACCES") throw error;
    const found = reason === "EACCES" && (await isThere(program));
    process.stderr.write(
      `redshift-sandbox: ${program}: ${found ? "it may not be run" : "there is no such command"}\n`,
    );
    return found ? CANNOT_RUN : NOT_FOUND;
  } finally {
    if (flags.envFile !== undefined) await removeEnvFile(resolve(flags.envFile), sandbox.runDir);
  }
}

/** The system also says EACCES of a command that is nowhere when a folder of PATH is closed to us; shells then say 127. */
async function isThere(program: string): Promise<boolean> {
  const folders = program.includes("/") ? [""] : (process.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders) {
    const found = await stat(join(folder, program)).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** A terminal sends Ctrl-C to the command as well as to us; sent on, it would arrive twice. */
function forward(signal: StopSignal, child: ChildProcess | undefined): void {
  if (signal === "SIGINT" && process.stdin.isTTY) return;
  child?.kill(signal);
}
