/**
 * Finds a key that stands twice in one object of a JSON text. Which of the two values COPY takes is not documented, and in
 * a SUPER column both may be kept, so that a query finds either.
 * @see facts.md 1.8
 * @param value - the text, parsed; of which only the number of its keys is wanted, because that is quick to compare
 * @returns the key as JSON writes it, or undefined when there is none
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  if (colons(text) === keysOf(value)) return undefined;
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (const { 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"') && isKey) {
      const keys = open.at(-1);
      const key = JSON.parse(token) as string;
      if (keys?.has(key) === true) return JSON.stringify(key);
      keys?.add(key);
    }
    isKey = (token === "{" || token === ",") && open.at(-1) !== undefined;
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Each key of a valid JSON text is followed by the only colon there is outside strings. */
function colons(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) count += 1;
    else if (code === QUOTE) {
      for (at += 1; ; at += 1) {
        const inside = text.charCodeAt(at);
        if (inside === BACKSLASH) at += 1;
        else if (inside === QUOTE) break;
      }
    }
  }
  return count;
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += keysOf(item);
  else {
    for (const inner of Object.values(value)) count += 1 + keysOf(inner);
  }
  return count;
}
