import { isUtf8 } from "node:buffer";
import { LoadError } from "../errors.ts";
import { JsonText, maxDocumentBytes } from "./json-text.ts";

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** What a chunk of a file held. */
export interface ScannedDocuments {
  readonly documents: readonly JsonText[];
  /** What makes the rest of the file unreadable. */
  readonly failure?: LoadError;
}

/** Finds where documents begin and end; whether what is between is JSON, a parser says later. */
export class DocumentScanner {
  readonly #file: string;
  #line = 1;
  /** Bytes of the file so far. */
  #offset = 0;
  /** The open document: what earlier chunks had of it, and where it begins. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #startLine = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The open document has a line break. */
  #spread = false;
  /** Set once the file turns out to be one array of documents. */
  #wrapped = false;
  #closed = false;
  #seen = false;
  /** Within a wrapping array: what may come next. */
  #expects: "document" | "document or end" | "comma or end" = "document or end";

  constructor(file: string) {
    this.#file = file;
  }

  /** The documents that end in this chunk; with a failure, those before it. */
  read(chunk: Uint8Array): ScannedDocuments {
    const documents: JsonText[] = [];
    try {
      this.#scan(chunk, documents);
    } catch (failure) {
      if (!(failure instanceof LoadError)) throw failure;
      return { documents, failure };
    }
    return { documents };
  }

  #scan(chunk: Uint8Array, found: JsonText[]): void {
    let start = this.#depth > 0 ? 0 : -1;
    let at = 0;
    for (; at < 3 && this.#offset < 3 && chunk[at] === byteOrderMark[this.#offset]; at += 1)
      this.#offset += 1;
    while (at < chunk.length) {
      if (this.#depth > 0) {
        at = this.#throughDocument(chunk, at);
        if (this.#depth > 0) break;
        found.push(this.#document(chunk.subarray(start, at)));
        start = -1;
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) this.#line += 1;
      else if (byte === SPACE || byte === TAB || byte === RETURN) {
        // between two documents
      } else if (
        byte === OPEN_OBJECT &&
        !this.#closed &&
        (!this.#wrapped || this.#expects !== "comma or end")
      ) {
        start = at;
        this.#startLine = this.#line;
        this.#depth = 1;
        this.#spread = false;
      } else this.#between(byte, chunk, at);
      at += 1;
    }
    this.#offset += chunk.length;
    if (start !== -1) this.#hold(chunk.subarray(start));
  }

  /** @throws LoadError for a file that stops inside a document or the array that wraps them */
  end(): void {
    if (this.#depth > 0) throw this.#cutOff("the document that begins", this.#startLine);
    if (this.#wrapped && !this.#closed) throw this.#cutOff("its array", this.#line);
  }

  /** To the end of the open document, or of the chunk: where it goes on. This looks at every byte of a load. */
  #throughDocument(chunk: Uint8Array, from: number): number {
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    for (; at < chunk.length && depth > 0; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        if (byte === NEWLINE || byte === RETURN) throw this.#brokenString();
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
      else if (byte === NEWLINE || byte === RETURN) {
        this.#spread = true;
        if (byte === NEWLINE) this.#line += 1;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return at;
  }

  #between(byte: number, chunk: Uint8Array, at: number): void {
    if (byte === OPEN_ARRAY && !this.#wrapped && !this.#seen) this.#wrapped = true;
    else if (byte === COMMA && this.#wrapped && !this.#closed && this.#expects === "comma or end") {
      this.#expects = "document";
    } else if (byte === CLOSE_ARRAY && this.#wrapped && !this.#closed && this.#expects !== "document") {
      this.#closed = true;
    } else throw this.#notJson(chunk.subarray(at, at + 40));
  }

  #hold(bytes: Uint8Array): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > maxDocumentBytes) throw this.#tooLong();
    // The source may use its buffer again.
    this.#held.push(Uint8Array.prototype.slice.call(bytes));
  }

  #document(end: Uint8Array): JsonText {
    const bytes = this.#held.length === 0 ? end : Buffer.concat([...this.#held, end]);
    this.#held = [];
    this.#heldBytes = 0;
    this.#expects = "comma or end";
    this.#seen = true;
    if (bytes.length > maxDocumentBytes) throw this.#tooLong();
    if (!isUtf8(bytes)) throw this.#notUtf8();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    // None of them is inside a string, so each is only layout.
    const line = this.#spread ? text.replace(/[\r\n]+/g, " ") : text;
    return new JsonText(line, this.#file, this.#startLine);
  }

  #notJson(bytes: Uint8Array): LoadError {
    const line = Buffer.from(bytes).toString("utf8").split("\n", 1)[0] ?? "";
    // Whatever the file holds, a terminal is not to obey it.
    const value = line.replace(/[^\P{C}\t]/gu, "?").trimEnd();
    return new LoadError(
      `${this.#file}, line ${this.#line} is not JSON where a document should begin: ${value}. Nothing was loaded; mend the line and run it again.`,
      [{ file: this.#file, line: this.#line, value, reason: "not a JSON document" }],
    );
  }

  #brokenString(): LoadError {
    const reason = "a line break inside a text, where JSON has \\n";
    return new LoadError(
      `${this.#file}, line ${this.#line} is not JSON: it ends inside a text, where JSON writes a line break as \\n. Nothing was loaded; mend the line and run it again.`,
      [{ file: this.#file, line: this.#line, reason }],
    );
  }

  #notUtf8(): LoadError {
    return this.#refused("is not UTF-8, so its text cannot be read", "convert the file and run it again");
  }

  #tooLong(): LoadError {
    return this.#refused(
      "is over 4 MB, the most that COPY takes for one JSON object",
      "split it, or close it where it should end",
    );
  }

  #refused(reason: string, wayOut: string): LoadError {
    return new LoadError(
      `${this.#file}, line ${this.#startLine}: the document that begins there ${reason}. Nothing was loaded; ${wayOut}.`,
      [{ file: this.#file, line: this.#startLine, reason }],
    );
  }

  #cutOff(inside: string, line: number): LoadError {
    return new LoadError(
      `${this.#file} ends inside ${inside} on line ${line}. Nothing was loaded; the file may have been cut off.`,
      [{ file: this.#file, line, reason: "the file ends inside a document" }],
    );
  }
}
