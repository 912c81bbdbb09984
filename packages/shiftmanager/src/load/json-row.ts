import { LoadError } from "../errors.ts";
import type { JsonObject } from "./gen-jsonpaths.ts";
import { JsonText, maxDocumentBytes } from "./json-text.ts";
import { repeatedKey } from "./repeated-key.ts";

/** What a load takes: objects, or the text of documents as `readJsonDocuments` reads them. */
export type JsonSource = Iterable<JsonObject | JsonText> | AsyncIterable<JsonObject | JsonText>;

/** One row, checked and ready to be written to a slice. */
export interface JsonRow {
  /** From 1, in the order of the source. */
  readonly number: number;
  /** The document on one line, without its line break. */
  readonly text: string;
  /** Top-level keys. */
  readonly keys: readonly string[];
  /** For error messages: `row 3`, or file and line. */
  readonly where: string;
  /** File of a document that came from one. */
  readonly file: string | undefined;
}

/**
 * Checks a document and writes it on one line.
 * @param number - of the row, from 1
 * @throws LoadError that names row and key for what COPY would lose or refuse: NaN, infinity, bigint, NUL, half a surrogate
 * pair, a key that an object has twice, a document that is not an object, or one over 4 MB
 */
export function jsonRow(document: unknown, number: number): JsonRow {
  return document instanceof JsonText ? rowOfText(document, number) : rowOfObject(document, number);
}

function rowOfText(document: JsonText, number: number): JsonRow {
  const where = `${document.file}, line ${document.line}`;
  let value: unknown;
  try {
    value = JSON.parse(document.text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(
      { where, number, file: document.file, line: document.line },
      `is not JSON (${reason})`,
      cause,
    );
  }
  const place = { where, number, file: document.file, line: document.line };
  const row = checked(document.text, value, place);
  const repeated = repeatedKey(document.text, value);
  if (repeated !== undefined) {
    throw refused(
      place,
      `has the key ${repeated} twice in one object, and only one of its values could be kept`,
    );
  }
  return row;
}

function rowOfObject(document: unknown, number: number): JsonRow {
  const place: Place = { where: `row ${number}`, number };
  let text: string | undefined;
  try {
    text = JSON.stringify(document);
  } catch (cause) {
    const path = findPath(document, (value) => typeof value === "bigint");
    const reason =
      path === undefined
        ? `cannot be written as JSON (${cause instanceof Error ? cause.message : String(cause)})`
        : `holds a bigint at ${path}, which JSON cannot hold; pass it as text`;
    throw refused(place, reason, cause);
  }
  if (text === undefined) throw refused(place, `is ${typeof document}, not an object`);
  if (text.includes("null")) {
    const path = findPath(document, (value) => typeof value === "number" && !Number.isFinite(value));
    if (path !== undefined) {
      throw refused(place, `holds NaN or infinity at ${path}, which JSON cannot hold; pass null or a number`);
    }
  }
  // A class that writes itself as JSON may write other keys than it has.
  const writesItself = typeof (document as { readonly toJSON?: unknown } | null)?.toJSON === "function";
  return checked(text, writesItself ? (JSON.parse(text) as unknown) : document, place);
}

interface Place {
  readonly where: string;
  readonly number: number;
  readonly file?: string;
  readonly line?: number;
}

function checked(text: string, value: unknown, place: Place): JsonRow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(place, "is not an object, so it has no keys to load into columns");
  }
  // JSON.stringify and most writers escape these two, so the text itself is searched first: it is far cheaper.
  if (text.includes("\\u0000") || text.includes("\0")) {
    const path = findPath(value, (inner) => typeof inner === "string" && inner.includes("\0"));
    if (path !== undefined)
      throw refused(place, `holds a NUL character at ${path}, which Redshift cannot store; remove it`);
  }
  if (/\\u[dD][89abAB]/.test(text) || !text.isWellFormed()) {
    const path = findPath(value, (inner) => typeof inner === "string" && !inner.isWellFormed());
    if (path !== undefined)
      throw refused(place, `holds half of a surrogate pair at ${path}, which is not text; mend it`);
  }
  if (text.length > maxDocumentBytes / 4 && Buffer.byteLength(text) > maxDocumentBytes) {
    throw refused(place, "is over 4 MB, the most that COPY takes for one JSON object; split it");
  }
  return { number: place.number, text, keys: Object.keys(value), where: place.where, file: place.file };
}

function refused(place: Place, reason: string, cause?: unknown): LoadError {
  return new LoadError(
    `${capital(place.where)} ${reason}. Nothing was loaded.`,
    [
      {
        reason,
        ...(place.file === undefined ? {} : { file: place.file }),
        line: place.line ?? place.number,
      },
    ],
    cause === undefined ? {} : { cause },
  );
}

/** "row 3" as it begins a sentence; a file's name stays as it is. */
export function capital(text: string): string {
  return text.startsWith("row ") ? `Row ${text.slice(4)}` : text;
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
