import { crc32 } from "node:zlib";
import type { Deflaters } from "./deflater.ts";

/** Magic number, deflate, no flags, no time, fastest, an unknown system. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff]);

/** An empty last block, with fixed codes. */
const lastBlock = Buffer.from([0x03, 0x00]);

/**
 * One gzip file out of blocks that are compressed each by itself, several at a time. It is one ordinary member, as pigz
 * writes it, for nothing says whether COPY reads several. An open file thus takes no memory of its own, where a stream for
 * each would take 0.4 MB; as every block begins without a window, files of 128 KB blocks are 2% larger.
 * @see RFC 1952; RFC 1951 for blocks, of which any number make a stream
 */
export class GzipMember {
  readonly #deflaters: Deflaters;
  #crc = 0;
  #bytes = 0;

  constructor(deflaters: Deflaters) {
    this.#deflaters = deflaters;
  }

  /**
   * Compresses the next block, which is to be left alone until then. What comes of the blocks is joined in the order of the
   * calls.
   */
  add(block: Uint8Array): Promise<Uint8Array> {
    return this.#compressed(block, () => []);
  }

  /** Compresses the last block, which may be empty, and completes the file. */
  end(block: Uint8Array): Promise<Uint8Array> {
    return this.#compressed(block, () => [lastBlock, this.#trailer()]);
  }

  async #compressed(block: Uint8Array, after: () => readonly Uint8Array[]): Promise<Uint8Array> {
    const before = this.#bytes === 0 ? [header] : [];
    this.#crc = crc32(block, this.#crc);
    this.#bytes += block.byteLength;
    const end = after();
    const deflated = block.byteLength === 0 ? [] : await this.#deflaters.deflate(block);
    return Buffer.concat([...before, ...deflated, ...end]);
  }

  #trailer(): Uint8Array {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#bytes % 2 ** 32, 4);
    return trailer;
  }
}
