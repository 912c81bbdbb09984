/** A stretch of a text, in characters from 0. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A value and where it is bad. */
export interface MarkedValue {
  readonly value: string;
  readonly badPlace?: Place;
}

const mostShown = 100;

/**
 * Finds the place of a value that COPY's own words point at: the character a number cannot have, what is beyond the
 * column's length, the bytes that are no text.
 * @param reason - as STL_LOAD_ERRORS has it
 * @param bytes - what the column holds; undefined for a type without a length
 */
export function badPlace(value: string, reason: string, bytes: number | undefined): Place | undefined {
  const digit = /^Invalid digit, Value '.*', Pos (\d+)/.exec(reason)?.[1];
  if (digit !== undefined) return character(value, Number(digit));
  if (/length exceeds/i.test(reason) && bytes !== undefined) {
    const start = charactersIn(value, bytes);
    return start < value.length ? { start, end: value.length } : undefined;
  }
  const hex = /(?:hex sequence|Invalid char): ((?:[\da-f]{2} ?)+)/i.exec(reason)?.[1];
  if (hex !== undefined) return bytesIn(value, Buffer.from(hex.replaceAll(" ", ""), "hex"));
  return undefined;
}

/** At most a hundred characters of the value, those around its bad place. */
export function excerptAround(value: string, place: Place | undefined): MarkedValue {
  if (value.length <= mostShown) return place === undefined ? { value } : { value, badPlace: place };
  if (place === undefined || place.start < mostShown / 2) {
    const shown = `${value.slice(0, mostShown)}…`;
    return place === undefined
      ? { value: shown }
      : { value: shown, badPlace: { start: place.start, end: Math.min(place.end, mostShown) } };
  }
  const from = place.start - mostShown / 2;
  const shown = value.slice(from, from + mostShown);
  const end = Math.min(place.end, from + mostShown) - from + 1;
  return {
    value: `…${shown}${from + mostShown < value.length ? "…" : ""}`,
    badPlace: { start: place.start - from + 1, end },
  };
}

/**
 * The value in quotes, unbroken for who searches for it, then its bad place between » and « with what stands around it:
 * `"12a4" ("12»a«4")`. Whatever it holds, a terminal is not to obey it.
 */
export function markedText({ value, badPlace: place }: MarkedValue): string {
  // Where all of it is bad, marks tell nothing.
  if (place === undefined || (place.start === 0 && place.end === value.length)) return quoted(value);
  const [before, bad, after] = [
    lastOf(value.slice(0, place.start)),
    firstOf(value.slice(place.start, place.end)),
    firstOf(value.slice(place.end)),
  ].map((part) => quoted(part).slice(1, -1));
  return `${quoted(value)} ("${before ?? ""}»${bad ?? ""}«${after ?? ""}")`;
}

const mostMarked = 20;

function firstOf(text: string): string {
  return text.length > mostMarked ? `${text.slice(0, mostMarked)}…` : text;
}

function lastOf(text: string): string {
  return text.length > mostMarked ? `…${text.slice(-mostMarked)}` : text;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "?");
}

function character(value: string, at: number): Place | undefined {
  return at < value.length ? { start: at, end: at + 1 } : undefined;
}

/** How many characters of the value fit into so many bytes. */
function charactersIn(value: string, bytes: number): number {
  let used = 0;
  let at = 0;
  for (const one of value) {
    used += Buffer.byteLength(one);
    if (used > bytes) break;
    at += one.length;
  }
  return at;
}

/** COPY names the bytes of the character it stumbled over, and may name some of the next. */
function bytesIn(value: string, wanted: Buffer): Place | undefined {
  let at = 0;
  for (const one of value) {
    const bytes = Buffer.from(one);
    const size = Math.min(bytes.length, wanted.length);
    if (size > 0 && bytes.compare(wanted, 0, size, 0, size) === 0 && bytes.length <= wanted.length) {
      return { start: at, end: at + one.length };
    }
    at += one.length;
  }
  return undefined;
}
