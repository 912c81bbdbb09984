import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { OptionsError } from "../errors.ts";
import type { RedshiftOptions } from "./options.ts";
import type { SettingKind } from "./profile-check.ts";
import { checkProfile, isReference, profileKinds, sourceKinds } from "./profile-check.ts";
import type { Profile, SettingReference } from "./profile.ts";
import type { Environment } from "./resolve.ts";

/** Where a profile stands, for its errors and its relative paths. */
export interface ProfilePlace {
  /** How an error names it: `The profile "dev" in /home/…`; default "The profile". */
  readonly where?: string;
  /** Where relative paths start; default the working directory. */
  readonly directory?: string;
  /** Default `process.env`. */
  readonly env?: Environment;
}

/** How a profile is read, complete. */
type Place = Required<ProfilePlace>;

/**
 * Fetches what a profile keeps elsewhere, and resolves to what `new Redshift` takes. The environment variables of those
 * options (`PGHOST` …) are not looked at: the profile is taken as it is.
 * @throws OptionsError for unknown settings, naming the nearest, and for what cannot be fetched
 */
export async function profileOptions(profile: Profile, place: ProfilePlace = {}): Promise<RedshiftOptions> {
  const complete: Place = {
    where: place.where ?? "The profile",
    directory: place.directory ?? process.cwd(),
    env: place.env ?? process.env,
  };
  const { source, ...settings } = checkProfile(profile, complete.where);
  const options = await fetchAll(settings, profileKinds, complete);
  if (source === undefined) return options;
  const inSource = { ...complete, where: `${complete.where}, in source,` };
  return { ...options, source: await fetchAll({ ...source }, sourceKinds, inSource) };
}

async function fetchAll(
  settings: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, SettingKind>>,
  place: Place,
): Promise<RedshiftOptions> {
  const entries = await Promise.all(
    Object.entries(settings).map(async ([name, value]) => {
      const kind = kinds[name] ?? "whole";
      // Fetched at each connection: it may expire, and a login without a password needs none.
      if (name === "password" && isReference(value))
        return [name, () => fetchText(value, name, place)] as const;
      if (name === "password" || kind === "whole") return [name, value] as const;
      return [name, await fetchOne(name, value, kind, place)] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function fetchOne(name: string, value: unknown, kind: SettingKind, place: Place): Promise<unknown> {
  if (typeof value === "function") return (value as () => unknown)();
  if (!isReference(value)) return value;
  const text = await fetchText(value, name, place);
  if (kind !== "number") return text;
  const number = Number(text);
  if (text !== "" && Number.isFinite(number)) return number;
  throw new OptionsError(`${place.where} has a "${name}" that is no number in ${placeOf(value)}.`);
}

async function fetchText(reference: SettingReference, name: string, place: Place): Promise<string> {
  if ("env" in reference) {
    const text = place.env[reference.env];
    if (text !== undefined && text !== "") return text;
    throw new OptionsError(
      `${place.where} takes its "${name}" from the environment variable ${reference.env}, which is not set; set it.`,
    );
  }
  const path = reference.file.startsWith("~/")
    ? join(homedir(), reference.file.slice(2))
    : resolve(place.directory, reference.file);
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OptionsError(
      `${place.where} takes its "${name}" from the file ${path}, which cannot be read (${code ?? String(error)}); check its name.`,
    );
  }
}

/** Where a reference keeps its value: `the environment variable NAME`, `the file path`. */
export function placeOf(reference: SettingReference): string {
  return "env" in reference ? `the environment variable ${reference.env}` : `the file ${reference.file}`;
}
