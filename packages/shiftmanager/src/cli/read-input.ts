import { readFile } from "node:fs/promises";
import { CliError, exitCodes, usageError } from "./cli-error.ts";

/** All of stdin as text. */
export async function readStdin(signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  // Ends the loop below: a terminal or an idle pipe would keep it waiting for ever.
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
  return Buffer.concat(chunks).toString("utf8");
}

/** A file's text, or stdin's for `-`. */
export async function readInput(file: string, signal: AbortSignal): Promise<string> {
  if (file === "-") return readStdin(signal);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      exitCodes.failed,
      `The file ${file} cannot be read (${code ?? String(error)}); check its name.`,
    );
  }
}

/** `K=V` as a pair. */
export function keyValue(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw usageError(`"${text}" is not KEY=VALUE.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
