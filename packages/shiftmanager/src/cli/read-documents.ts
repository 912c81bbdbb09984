import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { JsonDocuments, JsonText, Redshift } from "../index.ts";
import { CliError, exitCodes, usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";

/** Opens an object in S3 by its address. */
type OpenObject = (uri: string) => Promise<AsyncIterable<Uint8Array>>;

/**
 * The documents of the files in their order; `-` is stdin, `s3://…` an object. What begins like gzip is
 * unpacked, whatever its name. Closed, it lets go at once of what it reads, also of a pipe that has nothing to say: the
 * process could not end otherwise.
 */
export async function readDocuments(
  context: CliContext,
  redshift: Redshift,
  files: readonly string[],
): Promise<JsonDocuments> {
  const { JsonDocuments, parseS3Uri } = await context.library();
  const openObject: OpenObject = async (uri) => {
    const { bucket, prefix } = parseS3Uri(uri);
    return (await redshift.getBucket(bucket)).get(prefix);
  };
  const reading = new OpenSources();
  const documents = documentsOf(context, files, reading, openObject);
  const totalBytes = await sizeOf(files);
  return new JsonDocuments(
    {
      [Symbol.asyncIterator]: () => ({
        next: () => documents.next(),
        return: () => {
          reading.destroy();
          return documents.return(undefined);
        },
      }),
    },
    totalBytes === undefined ? undefined : { totalBytes, bytesRead: () => reading.bytesRead },
  );
}

/** Undefined where it is not known beforehand: of a pipe, and of objects in S3. */
async function sizeOf(files: readonly string[]): Promise<number | undefined> {
  let bytes = 0;
  for (const file of files) {
    if (file === "-" || isObject(file)) return undefined;
    const found = await stat(file);
    if (!found.isFile()) return undefined;
    bytes += found.size;
  }
  return bytes;
}

interface OpenSource {
  readonly bytesRead?: number;
  destroy(): unknown;
}

/** What is being read, one after the other, and how much has been. */
class OpenSources {
  readonly #open = new Set<OpenSource>();
  #closedBytes = 0;

  add(source: OpenSource): void {
    this.#open.add(source);
  }

  delete(source: OpenSource): void {
    this.#closedBytes += source.bytesRead ?? 0;
    this.#open.delete(source);
  }

  destroy(): void {
    for (const source of this.#open) source.destroy();
  }

  get bytesRead(): number {
    return [...this.#open].reduce((sum, { bytesRead = 0 }) => sum + bytesRead, this.#closedBytes);
  }
}

async function* documentsOf(
  context: CliContext,
  files: readonly string[],
  reading: OpenSources,
  openObject: OpenObject,
): AsyncGenerator<Iterable<JsonText>> {
  const { readJsonDocuments } = await context.library();
  for (const file of files) {
    const source = isObject(file)
      ? Readable.from(await openObject(file))
      : file === "-"
        ? process.stdin
        : createReadStream(file, { highWaterMark: 256 * 1024 });
    reading.add(source);
    try {
      const bytes = unpacked(source as AsyncIterable<Uint8Array>);
      yield* readJsonDocuments(bytes, file === "-" ? "stdin" : file).batches();
    } catch (error) {
      throw unreadable(file, error);
    } finally {
      // A reader that stops early leaves the rest of a file behind.
      source.destroy();
      reading.delete(source);
    }
  }
}

/** @throws CliError for a file that cannot be read, before anything is connected or uploaded */
export async function checkReadable(files: readonly string[]): Promise<void> {
  if (files.filter((file) => file === "-").length > 1) throw usageError("Stdin (-) can be read only once.");
  for (const file of files) {
    if (file === "-" || isObject(file)) continue;
    try {
      await access(file, constants.R_OK);
      if ((await stat(file)).isDirectory()) throw cannotBeRead(file, "it is a directory");
    } catch (error) {
      throw unreadable(file, error);
    }
  }
}

function isObject(file: string): boolean {
  return file.startsWith("s3://");
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const start = Buffer.concat(first);
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield start;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  };
  if (start[0] !== 0x1f || start[1] !== 0x8b) yield* all();
  // The error of either stream surfaces where the last one is read.
  else yield* pipeline(Readable.from(all()), createGunzip(), () => undefined) as AsyncIterable<Uint8Array>;
}

function unreadable(file: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || (syscall === undefined && !code.startsWith("Z_"))) return error;
  return cannotBeRead(file, code.startsWith("Z_") ? "it is not a whole gzip file" : code);
}

function cannotBeRead(file: string, reason: string): CliError {
  return new CliError(
    exitCodes.failed,
    `The file ${file} cannot be read (${reason}); check its name and content.`,
  );
}
