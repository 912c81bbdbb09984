import type { RedshiftOptions } from "./options.ts";
import type { PgConnectionOptions } from "./source.ts";

/** Says where a value is kept, so that no secret need stand in a config file. */
export type SettingReference =
  | {
      /** An environment variable; it must be set when the profile is used. */
      readonly env: string;
    }
  | {
      /** A file's content without its last line break. A relative path starts at the config file, `~/` at the home directory. */
      readonly file: string;
    };

/** A value of a profile: itself, where it is kept, or a function that fetches it when the profile is used. */
export type SettingValue<T> = T | SettingReference | (() => T | Promise<T>);

/** The settings of a profile that are what they are: they hold no values of their own to fetch. */
type WholeOption = "iam" | "pg" | "onEvent" | "source" | "askPassword";

type Fetched<Options> = {
  readonly [Name in Exclude<keyof Options, WholeOption>]?:
    SettingValue<NonNullable<Options[Name]>> | undefined;
};

/** The PostgreSQL database that `load postgres` reads when the profile is in use. */
export interface SourceProfile extends Fetched<PgConnectionOptions>, Pick<PgConnectionOptions, "pg"> {}

/**
 * Where to connect and as whom, by name in a config file: what `new Redshift` takes. A password that is kept elsewhere is
 * fetched at each connection, every other value once.
 */
export interface Profile extends Fetched<RedshiftOptions>, Pick<RedshiftOptions, "iam" | "pg"> {
  readonly source?: SourceProfile | undefined;
}

/** What a config file exports as its default, or a JSON file holds. */
export interface ShiftmanagerConfig {
  readonly profiles: Readonly<Record<string, Profile>>;
  /** The profile when neither `--profile` nor `SHIFTMANAGER_PROFILE` names one. */
  readonly defaultProfile?: string | undefined;
}

/** Gives a config file's default export its type; it changes nothing. */
export function defineConfig(config: ShiftmanagerConfig): ShiftmanagerConfig {
  return config;
}
