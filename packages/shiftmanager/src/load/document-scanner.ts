import { isUtf8 } from "node:buffer";
import { LoadError } from "../errors.ts";
import { DocumentBatch, type FoundDocuments } from "./document-batch.ts";
import { maxDocumentBytes } from "./json-text.ts";

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
  readonly documents: DocumentBatch;
  /** What makes the rest of the file unreadable. */
  readonly failure?: LoadError;
}

/** Finds where documents begin and end; whether what is between is JSON, a parser says later. */
export class DocumentScanner {
  readonly #file: string;
  #line = 1;
  /** Bytes of the file so far. */
  #offset = 0;
  /** What earlier chunks had of the open document, and where it begins. */
  #held: Uint8Array = new Uint8Array();
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

  /**
   * The documents that end in this chunk; with a failure, those before it.
   * @param chunk - is to be left alone as long as they are looked at
   */
  read(chunk: Uint8Array): ScannedDocuments {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const found: FoundDocuments = { starts: [], ends: [], lines: [], areSpread: false };
    let failure: LoadError | undefined;
    try {
      this.#scan(bytes, this.#held.length, found);
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      failure = error;
    }
    // One of the documents comes before what the scan has stopped at.
    failure = this.#dropFromOtherText(bytes, found) ?? failure;
    const documents = new DocumentBatch(this.#file, bytes, found);
    return failure === undefined ? { documents } : { documents, failure };
  }

  #scan(bytes: Uint8Array, from: number, found: FoundDocuments): void {
    let start = 0;
    let at = from;
    for (; at < 3 && this.#offset < 3 && bytes[at] === byteOrderMark[this.#offset]; at += 1)
      this.#offset += 1;
    while (at < bytes.length) {
      if (this.#depth > 0) {
        at = this.#throughDocument(bytes, at);
        if (this.#depth === 0) this.#note(start, at, found);
        continue;
      }
      const byte = bytes[at] ?? 0;
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
      } else this.#between(byte, bytes, at);
      at += 1;
    }
    this.#offset += bytes.length - from;
    this.#hold(this.#depth > 0 ? bytes.subarray(start) : new Uint8Array());
  }

  #note(start: number, end: number, found: FoundDocuments): void {
    if (end - start > maxDocumentBytes) throw this.#tooLong();
    found.starts.push(start);
    found.ends.push(end);
    found.lines.push(this.#startLine);
    found.areSpread ||= this.#spread;
    this.#expects = "comma or end";
    this.#seen = true;
  }

  /** Leaves out the first document that is not UTF-8 and those after it, and says so. */
  #dropFromOtherText(bytes: Uint8Array, { starts, ends, lines }: FoundDocuments): LoadError | undefined {
    // What is between documents is ASCII.
    if (isUtf8(bytes.subarray(starts[0] ?? 0, ends.at(-1) ?? 0))) return undefined;
    const other = starts.findIndex((start, i) => !isUtf8(bytes.subarray(start, ends[i])));
    const line = lines[other] ?? this.#line;
    for (const places of [starts, ends, lines]) places.splice(other);
    return this.#otherText(line);
  }

  /** @throws LoadError for a file that stops inside a document or the array that wraps them */
  end(): void {
    if (this.#depth > 0) throw this.#cutOff("the document that begins", this.#startLine);
    if (this.#wrapped && !this.#closed) throw this.#cutOff("its array", this.#line);
  }

  /** To the end of the open document, or of the chunk: where it goes on. This looks at every byte of a load. */
  #throughDocument(bytes: Uint8Array, from: number): number {
    let at = this.#escaped ? this.#afterEscaped(bytes, from) : from;
    let depth = this.#depth;
    let inString = this.#inString;
    while (at < bytes.length && depth > 0) {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (inString) {
        if (byte > QUOTE && byte !== BACKSLASH) continue;
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) at = this.#afterEscaped(bytes, at);
        else if (byte === NEWLINE || byte === RETURN) throw this.#brokenString();
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
    this.#escaped = at > bytes.length;
    return Math.min(at, bytes.length);
  }

  /** Passes over what follows a backslash; one more than there is where that comes with the next chunk. */
  #afterEscaped(bytes: Uint8Array, at: number): number {
    const byte = bytes[at];
    if (byte === NEWLINE || byte === RETURN) throw this.#brokenString();
    return at + 1;
  }

  #between(byte: number, chunk: Uint8Array, at: number): void {
    if (byte === OPEN_ARRAY && !this.#wrapped && !this.#seen) this.#wrapped = true;
    else if (byte === COMMA && this.#wrapped && !this.#closed && this.#expects === "comma or end") {
      this.#expects = "document";
    } else if (byte === CLOSE_ARRAY && this.#wrapped && !this.#closed && this.#expects !== "document") {
      this.#closed = true;
    } else if (byte === 0xfe || byte === 0xff) {
      // Not in any UTF-8 text, but the mark that UTF-16 begins with.
      throw this.#otherText(this.#line);
    } else throw this.#notJson(chunk.subarray(at, at + 40));
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length > maxDocumentBytes) throw this.#tooLong();
    // The source may use its buffer again.
    this.#held = Uint8Array.prototype.slice.call(bytes);
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

  #tooLong(): LoadError {
    return this.#refused(
      this.#startLine,
      "is over 4 MB, the most that COPY takes for one JSON object",
      "split it, or close it where it should end",
    );
  }

  #otherText(line: number): LoadError {
    return this.#refused(
      line,
      "is not UTF-8, so its text cannot be read",
      "convert the file and run it again",
    );
  }

  #refused(line: number, reason: string, wayOut: string): LoadError {
    return new LoadError(
      `${this.#file}, line ${line}: the document that begins there ${reason}. Nothing was loaded; ${wayOut}.`,
      [{ file: this.#file, line, reason }],
    );
  }

  #cutOff(inside: string, line: number): LoadError {
    return new LoadError(
      `${this.#file} ends inside ${inside} on line ${line}. Nothing was loaded; the file may have been cut off.`,
      [{ file: this.#file, line, reason: "the file ends inside a document" }],
    );
  }
}
