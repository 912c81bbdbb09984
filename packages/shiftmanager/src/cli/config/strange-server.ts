import type { Environment, NamedOptions, RedshiftOptions, SettingOrigin } from "../../index.ts";
import type { Library } from "../context.ts";
import type { ConfigFile } from "./load-file.ts";

/**
 * Asks before what is the user's own goes to a server that only a project's file names: whoever wrote the project could have named
 * any. Code was approved when it was read; a file of data is approved here. This machine is no stranger.
 * @param origins - the settings in use, those of the source perhaps among them
 * @param from - what the profile is called in them
 * @throws CliError where the approval is not given
 */
export async function requireKnownServer(
  { path, approve }: ConfigFile,
  from: string,
  origins: readonly SettingOrigin[],
): Promise<void> {
  if (approve === undefined) return;
  for (const part of ["", "source."]) {
    const server = serverNamed(origins, from, part);
    if (server === undefined) continue;
    const secrets = part === "" ? secretsFor(origins, from) : sourceSecrets(origins);
    if (secrets.length === 0) continue;
    await approve(
      `The project's config file ${path} names the server ${server}, which could be given ${secrets.join(" and ")}`,
    );
    return;
  }
}

/** The same of a profile that is taken as it is, under whatever server the environment names. */
export async function requireKnownServerOf(
  library: Library,
  file: ConfigFile,
  { options, from }: NamedOptions<RedshiftOptions>,
): Promise<void> {
  const secrets: Environment = Object.fromEntries(
    ["PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "REDSHIFT_IAM_ROLE"].map((name) => [
      name,
      process.env[name],
    ]),
  );
  await requireKnownServer(file, from, library.layerSettings({}, { options, from }, secrets).origins);
}

/** The server that the file leads to, unless it is this machine. */
function serverNamed(origins: readonly SettingOrigin[], from: string, part: string): string | undefined {
  const host = origin(origins, `${part}host`);
  // The driver's own options may name another server, and win.
  const driver = origin(origins, `${part}pg`);
  if (comesFrom(driver, from)) return `in its ${part}pg`;
  if (!comesFrom(host, from)) return undefined;
  const name = String(host?.value);
  return isHere(name) ? undefined : name;
}

function secretsFor(origins: readonly SettingOrigin[], from: string): readonly string[] {
  const unset = (setting: string) => origin(origins, setting)?.value === null;
  const inCopy = unset("iamRole");
  return [
    ...(origin(origins, "password")?.from === "PGPASSWORD" ? ["the password in PGPASSWORD"] : []),
    ...(comesFrom(origin(origins, "iam"), from) ? ["a temporary password from AWS"] : []),
    ...(inCopy && origin(origins, "awsSecretAccessKey")?.from === "AWS_SECRET_ACCESS_KEY"
      ? ["the keys in AWS_SECRET_ACCESS_KEY"]
      : []),
    ...(inCopy && comesFrom(origin(origins, "copyWithClientCredentials"), from)
      ? ["the AWS SDK's session keys"]
      : []),
  ];
}

function sourceSecrets(origins: readonly SettingOrigin[]): readonly string[] {
  return origin(origins, "source.password")?.from === "SHIFTMANAGER_SOURCE_PASSWORD"
    ? ["the password in SHIFTMANAGER_SOURCE_PASSWORD"]
    : [];
}

function origin(origins: readonly SettingOrigin[], setting: string): SettingOrigin | undefined {
  return origins.find((candidate) => candidate.setting === setting);
}

/** By itself, by its url, or in its source. */
function comesFrom(found: SettingOrigin | undefined, from: string): boolean {
  return found?.from.endsWith(from) === true;
}

function isHere(host: string): boolean {
  return host.startsWith("/") || /^(localhost|127(\.\d+){3}|::1)$/i.test(host);
}
