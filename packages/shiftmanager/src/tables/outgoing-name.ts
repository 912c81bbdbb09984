import { OptionsError } from "../errors.ts";
import { maxNameBytes } from "../sql/quote.ts";

/**
 * What the old table is called while its copy takes its place: `t$outgoing`. A name that would be too long is cut before
 * the suffix, and one that is taken gets a number.
 */
export function outgoingName(table: string, taken: ReadonlySet<string>): string {
  for (let number = 1; number < 100; number++) {
    const suffix = `$outgoing${number === 1 ? "" : String(number)}`;
    const name = cut(table, maxNameBytes - suffix.length) + suffix;
    if (!taken.has(name)) return name;
  }
  throw new OptionsError(
    `${table}$outgoing and every number after it are taken; drop the leftovers of earlier copies first.`,
  );
}

/** Never within a character. */
function cut(text: string, bytes: number): string {
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    kept += character;
  }
  return kept;
}
