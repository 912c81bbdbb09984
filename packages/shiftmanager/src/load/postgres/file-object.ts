import { randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Transform } from "node:stream";
import { StorageError } from "../../errors.ts";
import type { ObjectLocation, PutOptions } from "../../session.ts";
import type { RunObjects } from "../runs/run-objects.ts";
import { compressor, contentTypes, suffixes, type Compression } from "./compression.ts";

const pieceBytes = 256 * 1024;

/** How objects are written. */
export interface FileObjectOptions {
  readonly compression: Compression;
  readonly cannedAcl?: string | undefined;
  /** Each file is finished here before its upload begins. Default: none is written, rows go to S3 while they arrive. */
  readonly tempFileDir?: string | undefined;
  readonly signal: AbortSignal;
  /** Told each time S3 has taken some bytes. */
  readonly onSent: (bytes: number) => void;
  /** Told when the upload fails, which may be long before the next write. */
  readonly onFailed: (error: unknown) => void;
  readonly onPart: PutOptions["onPart"];
}

/** One object in S3 that is written piece by piece and compressed on the way, off the event loop. */
export class FileObject {
  readonly location: ObjectLocation;
  readonly #packing: Transform;
  readonly #uploaded: Promise<{ readonly bytes: number }>;
  readonly #stop = new AbortController();
  readonly #compression: Compression;
  readonly #onDisk: boolean;
  #error: unknown;
  #packed = 0;
  #sent = 0;

  constructor(objects: RunObjects, location: ObjectLocation, options: FileObjectOptions) {
    this.location = location;
    this.#compression = options.compression;
    this.#onDisk = options.tempFileDir !== undefined;
    this.#packing = compressor(options.compression);
    const settings = {
      contentType: contentTypes[options.compression],
      signal: AbortSignal.any([options.signal, this.#stop.signal]),
      ...(options.cannedAcl === undefined ? {} : { cannedAcl: options.cannedAcl }),
      onSent: (bytes: number) => {
        this.#sent += bytes;
        options.onSent(bytes);
      },
      ...(options.onPart === undefined ? {} : { onPart: options.onPart }),
    };
    this.#uploaded =
      options.tempFileDir === undefined
        ? objects.put(location, this.#counted(), settings)
        : this.#byFile(options.tempFileDir, (body) => objects.put(location, body, settings));
    // The error is passed on by the write or end that follows; the stream must not wait for a reader that is gone.
    this.#uploaded.catch((error: unknown) => {
      this.#error = error;
      this.#packing.destroy();
      this.#stop.abort(error);
      options.onFailed(error);
    });
  }

  /** Bytes after compression, so far. */
  get packedBytes(): number {
    return this.#packed;
  }

  /** Bytes that wait in memory for being sent. */
  get waitingBytes(): number {
    return this.#onDisk ? 0 : this.#packed - this.#sent;
  }

  /** Resolves when the bytes have been compressed, and their memory may be used for others. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error as Error;
    const written = new Promise<Error | null | undefined>((resolve) => {
      this.#packing.write(bytes, resolve);
    });
    // A stream that is destroyed in the middle of a write does not say so.
    const failed = await Promise.race([written, this.#uploaded.then(() => undefined)]);
    if (failed instanceof Error) throw this.#error ?? failed;
  }

  end(): Promise<{ readonly bytes: number }> {
    this.#packing.end();
    return this.#uploaded;
  }

  /** Stops the upload and waits until it has let go. */
  async discard(): Promise<void> {
    this.#stop.abort(new Error("This file is not wanted any more."));
    this.#packing.destroy();
    await this.#uploaded.then(
      () => undefined,
      () => undefined,
    );
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#packing as AsyncIterable<Uint8Array>) {
      this.#packed += chunk.byteLength;
      yield chunk;
    }
  }

  /** The file has no name from its first moment, so that it is gone whenever this process is. */
  async #byFile<T>(directory: string, put: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    const file = await openNameless(directory, suffixes[this.#compression]);
    try {
      for await (const chunk of this.#counted()) await file.appendFile(chunk);
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

async function openNameless(directory: string, suffix: string): Promise<FileHandle> {
  const path = join(directory, `shiftmanager-${randomUUID()}${suffix}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
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
