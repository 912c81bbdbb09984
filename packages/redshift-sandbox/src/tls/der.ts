/** The few forms of ASN.1's DER encoding that a certificate is made of. */

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const significant = size.subarray(size.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, body]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(0x30, ...items);
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return element(0x31, ...items);
}

/** A number that is not negative, from its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.alloc(1) : bytes.subarray(first);
  // A set first bit would make it negative.
  return element(0x02, Buffer.alloc((digits[0] ?? 0) >> 7), digits);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

/** @param unused how many bits of the last byte are no part of it */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return element(0x03, Buffer.from([unused]), bytes);
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** `1.2.840.10045.4.3.2` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  return element(0x06, ...[first * 40 + second, ...others].map(base128));
}

/** Whole seconds. @see RFC 5280 4.1.2.5: two digits of the year until 2049, four from 2050 on */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\..*/, "").replaceAll(/\D/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(`${digits.slice(2)}Z`, "latin1"))
    : element(0x18, Buffer.from(`${digits}Z`, "latin1"));
}

/** `[number]` around whole elements, or, not `constructed`, around bytes whose type the number implies. */
export function tagged(number: number, content: Uint8Array, constructed: boolean): Buffer {
  return element(0x80 | (constructed ? 0x20 : 0) | number, content);
}

/** Seven bits a byte, all but the last with the first bit set. */
function base128(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
  return Buffer.from(bytes);
}
