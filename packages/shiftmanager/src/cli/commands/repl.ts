import type { Command } from "commander";
import { exitCodes, usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";

/** `shiftmanager repl`. */
export function replCommand(program: Command, context: CliContext): void {
  program
    .command("repl")
    .description("a JavaScript prompt with your databases and the library at hand; await works at top level")
    .action(async () => {
      if (context.flags.schema !== undefined) {
        throw usageError(
          '--schema does not reach the prompt; give it to a method there: getTableNames({ schema: "…" }).',
        );
      }
      const { runPrompt } = await import("../repl/start.ts");
      if (!(await runPrompt(context))) process.exitCode = exitCodes.failed;
    });
}
