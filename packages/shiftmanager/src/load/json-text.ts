import { LoadError } from "../errors.ts";

/**
 * One JSON document as it stands in a file: its own text, on one line, so that numbers keep every digit.
 * `value` is parsed on first use only.
 */
export class JsonText {
  readonly text: string;
  /** Where it begins: the file's name and the one-based line. */
  readonly file: string;
  readonly line: number;

  constructor(text: string, file: string, line: number) {
    this.text = text;
    this.file = file;
    this.line = line;
  }
}

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

/**
 * Reads the documents of a file or stream: one JSON object after the other (NDJSON, or spread over lines), or one array
 * that wraps them all. Memory holds one document at a time, whatever the size of the file.
 * @param file name for errors
 * @throws LoadError that names file and line for what is not JSON
 */
export async function* readJsonDocuments(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<JsonText> {
  let pending: Buffer = Buffer.alloc(0);
  let scan = 0; // how far `pending` has been looked at
  let start = -1; // where the open document begins in `pending`
  let startLine = 1;
  let line = 1;
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Set once the file turns out to be one array of documents. */
  let wrapped = false;
  let closed = false;
  /** Within a wrapping array: what may come next. */
  let expects: "document" | "document or end" | "comma or end" = "document or end";
  let seen = false;
  let first = true;

  for await (const chunk of source) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    if (first && pending.length < 3 && pending[0] === 0xef) continue;
    if (first) {
      first = false;
      if (pending[0] === 0xef && pending[1] === 0xbb && pending[2] === 0xbf) scan = 3; // byte order mark
    }
    for (; scan < pending.length; scan += 1) {
      const byte = pending[scan] ?? 0;
      if (byte === NEWLINE) line += 1;
      if (start !== -1) {
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
        else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          depth -= 1;
          if (depth === 0) {
            yield document(pending.subarray(start, scan + 1), file, startLine);
            start = -1;
            expects = "comma or end";
            seen = true;
          }
        }
        continue;
      }
      if (byte === SPACE || byte === TAB || byte === RETURN || byte === NEWLINE) continue;
      if (byte === OPEN_OBJECT && !closed && (!wrapped || expects !== "comma or end")) {
        start = scan;
        startLine = line;
        depth = 1;
      } else if (byte === OPEN_ARRAY && !wrapped && !seen) {
        wrapped = true;
      } else if (byte === COMMA && wrapped && !closed && expects === "comma or end") {
        expects = "document";
      } else if (byte === CLOSE_ARRAY && wrapped && !closed && expects !== "document") {
        closed = true;
      } else {
        throw notJson(
          file,
          line,
          pending
            .subarray(scan, scan + 40)
            .toString()
            .split("\n", 1)[0] ?? "",
        );
      }
    }
    pending = start === -1 ? Buffer.alloc(0) : pending.subarray(start);
    scan = pending.length;
    if (start !== -1) start = 0;
  }
  if (start !== -1) throw cutOff(file, startLine);
  if (wrapped && !closed) throw cutOff(file, line);
}

function document(bytes: Buffer, file: string, line: number): JsonText {
  // A line break cannot stand inside a JSON string, so each one here is only layout.
  const text = bytes.toString("utf8").replace(/[\r\n]+/g, " ");
  return new JsonText(text, file, line);
}

function notJson(file: string, line: number, text: string): LoadError {
  return new LoadError(
    `${file}, line ${line} is not JSON where a document should begin: ${text}. Nothing was loaded; mend the line and run it again.`,
    [{ file, line, value: text, reason: "not a JSON document" }],
  );
}

function cutOff(file: string, line: number): LoadError {
  return new LoadError(
    `${file} ends inside the document that begins on line ${line}. Nothing was loaded; the file may have been cut off.`,
    [{ file, line, reason: "the file ends inside a document" }],
  );
}
