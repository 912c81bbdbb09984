import type { Buffer } from "node:buffer";
import { BACKSLASH, HIGH, NEWLINE, PLAIN, RETURN, SPECIAL, byteClasses } from "./byte-classes.ts";
import { MISSING_END_QUOTE, RECORD_TOO_LARGE } from "./complaint.ts";
import type { Complaint } from "./complaint.ts";
import { Fields, HAS_HIGH, HAS_SPECIAL, IN_SCRATCH, IS_NULL } from "./fields.ts";
import { MOST_RECORD_BYTES, NEED_MORE } from "./record-scanner.ts";
import type { RecordScanner } from "./record-scanner.ts";

export interface DelimitedOptions {
  /** One byte. */
  readonly delimiter: number;
  readonly escape: boolean;
  readonly removeQuotes: boolean;
  readonly ignoreBlankLines: boolean;
  /** The null string is the default `\\N`, which ESCAPE would otherwise turn into `N`. */
  readonly nullIsBackslashN: boolean;
}

/**
 * Reads character-delimited lines.
 *
 * ESCAPE keeps a delimiter, a line break or a quote that follows a backslash; REMOVEQUOTES keeps delimiters inside quotes,
 * whose closing one is the first that stands before a delimiter or the end of the line.
 * @see AWS copy-parameters-data-conversion (ESCAPE, REMOVEQUOTES)
 */
export class DelimitedScanner implements RecordScanner {
  readonly fields: Fields;
  readonly reportsLastLine = false;
  outcome: "row" | "bad" | "nothing" = "nothing";
  complaint: Complaint | undefined;
  lineBreaks = 0;
  recordStart = 0;
  recordEnd = 0;
  readonly #options: DelimitedOptions;
  readonly #classes: Uint8Array;

  constructor(width: number, options: DelimitedOptions) {
    this.fields = new Fields(width);
    this.#options = options;
    this.#classes = byteClasses([options.delimiter, ...(options.escape ? [BACKSLASH] : [])]);
  }

  next(buffer: Buffer, at: number, end: number, last: boolean): number {
    const fields = this.fields;
    fields.clear();
    this.complaint = undefined;
    this.recordStart = at;
    this.lineBreaks = 1;
    if (this.#options.ignoreBlankLines && isLineEnd(buffer, at, end)) {
      this.outcome = "nothing";
      this.recordEnd = at;
      return at + (buffer[at] === RETURN ? 2 : 1);
    }
    let i = at;
    for (;;) {
      i = this.#field(buffer, i, end, last);
      if (i === NEED_MORE) {
        if (end - at <= MOST_RECORD_BYTES) return NEED_MORE;
        return this.#give(at, end, end, RECORD_TOO_LARGE);
      }
      if (i >= end || buffer[i] === NEWLINE) break;
      i += 1;
    }
    // A delimiter may end the line as well as separate two fields.
    // @see AWS t_preparing-input-data: "This field can be a delimiter"
    if (fields.count === fields.width + 1 && this.#lastWasEmpty) fields.count -= 1;
    const stop = i > at && buffer[i - 1] === RETURN ? i - 1 : i;
    if (i - at > MOST_RECORD_BYTES) this.complaint = RECORD_TOO_LARGE;
    return this.#give(at, stop, i < end ? i + 1 : end, this.complaint);
  }

  #lastWasEmpty = false;

  #give(start: number, stop: number, after: number, complaint: Complaint | undefined): number {
    this.recordStart = start;
    this.recordEnd = stop;
    this.complaint = complaint;
    this.outcome = complaint === undefined ? "row" : "bad";
    return after;
  }

