import type { NamedOptions, Profile, Redshift, RedshiftOptions } from "../../index.ts";
import { CliError, exitCodes, usageError } from "../cli-error.ts";
import { findConfigFiles, noFile } from "./find-files.ts";
import type { ConfigFile, ConfigReader } from "./load-file.ts";
import { loadConfigFile } from "./load-file.ts";

/** Which profile and file are asked for. */
export interface ConfigFlags {
  readonly profile?: string;
  readonly config?: string;
}

/** The profile in use, and where it stands. */
export interface Selected {
  readonly name: string;
  readonly file: ConfigFile;
  readonly profile: Profile | Redshift;
  /** By `--profile` or `SHIFTMANAGER_PROFILE`, not as the default. */
  readonly chosen: boolean;
}

/**
 * The config files of one run: the one that is named or the project's, then the home directory's. Each is read when what comes before
 * it has not answered; a profile is taken whole from the first that has it, so that no file's password meets another's host.
 */
export class Configuration {
  readonly #flags: ConfigFlags;
  readonly #reader: ConfigReader;
  readonly #loaded = new Map<string, Promise<ConfigFile>>();

  constructor(flags: ConfigFlags, reader: ConfigReader) {
    this.#flags = flags;
    this.#reader = reader;
  }

  /** Every file, the nearest first. */
  async files(): Promise<readonly ConfigFile[]> {
    const files: ConfigFile[] = [];
    for await (const file of this.#inOrder()) files.push(file);
    return files;
  }

  /**
   * The profile that is asked for, else the default of the first file that has profiles: its `defaultProfile`, or its only one.
   * Undefined where no file says anything.
   * @throws CliError for a name that no file has, naming the nearest, and for a file that leaves the choice open
   */
  async selected(): Promise<Selected | undefined> {
    const wanted = this.#flags.profile ?? text(process.env.SHIFTMANAGER_PROFILE);
    const seen: ConfigFile[] = [];
    for await (const file of this.#inOrder()) {
      seen.push(file);
      const name = wanted ?? defaultOf(file);
      const profile = name === undefined ? undefined : file.profiles.get(name);
      if (name !== undefined && profile !== undefined)
        return { name, file, profile, chosen: wanted !== undefined };
      if (name !== undefined && wanted === undefined) throw this.#noDefault(file, name);
      // With a server in the environment none of several profiles is needed.
      if (wanted === undefined && file.profiles.size > 1) {
        if (text(process.env.PGHOST) !== undefined || text(process.env.REDSHIFT_URL) !== undefined)
          return undefined;
        throw usageError(
          `The config file ${file.path} has the profiles ${[...file.profiles.keys()].join(", ")}; choose one with --profile, SHIFTMANAGER_PROFILE or its defaultProfile.`,
        );
      }
    }
    if (wanted !== undefined) throw this.#noProfile(wanted, seen);
    return undefined;
  }

  /** A profile's settings, fetched, and what they are called. */
  async options({ name, file }: Selected, profile: Profile): Promise<NamedOptions<RedshiftOptions>> {
    const from = `the profile ${name} of ${file.path}`;
    const where = `The profile "${name}" in ${file.path}`;
    const options = await this.#reader.library.profileOptions(profile, { where, directory: file.directory });
    return { options, from };
  }

  async *#inOrder(): AsyncGenerator<ConfigFile> {
    for (const found of findConfigFiles(this.#flags.config ?? text(process.env.SHIFTMANAGER_CONFIG))) {
      let file = this.#loaded.get(found.path);
      if (file === undefined) this.#loaded.set(found.path, (file = loadConfigFile(found, this.#reader)));
      yield await file;
    }
  }

  #noDefault({ path, profiles }: ConfigFile, name: string): CliError {
    return new CliError(
      exitCodes.failed,
      `The config file ${path} has the defaultProfile "${name}", which is none of its profiles${this.#nearest(name, [...profiles.keys()])}`,
    );
  }

  #noProfile(wanted: string, files: readonly ConfigFile[]): CliError {
    if (files.length === 0) {
      const why = this.#flags.config === noFile ? "--config none reads none" : "there is no config file";
      return usageError(
        `There is no profile "${wanted}": ${why}; write one in ~/.shiftmanager.ts or name its file with --config.`,
      );
    }
    const names = files.flatMap(({ profiles }) => [...profiles.keys()]);
    const paths = files.map(({ path }) => path).join(", ");
    return usageError(`There is no profile "${wanted}" in ${paths}${this.#nearest(wanted, names)}`);
  }

  /** The end of a sentence about a name that is none. */
  #nearest(wanted: string, names: readonly string[]): string {
    const nearest = this.#reader.library.nearestName(wanted, names);
    if (nearest !== undefined) return `; did you mean "${nearest}"?`;
    return names.length === 0 ? "." : `; there is ${names.join(", ")}.`;
  }
}

function defaultOf({ defaultProfile, profiles }: ConfigFile): string | undefined {
  const [only, ...more] = profiles.keys();
  return defaultProfile ?? (more.length === 0 ? only : undefined);
}

function text(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
