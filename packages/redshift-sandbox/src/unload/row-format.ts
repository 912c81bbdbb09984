import { Buffer } from "node:buffer";
import { compactJson } from "../compact-json.ts";
import { IN_SCRATCH, IS_NULL } from "../copy/fields.ts";
import type { Fields } from "../copy/fields.ts";
import type { RowBuffer } from "../copy/row-buffer.ts";
import type { Column } from "../sql/plan.ts";
import type { UnloadCommand } from "./unload-command.ts";

const CHAR = 1042;
const TEXT_TYPES = [25, 1043, CHAR, 18, 19];
const NUMBER_TYPES = [20, 21, 23, 26, 700, 701, 1700];
const SUPER_TYPES = [114, 3802, 4000];

const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NULL_TEXT = Buffer.from("null");

/** Writes rows in the format of an UNLOAD. */
export interface RowFormat {
  /** Undefined without HEADER. */
  header(out: RowBuffer): void;
  row(buffer: Buffer, fields: Fields, out: RowBuffer): void;
}

/** One value, decoded and as UNLOAD shows it: CHAR without its padding, SUPER without spaces. */
type Value = (
  buffer: Buffer,
  start: number,
  end: number,
  write: (b: Buffer, s: number, e: number) => void,
) => void;

export function rowFormat(command: UnloadCommand, columns: readonly Column[]): RowFormat {
  switch (command.format.kind) {
    case "json":
      return jsonFormat(columns);
    case "csv":
      return separated(command, columns, csvField(command.format.delimiter), command.format.delimiter);
    case "delimited": {
      const { delimiter, addQuotes, escape } = command.format;
      return separated(command, columns, plainField(delimiter, addQuotes, escape), delimiter);
    }
  }
}

type FieldWriter = (out: RowBuffer, buffer: Buffer, start: number, end: number, isText: boolean) => void;

function separated(
  command: UnloadCommand,
  columns: readonly Column[],
  write: FieldWriter,
  delimiter: number,
): RowFormat {
  const nullAs = Buffer.from(command.nullAs);
  const values = columns.map(({ oid }) => valueOf(oid));
  const isText = columns.map(({ oid }) => TEXT_TYPES.includes(oid) || SUPER_TYPES.includes(oid));
  const isSuper = columns.map(({ oid }) => SUPER_TYPES.includes(oid));
  return {
    header(out) {
      columns.forEach(({ name }, i) => {
        if (i > 0) out.byte(delimiter);
        const bytes = Buffer.from(name);
        write(out, bytes, 0, bytes.length, true);
      });
      out.byte(NEWLINE);
    },
    row(buffer, fields, out) {
      for (let i = 0; i < columns.length; i++) {
        if (i > 0) out.byte(delimiter);
        const flags = fields.flags[i] as number;
        if ((flags & IS_NULL) !== 0) {
          // NULL AS does not apply to SUPER: its NULL is JSON's.
          if (isSuper[i] === true) out.raw(NULL_TEXT, 0, NULL_TEXT.length);
          else out.raw(nullAs, 0, nullAs.length);
          continue;
        }
        const source = (flags & IN_SCRATCH) === 0 ? buffer : fields.scratch;
        const text = isText[i] === true;
        (values[i] as Value)(source, fields.starts[i] as number, fields.ends[i] as number, (b, s, e) =>
          write(out, b, s, e, text),
        );
      }
      out.byte(NEWLINE);
    },
  };
}

/** @see AWS r_UNLOAD (ESCAPE, ADDQUOTES): only character values are escaped */
function plainField(delimiter: number, addQuotes: boolean, escape: boolean): FieldWriter {
  return (out, buffer, start, end, isText) => {
    if (addQuotes) out.byte(QUOTE);
    if (!escape || !isText) out.raw(buffer, start, end);
    else {
      for (let at = start; at < end; at++) {
        const byte = buffer[at] as number;
        if (
          byte === NEWLINE ||
          byte === RETURN ||
          byte === delimiter ||
          byte === BACKSLASH ||
          (addQuotes && (byte === QUOTE || byte === APOSTROPHE))
        ) {
          out.byte(BACKSLASH);
        }
        out.byte(byte);
      }
    }
    if (addQuotes) out.byte(QUOTE);
  };
}

function csvField(delimiter: number): FieldWriter {
  return (out, buffer, start, end) => {
    let quoted = false;
    for (let at = start; at < end && !quoted; at++) {
      const byte = buffer[at] as number;
      quoted = byte === delimiter || byte === QUOTE || byte === NEWLINE || byte === RETURN;
    }
    if (!quoted) {
      out.raw(buffer, start, end);
      return;
    }
    out.byte(QUOTE);
    for (let at = start; at < end; at++) {
      if (buffer[at] === QUOTE) out.byte(QUOTE);
      out.byte(buffer[at] as number);
    }
    out.byte(QUOTE);
  };
}

/**
 * One object per line. Numbers keep PostgreSQL's digits, SUPER is inlined, booleans are `"t"` and `"f"`, the rest is text.
 * @see AWS r_UNLOAD: "boolean values are unloaded as t or f, and NULL values are unloaded as null"
 */
function jsonFormat(columns: readonly Column[]): RowFormat {
  const keys = columns.map(({ name }, i) => Buffer.from(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`));
  const values = columns.map(({ oid }) => valueOf(oid));
  const kinds = columns.map(({ oid }) =>
    SUPER_TYPES.includes(oid) ? "json" : NUMBER_TYPES.includes(oid) ? "number" : "text",
  );
  return {
    header: () => undefined,
    row(buffer, fields, out) {
      for (let i = 0; i < columns.length; i++) {
        const key = keys[i] as Buffer;
        out.raw(key, 0, key.length);
        const flags = fields.flags[i] as number;
        if ((flags & IS_NULL) !== 0) {
          out.raw(NULL_TEXT, 0, NULL_TEXT.length);
          continue;
        }
        const source = (flags & IN_SCRATCH) === 0 ? buffer : fields.scratch;
        (values[i] as Value)(source, fields.starts[i] as number, fields.ends[i] as number, (b, s, e) => {
          // NaN and Infinity are no JSON numbers.
          const bare = kinds[i] === "json" || (kinds[i] === "number" && isJsonNumber(b, s, e));
          if (bare) out.raw(b, s, e);
          else jsonString(out, b, s, e);
        });
      }
      out.byte(0x7d);
      out.byte(NEWLINE);
    },
  };
}

function isJsonNumber(buffer: Buffer, start: number, end: number): boolean {
  const last = buffer[end - 1] as number;
  return last >= 0x30 && last <= 0x39;
}

function jsonString(out: RowBuffer, buffer: Buffer, start: number, end: number): void {
  out.byte(QUOTE);
  let plain = start;
  for (let at = start; at < end; at++) {
    const byte = buffer[at] as number;
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) continue;
    out.raw(buffer, plain, at);
    plain = at + 1;
    out.ascii(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
  }
  out.raw(buffer, plain, end);
  out.byte(QUOTE);
}

function valueOf(oid: number): Value {
  if (oid === CHAR) {
    return (buffer, start, end, write) => {
      let stop = end;
      while (stop > start && buffer[stop - 1] === 0x20) stop -= 1;
      write(buffer, start, stop);
    };
  }
  if (SUPER_TYPES.includes(oid)) {
    return (buffer, start, end, write) => {
      const compact = compactJson(buffer, start, end);
      write(compact, 0, compact.length);
    };
  }
  return (buffer, start, end, write) => write(buffer, start, end);
}
