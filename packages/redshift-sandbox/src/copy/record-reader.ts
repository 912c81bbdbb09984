import { Buffer } from "node:buffer";
import { NEED_MORE } from "./record-scanner.ts";
import type { RecordScanner } from "./record-scanner.ts";

/** One record, for as long as the call lasts: the buffer is used again. */
export type RecordSink = (buffer: Buffer, line: number) => void;

/**
 * Feeds a scanner with a file's chunks, however they are cut, and calls `sink` for each record.
 * Yields after each chunk, so that the caller can send on what it has before more is read.
 *
 * What is left of a chunk is scanned again only when it has doubled, so that a record cut into many chunks costs no more
 * than twice its size.
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  scanner: RecordScanner,
  ignoreHeaderLines: number,
  sink: RecordSink,
): AsyncGenerator<void> {
  let buffer: Buffer = Buffer.alloc(0);
  let used = 0;
  let length = 0;
  let wanted = 0;
  let owned = false;
  let line = 1;
  let headers = ignoreHeaderLines;

  const scan = (last: boolean): void => {
    while (headers > 0) {
      const newline = buffer.subarray(0, length).indexOf(0x0a, used);
      if (newline === -1) {
        used = length;
        return;
      }
      used = newline + 1;
      line += 1;
      headers -= 1;
    }
    while (used < length) {
      const after = scanner.next(buffer, used, length, last);
      if (after === NEED_MORE) break;
      if (scanner.outcome !== "nothing") {
        // A record's own line break is not part of its last line.
        const from = scanner.reportsLastLine ? line + scanner.lineBreaks : line;
        sink(buffer, from);
      }
      line += scanner.lineBreaks;
      used = after;
    }
    wanted = 2 * (length - used);
  };

  for await (const chunk of chunks) {
    if (used === length) {
      // Scanned in place: nothing is left of what came before.
      buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      used = 0;
      length = chunk.byteLength;
      wanted = 0;
      owned = false;
    } else if (owned && buffer.length - length >= chunk.byteLength) {
      buffer.set(chunk, length);
      length += chunk.byteLength;
    } else {
      const left = length - used;
      const size = left + chunk.byteLength;
      const joined = Buffer.allocUnsafe(Math.max(size, wanted));
      buffer.copy(joined, 0, used, length);
      joined.set(chunk, left);
      buffer = joined;
      owned = true;
      used = 0;
      length = size;
    }
    if (length - used >= wanted) scan(false);
    yield;
  }
  scan(true);
  yield;
}
