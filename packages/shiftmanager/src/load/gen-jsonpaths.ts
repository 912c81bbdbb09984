import { checkArguments } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { either, isPromise, kind, number, options as optionsOf, text, type Kinds } from "../kinds.ts";

/** Any value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** A JSON object: one row of a load. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A jsonpaths file: which part of each document goes into which column, in the order of COPY's column list. */
export interface Jsonpaths {
  readonly jsonpaths: readonly string[];
}

export interface GenJsonpathsOptions {
  /** Which element of an array a path points at, from 0. Without it an array is one value, loaded as its JSON text. */
  readonly listIdx?: number;
}

const kinds: Kinds<GenJsonpathsOptions> = { listIdx: number };
const signature = {
  doc: either(
    kind("an object", (value) => isObject(value) && !isPromise(value)),
    text,
  ),
  options: optionsOf(kinds),
};

/**
 * Writes the jsonpaths of one document: a path for each value, nested objects opened, in alphabetical order.
 * An empty object, and an array (unless `listIdx` is given), is a value of its own and gets a path, so that nothing is lost.
 *
 * @example
 * import { genJsonpaths } from "shiftmanager";
 * console.log(genJsonpaths({ one: 1, two: { three: 3 } })); // { jsonpaths: ["$['one']", "$['two']['three']"] }
 * @param doc an object, or its JSON text
 * @throws OptionsError for text that is not JSON, a document that is not an object, and a `listIdx` that is no index
 * @see AWS Database Developer Guide, "COPY from JSON format" (copy-usage_notes-copy-from-json)
 */
export function genJsonpaths(doc: JsonObject | string, options: GenJsonpathsOptions = {}): Jsonpaths {
  checkArguments("genJsonpaths", signature, { doc, options });
  const { listIdx } = options;
  if (listIdx !== undefined && (!Number.isInteger(listIdx) || listIdx < 0)) {
    throw new OptionsError(`listIdx must be a whole number from 0, not ${listIdx}.`);
  }
  const value: unknown = typeof doc === "string" ? parse(doc) : doc;
  if (!isObject(value)) {
    throw new OptionsError("A jsonpaths file is made from one JSON object; pass an object or its JSON text.");
  }
  return { jsonpaths: paths("$", value, listIdx).sort() };
}

/**
 * Writes the path of a top-level key in bracket notation, the one that takes every character.
 * How Redshift reads a quote or backslash inside the brackets is not documented; they are escaped with a backslash.
 */
export function topLevelPath(key: string): string {
  return step("$", key);
}

function paths(at: string, value: unknown, listIdx: number | undefined): string[] {
  if (Array.isArray(value) && listIdx !== undefined) {
    return paths(`${at}[${listIdx}]`, value[listIdx] as unknown, listIdx);
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [at];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : paths(step(at, key), inner, listIdx),
  );
}

function step(at: string, key: string): string {
  return `${at}['${key.replace(/['\\]/g, "\\$&")}']`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OptionsError("The document is not JSON; pass an object or its JSON text.", { cause });
  }
}
