import type { CommandModel, Values } from "./model.ts";
import { completedFlags, valuedFlags } from "./model.ts";

/** What bash and zsh write alike: `case` over the words of a command line. */

/** A text in single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Reads one `$word` before the cursor: a flag that takes a value goes into `flag` and sets `skip`, a command's name is added to `where`,
 * and everything else says nothing.
 */
export function readWord(models: readonly CommandModel[]): string {
  const paths = models.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return `    case $word in
      ${valuedFlags(models).join("|")}) flag=$word; skip=1 ;;
      -*) ;;
      *)
        case "\${where:+$where }$word" in
          ${paths.join("|")}) where="\${where:+$where }$word" ;;
        esac
        ;;
    esac`;
}

/**
 * What the value of a flag may be, by command and flag.
 * @param offer - writes the line that offers values
 */
export function flagCases(models: readonly CommandModel[], offer: (values: Values) => string): string {
  return models
    .flatMap((model) =>
      completedFlags(model).map(([names, value]) => {
        const labels = names.map((name) => quoted(`${model.path} ${name}`)).join("|");
        return `      ${labels}) ${offer(value)} ;;`;
      }),
    )
    .join("\n");
}
