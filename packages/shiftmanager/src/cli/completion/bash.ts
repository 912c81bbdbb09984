import type { CommandModel, Values } from "./model.ts";
import { flagCases, quoted, readWord } from "./shell-cases.ts";

/** Completion for bash 3.2 or newer. */
export function bashCompletion(models: readonly CommandModel[]): string {
  return `# bash completion of shiftmanager; in ~/.bashrc: eval "$(shiftmanager completion bash)"
_shiftmanager() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag= where= skip= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # bash cuts --flag=value at the sign.
    if [[ $word == = ]]; then skip=1; continue; fi
    if [[ -n $skip ]]; then skip=; flag=; continue; fi
${readWord(models)}
  done
  [[ $cur == = ]] && cur=
  local words= files=
  if [[ -n $skip ]]; then
    case "$where $flag" in
${flagCases(models, offer)}
    esac
  elif [[ $cur == -* ]]; then
    case "$where" in
${models.map(({ path, flags }) => `      ${quoted(path)}) words=${quoted(flags.flatMap(({ names }) => names).join(" "))} ;;`).join("\n")}
    esac
  else
    case "$where" in
${models.map(wordCase).join("\n")}
    esac
  fi
  if [[ -n $files ]]; then
    type compopt >/dev/null 2>&1 && compopt -o filenames
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -F _shiftmanager shiftmanager
`;
}

function wordCase({ path, subcommands, argument }: CommandModel): string {
  const names = subcommands.map(({ name }) => name);
  return `      ${quoted(path)}) ${offer(names.length > 0 ? names : argument)} ;;`;
}

function offer(values: Values): string {
  if (typeof values !== "string") return `words=${quoted(values.join(" "))}`;
  return values === "file" ? "files=1" : ":";
}
