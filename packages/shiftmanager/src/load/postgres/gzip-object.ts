import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { createGzip, type Gzip } from "node:zlib";
import { StorageError } from "../../errors.ts";
import type { ObjectLocation, PutOptions } from "../../session.ts";
import type { RunObjects } from "../runs/run-objects.ts";

const pieceBytes = 256 * 1024;

/** How objects are written. */
export interface GzipObjectOptions {
  readonly cannedAcl?: string | undefined;
  /** Each file is finished here before its upload begins. Default: none is written, rows go to S3 while they arrive. */
  readonly tempFileDir?: string | undefined;
  readonly signal: AbortSignal;
  /** Told each time S3 has taken some bytes. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly onPart?: PutOptions["onPart"];
}

/** One gzipped object in S3 that is written piece by piece. */
export class GzipObject {
  readonly location: ObjectLocation;
  readonly #gzip: Gzip = createGzip({ level: 1 });
  readonly #uploaded: Promise<{ readonly bytes: number }>;
  readonly #stop = new AbortController();
  #error: unknown;

  constructor(objects: RunObjects, location: ObjectLocation, options: GzipObjectOptions) {
    this.location = location;
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    const settings = {
      contentType: "application/gzip",
      signal,
      ...(options.cannedAcl === undefined ? {} : { cannedAcl: options.cannedAcl }),
      ...(options.onSent === undefined ? {} : { onSent: options.onSent }),
      ...(options.onPart === undefined ? {} : { onPart: options.onPart }),
    };
    this.#uploaded =
      options.tempFileDir === undefined
        ? objects.put(location, this.#gzip, settings)
        : this.#byFile(options.tempFileDir, (body) => objects.put(location, body, settings));
    // The error is passed on by the write or end that follows; the stream must not wait for a reader that is gone.
    this.#uploaded.catch((error: unknown) => {
      this.#error = error;
      this.#gzip.destroy();
      this.#stop.abort(error);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error as Error;
    if (this.#gzip.write(bytes)) return;
    try {
      await once(this.#gzip, "drain", { signal: this.#stop.signal });
    } catch (error) {
      throw (this.#error ?? error) as Error;
    }
  }

  end(): Promise<{ readonly bytes: number }> {
    this.#gzip.end();
    return this.#uploaded;
  }

  /** Stops the upload and waits until it has let go. */
  async discard(): Promise<void> {
    this.#stop.abort();
    this.#gzip.destroy();
    await this.#uploaded.then(
      () => undefined,
      () => undefined,
    );
  }

  /** The file has no name from its first moment, so that it is gone whenever this process is. */
  async #byFile<T>(directory: string, put: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    const file = await openNameless(directory);
    try {
      for await (const chunk of this.#gzip as AsyncIterable<Uint8Array>) await file.appendFile(chunk);
      return await put(contents(file));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOSPC" && code !== "EIO") throw error;
      throw new StorageError(
        `A temporary file in ${directory} cannot be written (${code}); make room there, lower lineBytes, or leave tempFileDir out.`,
        { cause: error },
      );
    } finally {
      await file.close();
    }
  }
}

async function* contents(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ;) {
    // A new buffer each time: the upload keeps what it was given.
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `shiftmanager-${randomUUID()}.gz`);
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(path, "wx+", 0o600);
    await rm(path);
    return file;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StorageError(
      `No temporary file can be made in ${directory} (${code ?? String(cause)}); name another tempFileDir, or leave it out.`,
      { cause },
    );
  }
}
