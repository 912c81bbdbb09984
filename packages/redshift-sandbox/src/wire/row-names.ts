import { message, toClient } from "./messages.ts";
import type { FullNames } from "./reports.ts";

/** The first byte of the `…` that a shortened name holds, and hardly any other. */
const ellipsisByte = 0xe2;
const ellipsis = Buffer.from("…", "utf8");

/** A RowDescription with full column names; undefined when it holds no shortened one. */
export function fullRowDescription(
  buffer: Buffer,
  start: number,
  end: number,
  fullNames: FullNames,
): Buffer | undefined {
  // Every result has one of these, and it is short: the loop costs less than the calls that would replace it.
  let at = start;
  while (at < end && buffer[at] !== ellipsisByte) at += 1;
  return at === end ? undefined : renamed(buffer.subarray(start, end), fullNames);
}

function renamed(whole: Buffer, fullNames: FullNames): Buffer | undefined {
  if (!whole.includes(ellipsis)) return undefined;
  const parts = [whole.subarray(5, 7)];
  let at = 7;
  for (let left = whole.readUInt16BE(5); left > 0; left -= 1) {
    const end = whole.indexOf(0, at);
    parts.push(Buffer.from(fullNames(whole.toString("utf8", at, end)), "utf8"));
    parts.push(whole.subarray(end, end + 19));
    at = end + 19;
  }
  return message(toClient.rowDescription, Buffer.concat(parts));
}
