import { LoadError } from "../errors.ts";
import type { JsonObject } from "./gen-jsonpaths.ts";
import { JsonText, maxDocumentBytes, mayEscapeHalf } from "./json-text.ts";
import { repeatedKey } from "./repeated-key.ts";

/** One row, checked and ready to be written to a slice. */
export class JsonRow {
  /** From 1, in the order of the source. */
  readonly number: number;
  /** The document on one line, without its line break. */
  readonly text: string;
  /** What the text says; undefined where it is passed on without being parsed. */
  readonly value: JsonObject | undefined;
  /** The file and line of a document that came from a file. */
  readonly source: JsonText | undefined;

  constructor(number: number, text: string, value: JsonObject | undefined, source: JsonText | undefined) {
    this.number = number;
    this.text = text;
    this.value = value;
    this.source = source;
  }

  /** File of a document that came from one. */
  get file(): string | undefined {
    return this.source?.file;
  }

  /** For error messages: `row 3`, or file and line. */
  get where(): string {
    return this.source === undefined ? `row ${this.number}` : `${this.source.file}, line ${this.source.line}`;
  }
}

/** How much is to be known of a document. */
export interface JsonRowOptions {
  /**
   * `text` passes the text of a document on as it stands, without parsing it, unless something in it may be what COPY would
   * lose; `value` parses it. Objects are always looked at. Default `value`.
   */
  readonly needs?: "value" | "text";
}

/**
 * Checks a document and writes it on one line.
 * @param number - of the row, from 1
 * @throws LoadError that names row and key for what COPY would lose or refuse: NaN, infinity, bigint, NUL, half a surrogate
 * pair, a key that an object has twice, a document that is not an object, or one over 4 MB
 */
export function jsonRow(
  document: unknown,
  number: number,
  { needs = "value" }: JsonRowOptions = {},
): JsonRow {
  const source = document instanceof JsonText ? document : undefined;
  try {
    if (source === undefined) return rowOfObject(document, number);
    return needs === "text" && isHarmless(source.text)
      ? new JsonRow(number, source.text, undefined, source)
      : rowOfText(source, number);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refused({ number, source }, "is nested too deeply to be read; flatten it", error);
  }
}

/** Nothing in the text can be a NUL or half a surrogate pair, and it is not too long: what is left, COPY finds itself. */
function isHarmless(text: string): boolean {
  return !mayEscapeHalf(text) && !text.includes("\0") && text.isWellFormed() && !isTooLong(text);
}

function rowOfText(document: JsonText, number: number): JsonRow {
  const place = { number, source: document };
  let value: unknown;
  try {
    value = JSON.parse(document.text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(place, `is not JSON (${reason}); mend it`, cause);
  }
  const row = checked(document.text, value, place);
  const repeated = repeatedKey(document.text, value);
  if (repeated !== undefined) {
    throw refused(
      place,
      `has the key ${repeated} twice in one object, and only one of its values could be kept; leave one out`,
    );
  }
  return row;
}

function rowOfObject(document: unknown, number: number): JsonRow {
  const place: Place = { number, source: undefined };
  let text: string | undefined;
  try {
    text = JSON.stringify(document);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const path = findPath(document, (value) => typeof value === "bigint");
    const reason =
      path === undefined
        ? `cannot be written as JSON (${cause instanceof Error ? cause.message : String(cause)})`
        : `holds a bigint at ${path}, which JSON cannot hold; pass it as text`;
    throw refused(place, reason, cause);
  }
  if (text === undefined) throw refused(place, `is ${typeof document}, not an object`);
  // JSON.stringify writes them as null.
  if (text.includes("null") && holdsNonFinite(document)) {
    const path = findPath(document, (value) => typeof value === "number" && !Number.isFinite(value)) ?? "$";
    throw refused(place, `holds NaN or infinity at ${path}, which JSON cannot hold; pass null or a number`);
  }
  // A class that writes itself as JSON may write other keys than it has, and a boxed text none.
  const writesItself =
    typeof (document as { readonly toJSON?: unknown } | null)?.toJSON === "function" || !text.startsWith("{");
  return checked(text, writesItself ? (JSON.parse(text) as unknown) : document, place);
}

/** Where a document stands. */
type Place = Pick<JsonRow, "number" | "source">;

function checked(text: string, value: unknown, place: Place): JsonRow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(place, "is not an object, so it has no keys to load into columns; give objects");
  }
  // JSON.stringify and most writers escape both, so the text itself is searched first: it is far cheaper.
  if (text.includes("\\u") || (place.source !== undefined && !text.isWellFormed())) {
    const nul = findPath(value, (inner) => typeof inner === "string" && inner.includes("\0"));
    if (nul !== undefined)
      throw refused(place, `holds a NUL character at ${nul}, which Redshift cannot store; remove it`);
    const half = findPath(value, (inner) => typeof inner === "string" && !inner.isWellFormed());
    if (half !== undefined)
      throw refused(place, `holds half of a surrogate pair at ${half}, which is not text; mend it`);
  }
  if (isTooLong(text)) {
    throw refused(place, "is over 4 MB, the most that COPY takes for one JSON object; split it");
  }
  return new JsonRow(place.number, text, value as JsonObject, place.source);
}

function isTooLong(text: string): boolean {
  return text.length > maxDocumentBytes / 4 && Buffer.byteLength(text) > maxDocumentBytes;
}

function refused({ number, source }: Place, reason: string, cause?: unknown): LoadError {
  const { where } = new JsonRow(number, "", undefined, source);
  return new LoadError(
    `${capital(where)} ${reason}. Nothing was loaded.`,
    [
      {
        reason,
        ...(source === undefined ? {} : { file: source.file }),
        line: source?.line ?? number,
      },
    ],
    cause === undefined ? {} : { cause },
  );
}

/** "row 3" as it begins a sentence; a file's name stays as it is. */
export function capital(text: string): string {
  return text.startsWith("row ") ? `Row ${text.slice(4)}` : text;
}

/** Most documents hold a null, so this is asked of most: it makes nothing on its way. */
function holdsNonFinite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsNonFinite);
  const object = value as Readonly<Record<string, unknown>>;
  for (const key in object) {
    const inner = object[key];
    if (typeof inner === "number" ? !Number.isFinite(inner) : holdsNonFinite(inner)) return true;
  }
  return false;
}

/** The path of the first value, or the first key, that meets the test. */
function findPath(value: unknown, test: (value: unknown) => boolean, path = "$"): string | undefined {
  if (test(value)) return path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}['${key}']`;
    if (test(key)) return `the key ${JSON.stringify(key)} of ${path}`;
    const found = findPath(inner, test, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