  /** Scans one field; returns where its delimiter or line break is, or `end`. */
  #field(buffer: Buffer, start: number, end: number, last: boolean): number {
    const first = start < end ? (buffer[start] as number) : 0;
    if (this.#options.removeQuotes && (first === 0x22 || first === 0x27)) {
      return this.#quoted(buffer, start, end, last, first);
    }
    const classes = this.#classes;
    let flags = 0;
    let i = start;
    for (; i < end; i++) {
      const kind = classes[buffer[i] as number];
      if (kind === PLAIN) continue;
      if (kind === HIGH) flags |= HAS_HIGH;
      else if (kind === SPECIAL) flags |= HAS_SPECIAL;
      else if (buffer[i] === BACKSLASH && this.#options.escape) {
        return this.#escaped(buffer, start, end, last, start, undefined);
      } else break;
    }
    if (i >= end && !last) return NEED_MORE;
    const stop = (i >= end || buffer[i] === NEWLINE) && i > start && buffer[i - 1] === RETURN ? i - 1 : i;
    this.#lastWasEmpty = stop === start;
    this.fields.push(start, stop, flags);
    return i;
  }

  #quoted(buffer: Buffer, start: number, end: number, last: boolean, quote: number): number {
    const delimiter = this.#options.delimiter;
    let flags = 0;
    for (let i = start + 1; i < end; i++) {
      const byte = buffer[i] as number;
      if (byte === BACKSLASH && this.#options.escape) {
        return this.#escaped(buffer, start + 1, end, last, start, quote);
      }
      if (byte === quote) {
        if (i + 1 >= end && !last) return NEED_MORE;
        const next = i + 1 < end ? (buffer[i + 1] as number) : NEWLINE;
        if (next === RETURN && i + 2 >= end && !last) return NEED_MORE;
        const atEnd = next === NEWLINE || (next === RETURN && isLineEnd(buffer, i + 1, end));
        if (next === delimiter || atEnd) {
          this.#lastWasEmpty = false;
          this.fields.push(start + 1, i, flags);
          return next === RETURN && next !== delimiter ? i + 2 : i + 1;
        }
      } else if (byte === NEWLINE) {
        this.complaint = MISSING_END_QUOTE;
        return i;
      }
      if (byte >= 0x80) flags |= HAS_HIGH;
      else if (byte < 0x20 || byte === BACKSLASH) flags |= HAS_SPECIAL;
    }
    if (!last) return NEED_MORE;
    this.complaint = MISSING_END_QUOTE;
    return end;
  }

  /** A field with backslashes: decoded into the scratch buffer. */
  #escaped(
    buffer: Buffer,
    start: number,
    end: number,
    last: boolean,
    fieldStart: number,
    quote: number | undefined,
  ): number {
    const fields = this.fields;
    const delimiter = this.#options.delimiter;
    let out = fields.scratchLength;
    const target = out;
    let i = start;
    let kept = false;
    for (; i < end; i++) {
      let byte = buffer[i] as number;
      if (byte === BACKSLASH) {
        kept = true;
        if (i + 1 >= end) {
          if (!last) return NEED_MORE;
        } else {
          i += 1;
          byte = buffer[i] as number;
          if (byte === NEWLINE) this.lineBreaks += 1;
        }
      } else if (byte === NEWLINE || (quote === undefined && byte === delimiter)) break;
      else if (quote !== undefined && byte === quote) {
        if (i + 1 >= end && !last) return NEED_MORE;
        const next = i + 1 < end ? (buffer[i + 1] as number) : NEWLINE;
        if (next === delimiter || next === NEWLINE || (next === RETURN && isLineEnd(buffer, i + 1, end)))
          break;
        kept = false;
      } else kept = false;
      fields.scratchLength = out;
      fields.reserve(1);
      fields.scratch[out++] = byte;
    }
    if (i >= end && !last) return NEED_MORE;
    const closed = quote !== undefined && i < end && buffer[i] === quote;
    if (quote !== undefined && !closed) {
      this.complaint = MISSING_END_QUOTE;
      return i;
    }
    if (closed) {
      i += 1;
      if (i < end && buffer[i] === RETURN && delimiter !== RETURN) i += 1;
    } else if (
      out > target &&
      !kept &&
      fields.scratch[out - 1] === RETURN &&
      (i >= end || buffer[i] !== delimiter)
    ) {
      // Part of a Windows line break, unless a backslash kept it.
      out -= 1;
    }
    this.#lastWasEmpty = out === target && !closed && i === fieldStart;
    fields.scratchLength = out;
    const isNull =
      this.#options.nullIsBackslashN &&
      i - start === 2 &&
      buffer[start] === BACKSLASH &&
      buffer[start + 1] === 0x4e;
    fields.push(target, out, IN_SCRATCH | HAS_SPECIAL | HAS_HIGH | (isNull ? IS_NULL : 0));
    return i;
  }
}

/** A line break, or the two bytes of a Windows one, at `at`. */
function isLineEnd(buffer: Buffer, at: number, end: number): boolean {
  return (
    at < end &&
    (buffer[at] === NEWLINE || (buffer[at] === RETURN && at + 1 < end && buffer[at + 1] === NEWLINE))
  );
}
