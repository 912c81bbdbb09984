import type { CommandModel, FlagModel, Values } from "./model.ts";
import { valuedFlags } from "./model.ts";

/** Completion for fish. */
export function fishCompletion(models: readonly CommandModel[]): string {
  const paths = models.filter(({ path }) => path !== "").map(({ path }) => quotedForFish(path));
  return `# fish completion of shiftmanager: shiftmanager completion fish > ~/.config/fish/completions/shiftmanager.fish
function __shiftmanager_at --description 'Is this the command that is being typed'
  set -l words (commandline -opc)
  set -e words[1]
  set -l where
  set -l skip no
  for word in $words
    if test $skip = yes
      set skip no
      continue
    end
    switch $word
      case ${valuedFlags(models).join(" ")}
        set skip yes
      case '-*'
      case '*'
        contains -- (string join ' ' $where $word) ${paths.join(" ")}
        and set -a where $word
    end
  end
  test (string join ' ' x $where) = (string join ' ' x $argv)
end
complete -c shiftmanager -f
${models.flatMap(completions).join("\n")}
`;
}

function completions({ path, subcommands, flags, argument }: CommandModel): readonly string[] {
  const at = `complete -c shiftmanager -n ${quotedForFish(`__shiftmanager_at ${path}`.trimEnd())}`;
  return [
    ...subcommands.map(
      ({ name, description }) => `${at} -a ${quotedForFish(name)} -d ${quotedForFish(description)}`,
    ),
    ...(subcommands.length === 0 && argument !== "none" && argument !== "any"
      ? [`${at}${values(argument)}`]
      : []),
    ...flags.map(
      (flag) => `${at} ${flagNames(flag)} -d ${quotedForFish(flag.description)}${taken(flag.value)}`,
    ),
  ];
}

function flagNames({ names }: FlagModel): string {
  return names
    .map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    .join(" ");
}

/** What follows a flag: nothing, a file, or one of a list. */
function taken(value: Values): string {
  if (value === "none") return "";
  return value === "file" ? " -r -F" : value === "any" ? " -x" : ` -x${values(value)}`;
}

function values(value: Values): string {
  return typeof value === "string" ? " -F" : ` -a ${quotedForFish(value.join(" "))}`;
}

/** A text in single quotes, as fish reads it: a backslash escapes itself and the quote. */
function quotedForFish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
