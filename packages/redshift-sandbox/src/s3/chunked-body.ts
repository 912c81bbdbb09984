import { createHash } from "node:crypto";
import { incompleteBody, malformedTrailer, signatureDoesNotMatch } from "./s3-error.ts";
import { sameText, type ChunkSigner } from "./sigv4.ts";

/** A size line with a 64-digit signature needs about 100 bytes, a trailer about 150. */
const MAX_LINE_BYTES = 4096;

/**
 * The payload inside an `aws-chunked` body: `hex-size[;chunk-signature=…] CRLF data CRLF … 0 CRLF trailers CRLF`.
 * Data is passed on as it comes, never gathered; a chunk's signature is checked when its last byte has passed, so the reader must
 * not believe what it got before the iteration ends. `trailers` is complete then, too.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  readonly trailers = new Map<string, string>();
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #signer: ChunkSigner | undefined;
  readonly #hasTrailers: boolean;

  constructor(
    source: AsyncIterable<Uint8Array>,
    options: { readonly signer: ChunkSigner | undefined; readonly hasTrailers: boolean },
  ) {
    this.#source = source;
    this.#signer = options.signer;
    this.#hasTrailers = options.hasTrailers;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const input = new ByteReader(this.#source);
    try {
      for (;;) {
        const { size, signature } = readSizeLine(await input.line());
        const hash = this.#signer === undefined ? undefined : createHash("sha256");
        let left = size;
        while (left > 0) {
          const data = await input.some(left);
          left -= data.length;
          hash?.update(data);
          yield data;
        }
        if (this.#signer !== undefined && hash !== undefined) {
          verify(this.#signer.chunk(hash.digest("hex")), signature);
        }
        if (size === 0) break;
        if ((await input.line()) !== "") throw incompleteBody();
      }
      await this.#readTrailers(input);
      if (!(await input.atEnd())) throw incompleteBody();
    } finally {
      await input.close();
    }
  }

  async #readTrailers(input: ByteReader): Promise<void> {
    let signed = "";
    let signature: string | undefined;
    for (let line = await input.line(); line !== ""; line = await input.line()) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).trim().toLowerCase();
      if (colon === -1 || this.trailers.size >= 16) throw malformedTrailer();
      const value = line.slice(colon + 1).trim();
      if (name === "x-amz-trailer-signature") {
        signature = value;
      } else {
        this.trailers.set(name, value);
        signed += `${name}:${value}\n`;
      }
    }
    if (this.trailers.size > 0 && !this.#hasTrailers) throw malformedTrailer();
    if (this.#signer !== undefined && this.#hasTrailers) verify(this.#signer.trailer(signed), signature);
  }
}

function readSizeLine(line: string): { size: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (match?.[1] === undefined) throw incompleteBody();
  return { size: Number.parseInt(match[1], 16), signature: match[2] };
}

function verify(expected: string, given: string | undefined): void {
  if (!sameText(expected, given ?? "")) throw signatureDoesNotMatch();
}

/** Lines and byte runs out of a stream of buffers, without copying the runs. */
class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Up to CRLF, which is taken too. */
  async line(): Promise<string> {
    let held = Buffer.alloc(0);
    for (;;) {
      if (!(await this.#fill())) throw incompleteBody();
      const end = this.#buffer.indexOf(0x0a);
      const piece = this.#buffer.subarray(0, end === -1 ? this.#buffer.length : end + 1);
      this.#buffer = this.#buffer.subarray(piece.length);
      held = Buffer.concat([held, piece]);
      if (held.length > MAX_LINE_BYTES) throw incompleteBody();
      if (end === -1) continue;
      if (held.at(-2) !== 0x0d) throw incompleteBody();
      return held.toString("latin1", 0, held.length - 2);
    }
  }

  /** At least one byte and at most `max`. */
  async some(max: number): Promise<Uint8Array> {
    if (!(await this.#fill())) throw incompleteBody();
    const piece = this.#buffer.subarray(0, max);
    this.#buffer = this.#buffer.subarray(piece.length);
    return piece;
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#buffer.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      this.#buffer = next.value;
    }
    return true;
  }
}
