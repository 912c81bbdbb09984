import type { CompleterResult } from "node:readline";
import type { CatalogNames } from "./catalog-names.ts";

/** Where the cursor is inside a text: what is being typed there, and whose method the text is for. */
export interface TextPosition {
  readonly partial: string;
  /** `prod` in `prod.deepCopy("ev`; undefined where the line calls no method. */
  readonly object: string | undefined;
  readonly line: string;
}

/** The position when the end of the line is inside a literal or template; undefined elsewhere. */
export function textPosition(line: string): TextPosition | undefined {
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (quote !== undefined && character === "\\") at++;
    else if (quote === undefined) quote = /["'`]/.test(character) ? character : undefined;
    else if (character === quote) quote = undefined;
  }
  if (quote === undefined) return undefined;
  const partial = /[\p{L}\p{N}_$.]*$/u.exec(line)?.[0] ?? "";
  const calls = [...line.matchAll(/([\p{L}_$][\p{L}\p{N}_$]*)\s*\.\s*[\p{L}_$][\p{L}\p{N}_$]*\s*\(/gu)];
  return { partial, object: calls.at(-1)?.[1], line };
}

/** Tables and views, and the columns of those that the line names. */
export function completeNames({ partial, line }: TextPosition, columnsOf: CatalogNames): CompleterResult {
  const words = new Set(line.slice(0, line.length - partial.length).match(/[\p{L}\p{N}_$.]+/gu));
  const named = [...columnsOf].filter(([relation]) => words.has(relation));
  const candidates = [...named.flatMap(([, names]) => names), ...columnsOf.keys()];
  const found = [...new Set(candidates)].filter((name) => name.startsWith(partial)).sort();
  // With nothing typed yet, tables of the own schema are enough to choose from.
  const short = partial === "" ? found.filter((name) => !name.includes(".")) : found;
  return [short.length === 0 ? found : short, partial];
}
