import type { ParseMessage } from "./extended-messages.ts";

/** The number of the type that SUPER is kept in, and the one by which clients of Redshift know it. */
const inside = 3802;
const outside = 4000;

/** The columns of a RowDescription that are SUPER, which now says so as Redshift does; undefined when there are none. */
export function superColumns(buffer: Buffer, start: number): readonly number[] | undefined {
  const count = buffer.readUInt16BE(start + 5);
  let found: number[] | undefined;
  let at = start + 7;
  for (let column = 0; column < count; column += 1) {
    // A name, and 18 bytes: the table, the column's number, the type …
    at = buffer.indexOf(0, at) + 1;
    if (renumber(buffer, at + 6, inside, outside)) (found ??= []).push(column);
    at += 18;
  }
  return found;
}

/** Says of the parameters of a ParameterDescription which are SUPER. */
export function describeSuperParameters(buffer: Buffer, start: number): void {
  const count = buffer.readUInt16BE(start + 5);
  for (let index = 0; index < count; index += 1) renumber(buffer, start + 7 + 4 * index, inside, outside);
}

/** The parameters that a client's Parse calls SUPER, as the engine calls them. */
export function takeSuperParameters(buffer: Buffer, end: number, { textEnd, typeCount }: ParseMessage): void {
  const last = Math.min(textEnd + 2 + 4 * typeCount, end) - 4;
  for (let at = textEnd + 2; at <= last; at += 4) renumber(buffer, at, outside, inside);
}

function renumber(buffer: Buffer, at: number, from: number, to: number): boolean {
  if (buffer.readUInt32BE(at) !== from) return false;
  buffer.writeUInt32BE(to, at);
  return true;
}
