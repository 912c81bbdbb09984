import type { CliContext } from "./context.ts";

/** The option of the library that `--schema` gives. */
export function schema({ flags }: CliContext): { readonly schema?: string } {
  return flags.schema === undefined ? {} : { schema: flags.schema };
}
