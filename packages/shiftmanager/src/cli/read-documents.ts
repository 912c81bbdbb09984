import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { JsonText } from "../index.ts";
import { CliError, exitCodes, usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";

/** The documents of the files in their order; `-` is stdin, and a name that ends in `.gz` is unpacked. */
export async function* readDocuments(
  context: CliContext,
  files: readonly string[],
): AsyncGenerator<JsonText> {
  const { readJsonDocuments } = await context.library();
  for (const file of files) {
    const source = file === "-" ? process.stdin : openFile(file);
    try {
      yield* readJsonDocuments(source, file === "-" ? "stdin" : file);
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
    } catch (error) {
      throw unreadable(file, error);
    }
  }
}

function openFile(file: string): NodeJS.ReadableStream & AsyncIterable<Uint8Array> & { destroy(): unknown } {
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 });
  // The error of either stream surfaces where the last one is read.
  return file.endsWith(".gz") ? pipeline(stream, createGunzip(), () => undefined) : stream;
}

function unreadable(file: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || (syscall === undefined && !code.startsWith("Z_"))) return error;
  const reason = code.startsWith("Z_") ? "it is not a whole gzip file" : code;
  return new CliError(
    exitCodes.failed,
    `The file ${file} cannot be read (${reason}); check its name and content.`,
  );
}
