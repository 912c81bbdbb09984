/** What ends a shortened name: DESIGN.md, decision 6. */
const mark = /…[0-9a-f]{16}/g;

/**
 * Remembers which short name stands for which long one, and puts the long ones back into text. Fed from
 * `redshift_sandbox.long_name` at start and by the translator afterwards.
 */
export class LongNames {
  readonly #byMark = new Map<string, { readonly short: string; readonly full: string }>();

  remember(short: string, full: string): void {
    const found = short.match(mark)?.at(-1);
    if (found !== undefined) this.#byMark.set(found, { short, full });
  }

  /** The text with every known short name replaced; unknown ones stay. */
  fullNames(text: string): string {
    if (!text.includes("…")) return text;
    let restored = "";
    let from = 0;
    for (const { 0: found, index } of text.matchAll(mark)) {
      const name = this.#byMark.get(found);
      const end = index + found.length;
      if (name === undefined || !text.slice(from, end).endsWith(name.short)) continue;
      restored += text.slice(from, end - name.short.length) + name.full;
      from = end;
    }
    return restored + text.slice(from);
  }
}
