/** What the scanners of lines ask of each byte, and the bytes that they all know. */
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const BACKSLASH = 0x5c;

export const PLAIN = 0;
/** A field with one of these needs a closer look before it is passed on. */
export const SPECIAL = 1;
/** Part of a character that is not ASCII. */
export const HIGH = 2;
/** Where a run of bytes ends. */
const STOP = 3;

/** The class of each byte, where a run ends at line breaks and at `stops`. */
export function byteClasses(stops: readonly number[]): Uint8Array {
  const classes = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    classes[byte] = byte >= 0x80 ? HIGH : byte < 0x20 || byte === BACKSLASH ? SPECIAL : PLAIN;
  }
  for (const byte of [NEWLINE, ...stops]) classes[byte] = STOP;
  return classes;
}
