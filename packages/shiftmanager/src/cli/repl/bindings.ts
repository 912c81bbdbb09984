import type { EventHandler, Redshift, RedshiftOptions } from "../../index.ts";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Configuration } from "../config/configuration.ts";
import { openRedshift } from "../config/open-redshift.ts";
import { requireKnownServerOf } from "../config/strange-server.ts";
import type { CliContext, Library } from "../context.ts";

/** What is at hand at the prompt. */
export interface Bindings {
  /** By name: the library's exports, those of the config files, and `redshift`. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The names of `values` that are databases. */
  readonly databases: readonly string[];
  /** All of them, and those that lines at the prompt make. */
  readonly opened: ReadonlySet<Redshift>;
}

/**
 * The library's exports, over them those of the config files, each profile as a `Redshift`, and as `redshift` what a command would use.
 * What cannot be made is said, and left out.
 */
export async function makeBindings(
  context: CliContext,
  library: Library,
  onEvent: EventHandler,
): Promise<Bindings> {
  const configuration = await context.configuration();
  const values = new Map<string, unknown>(Object.entries(library));
  const databases = new Map<string, Redshift>();
  // The nearest file has the last word.
  for (const file of [...(await configuration.files())].reverse()) {
    for (const [name, value] of Object.entries(file.exports)) if (isName(name)) values.set(name, value);
    for (const [name, profile] of file.profiles) {
      const redshift = profile instanceof library.Redshift ? profile : await fromProfile(name, file, profile);
      if (redshift !== undefined && isName(name)) databases.set(name, redshift);
    }
  }
  const own = await defaultDatabase(context, library, onEvent);
  if (own !== undefined) databases.set("redshift", own);
  for (const [name, redshift] of databases) values.set(name, redshift);
  const opened = new Set(databases.values());
  values.set("Redshift", noting(library, onEvent, opened));
  return { values, databases: [...databases.keys()].sort(), opened };

  async function fromProfile(
    name: string,
    file: Parameters<Configuration["options"]>[0]["file"],
    profile: Parameters<Configuration["options"]>[1],
  ): Promise<Redshift | undefined> {
    try {
      const named = await configuration.options({ name, file, profile, chosen: false }, profile);
      await requireKnownServerOf(library, file, named);
      return new library.Redshift({ ...named.options, onEvent });
    } catch (error) {
      if (!(error instanceof library.OptionsError)) throw error;
      context.say(`warning: ${error.message}`);
      return undefined;
    }
  }
}

/** The class for the prompt: what it makes is told of like the others, can be cancelled, and is closed at the end. */
function noting(library: Library, onEvent: EventHandler, opened: Set<Redshift>): Library["Redshift"] {
  const { Redshift: Base } = library;
  return class Redshift extends Base {
    constructor(options: RedshiftOptions = {}) {
      super({ onEvent, ...options });
      opened.add(this);
    }

    /** One that a config file made is a Redshift here as well. */
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Base;
    }
  };
}

async function defaultDatabase(
  context: CliContext,
  library: Library,
  onEvent: EventHandler,
): Promise<Redshift | undefined> {
  try {
    return await openRedshift(library, await context.settings(), context.flags, { onEvent });
  } catch (error) {
    const open = error instanceof CliError && error.exitCode === exitCodes.commandLine;
    // At the prompt the choice between several profiles may stay open: each has its name.
    if (!open || context.flags.profile !== undefined) throw error;
    context.say(`warning: There is no "redshift": ${error.message}`);
    return undefined;
  }
}

function isName(name: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name);
}
