import type { CommandModel, Values } from "./model.ts";
import { completedFlags, quoted, valuedFlags } from "./model.ts";

/** Completion for zsh, for `eval` or as the file `_shiftmanager` in `fpath`. */
export function zshCompletion(models: readonly CommandModel[]): string {
  const paths = models.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return `#compdef shiftmanager
# zsh completion of shiftmanager; in ~/.zshrc, after compinit: eval "$(shiftmanager completion zsh)"
_shiftmanager() {
  local flag= where= skip= word cur=\${words[CURRENT]}
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $skip ]]; then skip=; flag=; continue; fi
    case $word in
      ${valuedFlags(models).join("|")}) flag=$word; skip=1 ;;
      -*) ;;
      *)
        case "\${where:+$where }$word" in
          ${paths.join("|")}) where="\${where:+$where }$word" ;;
        esac
        ;;
    esac
  done
  if [[ -z $skip && $cur == --*=* ]]; then
    flag=\${cur%%=*}
    skip=1
    compset -P '*='
  fi
  if [[ -n $skip ]]; then
    case "$where $flag" in
${models.flatMap(flagCases).join("\n")}
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

function flagCases(model: CommandModel): readonly string[] {
  return completedFlags(model).map(([names, value]) => {
    const labels = names.map((name) => quoted(`${model.path} ${name}`)).join("|");
    return `      ${labels}) ${offer(value)} ;;`;
  });
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
