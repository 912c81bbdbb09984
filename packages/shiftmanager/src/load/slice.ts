import { once } from "node:events";
import { createGzip, type Gzip } from "node:zlib";
import type { ObjectLocation } from "../session.ts";
import type { RunObjects } from "./run-objects.ts";

/** A gzip stream takes text in pieces of this size: small writes cost more than they carry. */
const pieceChars = 64 * 1024;

/** Text that may wait to be compressed, which is done beside the main thread. */
const mostWaitingBytes = 1024 * 1024;

/** What a slice has to tell the one that deals to it. */
export interface SliceEvents {
  /** So many bytes have come out of the compression, and are in memory. */
  readonly onHeld: (bytes: number) => void;
  /** So many of them S3 has taken. */
  readonly onSent: (bytes: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** One gzipped file on its way to S3. */
export class Slice {
  readonly location: ObjectLocation;
  readonly #gzip: Gzip = createGzip({ level: 1 });
  readonly #uploaded: Promise<{ readonly bytes: number }>;
  readonly #stopped: AbortSignal;
  readonly #events: SliceEvents;
  #text = "";
  #compressedBytes = 0;

  constructor(objects: RunObjects, location: ObjectLocation, stopped: AbortSignal, events: SliceEvents) {
    this.location = location;
    this.#stopped = stopped;
    this.#events = events;
    // Said by the upload as well; without a listener it would end the process.
    this.#gzip.on("error", () => undefined);
    this.#uploaded = objects.put(location, this.#compressed(), {
      contentType: "application/gzip",
      signal: stopped,
      onSent: events.onSent,
    });
    // The error itself is passed on by whoever awaits.
    this.#uploaded.catch((error: unknown) => {
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
    return this.#uploaded;
  }

  /** Stops, and waits until the upload has let go; its error is known already. */
  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#uploaded.then(
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
    if (this.#gzip.writableLength > mostWaitingBytes) {
      try {
        await once(this.#gzip, "drain", { signal: this.#stopped });
      } catch (error) {
        this.#gzip.destroy();
        await this.#uploaded; // which rejects with the reason
        throw error;
      }
    }
  }
}
