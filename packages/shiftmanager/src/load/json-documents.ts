import type { DocumentBatch } from "./document-batch.ts";
import { checkArguments } from "../check-arguments.ts";
import { isObject, kind, text } from "../kinds.ts";
import { DocumentScanner } from "./document-scanner.ts";
import type { JsonText } from "./json-text.ts";

const signature = {
  source: kind(
    "a stream of bytes, such as createReadStream gives",
    (value) => isObject(value) && Symbol.asyncIterator in value,
  ),
  file: text,
};

/** How much a source holds and how far it has been read: of a packed file its own bytes. */
export interface SourceSize {
  readonly totalBytes: number;
  bytesRead(): number;
}

/** Documents of files, at hand several at a time: a load takes them so, which is faster than a promise for each. */
export class JsonDocuments implements AsyncIterable<JsonText> {
  readonly #batches: AsyncIterable<Iterable<JsonText>>;

  /** Where it is known: who loads them can then say how long it will take. */
  readonly size: SourceSize | undefined;

  constructor(batches: AsyncIterable<Iterable<JsonText>>, size?: SourceSize) {
    this.#batches = batches;
    this.size = size;
  }

  batches(): AsyncIterable<Iterable<JsonText>> {
    return this.#batches;
  }

  [Symbol.asyncIterator](): AsyncIterator<JsonText, undefined> {
    const batches = this.#batches[Symbol.asyncIterator]();
    let batch: Iterator<JsonText> = [][Symbol.iterator]();
    const end = { done: true as const, value: undefined };
    return {
      async next() {
        for (;;) {
          const document = batch.next();
          if (document.done !== true) return document;
          const more = await batches.next();
          if (more.done === true) return end;
          batch = more.value[Symbol.iterator]();
        }
      },
      async return() {
        await batches.return?.();
        return end;
      },
    };
  }
}

/**
 * Reads the documents of a file or stream: one JSON object after the other (NDJSON, or spread over lines), or one array
 * that wraps them all. Memory holds the documents of one chunk at a time, whatever the size of the file.
 * @param file - name for errors
 * @throws LoadError that names file and line for what is not JSON, is not UTF-8, or is over 4 MB
 */
export function readJsonDocuments(source: AsyncIterable<Uint8Array>, file: string): JsonDocuments {
  checkArguments("readJsonDocuments", signature, { source, file });
  return new JsonDocuments(batchesOf(source, new DocumentScanner(file)));
}

async function* batchesOf(
  source: AsyncIterable<Uint8Array | string>,
  scanner: DocumentScanner,
): AsyncGenerator<DocumentBatch> {
  for await (const chunk of source) {
    const { documents, failure } = scanner.read(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    // What came before it may be wrong as well, and is told first.
    if (documents.count > 0) yield documents;
    if (failure !== undefined) throw failure;
  }
  scanner.end();
}
