import { nearestName } from "./nearest-name.ts";
import { OptionsError } from "./errors.ts";
import { isObject, isPromise, type Kind } from "./kinds.ts";
import { option, wording, type Wording } from "./wording.ts";

/** A call's arguments by name, in order. */
export type Signature = Readonly<Record<string, Kind>>;

/**
 * Refuses arguments and options of another kind than a method takes, as JavaScript lets them come, and options that it does
 * not know: ignoring them may mean lost rows.
 * @throws OptionsError that names the argument, or the option and the nearest that there is
 */
export function checkArguments<Arguments extends Signature>(
  method: string,
  signature: Arguments,
  given: Readonly<Record<keyof Arguments, unknown>>,
): void {
  for (const [name, kind] of Object.entries(signature)) {
    const value = given[name];
    if (!kind.fits(value)) throw wrongKind(method, name, kind, value);
    if (kind.holds !== undefined && isObject(value)) checkOptions(method, value, kind.holds, "");
  }
}

/**
 * For what takes one text only.
 * @param what - as the subject of a sentence: `The name`
 * @throws OptionsError for anything but text
 */
export function requireText(what: Wording, value: unknown): asserts value is string {
  if (typeof value === "string") return;
  const way = isPromise(value) ? "await it first" : "give text";
  throw new OptionsError(wording`${what} is ${described(value)}; ${way}.`);
}

/** @param within - where the options are an option themselves: its name, and a dot */
function checkOptions(
  method: string,
  given: object,
  known: Readonly<Record<string, Kind>>,
  within: string,
): void {
  for (const [key, value] of Object.entries(given)) {
    const name = `${within}${key}`;
    const kind = Object.hasOwn(known, key) ? known[key] : undefined;
    if (kind === undefined) {
      if (value === undefined) continue;
      throw unknownOption(method, name, likeliest(key, Object.keys(known)), within, known);
    }
    // Left out by who must say every name.
    if (value === undefined) continue;
    if (!kind.fits(value)) throw wrongKind(method, name, kind, value, ", or leave it out");
    if (!isObject(value)) continue;
    if (kind.holds !== undefined) checkOptions(method, value, kind.holds, `${name}.`);
    if (kind.eachHolds === undefined) continue;
    for (const [each, inner] of Object.entries(value) as [string, object][]) {
      checkOptions(method, inner, kind.eachHolds, `${name}.${each}.`);
    }
  }
}

/** The nearest name, else one that says more: `workgroup` for `workgroupName`. */
function likeliest(given: string, known: readonly string[]): string | undefined {
  return nearestName(given, known) ?? known.find((name) => given.length > 3 && name.startsWith(given));
}

function unknownOption(
  method: string,
  name: string,
  nearest: string | undefined,
  within: string,
  known: Readonly<Record<string, Kind>>,
): OptionsError {
  const way: Wording =
    nearest !== undefined
      ? wording`did you mean ${option(`${within}${nearest}`)}?`
      : "parameters" in known
        ? // In the original, configuration parameters were arguments among the others.
          wording`a configuration parameter goes into ${option("parameters")}.`
        : "leave it out.";
  return new OptionsError(wording`${option(method)} has no option ${option(name)}; ${way}`);
}

function wrongKind(method: string, name: string, kind: Kind, value: unknown, orElse = ""): OptionsError {
  const way = isPromise(value) ? "await it first" : `give ${kind.words}${value === null ? orElse : ""}`;
  return new OptionsError(
    wording`${option(method)} was given ${described(value, kind)} for ${option(name)}; ${way}.`,
  );
}

/** What was given, without showing text that may be a secret. */
function described(value: unknown, { shown = false, words = "" }: Partial<Kind> = {}): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return shown ? JSON.stringify(value) : "text";
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return words.includes("list") ? "another list" : "a list";
  if (isPromise(value)) return "a promise";
  if (typeof value !== "object") return `a ${typeof value}`;
  const maker = value.constructor as { readonly name?: string } | undefined;
  if (maker?.name === undefined || maker.name === "Object")
    return /\bobject\b|\{/.test(words) ? "another object" : "an object";
  return `${/^[AEIOU]/.test(maker.name) ? "an" : "a"} ${maker.name}`;
}
