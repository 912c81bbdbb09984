import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { CopyConversions, JsonpathsOption } from "../index.ts";
import { CliError, exitCodes } from "./cli-error.ts";
import { commaList } from "./values.ts";

/** How documents become rows: what `load json` and `load check` are told alike. */
export interface JsonMappingFlags extends CopyConversions {
  readonly jsonpaths?: string;
  readonly columns?: readonly string[];
}

/** Adds the flags to a command. */
export function jsonMappingFlags(command: Command): Command {
  return command
    .option("--jsonpaths <file>", "a jsonpaths file, auto or auto-ignorecase (default: made from the keys)")
    .option("--columns <names>", "columns in the order of the jsonpaths, separated by commas", commaList)
    .option(
      "--timeformat <format>",
      "how timestamps are written: auto (default), epochsecs, epochmillisecs, or a format",
    )
    .option("--dateformat <format>", "how dates are written: auto (default), or a format such as DD/MM/YYYY")
    .option("--acceptanydate", "load a date or timestamp that is none as NULL")
    .option("--acceptinvchars [character]", "replace what is no UTF-8 to Redshift (default character: ?)")
    .option("--truncatecolumns", "cut texts that are too long for their columns")
    .option("--trimblanks", "take white space off the end of VARCHAR values")
    .option("--blanksasnull", "load a text of white space alone as NULL")
    .option("--emptyasnull", "load an empty text as NULL")
    .option("--roundec", "round decimals that the column has no room for (default: COPY cuts them off)");
}

/** The flags as options of the library; the jsonpaths file is read apart. */
export function mappingOptions({
  columns,
  timeformat,
  dateformat,
  acceptanydate = false,
  acceptinvchars = false,
  truncatecolumns = false,
  trimblanks = false,
  blanksasnull = false,
  emptyasnull = false,
  roundec = false,
}: JsonMappingFlags): CopyConversions & { readonly columns?: readonly string[] } {
  return {
    ...(columns === undefined ? {} : { columns }),
    ...(timeformat === undefined ? {} : { timeformat }),
    ...(dateformat === undefined ? {} : { dateformat }),
    ...{ acceptanydate, acceptinvchars, truncatecolumns, trimblanks, blanksasnull, emptyasnull, roundec },
  };
}

/** Reads what `--jsonpaths` says. */
export async function readJsonpaths(given: string | undefined): Promise<JsonpathsOption> {
  if (given === undefined) return null;
  if (given === "auto") return "auto";
  if (given === "auto-ignorecase") return "auto ignorecase";
  let value: unknown;
  try {
    value = JSON.parse(await readFile(given, "utf8"));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : (error as NodeJS.ErrnoException).code;
    throw new CliError(
      exitCodes.failed,
      `The jsonpaths file ${given} cannot be read (${reason ?? String(error)}); give a file, auto or auto-ignorecase.`,
    );
  }
  const { jsonpaths } = (value ?? {}) as { readonly jsonpaths?: unknown };
  if (!Array.isArray(jsonpaths) || !jsonpaths.every((path) => typeof path === "string")) {
    throw new CliError(
      exitCodes.failed,
      `The file ${given} is no jsonpaths file: it must hold {"jsonpaths": ["$['key']", …]}.`,
    );
  }
  return { jsonpaths };
}
