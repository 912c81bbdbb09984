import type { Command } from "commander";
import { exitCodes } from "../cli-error.ts";
import type { CliContext } from "../context.ts";

/** `shiftmanager repl`. */
export function replCommand(program: Command, context: CliContext): void {
  program
    .command("repl")
    .description("a JavaScript prompt with your databases and the library at hand; await works at top level")
    .action(async () => {
      const { runPrompt } = await import("../repl/start.ts");
      if (!(await runPrompt(context))) process.exitCode = exitCodes.failed;
    });
}
