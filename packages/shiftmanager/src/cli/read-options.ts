import type { CliContext } from "./context.ts";

/** What every method that reads is given: the schema of `--schema`, and the signal that SIGINT and SIGTERM abort. */
export function readOptions({ flags, signal }: CliContext): {
  readonly schema?: string;
  readonly signal: AbortSignal;
} {
  return { signal, ...(flags.schema === undefined ? {} : { schema: flags.schema }) };
}
