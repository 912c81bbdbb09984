/**
 * What the wire needs to know of extended messages. They are read where they lie, whole, from `start` to `end` of a buffer: each query has
 * four of them, and a view of its own for each would cost more than the reading.
 */

export interface ParseMessage {
  readonly name: string;
  /** Of the name's first byte, just after its terminator, and just after the text's. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly textEnd: number;
  readonly typeCount: number;
}

export interface BindMessage {
  readonly portal: string;
  readonly statement: string;
  readonly parameterCount: number;
  /** Format codes of the result: none, one for all, or one for each column. */
  readonly resultFormats: readonly number[];
}

export interface NamedMessage {
  /** `S` statement, `P` portal. */
  readonly kind: number;
  readonly name: string;
}

export const statementKind = 0x53;

const headerBytes = 5;
const none: readonly number[] = [];

export function readParse(buffer: Buffer, start: number, end: number): ParseMessage {
  const nameStart = start + headerBytes;
  const nameEnd = terminator(buffer, nameStart, end);
  const textEnd = terminator(buffer, nameEnd, end);
  return {
    name: text(buffer, nameStart, nameEnd),
    nameStart,
    nameEnd,
    textEnd,
    typeCount: unsigned16(buffer, textEnd, end),
  };
}

/** The numbers of the types that a Parse gives its parameters. */
export function parameterTypes(buffer: Buffer, { textEnd, typeCount }: ParseMessage): readonly number[] {
  return Array.from({ length: typeCount }, (_, index) => buffer.readUInt32BE(textEnd + 2 + 4 * index));
}

/** @param whole also reads what follows the parameter count, which costs a walk over the values */
export function readBind(buffer: Buffer, start: number, end: number, whole: boolean): BindMessage {
  const portalEnd = terminator(buffer, start + headerBytes, end);
  const statementEnd = terminator(buffer, portalEnd, end);
  let at = statementEnd + 2 + 2 * unsigned16(buffer, statementEnd, end);
  const parameterCount = unsigned16(buffer, at, end);
  let resultFormats = none;
  if (whole) {
    at += 2;
    for (let left = parameterCount; left > 0; left -= 1)
      at += 4 + Math.max((unsigned16(buffer, at, end) << 16) | unsigned16(buffer, at + 2, end), 0);
    const count = unsigned16(buffer, at, end);
    const first = at + 2;
    resultFormats = Array.from({ length: count }, (_, index) => unsigned16(buffer, first + 2 * index, end));
  }
  return {
    portal: text(buffer, start + headerBytes, portalEnd),
    statement: text(buffer, portalEnd, statementEnd),
    parameterCount,
    resultFormats,
  };
}

/** Describe and Close. */
export function readNamed(buffer: Buffer, start: number, end: number): NamedMessage {
  const at = start + headerBytes;
  const nameEnd = terminator(buffer, at + 1, end);
  return { kind: buffer[at] ?? 0, name: text(buffer, at + 1, nameEnd) };
}

export function readExecute(
  buffer: Buffer,
  start: number,
  end: number,
): { readonly portal: string; readonly maxRows: number } {
  const portalEnd = terminator(buffer, start + headerBytes, end);
  return {
    portal: text(buffer, start + headerBytes, portalEnd),
    maxRows: unsigned16(buffer, portalEnd, end) * 0x1_0000 + unsigned16(buffer, portalEnd + 2, end),
  };
}

/** Just after the zero byte. Most names are empty. */
function terminator(buffer: Buffer, from: number, end: number): number {
  const at = buffer[from] === 0 ? from : buffer.indexOf(0, from);
  if (at === -1 || at >= end) throw new RangeError("invalid string in message");
  return at + 1;
}

function text(buffer: Buffer, start: number, end: number): string {
  return end - start === 1 ? "" : buffer.toString("utf8", start, end - 1);
}

function unsigned16(buffer: Buffer, at: number, end: number): number {
  if (at + 2 > end) throw new RangeError("insufficient data left in message");
  return ((buffer[at] as number) << 8) | (buffer[at + 1] as number);
}
