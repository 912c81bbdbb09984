import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Duplex } from "node:stream";
import zlib from "node:zlib";
import { zstd } from "../copy/s3/decompress.ts";
import type { Compression } from "../copy/s3/decompress.ts";
import type { S3Access } from "../copy/s3/s3-access.ts";

/** One file being written to S3 while rows come in; at most a few blocks wait in memory. */
export class FileWriter {
  readonly key: string;
  rows = 0;
  /** Bytes handed to S3 so far: after compression, which lags behind. */
  storedBytes = 0;
  readonly #input: Duplex;
  readonly #written: Promise<void>;
  #failure: Error | undefined;

  constructor(s3: S3Access, bucket: string, key: string, compression: Compression | undefined) {
    this.key = key;
    this.#input =
      compression === undefined
        ? new PassThrough()
        : compression === "gzip"
          ? zlib.createGzip()
          : zstd("compress");
    const input = this.#input;
    const count = (bytes: number): void => {
      this.storedBytes += bytes;
    };
    this.#written = s3
      .write(
        bucket,
        key,
        (async function* () {
          for await (const chunk of input as AsyncIterable<Uint8Array>) {
            count(chunk.byteLength);
            yield chunk;
          }
        })(),
      )
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failure =
            error instanceof Error ? error : new Error("the object could not be written", { cause: error });
          input.destroy();
        },
      );
    // The reason is kept above; a destroyed stream must not end the process.
    input.on("error", (error) => (this.#failure ??= error));
  }

  async write(block: Uint8Array): Promise<void> {
    this.#check();
    if (this.#input.write(block)) return;
    await Promise.race([once(this.#input, "drain"), this.#written]);
    this.#check();
  }

  async close(): Promise<void> {
    this.#input.end();
    await this.#written;
    this.#check();
  }

  /** Gives the file up: S3 never gets to see it. */
  async abandon(error: Error): Promise<void> {
    this.#input.destroy(error);
    await this.#written;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
