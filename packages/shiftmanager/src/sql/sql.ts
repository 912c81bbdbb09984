import { checkArguments } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { kind } from "../kinds.ts";
import { Fragment } from "./fragment.ts";

/**
 * Builds a fragment from a template whose values are fragments. A plain string as a value is a type error and throws:
 * text enters SQL only through `identifier`, `literal` and their like.
 *
 * The template's own indentation is removed before values are put in, so a value that holds a line break comes out
 * unchanged.
 *
 * @example
 * import { identifier, sql, userName } from "shiftmanager";
 * console.log(String(sql`ALTER USER ${userName("chad")} RESET ${identifier("search_path")}`));
 */
export function sql(strings: TemplateStringsArray, ...values: readonly Fragment[]): Fragment {
  const texts = dedent(strings);
  const parts: Fragment[] = [];
  texts.forEach((text, i) => {
    parts.push(Fragment.text(text));
    if (i === values.length) return;
    const value: unknown = values[i];
    if (!(value instanceof Fragment)) {
      throw new OptionsError(
        `A ${typeof value} was put into SQL text as it is; wrap it in identifier(), literal() or another fragment.`,
      );
    }
    parts.push(value);
  });
  return Fragment.concat(parts);
}

/** The fragment with no text, for a clause that is not wanted. */
export const nothing: Fragment = Fragment.text("");

/** What may stand between fragments; a closed list, so that no outside text gets in. */
export type Separator =
  "" | " " | ", " | ",\n  " | ",\n    " | "\n" | "\n  " | " AND " | "\n    AND " | " OR " | "\n    OR " | ".";

const fragmentsKind = kind(
  "a list of fragments, such as identifier() and literal() make",
  (value) => Array.isArray(value) && value.every((item) => item instanceof Fragment),
);

/** Joins fragments; empty ones are left out with their separator. */
export function join(fragments: readonly Fragment[], separator: Separator = ", "): Fragment {
  checkArguments("join", { fragments: fragmentsKind }, { fragments });
  const glue = Fragment.text(separator);
  return Fragment.concat(
    fragments
      .filter((fragment) => !fragment.isEmpty)
      .flatMap((fragment, i) => (i === 0 ? [fragment] : [glue, fragment])),
  );
}

function dedent(strings: TemplateStringsArray): readonly string[] {
  const whole = strings.raw.length === 1 && !strings[0]?.includes("\n");
  if (whole) return strings;
  // Only a line start within the template's own text counts as indentation; text after a value does not.
  const indents = strings.flatMap((text) =>
    [...text.matchAll(/\n([ \t]*)(?=[^\s]|$)/g)].map((m) => m[1]?.length ?? 0),
  );
  const lastIsClosing = /\n[ \t]*$/.test(strings.at(-1) ?? "");
  const counted = lastIsClosing ? indents.slice(0, -1) : indents;
  const indent = counted.length === 0 ? 0 : Math.min(...counted);
  return strings.map((text, i) => {
    let out = text.replace(/\n([ \t]*)/g, (_, spaces: string) => `\n${spaces.slice(indent)}`);
    if (i === 0) out = out.replace(/^\n/, "");
    if (i === strings.length - 1) out = out.replace(/\n[ \t]*$/, "");
    return out;
  });
}
