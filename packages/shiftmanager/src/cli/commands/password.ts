import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { wholeNumber } from "../values.ts";

/** `shiftmanager password`: a password that Redshift accepts, alone on its line. Needs no database. */
export function passwordCommand(program: Command, context: CliContext): void {
  program
    .command("password")
    .description("print a random password that Redshift accepts")
    .option("--length <n>", "8 to 64 characters (default: 64)", wholeNumber)
    .action(async ({ length }: { readonly length?: number }) => {
      const { randomPassword } = await context.library();
      const password = randomPassword(length);
      if (context.flags.json === true) context.printJson({ type: "password", password });
      else context.print(password);
    });
}
