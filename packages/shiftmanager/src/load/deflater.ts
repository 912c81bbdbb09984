import { constants, createDeflateRaw, type DeflateRaw } from "node:zlib";

/**
 * Compresses blocks beside the main thread, at level 1. One stream does block after block, each as if it were the first: to
 * make a stream for each costs more than to compress 256 KB.
 */
class Deflater {
  readonly #stream: DeflateRaw;
  #pieces: Uint8Array[] = [];

  constructor(blockBytes: number) {
    this.#stream = createDeflateRaw({
      level: 1,
      flush: constants.Z_SYNC_FLUSH,
      // Most text becomes less than half, so one piece of output is enough: each is a trip between the threads.
      chunkSize: Math.max(1024, blockBytes >> 1),
    });
    this.#stream.on("data", (piece: Uint8Array) => this.#pieces.push(piece));
  }

  /** The block as a piece of a deflate stream that ends on a byte. */
  deflate(block: Uint8Array): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      this.#stream.write(block, (error) => {
        if (error) return reject(error);
        // Hands on what may still wait to be.
        while (this.#stream.read() !== null);
        const pieces = this.#pieces;
        this.#pieces = [];
        this.#stream.reset();
        resolve(pieces);
      });
    });
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** Several of them, which do as many blocks at a time. */
export class Deflaters {
  readonly #blockBytes: number;
  readonly #most: number;
  readonly #idle: Deflater[] = [];
  readonly #waiting: ((deflater: Deflater) => void)[] = [];
  #made = 0;
  #closed = false;

  /**
   * @param most - blocks at a time
   * @param blockBytes - how large most blocks are
   */
  constructor(most: number, blockBytes: number) {
    this.#most = most;
    this.#blockBytes = blockBytes;
  }

  /** What comes of a block; parts of buffers that are several times as large. */
  async deflate(block: Uint8Array): Promise<readonly Uint8Array[]> {
    const deflater = await this.#take();
    try {
      return await deflater.deflate(block);
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next(deflater);
      else if (this.#closed) deflater.close();
      else this.#idle.push(deflater);
    }
  }

  /** Lets go of the streams, of those at work when they are done. */
  close(): void {
    this.#closed = true;
    for (const deflater of this.#idle.splice(0)) deflater.close();
  }

  #take(): Deflater | Promise<Deflater> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#made === this.#most) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#made += 1;
    return new Deflater(this.#blockBytes);
  }
}
