import { pipeline } from "node:stream";
import zlib from "node:zlib";
import type { ObjectLocation, ObjectStore } from "../../session.ts";

/** A line of an object, without its line break. */
export interface RecordLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const NEWLINE = 0x0a;

/** Newer Nodes have zstd in zlib; the types of the oldest one supported do not know it. */
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => NodeJS.ReadWriteStream };

/**
 * Reads lines of an uploaded object, unpacked, and lets go of it after the last of them: a compressed file cannot be
 * entered in its middle.
 * @param wanted - line numbers from 1, ascending
 * @throws StorageError for what S3 refuses
 */
export async function* recordLines(
  store: ObjectStore,
  location: ObjectLocation,
  wanted: readonly number[],
): AsyncGenerator<RecordLine> {
  const lines = wanted[Symbol.iterator]();
  let next = lines.next();
  let line = 1;
  let held: Uint8Array[] = [];
  for await (const chunk of unpacked(await store.get(location), location.key)) {
    let at = 0;
    while (next.done !== true) {
      const end = chunk.indexOf(NEWLINE, at);
      if (line === next.value) held.push(chunk.slice(at, end === -1 ? chunk.length : end));
      if (end === -1) break;
      if (line === next.value) {
        yield { line, text: Buffer.concat(held).toString("utf8") };
        held = [];
        next = lines.next();
      }
      line += 1;
      at = end + 1;
    }
    if (next.done === true) return;
  }
  if (next.done !== true && next.value === line && held.length > 0) {
    yield { line, text: Buffer.concat(held).toString("utf8") };
  }
}

function unpacked(body: AsyncIterable<Uint8Array>, key: string): AsyncIterable<Uint8Array> {
  const transform = key.endsWith(".gz")
    ? zlib.createGunzip()
    : key.endsWith(".zst")
      ? createZstdDecompress?.()
      : undefined;
  if (transform === undefined) return body;
  // The error of either stream surfaces where the last one is read.
  return pipeline(body, transform, () => undefined) as unknown as AsyncIterable<Uint8Array>;
}
