import type { Command } from "commander";
import { Argument } from "commander";
import type { CliContext } from "../context.ts";

type Shell = "bash" | "zsh" | "fish";

/** `shiftmanager completion bash|zsh|fish`. */
export function completionCommand(program: Command, context: CliContext): void {
  program
    .command("completion")
    .description("print the completion script of a shell; it reads no configuration")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: Shell) => context.print(await script(program, shell)));
}

async function script(program: Command, shell: Shell): Promise<string> {
  const { commandModels } = await import("../completion/model.ts");
  const models = commandModels(program);
  switch (shell) {
    case "bash":
      return (await import("../completion/bash.ts")).bashCompletion(models);
    case "zsh":
      return (await import("../completion/zsh.ts")).zshCompletion(models);
    case "fish":
      return (await import("../completion/fish.ts")).fishCompletion(models);
  }
}
