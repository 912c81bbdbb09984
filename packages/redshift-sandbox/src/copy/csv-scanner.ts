import type { Buffer } from "node:buffer";
import { HIGH, NEWLINE, PLAIN, RETURN, SPECIAL, byteClasses } from "./byte-classes.ts";
import { BAD_CSV_QUOTE, RECORD_TOO_LARGE } from "./complaint.ts";
import type { Complaint } from "./complaint.ts";
import { Fields, HAS_HIGH, HAS_SPECIAL, IN_SCRATCH, IS_QUOTED } from "./fields.ts";
import { MOST_RECORD_BYTES, NEED_MORE } from "./record-scanner.ts";
import type { RecordScanner } from "./record-scanner.ts";

export interface CsvOptions {
  /** One byte each. */
  readonly delimiter: number;
  readonly quote: number;
  readonly ignoreBlankLines: boolean;
}

/**
 * Reads CSV records: quoted fields may hold delimiters, line breaks and doubled quotes; white space around the quotes is ignored.
 * @see AWS copy-parameters-data-format (CSV)
 */
export class CsvScanner implements RecordScanner {
  readonly fields: Fields;
  readonly reportsLastLine = false;
  outcome: "row" | "bad" | "nothing" = "nothing";
  complaint: Complaint | undefined;
  lineBreaks = 0;
  recordStart = 0;
  recordEnd = 0;
  readonly #options: CsvOptions;
  readonly #classes: Uint8Array;

  constructor(width: number, options: CsvOptions) {
    this.fields = new Fields(width);
    this.#options = options;
    this.#classes = byteClasses([options.quote, options.delimiter]);
  }

  next(buffer: Buffer, at: number, end: number, last: boolean): number {
    this.fields.clear();
    this.complaint = undefined;
    this.recordStart = at;
    this.lineBreaks = 1;
    if (this.#options.ignoreBlankLines && at < end) {
      if (buffer[at] === RETURN && at + 1 >= end && !last) return NEED_MORE;
      const size = buffer[at] === NEWLINE ? 1 : buffer[at] === RETURN && buffer[at + 1] === NEWLINE ? 2 : 0;
      if (size > 0 && at + size <= end) {
        this.outcome = "nothing";
        this.recordEnd = at;
        return at + size;
      }
    }
    let i = at;
    for (;;) {
      i = this.#field(buffer, i, end, last);
      if (i === NEED_MORE) {
        if (end - at <= MOST_RECORD_BYTES) return NEED_MORE;
        this.complaint = RECORD_TOO_LARGE;
        i = end;
      }
      if (i >= end || buffer[i] === NEWLINE || this.complaint !== undefined) break;
      i += 1;
    }
    if (this.complaint !== undefined) {
      // Nothing after a broken quote can be trusted: go on with the next line.
      while (i < end && buffer[i] !== NEWLINE) i += 1;
      if (i >= end && !last && end - at <= MOST_RECORD_BYTES) return NEED_MORE;
    } else if (i - at > MOST_RECORD_BYTES) this.complaint = RECORD_TOO_LARGE;
    this.recordEnd = i > at && buffer[i - 1] === RETURN ? i - 1 : i;
    this.outcome = this.complaint === undefined ? "row" : "bad";
    return i < end ? i + 1 : end;
  }

  #field(buffer: Buffer, start: number, end: number, last: boolean): number {
    const { delimiter, quote } = this.#options;
    const classes = this.#classes;
    let flags = 0;
    let i = start;
    for (; i < end; i++) {
      const byte = buffer[i] as number;
      const kind = classes[byte];
      if (kind === PLAIN) continue;
      if (kind === HIGH) flags |= HAS_HIGH;
      else if (kind === SPECIAL) flags |= HAS_SPECIAL;
      else if (byte === quote) {
        if (isBlank(buffer, start, i, delimiter)) return this.#quoted(buffer, i, end, last);
        this.complaint = BAD_CSV_QUOTE;
        return i;
      } else break;
    }
    if (i >= end && !last) return NEED_MORE;
    const stop = (i >= end || buffer[i] === NEWLINE) && i > start && buffer[i - 1] === RETURN ? i - 1 : i;
    this.fields.push(start, stop, flags);
    return i;
  }

  #quoted(buffer: Buffer, open: number, end: number, last: boolean): number {
    const { delimiter, quote } = this.#options;
    const classes = this.#classes;
    let flags = IS_QUOTED;
    let doubled = false;
    let i = open + 1;
    for (; i < end; i++) {
      const byte = buffer[i] as number;
      const kind = classes[byte];
      if (kind === PLAIN) continue;
      if (kind === HIGH) flags |= HAS_HIGH;
      else if (kind === SPECIAL) flags |= HAS_SPECIAL;
      else if (byte === quote) {
        if (i + 1 >= end && !last) return NEED_MORE;
        if (i + 1 < end && buffer[i + 1] === quote) {
          doubled = true;
          i += 1;
        } else break;
      } else if (byte === NEWLINE) {
        flags |= HAS_SPECIAL;
        this.lineBreaks += 1;
      } else if (byte < 0x20 || byte === 0x5c) flags |= HAS_SPECIAL;
    }
    if (i >= end) {
      if (!last) return NEED_MORE;
      this.complaint = BAD_CSV_QUOTE;
      return end;
    }
    if (doubled) this.#undouble(buffer, open + 1, i, flags);
    else this.fields.push(open + 1, i, flags);
    i += 1;
    while (
      i < end &&
      (buffer[i] === 0x20 || buffer[i] === 0x09 || buffer[i] === RETURN) &&
      buffer[i] !== delimiter
    ) {
      i += 1;
    }
    if (i >= end) return last ? end : NEED_MORE;
    if (buffer[i] !== delimiter && buffer[i] !== NEWLINE) this.complaint = BAD_CSV_QUOTE;
    return i;
  }

  #undouble(buffer: Buffer, start: number, end: number, flags: number): void {
    const quote = this.#options.quote;
    const target = this.fields.reserve(end - start);
    const scratch = this.fields.scratch;
    let out = target;
    for (let i = start; i < end; i++) {
      scratch[out++] = buffer[i] as number;
      if (buffer[i] === quote) i += 1;
    }
    this.fields.scratchLength = out;
    this.fields.push(target, out, flags | IN_SCRATCH | HAS_SPECIAL);
  }
}

function isBlank(buffer: Buffer, start: number, end: number, delimiter: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number;
    if ((byte !== 0x20 && byte !== 0x09) || byte === delimiter) return false;
  }
  return true;
}
