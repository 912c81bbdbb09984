/** What the wire needs to know of extended messages; bodies start after the length. */

export interface ParseMessage {
  readonly name: string;
  /** With its terminator. */
  readonly nameBytes: Buffer;
  readonly text: Buffer;
  /** The count of parameter types, and their oids. */
  readonly types: Buffer;
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

export function readParse(body: Buffer): ParseMessage {
  const nameEnd = terminator(body, 0);
  const textEnd = terminator(body, nameEnd);
  return {
    name: body.toString("utf8", 0, nameEnd - 1),
    nameBytes: body.subarray(0, nameEnd),
    text: body.subarray(nameEnd, textEnd - 1),
    types: body.subarray(textEnd),
    typeCount: body.readUInt16BE(textEnd),
  };
}

/** @param whole also reads what follows the parameter count, which costs a walk over the values */
export function readBind(body: Buffer, whole: boolean): BindMessage {
  const portalEnd = terminator(body, 0);
  const statementEnd = terminator(body, portalEnd);
  let at = statementEnd + 2 + 2 * body.readUInt16BE(statementEnd);
  const parameterCount = body.readUInt16BE(at);
  const resultFormats: number[] = [];
  if (whole) {
    at += 2;
    for (let left = parameterCount; left > 0; left -= 1) at += 4 + Math.max(body.readInt32BE(at), 0);
    const count = body.readUInt16BE(at);
    for (let index = 0; index < count; index += 1) resultFormats.push(body.readInt16BE(at + 2 + 2 * index));
  }
  return {
    portal: body.toString("utf8", 0, portalEnd - 1),
    statement: body.toString("utf8", portalEnd, statementEnd - 1),
    parameterCount,
    resultFormats,
  };
}

/** Describe and Close. */
export function readNamed(body: Buffer): NamedMessage {
  return { kind: body.readUInt8(0), name: body.toString("utf8", 1, terminator(body, 1) - 1) };
}

export function readExecute(body: Buffer): { readonly portal: string; readonly maxRows: number } {
  const end = terminator(body, 0);
  return { portal: body.toString("utf8", 0, end - 1), maxRows: body.readUInt32BE(end) };
}

/** Just after the zero byte. */
function terminator(body: Buffer, from: number): number {
  const at = body.indexOf(0, from);
  if (at === -1) throw new RangeError("invalid string in message");
  return at + 1;
}
