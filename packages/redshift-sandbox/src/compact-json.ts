const blank = 0x20;
const quote = 0x22;
const backslash = 0x5c;

/** PostgreSQL puts a space after `:` and `,` of jsonb; Redshift does not. */
export function compactJson(buffer: Buffer, start: number, end: number): Buffer {
  const compact = Buffer.allocUnsafe(end - start);
  let length = 0;
  let inString = false;
  for (let at = start; at < end; at++) {
    const byte = buffer[at] as number;
    if (inString) {
      compact[length++] = byte;
      if (byte === backslash) compact[length++] = buffer[++at] as number;
      else if (byte === quote) inString = false;
    } else if (byte !== blank) {
      compact[length++] = byte;
      inString = byte === quote;
    }
  }
  return compact.subarray(0, length);
}
