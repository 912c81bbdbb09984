import { secretMark } from "../sql/fragment.ts";
import type { RedshiftOptions } from "./options.ts";
import type { Environment } from "./resolve.ts";
import { defaultConnectTimeoutMs, defaultPort } from "./resolve.ts";
import type { PgConnectionOptions } from "./source.ts";
import { defaultSourcePort } from "./source.ts";
import { parseUrl } from "./url.ts";

/** One setting and where it comes from; secrets masked. */
export interface SettingOrigin {
  /** As in `RedshiftOptions`; those of the source begin with `source.`. */
  readonly setting: string;
  readonly value: string | number | boolean | null;
  /** "PGHOST", "the profile dev", "default", "not set". */
  readonly from: string;
}

/** The settings of flags, environment and profile in one. */
export interface LayeredSettings<Options> {
  /** What to construct with: it leaves out what the environment says, which is read again there. */
  readonly options: Options;
  readonly origins: readonly SettingOrigin[];
  /** What of the profile gave way to the environment, one clause each. */
  readonly overridden: readonly string[];
}

/** Options of one place, and how it is called. */
export interface NamedOptions<Options> {
  readonly options: Options;
  readonly from: string;
}

interface Found {
  readonly value: unknown;
  readonly from: string;
}

type Layer = ReadonlyMap<string, Found>;

/**
 * Settings by precedence: flags, the environment, a profile. What proves who one is (`password`, `iam`, `pg`) is taken from the
 * profile only for the server and user that the profile itself names.
 * @throws OptionsError for a URL that is none
 */
export function layerSettings(
  flags: RedshiftOptions,
  profile: NamedOptions<RedshiftOptions> | undefined,
  env: Environment,
): LayeredSettings<RedshiftOptions> {
  const flagLayer = layerOf(flags, "a flag");
  const layers = {
    flags: flagLayer,
    environment: environmentLayer(env, flagLayer.has("host")),
    profile: profile === undefined ? new Map<string, Found>() : layerOf(profile.options, profile.from),
  };
  const merged = merge(layers, defaultPort);
  const defaults = { port: defaultPort, ssl: "verify-full", connectTimeoutMs: defaultConnectTimeoutMs };
  const origins = originsOf(merged.found, connectionOrder, defaults, merged.withheld);
  return { options: merged.options, origins, overridden: merged.overridden };
}

/** The same for the source of `load postgres`, which `PG*` never reaches: flags, `SHIFTMANAGER_SOURCE_URL`, the profile's `source`. */
export function layerSource(
  flags: PgConnectionOptions,
  profile: NamedOptions<PgConnectionOptions> | undefined,
  env: Environment,
): LayeredSettings<PgConnectionOptions> {
  const flagLayer = layerOf(flags, "a flag");
  const layers = {
    flags: flagLayer,
    environment: sourceEnvironmentLayer(env, flagLayer.has("host")),
    profile: profile === undefined ? new Map<string, Found>() : layerOf(profile.options, profile.from),
  };
  const merged = merge(layers, defaultSourcePort);
  const origins = originsOf(merged.found, sourceOrder, {}, merged.withheld);
  return {
    options: merged.options,
    origins: origins.map((origin) => ({ ...origin, setting: `source.${origin.setting}` })),
    overridden: merged.overridden,
  };
}

const sourceOrder = [
  "host",
  "port",
  "database",
  "user",
  "password",
  "ssl",
  "sslRootCert",
  "connectTimeoutMs",
  "pg",
];
const keys = ["awsAccessKeyId", "awsSecretAccessKey", "securityToken"];
const connectionOrder = [...sourceOrder, "iam", ...keys, "iamRole", "copyWithClientCredentials", "region"];
/** What goes to the server, or decides what does. */
const proofs = ["password", "iam", "pg"];

interface Merged {
  readonly options: Readonly<Record<string, unknown>>;
  readonly found: Layer;
  readonly overridden: readonly string[];
  /** Why the profile's proofs are not used; undefined when they are. */
  readonly withheld: string | undefined;
}

function merge(
  { flags, environment, profile }: { readonly [name in "flags" | "environment" | "profile"]: Layer },
  portByDefault: number,
): Merged {
  const above = new Map([...environment, ...flags]);
  // Keys are taken from one place, never mixed.
  const mine = new Map(
    [...profile].filter(([name]) => !(keys.includes(name) && keys.some((key) => above.has(key)))),
  );
  const elsewhere = otherServer(above, mine, portByDefault);
  const withheld =
    elsewhere === undefined
      ? undefined
      : `not set: ${elsewhere.from} names another ${elsewhere.what} than the profile`;
  if (withheld !== undefined) for (const name of proofs) mine.delete(name);
  const given = [...mine].filter(([name]) => !above.has(name));
  const overridden = [...profile].flatMap(([name, { value }]) => {
    const other = environment.get(name);
    const differs = other !== undefined && textOf(other.value) !== textOf(value);
    return differs && ["host", "port", "database", "user"].includes(name)
      ? [`${other.from} wins over its ${name}`]
      : [];
  });
  const options = Object.fromEntries([...flags, ...given].map(([name, { value }]) => [name, value]));
  return { options, found: new Map([...mine, ...above]), overridden, withheld };
}

