import type { Argument, Command, Option } from "commander";

/** What can stand somewhere: nothing, anything, a file, or one of these. */
export type Values = "none" | "any" | "file" | readonly string[];

export interface FlagModel {
  /** `--command`, `-c`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value: Values;
}

/** A command as the shells need to know it. */
export interface CommandModel {
  /** Its words without the program's: `user create`; empty for the program. */
  readonly path: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  /** Its own and the program's. */
  readonly flags: readonly FlagModel[];
  /** What stands in the place of its arguments. */
  readonly argument: Values;
}

/** Reads the program and all of its commands, so that what the shells complete is what the parser takes. */
export function commandModels(program: Command): readonly CommandModel[] {
  const help: FlagModel = { names: ["--help", "-h"], description: "print this help", value: "none" };
  const everywhere = [...program.options.filter(({ long }) => long !== "--version").map(flagModel), help];
  return [
    { ...modelOf(program, []), flags: [...program.options.map(flagModel), help] },
    ...program.commands.flatMap((command) => below(command, [], everywhere)),
  ];
}

function below(
  command: Command,
  parents: readonly string[],
  everywhere: readonly FlagModel[],
): readonly CommandModel[] {
  const path = [...parents, command.name()];
  const own = modelOf(command, path);
  return [
    { ...own, flags: [...own.flags, ...everywhere] },
    ...command.commands.flatMap((sub) => below(sub, path, everywhere)),
  ];
}

function modelOf(command: Command, path: readonly string[]): CommandModel {
  const [argument] = command.registeredArguments;
  return {
    path: path.join(" "),
    subcommands: command.commands.map((sub) => ({ name: sub.name(), description: sub.description() })),
    flags: command.options.map(flagModel),
    argument: argument === undefined ? "none" : argumentValues(argument),
  };
}

function flagModel(option: Option): FlagModel {
  const names = [option.long, option.short].filter((name) => name !== undefined && name !== null);
  return { names, description: option.description, value: flagValues(option) };
}

function flagValues({ required, optional, argChoices, flags }: Option): Values {
  if (!required && !optional) return "none";
  if (argChoices !== undefined) return argChoices;
  return /[<[](?:file|path|dir)/.test(flags) ? "file" : "any";
}

function argumentValues(argument: Argument): Values {
  return argument.argChoices ?? (argument.name().startsWith("file") ? "file" : "any");
}

/** The names of all flags that take a value, of whatever command. */
export function valuedFlags(models: readonly CommandModel[]): readonly string[] {
  const names = models.flatMap(({ flags }) =>
    flags.filter(({ value }) => value !== "none").flatMap((flag) => flag.names),
  );
  return [...new Set(names)].sort();
}

/** Flags, by their names, whose value can be completed. */
export function completedFlags({
  flags,
}: CommandModel): readonly (readonly [names: readonly string[], value: Values])[] {
  return flags
    .filter(({ value }) => value !== "none" && value !== "any")
    .map(({ names, value }) => [names, value]);
}
