import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import type { ShiftmanagerError } from "../index.ts";
import { CliError, exitCodes, usageError } from "./cli-error.ts";
import { completionCommand } from "./commands/completion.ts";
import { configCommand } from "./commands/config.ts";
import { execCommand } from "./commands/exec.ts";
import { groupCommand } from "./commands/group.ts";
import { loadCommand } from "./commands/load.ts";
import { passwordCommand } from "./commands/password.ts";
import { replCommand } from "./commands/repl.ts";
import { s3Command } from "./commands/s3.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { schemaCommand } from "./commands/schema.ts";
import { tableCommand } from "./commands/table.ts";
import { unloadCommand } from "./commands/unload.ts";
import { userCommand } from "./commands/user.ts";
import { viewCommand } from "./commands/view.ts";
import { CliContext } from "./context.ts";
import { asFlag } from "./flag-names.ts";
import { addExamples } from "./examples.ts";

/**
 * Runs the `shiftmanager` command and sets the exit code of the process.
 * @param argv - as `process.argv`: the program and its file first
 */
export async function main(argv: readonly string[]): Promise<void> {
  // The SDK is pinned to a version that supports this Node; what it says of later ones is for us, not for users.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const program = createProgram();
  const context = new CliContext(program);
  for (const register of [
    userCommand,
    groupCommand,
    passwordCommand,
    tableCommand,
    viewCommand,
    schemaCommand,
    loadCommand,
    unloadCommand,
    s3Command,
    execCommand,
    replCommand,
    configCommand,
    sandboxCommand,
    completionCommand,
  ])
    register(program, context);
  addExamples(program);
  const stopListening = listenForSignals(context);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => context.outputFailed(error));
  // Talk that nobody hears is no reason to stop half-way.
  process.stderr.on("error", () => undefined);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, context);
  } finally {
    stopListening();
  }
  if (context.stoppedBy !== undefined) process.exitCode = exitCodes[context.stoppedBy];
}

function createProgram(): Command {
  return new Command("shiftmanager")
    .description(
      "Administers Amazon Redshift. What would change something is shown first and runs with --execute.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--profile <name>", "profile of a config file to use (SHIFTMANAGER_PROFILE)")
    .option("--config <file>", "config file to use, or none (SHIFTMANAGER_CONFIG)")
    .option("--schema <name>", "schema of names given without one (default: the session's)")
    .option("--json", "print one JSON value a line, each with a type")
    .option("--execute", "run what would otherwise only be shown")
    .option("--yes", "approve what destroys something without a question")
    .option("--reveal-secrets", "show passwords and keys in printed SQL")
    .option(
      "--iam-role <arn>",
      "role for COPY and UNLOAD: ARN, several chained, or default (REDSHIFT_IAM_ROLE)",
    )
    .option("--region <name>", "region of the buckets (AWS_REGION)")
    .addHelpText(
      "after",
      `
Where to connect: PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD PGSSLMODE PGSSLROOTCERT ~/.pgpass, or REDSHIFT_URL;
what they leave out: a profile of shiftmanager.config.* (here or above) or ~/.shiftmanager.* (ts, mts, js, mjs, json).
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 not approved, 130 and 143 stopped by a signal.`,
    )
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(add --help for the usage)")
    .exitOverride();
}

/** The first signal stops the work in an orderly way, which includes the server; a second one ends the process. Both say so. */
function listenForSignals(context: CliContext): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = () => {
      const again = name === "SIGINT" ? "press Ctrl-C again" : `send ${name} again`;
      if (context.stoppedBy === undefined) {
        context.say(`Stopping: ${context.run.stopping}; ${again} to stop at once.`);
        context.stop(name);
        return;
      }
      context.say(`Stopped at once. ${context.run.left}`);
      process.exit(exitCodes[name]);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}

/** One sentence on stderr, never a stack. Returns the exit code. */
function report(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) return reportCommandLine(error, context);
  const { code } = error as { readonly code?: unknown };
  const known = typeof code === "string" && code.startsWith("ERR_");
  const message = error instanceof Error ? worded(error) : String(error);
  const sentence = known ? message : `Something unforeseen happened (${message}); please report it.`;
  context.say(`error: ${sentence}`);
  if (context.flags.json === true) {
    context.printJson({ type: "error", message: sentence, ...(typeof code === "string" ? { code } : {}) });
  }
  return error instanceof CliError ? error.exitCode : exitCodes.failed;
}

/** Commander has said it on stderr. */
function reportCommandLine({ exitCode, message }: CommanderError, context: CliContext): number {
  if (exitCode === 0) return 0;
  if (context.flags.json === true && message.startsWith("error: ")) {
    const { message: sentence, code } = usageError(message.replace("error: ", "").replace("\n", " "));
    context.printJson({ type: "error", message: sentence, code });
  }
  return exitCodes.commandLine;
}

/** The library's message with flags for its options. The class itself is only loaded where a command needs it. */
function worded(error: Error): string {
  return "worded" in error ? (error as ShiftmanagerError).worded(asFlag) : error.message;
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