/** What leads to another server, or another user, than the profile's own. */
function otherServer(
  above: Layer,
  profile: Layer,
  portByDefault: number,
): { readonly what: string; readonly from: string } | undefined {
  const named = profile.has("host");
  const host = above.get("host");
  // A login through IAM is to the cluster that it names.
  if (!named && profile.has("iam") && host !== undefined) return { what: "server", from: host.from };
  for (const what of ["host", "port", "user"]) {
    const implied = what === "port" && named ? portByDefault : undefined;
    const [theirs, ours] = [above.get(what), profile.get(what)?.value ?? implied];
    if (theirs === undefined || ours === undefined) continue;
    if (textOf(theirs.value) !== textOf(ours))
      return { what: what === "user" ? "user" : "server", from: theirs.from };
  }
  return undefined;
}

/** A port may be a number or digits. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Options by name, with a URL taken apart: single options win over its parts. */
function layerOf(options: RedshiftOptions | PgConnectionOptions, from: string): Layer {
  const { url, ...single } = options as Readonly<Record<string, unknown>>;
  const layer = new Map<string, Found>();
  if (typeof url === "string") {
    const of = `the url of ${from}`;
    for (const [name, value] of urlParts(url, of)) layer.set(name, { value, from: of });
  }
  for (const [name, value] of Object.entries(single))
    if (value !== undefined) layer.set(name, { value, from });
  return layer;
}

function environmentLayer(env: Environment, hostIsGiven: boolean): Layer {
  const layer = new Map<string, Found>();
  const read = (name: string, variable: string) => {
    const value = env[variable];
    if (value === undefined || value === "" || layer.has(name)) return;
    // The one variable that counts in another unit.
    const inMs = variable === "PGCONNECT_TIMEOUT";
    layer.set(name, { value: inMs ? Number(value) * 1000 : value, from: variable });
  };
  for (const [name, ...variables] of variablesOf) for (const variable of variables) read(name, variable);
  const url = env.REDSHIFT_URL;
  // The rule of `connectionSettings`: read only where nothing else above the profile names a host.
  if (!hostIsGiven && !layer.has("host") && url !== undefined && url !== "") {
    for (const [name, value] of urlParts(url, "REDSHIFT_URL"))
      if (!layer.has(name)) layer.set(name, { value, from: "REDSHIFT_URL" });
  }
  return layer;
}

const variablesOf: readonly (readonly [setting: string, ...variables: string[]])[] = [
  ["host", "PGHOST"],
  ["port", "PGPORT"],
  ["database", "PGDATABASE"],
  ["user", "PGUSER"],
  ["password", "PGPASSWORD"],
  ["ssl", "PGSSLMODE"],
  ["sslRootCert", "PGSSLROOTCERT"],
  ["connectTimeoutMs", "PGCONNECT_TIMEOUT"],
  ["awsAccessKeyId", "AWS_ACCESS_KEY_ID"],
  ["awsSecretAccessKey", "AWS_SECRET_ACCESS_KEY"],
  ["securityToken", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
  ["iamRole", "REDSHIFT_IAM_ROLE"],
  ["region", "AWS_REGION", "AWS_DEFAULT_REGION"],
];

function sourceEnvironmentLayer(env: Environment, hostIsGiven: boolean): Layer {
  const layer = new Map<string, Found>();
  const [url, password] = [env.SHIFTMANAGER_SOURCE_URL, env.SHIFTMANAGER_SOURCE_PASSWORD];
  if (!hostIsGiven && url !== undefined && url !== "") {
    for (const [name, value] of urlParts(url, "SHIFTMANAGER_SOURCE_URL"))
      layer.set(name, { value, from: "SHIFTMANAGER_SOURCE_URL" });
  }
  if (password !== undefined && password !== "" && !layer.has("password"))
    layer.set("password", { value: password, from: "SHIFTMANAGER_SOURCE_PASSWORD" });
  return layer;
}

function urlParts(url: string, from: string): readonly (readonly [string, unknown])[] {
  const { sslMode, port, ...parts } = parseUrl(url, from);
  const named = { ...parts, ssl: sslMode, port: port === undefined ? undefined : Number(port) };
  return Object.entries(named).filter(([, value]) => value !== undefined);
}

function originsOf(
  found: Layer,
  order: readonly string[],
  defaults: Readonly<Record<string, string | number>>,
  withheld: string | undefined,
): readonly SettingOrigin[] {
  return order.map((setting) => {
    const winner = found.get(setting);
    if (found.has("iam") && (setting === "user" || setting === "password"))
      return { setting, value: null, from: "not set: AWS says it, by iam" };
    if (winner !== undefined) return { setting, value: shown(setting, winner.value), from: winner.from };
    const value = defaults[setting];
    if (value !== undefined) return { setting, value, from: "default" };
    if (withheld !== undefined && proofs.includes(setting)) return { setting, value: null, from: withheld };
    return { setting, value: null, from: "not set" };
  });
}

function shown(setting: string, value: unknown): string | number | boolean {
  if (["password", ...keys].includes(setting)) return secretMark;
  // Anything may stand in the driver's options, a password included.
  if (setting === "pg") return Object.keys(value as object).join(", ");
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "string" ? value : JSON.stringify(value);
}
