import { Transform } from "node:stream";
import zlib from "node:zlib";
import { OptionsError } from "../../errors.ts";
import { option, wording } from "../../wording.ts";
import type { SourceFormat } from "./copy-out-statement.ts";

/** How files are compressed; COPY reads each kind. */
export type Compression = "zstd" | "gzip" | "none";

/** Newer Nodes have zstd in zlib; the types of the oldest one supported do not know it. */
interface ZstdInZlib {
  readonly createZstdCompress?: (options: {
    readonly chunkSize: number;
    readonly params: Readonly<Record<number, number>>;
  }) => Transform;
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}

const { createZstdCompress, constants } = zlib as ZstdInZlib;
const zstdLevel = constants.ZSTD_c_compressionLevel ?? 0;

/** What comes out at once: small pieces cost more than they carry. */
const chunkSize = 256 * 1024;

/** Ends of the files' names. */
export const suffixes: Readonly<Record<Compression, string>> = { zstd: ".zst", gzip: ".gz", none: "" };

export const contentTypes: Readonly<Record<Compression, string>> = {
  zstd: "application/zstd",
  gzip: "application/gzip",
  none: "text/plain",
};

/** What the names of files end in: `.csv.zst`. */
export function fileSuffix(format: SourceFormat, compression: Compression): string {
  return `.${format}${suffixes[compression]}`;
}

/** The fastest that this Node has: zstd packs a third faster than gzip at its fastest, and more tightly. */
export function defaultCompression(): Compression {
  return createZstdCompress === undefined ? "gzip" : "zstd";
}

/** @throws OptionsError for zstd where this Node lacks it */
export function checkCompression(compression: Compression): void {
  if (compression !== "zstd" || createZstdCompress !== undefined) return;
  throw new OptionsError(
    wording`Node ${process.versions.node} has no zstd (22.15 and newer have); choose ${option("compression", "gzip")} or leave it out.`,
  );
}

/** A stream that compresses at the fastest level, in a thread of its own. */
export function compressor(compression: Compression): Transform {
  if (compression === "zstd" && createZstdCompress !== undefined) {
    return createZstdCompress({ chunkSize, params: { [zstdLevel]: 1 } });
  }
  return compression === "gzip" ? zlib.createGzip({ level: 1, chunkSize }) : copier();
}

/** Passes copies on: like a compressor, it leaves the memory of what was written to its owner. */
function copier(): Transform {
  return new Transform({
    transform: (bytes: Buffer, _encoding, done) => done(null, Buffer.from(bytes)),
  });
}

/** How much of some bytes is left after compression, from 0 to 1. */
export async function compressedShare(bytes: Uint8Array, compression: Compression): Promise<number> {
  if (bytes.byteLength === 0) return 1;
  const stream = compressor(compression);
  stream.end(bytes);
  let compressed = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) compressed += chunk.byteLength;
  return compressed / bytes.byteLength;
}
