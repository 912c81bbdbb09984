import { nearestName } from "../nearest-name.ts";
import { OptionsError } from "../errors.ts";
import { isPlainObject } from "../kinds.ts";
import type { Profile, SettingReference, ShiftmanagerConfig, SourceProfile } from "./profile.ts";

/** What a value may be when it is neither a reference nor a function. */
export type SettingKind = "text" | "number" | "boolean" | "ssl" | "role" | "whole";

/** The settings of a source, and what each holds. */
export const sourceKinds: Readonly<Record<keyof SourceProfile, SettingKind>> = {
  url: "text",
  host: "text",
  port: "number",
  database: "text",
  user: "text",
  password: "text",
  ssl: "ssl",
  sslRootCert: "text",
  connectTimeoutMs: "number",
  pg: "whole",
};

/** The settings of a profile, and what each holds. */
export const profileKinds: Readonly<Record<keyof Profile, SettingKind>> = {
  ...sourceKinds,
  iam: "whole",
  awsAccessKeyId: "text",
  awsSecretAccessKey: "text",
  securityToken: "text",
  iamRole: "role",
  copyWithClientCredentials: "boolean",
  region: "text",
  source: "whole",
};

/** Does it say where a value is kept. */
export function isReference(value: unknown): value is SettingReference {
  if (!isPlainObject(value)) return false;
  const [name, ...more] = Object.keys(value);
  return more.length === 0 && (name === "env" || name === "file") && typeof value[name] === "string";
}

/** Could it be meant as a profile: an object of nothing but settings. */
export function looksLikeProfile(value: unknown): value is Profile {
  return (
    isPlainObject(value) && Object.keys(value).length > 0 && unknownKey(value, profileKinds) === undefined
  );
}

/**
 * @param where - how an error names it: `The profile "dev" in /home/…`
 * @throws OptionsError naming the nearest setting for one that is unknown, and for values of another kind
 */
export function checkProfile(value: unknown, where: string): Profile {
  checkSettings(value, profileKinds, where);
  if (value["source"] !== undefined) checkSettings(value["source"], sourceKinds, `${where}, in source,`);
  return value;
}

/** @throws OptionsError for what is no config; its profiles are checked when they are used */
export function checkConfig(value: unknown, where: string): ShiftmanagerConfig {
  if (!isPlainObject(value) || !isPlainObject(value["profiles"])) {
    throw new OptionsError(`${where} is no config; write { profiles: { dev: { host: "…" } } }.`);
  }
  const unknown = unknownKey(value, { profiles: "whole", defaultProfile: "text" });
  if (unknown !== undefined) throw unknownKeyError(where, unknown, ["profiles", "defaultProfile"]);
  const { profiles, defaultProfile } = value;
  if (defaultProfile !== undefined && typeof defaultProfile !== "string") {
    throw new OptionsError(`${where} has a defaultProfile that is no name; write the name of a profile.`);
  }
  return { profiles: profiles as ShiftmanagerConfig["profiles"], defaultProfile };
}

function checkSettings(
  value: unknown,
  kinds: Readonly<Record<string, SettingKind>>,
  where: string,
): asserts value is Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) {
    throw new OptionsError(`${where} is no object of settings; write { host: "…", database: "…" }.`);
  }
  const unknown = unknownKey(value, kinds);
  if (unknown !== undefined) throw unknownKeyError(where, unknown, Object.keys(kinds));
  for (const [name, kind] of Object.entries(kinds)) {
    const item = value[name];
    const kept = kind !== "whole" && (typeof item === "function" || isReference(item));
    if (item === undefined || kept || fits(item, kind)) continue;
    throw new OptionsError(`${where} has a "${name}" that is ${expected[kind]}.`);
  }
}

const expected: Readonly<Record<SettingKind, string>> = {
  text: 'no text; write a text, { env: "NAME" }, { file: "path" } or a function',
  number: 'no number; write a number, { env: "NAME" }, { file: "path" } or a function',
  boolean: "neither true nor false; write one of them",
  ssl: "no TLS mode; write one of libpq's, as verify-full, or true or false",
  role: 'no role; write an ARN, a list of them, or "default"',
  whole: "no object; write { … }",
};

function fits(value: unknown, kind: SettingKind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "ssl":
      return typeof value === "string" || typeof value === "boolean";
    case "role":
      return (
        typeof value === "string" || (Array.isArray(value) && value.every((arn) => typeof arn === "string"))
      );
    case "whole":
      return isPlainObject(value);
  }
}

function unknownKey(
  value: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, SettingKind>>,
): string | undefined {
  return Object.keys(value).find((name) => !Object.hasOwn(kinds, name));
}

function unknownKeyError(where: string, name: string, known: readonly string[]): OptionsError {
  const nearest = nearestName(name, known);
  const way = nearest === undefined ? `it may have ${known.join(", ")}.` : `did you mean "${nearest}"?`;
  return new OptionsError(`${where} has "${name}", which is no setting; ${way}`);
}
