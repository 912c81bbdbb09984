import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { createGzip, type Gzip } from "node:zlib";

/** A gzip stream takes text in pieces of this size: small writes cost more than they carry. */
const pieceChars = 64 * 1024;

/** Text that may wait to be compressed, which is done beside the main thread. */
const mostWaitingBytes = 1024 * 1024;

/** What a slice has to tell the one that deals to it. */
export interface SliceEvents {
  /** So many bytes have come out of the compression, and are in memory. */
  readonly onHeld: (bytes: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** One gzipped file on its way to where it is to be. */
export class Slice {
  readonly #gzip: Gzip = createGzip({ level: 1 });
  readonly #written: Promise<{ readonly bytes: number }>;
  readonly #stopped: AbortSignal;
  readonly #events: SliceEvents;
  #text = "";
  #compressedBytes = 0;

  /** @param write - takes all of the file's bytes; resolves when they are where they belong */
  constructor(
    write: (bytes: AsyncIterable<Uint8Array>) => Promise<{ readonly bytes: number }>,
    stopped: AbortSignal,
    events: SliceEvents,
  ) {
    this.#stopped = stopped;
    this.#events = events;
    // Said by the writing as well; without a listener it would end the process.
    this.#gzip.on("error", () => undefined);
    this.#written = write(this.#compressed());
    // The error itself is passed on by whoever awaits.
    this.#written.catch((error: unknown) => {
      events.onFailed(error);
      this.#gzip.destroy();
    });
  }

  /** Grows while the compression runs beside. */
  get compressedBytes(): number {
    return this.#compressedBytes;
  }

  /** Resolves when more may come; undefined when it may at once, which is nearly always. */
  write(line: string): Promise<void> | undefined {
    this.#text += line;
    return this.#text.length >= pieceChars ? this.#flush() : undefined;
  }

  async end(): Promise<{ readonly bytes: number }> {
    await this.#flush();
    this.#gzip.end();
    return this.#written;
  }

  /** Stops, and waits until the writing has let go; its error is known already. */
  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.then(
      () => undefined,
      () => undefined,
    );
  }

  async *#compressed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#gzip as AsyncIterable<Uint8Array>) {
      this.#compressedBytes += chunk.byteLength;
      this.#events.onHeld(chunk.byteLength);
      yield chunk;
    }
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    this.#stopped.throwIfAborted();
    if (text === "") return;
    this.#gzip.write(text);
    if (this.#gzip.writableLength <= mostWaitingBytes) {
      // What is compressed meanwhile can only be sent on when the source lets it.
      await setImmediate();
      return;
    }
    try {
      await once(this.#gzip, "drain", { signal: this.#stopped });
    } catch (error) {
      this.#gzip.destroy();
      await this.#written; // which rejects with the reason
      throw error;
    }
  }
}
