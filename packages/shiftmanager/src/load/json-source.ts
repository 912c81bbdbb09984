import { DocumentBatch } from "./document-batch.ts";
import { DocumentScanner } from "./document-scanner.ts";
import { eachItem, type Visited } from "./each-item.ts";
import type { JsonObject } from "./gen-jsonpaths.ts";
import { JsonDocuments } from "./json-documents.ts";
import type { JsonText } from "./json-text.ts";
import { isIterable, kind } from "../kinds.ts";

/**
 * What a load takes: objects, the text of documents as `readJsonDocuments` reads them, or a stream of the bytes of a file
 * that holds documents one after the other or in one array.
 */
export type JsonSource =
  Iterable<JsonObject | JsonText> | AsyncIterable<JsonObject | JsonText> | AsyncIterable<Uint8Array | string>;

export const jsonSource = kind("a list, an iterable or a stream of JSON objects", isIterable);

/** Looks at the documents of a source. */
export interface DocumentVisitor {
  document(document: JsonObject | JsonText): Visited;
  /** Documents of a file, several at a time; without it each is looked at by itself. */
  batch?(documents: DocumentBatch): Visited;
}

/** Goes through the documents of a source, in order; those of a file or of bytes come without a promise each. */
export async function eachDocument(
  data: JsonSource,
  signal: AbortSignal | undefined,
  visitor: DocumentVisitor,
): Promise<void> {
  if (data instanceof JsonDocuments) {
    return eachItem(data.batches(), signal, (documents) => visitAll(documents, visitor));
  }
  let scanner: DocumentScanner | undefined;
  let enough = false;
  const visitBytes = async (chunk: Uint8Array) => {
    const { documents, failure } = (scanner ??= new DocumentScanner(nameOf(data))).read(chunk);
    enough = (await visitAll(documents, visitor)) === "enough";
    if (enough) return "enough";
    if (failure !== undefined) throw failure;
    return undefined;
  };
  const isStream = Symbol.asyncIterator in data;
  await eachItem<JsonObject | JsonText | Uint8Array | string>(data, signal, (item) => {
    if (item instanceof Uint8Array) return visitBytes(item);
    // Only a stream gives text in pieces; anywhere else it is a document that is no object.
    if (typeof item === "string" && isStream) return visitBytes(Buffer.from(item));
    return visitor.document(item as JsonObject | JsonText);
  });
  if (!enough) scanner?.end();
}

async function visitAll(
  documents: Iterable<JsonText>,
  visitor: DocumentVisitor,
): Promise<"enough" | undefined> {
  if (documents instanceof DocumentBatch && visitor.batch !== undefined) {
    return (await visitor.batch(documents)) ?? undefined;
  }
  for (const document of documents) {
    const visited = visitor.document(document);
    if (visited !== undefined && (await visited) === "enough") return "enough";
  }
  return undefined;
}

/** A stream of `fs` has the path of its file. */
function nameOf(data: JsonSource): string {
  const { path } = data as { readonly path?: unknown };
  return typeof path === "string" ? path : "the stream";
}
