import type { Buffer } from "node:buffer";
import { NOT_ARRAY, RECORD_TOO_LARGE } from "./complaint.ts";
import type { Complaint } from "./complaint.ts";
import { Fields, HAS_HIGH, HAS_SPECIAL, IN_SCRATCH, IS_QUOTED } from "./fields.ts";
import type { JsonMapping, JsonNode } from "./json-mapping.ts";
import { INCOMPLETE, JsonSkip, MALFORMED, decodeJsonString } from "./json-skip.ts";
import { NEED_MORE } from "./record-scanner.ts";
import type { RecordScanner } from "./record-scanner.ts";

/** @see AWS copy-parameters-data-format, "JSON data file" */
const MOST_RECORD_BYTES = 4 * 1024 * 1024;
const MOST_REMEMBERED_KEYS = 512;

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** A member's key as it stood at this place of the previous record, and where it leads. */
interface SeenKey {
  readonly bytes: Uint8Array;
  readonly node: JsonNode | undefined;
}

/**
 * Reads concatenated JSON records (objects, or arrays where the mapping takes them), white space between them.
 *
 * Keys are first compared with those of the previous record at the same place: rows of one file mostly have one shape,
 * and comparing bytes is much cheaper than making a string of each key.
 * @see AWS copy-parameters-data-format, copy-usage_notes-copy-from-json
 */
export class JsonScanner implements RecordScanner {
  readonly fields: Fields;
  readonly reportsLastLine = true;
  outcome: "row" | "bad" | "nothing" = "nothing";
  complaint: Complaint | undefined;
  lineBreaks = 0;
  recordStart = 0;
  recordEnd = 0;
  readonly #mapping: JsonMapping;
  readonly #skip = new JsonSkip();
  readonly #seen = new Map<JsonNode, SeenKey[]>();
  /** By column: 1 where the value is wanted as JSON (SUPER), not as the text it stands for. */
  readonly #asJson: Uint8Array;
  #leadingBreaks = 0;

  /** `asJson` lists the columns that take values as JSON. */
  constructor(width: number, mapping: JsonMapping, asJson: readonly number[] = []) {
    this.fields = new Fields(width);
    this.#mapping = mapping;
    this.#asJson = new Uint8Array(width);
    for (const column of asJson) this.#asJson[column] = 1;
  }

  next(buffer: Buffer, at: number, end: number, last: boolean): number {
    const skip = this.#skip;
    this.complaint = undefined;
    skip.lineBreaks = 0;
    const start = skip.space(buffer, at, end);
    this.recordStart = start;
    this.#leadingBreaks = skip.lineBreaks;
    if (start === end) {
      this.outcome = "nothing";
      this.lineBreaks = skip.lineBreaks;
      return end;
    }
    this.fields.clear();
    const first = buffer[start] as number;
    if (first !== OPEN_BRACE && (first !== OPEN_BRACKET || !this.#mapping.arrays)) {
      return this.#stray(buffer, start, end, last);
    }
    const after = this.#walk(buffer, start, end, last, this.#mapping.root);
    if (after === INCOMPLETE) {
      if (end - start > MOST_RECORD_BYTES) return this.#bad(buffer, start, end, end, RECORD_TOO_LARGE);
      return NEED_MORE;
    }
    if (after === MALFORMED) return this.#malformed(buffer, start, skip.at, end, last);
    this.lineBreaks = skip.lineBreaks;
    this.recordEnd = after;
    if (after - start > MOST_RECORD_BYTES) this.complaint = RECORD_TOO_LARGE;
    this.outcome = this.complaint === undefined ? "row" : "bad";
    return after;
  }

  /** Steps into the value at `at` as far as columns are below `node`. */
  #walk(buffer: Buffer, at: number, end: number, last: boolean, node: JsonNode): number {
    const first = at < end ? (buffer[at] as number) : 0;
    let after: number;
    if (first === OPEN_BRACE && node.keys.size > 0) after = this.#object(buffer, at, end, last, node);
    else if (first === OPEN_BRACKET && node.indexes.size > 0)
      after = this.#array(buffer, at, end, last, node);
    else {
      const value = this.#skip;
      after = value.value(buffer, at, end, last);
      if (after < 0) return after;
      // A missing object member is NULL; only a missing array element is an error (and JSON null is neither).
      if (node.indexes.size > 0 && buffer[value.start] !== 0x6e) this.complaint = NOT_ARRAY;
      if (node.columns.length > 0) this.#assign(buffer, node, value.start, value.end, value.flags);
      return after;
    }
    if (after < 0) return after;
    if (node.indexes.size > 0 && first === OPEN_BRACE) this.complaint = NOT_ARRAY;
    if (node.columns.length > 0) {
      // Both the value and something inside it are wanted: once more, for its flags as a whole.
      const breaks = this.#skip.lineBreaks;
      this.#skip.value(buffer, at, after, true);
      this.#skip.lineBreaks = breaks;
      this.#assign(buffer, node, this.#skip.start, this.#skip.end, this.#skip.flags);
    }
    return after;
  }

