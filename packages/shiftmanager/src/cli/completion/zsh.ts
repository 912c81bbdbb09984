import type { CommandModel, Values } from "./model.ts";
import { flagCases, quoted, readWord } from "./shell-cases.ts";

/** Completion for zsh, for `eval` or as the file `_shiftmanager` in `fpath`. */
export function zshCompletion(models: readonly CommandModel[]): string {
  return `#compdef shiftmanager
# zsh completion of shiftmanager; in ~/.zshrc, after compinit: eval "$(shiftmanager completion zsh)"
_shiftmanager() {
  local flag= where= skip= word cur=\${words[CURRENT]}
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skip ]]; then skip=; flag=; continue; fi
${readWord(models)}
  done
  if [[ -z $skip && $cur == --*=* ]]; then
    flag=\${cur%%=*}
    skip=1
    compset -P '*='
  fi
  if [[ -n $skip ]]; then
    case "$where $flag" in
${flagCases(models, offer)}
    esac
  elif [[ $cur == -* ]]; then
    case "$where" in
${models.map(({ path, flags }) => `      ${quoted(path)}) offered=(${flags.flatMap(({ names, description }) => names.map((name) => described(name, description))).join(" ")}) ;;`).join("\n")}
    esac
    _describe -o 'flag' offered
  else
    case "$where" in
${models.map(wordCase).join("\n")}
    esac
  fi
}
if [[ $funcstack[1] == _shiftmanager ]]; then _shiftmanager "$@"; else compdef _shiftmanager shiftmanager; fi
`;
}

function wordCase({ path, subcommands, argument }: CommandModel): string {
  if (subcommands.length === 0) return `      ${quoted(path)}) ${offer(argument)} ;;`;
  const list = subcommands.map(({ name, description }) => described(name, description)).join(" ");
  return `      ${quoted(path)}) offered=(${list}); _describe 'command' offered ;;`;
}

function described(name: string, description: string): string {
  return quoted(`${name}:${description.replaceAll(/[\\:]/g, "\\$&")}`);
}

function offer(values: Values): string {
  if (typeof values !== "string") return `compadd -- ${values.map(quoted).join(" ")}`;
  return values === "file" ? "_files" : ":";
}
