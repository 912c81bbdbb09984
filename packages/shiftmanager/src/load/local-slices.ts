import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { StorageError } from "../errors.ts";

/** Where files are written when no directory is named, as in the original. */
export function defaultLocalDirectory(): string {
  return join(homedir(), ".shiftmanager", "tmp");
}

/** The files of one run in a local directory, remembered so that they can be taken away again. */
export class LocalSlices {
  readonly directory: string;
  /** What the file names begin with: when the run began, and something of its own. */
  readonly stamp: string;
  readonly #mayBeThere = new Map<number, string>();

  constructor(directory: string) {
    this.directory = directory;
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    this.stamp = `${now}-${randomBytes(4).toString("hex")}`;
  }

  /** Paths in the order of the slices. */
  get paths(): readonly string[] {
    return [...this.#mayBeThere].sort(([a], [b]) => a - b).map(([, path]) => path);
  }

  /** Makes the directory, for this user alone, where it is missing. @throws StorageError */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw unwritable(this.directory, cause, "name another directory");
    }
  }

  /**
   * Passes bytes on while it writes them to file `slice`, which this user alone may read.
   * @throws StorageError for what the disk refuses
   */
  async *copying(slice: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const path = join(this.directory, `${this.stamp}-${String(slice).padStart(5, "0")}.json.gz`);
    const fail = (cause: unknown) => unwritable(path, cause, "make room there, or name another directory");
    const file = await open(path, "wx", 0o600).catch((error: unknown) => {
      throw fail(error);
    });
    this.#mayBeThere.set(slice, path);
    try {
      for await (const chunk of bytes) {
        await file.appendFile(chunk).catch((error: unknown) => {
          throw fail(error);
        });
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }

  /** Takes the files away; one that is gone already is no error. */
  async remove(): Promise<void> {
    for (const [slice, path] of this.#mayBeThere) {
      await rm(path, { force: true });
      this.#mayBeThere.delete(slice);
    }
  }

  /** The same, where nothing can be awaited. */
  removeSync(): void {
    for (const [slice, path] of this.#mayBeThere) {
      rmSync(path, { force: true });
      this.#mayBeThere.delete(slice);
    }
  }
}

function unwritable(path: string, cause: unknown, wayOut: string): StorageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new StorageError(`${path} cannot be written (${code ?? String(cause)}); ${wayOut}.`, { cause });
}
