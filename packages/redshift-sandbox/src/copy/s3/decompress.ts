import { Readable } from "node:stream";
import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { SqlError, notImitated } from "../../errors.ts";

/** Newer Nodes have zstd in zlib; the types of the oldest one supported do not know it. */
interface ZstdInZlib {
  readonly createZstdDecompress?: () => Transform;
  readonly createZstdCompress?: () => Transform;
}

export type Compression = "gzip" | "zstd";

/** @throws SqlError 0A000 where this Node has no zstd. */
export function zstd(direction: "compress" | "decompress"): Transform {
  const library = zlib as ZstdInZlib;
  const create = direction === "compress" ? library.createZstdCompress : library.createZstdDecompress;
  if (create === undefined)
    throw notImitated(`ZSTD on Node ${process.versions.node} (Node 22.15 or newer has it)`);
  return create();
}

/** The bytes of a file as they were before compression. */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression | undefined,
  file: string,
): AsyncGenerator<Uint8Array> {
  if (compression === undefined) {
    yield* source;
    return;
  }
  const transform =
    compression === "gzip" ? zlib.createGunzip({ chunkSize: 128 * 1024 }) : zstd("decompress");
  const input = Readable.from(source);
  input.on("error", (error) => transform.destroy(error));
  input.pipe(transform);
  try {
    for await (const chunk of transform as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    if (cause instanceof SqlError || !(cause instanceof Error) || !("code" in cause)) throw cause;
    throw new SqlError(
      "XX000",
      `${compression === "gzip" ? "GZIP" : "ZSTD"} error while reading ${file}: ${cause.message}`,
    );
  } finally {
    input.destroy();
    transform.destroy();
  }
}
