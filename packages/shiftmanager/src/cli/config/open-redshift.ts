import type {
  LayeredSettings,
  NamedOptions,
  PgConnectionOptions,
  Redshift,
  RedshiftOptions,
  SettingOrigin,
} from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { GlobalFlags, Library } from "../context.ts";
import type { Configuration, Selected } from "./configuration.ts";
import { requireKnownServer } from "./strange-server.ts";

/** What a command needs of the settings. */
export interface Settings {
  readonly selected: Selected | undefined;
  /** What the profile says, fetched; undefined without one, and for a `Redshift` object. */
  readonly profile: NamedOptions<RedshiftOptions> | undefined;
  readonly layered: LayeredSettings<RedshiftOptions>;
}

/** Reads the profile in use and lays flags and environment over it. */
export async function readSettings(
  library: Library,
  configuration: Configuration,
  { iamRole, region }: GlobalFlags,
): Promise<Settings> {
  const selected = await configuration.selected();
  const profile =
    selected === undefined || selected.profile instanceof library.Redshift
      ? undefined
      : await configuration.options(selected, selected.profile);
  const flags = {
    ...(iamRole === undefined ? {} : { iamRole: iamRole.split(",") }),
    ...(region === undefined ? {} : { region }),
  };
  return { selected, profile, layered: library.layerSettings(flags, profile, process.env) };
}

/**
 * The `Redshift` that flags, environment and profile come to. An object that a config file exports is taken as it is.
 * @throws CliError for a flag that such an object cannot take, and for a server that only a file names which is not approved
 */
export async function openRedshift(
  library: Library,
  settings: Settings,
  { iamRole, region }: GlobalFlags,
  own: Pick<RedshiftOptions, "onEvent" | "askPassword" | "source">,
): Promise<Redshift> {
  const { selected, profile, layered } = settings;
  if (selected?.profile instanceof library.Redshift) {
    if (region !== undefined) {
      throw usageError(
        `--region cannot be laid over the Redshift object "${selected.name}" in ${selected.file.path}; give it there, or export a profile.`,
      );
    }
    if (iamRole !== undefined) selected.profile.setAwsRole(iamRole.split(","));
    if (own.source !== undefined) await selected.profile.createPgConnection(own.source);
    return selected.profile;
  }
  if (selected !== undefined && profile !== undefined)
    await requireKnownServer(selected.file, profile.from, origins(library, settings));
  return new library.Redshift({ ...layered.options, ...own });
}

/** Lays the flags of `load postgres` and the environment over the profile's `source`. */
export function layerSourceFlags(
  library: Library,
  { profile }: Settings,
  flags: PgConnectionOptions,
): LayeredSettings<PgConnectionOptions> {
  const source = profile?.options.source;
  const named =
    profile === undefined || source === undefined
      ? undefined
      : { options: source, from: `the source of ${profile.from}` };
  return library.layerSource(flags, named, process.env);
}

/** Every setting and where it comes from. */
export function origins(library: Library, settings: Settings): readonly SettingOrigin[] {
  const source = layerSourceFlags(library, settings, {}).origins;
  const sourceIsSet = source.some(({ value }) => value !== null);
  return [...settings.layered.origins, ...(sourceIsSet ? source : [])];
}
