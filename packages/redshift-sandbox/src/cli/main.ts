import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addSandboxFlags, list, variableName } from "./options.ts";
import type { SandboxFlags } from "./options.ts";

const USAGE_ERROR = 2;

/**
 * Runs the command line and resolves to the exit code: 0 done, 1 failed, 2 the command line itself is wrong, 130 and 143 after
 * SIGINT and SIGTERM. `exec` resolves to its command's code, or 125 when the sandbox cannot start.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that goes away (`start | head`) is no reason to leave PostgreSQL unstopped.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  let code = 0;
  const program = commandLine((result) => (code = result));
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    // By name: importing the class would load what `--help` does not need.
    if (!(error instanceof Error) || error.name !== "SandboxError") throw error;
    process.stderr.write(`redshift-sandbox: ${error.message}\n`);
    return 1;
  }
}

/** The modules that do the work are loaded when a command runs, so that `--help` and `--version` answer at once. */
function commandLine(done: (code: number) => void): Command {
  const program = new Command("redshift-sandbox")
    .description("A local Amazon Redshift: SQL and S3 on this machine, from npm alone.")
    .version(version())
    .enablePositionalOptions()
    .exitOverride();
  addSandboxFlags(program.command("start"), { sql: 5439, s3: 9439 })
    .description("run a sandbox until Ctrl-C")
    .action(async (flags: SandboxFlags) => done(await (await import("./start.ts")).start(flags)));
  addSandboxFlags(program.command("exec"), { sql: 0, s3: 0 })
    .description("run a command against a sandbox of its own and exit with the command's code")
    .usage("[options] -- COMMAND [ARGS...]")
    .option(
      "--keep-env <name,...>",
      "inherited PG*, AWS_*, *_URL or proxy variables to leave in place",
      list(variableName),
      [],
    )
    .argument("<command...>", "the command and its arguments, after --")
    .passThroughOptions()
    .action(async (command: string[], flags: SandboxFlags & { readonly keepEnv: readonly string[] }) =>
      done(await (await import("./exec.ts")).exec(command, flags)),
    );
  program
    .command("clean")
    .description("remove what killed sandboxes left behind, and the cached template and programs")
    .action(async () => done(await (await import("./clean.ts")).clean()));
  return program;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

function ignoreClosedPipe(error: Error): void {
  if (!("code" in error) || error.code !== "EPIPE") throw error;
}
