import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { JsonText } from "../index.ts";
import { CliError, exitCodes, usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";

/** The documents of the files in their order; `-` is stdin. What begins like gzip is unpacked, whatever its name. */
export async function* readDocuments(
  context: CliContext,
  files: readonly string[],
): AsyncGenerator<JsonText> {
  const { readJsonDocuments } = await context.library();
  for (const file of files) {
    const source = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
    try {
      yield* readJsonDocuments(unpacked(source as AsyncIterable<Uint8Array>), file === "-" ? "stdin" : file);
    } catch (error) {
      throw unreadable(file, error);
    } finally {
      // A reader that stops early leaves the rest of a file, or of an endless pipe, behind.
      source.destroy();
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
