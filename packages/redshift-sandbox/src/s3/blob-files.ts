import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Segment } from "./store-state.ts";

const READ_BYTES = 128 * 1024;

/** Bytes that were written and moved into place. */
export interface Blob {
  readonly segment: Segment;
  /** Hex. */
  readonly md5: string;
}

/**
 * The files that hold the objects' bytes. Each is written once under `incoming/`, moved to `objects/`, never changed, and unlinked when
 * nothing refers to it and nobody reads it. A name is made of a hash of bucket and key and a random part: no character of a key reaches
 * the file system. Empty runs have no file.
 */
export class BlobFiles {
  readonly #objects: string;
  readonly #incoming: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  readonly #unlinking = new Set<Promise<void>>();

  private constructor(dir: string) {
    this.#objects = join(dir, "objects");
    this.#incoming = join(dir, "incoming");
  }

  /** In a directory that is there and known to be a store's: what a killed process left is removed. */
  static async open(dir: string): Promise<BlobFiles> {
    const files = new BlobFiles(dir);
    await rm(files.#incoming, { recursive: true, force: true });
    await mkdir(files.#incoming, { mode: 0o700 });
    await mkdir(files.#objects, { recursive: true, mode: 0o700 });
    return files;
  }

  /** Writes the bytes as they come; when they break off, nothing is left. */
  async write(bucket: string, key: string, body: AsyncIterable<Uint8Array>): Promise<Blob> {
    const hash = createHash("sha256").update(`${bucket}/${key}`).digest("hex");
    const name = `${hash.slice(0, 32)}-${randomBytes(8).toString("hex")}`;
    const path = join(this.#incoming, name);
    const md5 = createHash("md5");
    let size = 0;
    let file: FileHandle | undefined;
    try {
      for await (const chunk of body) {
        if (chunk.length === 0) continue;
        file ??= await open(path, "wx", 0o600);
        md5.update(chunk);
        await writeAll(file, chunk);
        size += chunk.length;
      }
      await file?.close();
      if (file !== undefined) await this.#moveIn(path, name);
    } catch (error) {
      await file?.close();
      await rm(path, { force: true });
      throw error;
    }
    return { segment: { file: file === undefined ? undefined : name, size }, md5: md5.digest("hex") };
  }

  /** The bytes from `start` to before `end`. The files stay until the stream is closed, whatever happens to the object meanwhile. */
  read(segments: readonly Segment[], start: number, end: number): Readable {
    const held = segments.flatMap(({ file }) => (file === undefined ? [] : [file]));
    for (const file of held) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    const stream = Readable.from(this.#bytes(segments, start, end), {
      objectMode: false,
      highWaterMark: READ_BYTES,
    });
    return stream.once("close", () => {
      for (const file of held) this.#letGo(file);
    });
  }

  /** Unlinks files that nothing refers to any more, those being read when their reader is done. */
  async discard(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.#readers.has(name)) this.#doomed.add(name);
      else await rm(this.#path(name), { force: true });
    }
  }

  /** Removes what no index knows: a process was killed between moving a file in and telling the journal. */
  async sweep(known: ReadonlySet<string>): Promise<void> {
    for (const folder of await readdir(this.#objects)) {
      for (const rest of await readdir(join(this.#objects, folder))) {
        if (!known.has(`${folder}${rest}`)) await rm(join(this.#objects, folder, rest), { force: true });
      }
    }
  }

  /** Waits for the removals that were put off. */
  async close(): Promise<void> {
    await Promise.all(this.#unlinking);
  }

  async *#bytes(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const { file: name, size } of segments) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size);
      offset += size;
      if (name === undefined || from >= to) continue;
      const file = await open(this.#path(name), "r");
      try {
        for (let at = from; at < to;) {
          const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, to - at));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) throw new Error(`object file ${name} is shorter than its index says`);
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    }
  }

  async #moveIn(from: string, name: string): Promise<void> {
    const to = this.#path(name);
    try {
      await rename(from, to);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      await mkdir(join(to, ".."), { recursive: true, mode: 0o700 });
      await rename(from, to);
    }
  }

  #letGo(name: string): void {
    const left = (this.#readers.get(name) ?? 0) - 1;
    if (left > 0) {
      this.#readers.set(name, left);
      return;
    }
    this.#readers.delete(name);
    if (!this.#doomed.delete(name)) return;
    const unlinking = rm(this.#path(name), { force: true });
    this.#unlinking.add(unlinking);
    // Kept when it fails, so that `close` reports it.
    unlinking.then(
      () => this.#unlinking.delete(unlinking),
      () => undefined,
    );
  }

  /** Two digits of the name make a folder, so that no folder grows large. */
  #path(name: string): string {
    return join(this.#objects, name.slice(0, 2), name.slice(2));
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done);
    done += bytesWritten;
  }
}
