import type { JsonObject } from "./gen-jsonpaths.ts";
import { JsonText, maxDocumentBytes } from "./json-text.ts";

/** Ordinary documents are not as deep; whoever refers to themselves has no bottom. */
const mostLevels = 32;

/**
 * Writes an ordinary object as `jsonRow` does, and is sure that this has nothing against it: so are nearly all documents of a
 * load, which are looked at here in one quick pass.
 * @returns undefined where `jsonRow` has to look closer, which knows what is wrong and says it
 */
export function plainText(document: JsonObject | JsonText): string | undefined {
  const text = writtenText(document);
  if (text === undefined) return undefined;
  // A NUL and half of a surrogate pair are written as escapes; a boxed text is no object when it is written.
  return text.length > maxDocumentBytes / 4 || !text.startsWith("{") || text.includes("\\u")
    ? undefined
    : text;
}

function writtenText(document: JsonObject | JsonText): string | undefined {
  try {
    return isPlainObject(document) && isHarmless(document, mostLevels) ? JSON.stringify(document) : undefined;
  } catch {
    return undefined; // a getter or a toJSON that throws
  }
}

function isPlainObject(document: unknown): document is JsonObject {
  return (
    typeof document === "object" &&
    document !== null &&
    !Array.isArray(document) &&
    !(document instanceof JsonText) &&
    (document as { readonly toJSON?: unknown }).toJSON === undefined
  );
}

/**
 * Holds no number that JSON writes as null, and no bigint. Written for speed: `===` with the name of a type is one comparison,
 * and most values are no objects.
 */
function isHarmless(value: object, levels: number): boolean {
  if (levels === 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const item: unknown = value[i];
      if (typeof item === "string") continue;
      if (typeof item === "number" ? !Number.isFinite(item) : !isHarmlessValue(item, levels)) return false;
    }
    return true;
  }
  for (const key in value) {
    const inner: unknown = (value as JsonObject)[key];
    if (typeof inner === "string") continue;
    if (typeof inner === "number" ? !Number.isFinite(inner) : !isHarmlessValue(inner, levels)) return false;
  }
  return true;
}

function isHarmlessValue(value: unknown, levels: number): boolean {
  if (typeof value === "object") return value === null || isHarmless(value, levels - 1);
  return typeof value !== "bigint";
}
