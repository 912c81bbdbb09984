import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { JsonDocuments, JsonText } from "../index.ts";
import { CliError, exitCodes, usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";

/**
 * The documents of the files in their order; `-` is stdin. What begins like gzip is unpacked, whatever its name. Closed, it
 * lets go at once of what it reads, also of a pipe that has nothing to say: the process could not end otherwise.
 */
export async function readDocuments(context: CliContext, files: readonly string[]): Promise<JsonDocuments> {
  const { JsonDocuments } = await context.library();
  const reading = new Set<{ destroy(): unknown }>();
  const documents = documentsOf(context, files, reading);
  return new JsonDocuments({
    [Symbol.asyncIterator]: () => ({
      next: () => documents.next(),
      return: () => {
        for (const source of reading) source.destroy();
        return documents.return(undefined);
      },
    }),
  });
}

async function* documentsOf(
  context: CliContext,
  files: readonly string[],
  reading: Set<{ destroy(): unknown }>,
): AsyncGenerator<Iterable<JsonText>> {
  const { readJsonDocuments } = await context.library();
  for (const file of files) {
    const source = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
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
    if (file === "-") continue;
    try {
      await access(file, constants.R_OK);
      if ((await stat(file)).isDirectory()) throw cannotBeRead(file, "it is a directory");
    } catch (error) {
      throw unreadable(file, error);
    }
  }
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
