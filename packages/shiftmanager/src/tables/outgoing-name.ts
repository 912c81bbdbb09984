import { OptionsError } from "../errors.ts";
import { maxNameBytes } from "../sql/quote.ts";
import { option, wording } from "../wording.ts";

/** The most bytes of a suffix: of a long name something must be left to know it by. */
const maxSuffixBytes = 64;

/**
 * What the old table is called while its copy takes its place: `t$outgoing`. A name that would be too long is cut before
 * the suffix, and one that is taken gets a number.
 * @throws OptionsError for a suffix that is empty or over 64 bytes
 */
export function outgoingName(table: string, taken: ReadonlySet<string>, suffix = "$outgoing"): string {
  const bytes = Buffer.byteLength(suffix);
  if (bytes === 0 || bytes > maxSuffixBytes) {
    throw new OptionsError(
      wording`${option("suffix")} has ${bytes} bytes; it must have from 1 to ${maxSuffixBytes}.`,
    );
  }
  for (let number = 1; number < 100; number++) {
    const end = `${suffix}${number === 1 ? "" : String(number)}`;
    const name = cut(table, maxNameBytes - Buffer.byteLength(end)) + end;
    if (!taken.has(name)) return name;
  }
  throw new OptionsError(
    wording`${table}${suffix} and every number after it are taken; drop the leftovers of earlier copies first, or say another ${option("suffix")}.`,
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