  #object(buffer: Buffer, at: number, end: number, last: boolean, node: JsonNode): number {
    const skip = this.#skip;
    let seen = this.#seen.get(node);
    if (seen === undefined) this.#seen.set(node, (seen = []));
    let i = skip.space(buffer, at + 1, end);
    if (i < end && buffer[i] === 0x7d) return i + 1;
    for (let member = 0; ; member++) {
      if (i >= end) return this.#short(last, end);
      if (buffer[i] !== QUOTE) return this.#wrong(i);
      let target: JsonNode | undefined;
      const guess = seen[member];
      if (guess !== undefined && startsWithKey(buffer, i + 1, end, guess.bytes)) {
        target = guess.node;
        i += guess.bytes.length + 2;
      } else {
        const after = skip.string(buffer, i, end, last);
        if (after < 0) return after;
        target = this.#lookUp(buffer, skip.start, skip.end, skip.flags, node);
        if (member < MOST_REMEMBERED_KEYS) {
          seen[member] = {
            bytes: Uint8Array.prototype.slice.call(buffer, skip.start, skip.end),
            node: target,
          };
        }
        i = after;
      }
      if (i < end && buffer[i] !== 0x3a) i = skip.space(buffer, i, end);
      if (i >= end) return this.#short(last, end);
      if (buffer[i] !== 0x3a) return this.#wrong(i);
      i = skip.space(buffer, i + 1, end);
      i = target === undefined ? skip.value(buffer, i, end, last) : this.#walk(buffer, i, end, last, target);
      if (i < 0) return i;
      if (i < end && buffer[i] !== 0x2c) i = skip.space(buffer, i, end);
      if (i >= end) return this.#short(last, end);
      const mark = buffer[i] as number;
      if (mark === 0x7d) return i + 1;
      if (mark !== 0x2c) return this.#wrong(i);
      i = skip.space(buffer, i + 1, end);
    }
  }

  #array(buffer: Buffer, at: number, end: number, last: boolean, node: JsonNode): number {
    const skip = this.#skip;
    let i = skip.space(buffer, at + 1, end);
    let found = 0;
    if (i < end && buffer[i] === 0x5d) {
      this.complaint = NOT_ARRAY;
      return i + 1;
    }
    for (let index = 0; ; index++) {
      const target = node.indexes.get(index);
      if (target === undefined) i = skip.value(buffer, i, end, last);
      else {
        found += 1;
        i = this.#walk(buffer, i, end, last, target);
      }
      if (i < 0) return i;
      i = skip.space(buffer, i, end);
      if (i >= end) return this.#short(last, end);
      const mark = buffer[i] as number;
      if (mark === 0x5d) {
        if (found < node.indexes.size) this.complaint = NOT_ARRAY;
        return i + 1;
      }
      if (mark !== 0x2c) return this.#wrong(i);
      i = skip.space(buffer, i + 1, end);
    }
  }

  #assign(buffer: Buffer, node: JsonNode, start: number, end: number, flags: number): void {
    const columns = node.columns;
    const quoted = (flags & IS_QUOTED) !== 0;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as number;
      if (this.#asJson[column] === 1) {
        this.fields.set(column, quoted ? start - 1 : start, quoted ? end + 1 : end, flags & ~IS_QUOTED);
      } else if (quoted && (flags & HAS_SPECIAL) !== 0) {
        const target = this.fields.reserve(end - start);
        const size = decodeJsonString(buffer, start, end, this.fields.scratch, target);
        this.fields.scratchLength = target + size;
        // An escape may stand for any character: have it checked.
        this.fields.set(column, target, target + size, flags | IN_SCRATCH | HAS_HIGH);
      } else {
        this.fields.set(column, start, end, flags);
      }
    }
  }

  #lookUp(buffer: Buffer, start: number, end: number, flags: number, node: JsonNode): JsonNode | undefined {
    let name: string;
    if ((flags & HAS_SPECIAL) === 0) name = buffer.toString("utf8", start, end);
    else {
      const target = this.fields.reserve(end - start);
      const size = decodeJsonString(buffer, start, end, this.fields.scratch, target);
      name = this.fields.scratch.toString("utf8", target, target + size);
    }
    return node.keys.get(this.#mapping.ignoreCase ? name.toLowerCase() : name);
  }

  /** Something that is not a record: one error up to where a record may begin. */
  #stray(buffer: Buffer, start: number, end: number, last: boolean): number {
    if ((buffer[start] as number) === OPEN_BRACKET) {
      const after = this.#skip.value(buffer, start, end, last);
      if (after === INCOMPLETE && end - start <= MOST_RECORD_BYTES) return NEED_MORE;
      if (after >= 0) {
        this.recordEnd = after;
        this.lineBreaks = this.#skip.lineBreaks;
        this.outcome = "bad";
        this.complaint = {
          code: 1216,
          reason: "Invalid JSON format: an array is not a row without a JSONPaths file",
        };
        return after;
      }
    }
    let i = start + 1;
    while (i < end && buffer[i] !== OPEN_BRACE && buffer[i] !== 0x0a) i += 1;
    if (i === end && !last && end - start <= MOST_RECORD_BYTES) return NEED_MORE;
    return this.#bad(buffer, start, i, end, unexpected(buffer, start, start, end));
  }

  /** Broken inside: the next record is looked for at the start of a later line. */
  #malformed(buffer: Buffer, start: number, at: number, end: number, last: boolean): number {
    let line = buffer.indexOf(0x0a, at);
    while (line !== -1 && line < end) {
      let i = line + 1;
      while (i < end && (buffer[i] === 0x20 || buffer[i] === 0x09 || buffer[i] === 0x0d)) i += 1;
      if (i === end && !last) return this.#tooLong(buffer, start, end);
      if (i === end || buffer[i] === OPEN_BRACE || (buffer[i] === OPEN_BRACKET && this.#mapping.arrays)) {
        return this.#bad(buffer, start, line, end, unexpected(buffer, start, at, end));
      }
      line = buffer.indexOf(0x0a, i);
    }
    if (!last) return this.#tooLong(buffer, start, end);
    return this.#bad(buffer, start, end, end, unexpected(buffer, start, at, end));
  }

  #tooLong(buffer: Buffer, start: number, end: number): number {
    return end - start > MOST_RECORD_BYTES ? this.#bad(buffer, start, end, end, RECORD_TOO_LARGE) : NEED_MORE;
  }

  #bad(buffer: Buffer, start: number, stop: number, end: number, complaint: Complaint): number {
    this.recordEnd = Math.min(stop, end);
    this.outcome = "bad";
    this.complaint = complaint;
    // The walk may have stopped anywhere: count anew, up to the end of what is given up.
    let breaks = 0;
    for (
      let i = buffer.indexOf(0x0a, start);
      i !== -1 && i < this.recordEnd;
      i = buffer.indexOf(0x0a, i + 1)
    ) {
      breaks += 1;
    }
    this.lineBreaks = breaks + this.#leadingBreaks;
    return this.recordEnd;
  }

  #short(last: boolean, end: number): number {
    return last ? this.#wrong(end) : INCOMPLETE;
  }

  #wrong(at: number): number {
    this.#skip.at = at;
    return MALFORMED;
  }
}

function startsWithKey(buffer: Buffer, at: number, end: number, key: Uint8Array): boolean {
  const size = key.length;
  if (at + size >= end || buffer[at + size] !== QUOTE) return false;
  for (let i = 0; i < size; i++) if (buffer[at + i] !== key[i]) return false;
  return true;
}

function unexpected(buffer: Buffer, start: number, at: number, end: number): Complaint {
  const byte = at < end ? buffer[at] : undefined;
  return {
    code: 1216,
    reason:
      byte === undefined
        ? "Invalid JSON format: unexpected end of the file"
        : `Invalid JSON format: unexpected character 0x${byte.toString(16).padStart(2, "0")} at location ${String(at - start)}`,
  };
}
