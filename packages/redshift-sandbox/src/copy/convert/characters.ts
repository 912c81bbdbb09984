import { Buffer } from "node:buffer";
import { CHAR_TOO_LONG, NUL_BYTE, STRING_TOO_LONG } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";
import { HAS_HIGH, HAS_SPECIAL, IS_COMPOSITE } from "../fields.ts";
import { characterBoundary, findUtf8Fault } from "../utf8.ts";
import type { ConversionOptions, Convert } from "./convert.ts";
import { isSpace } from "./convert.ts";

/**
 * VARCHAR and CHAR: lengths count bytes; CHAR takes single-byte characters only.
 * @see AWS copy-parameters-data-conversion, multi-byte-character-load-errors, r_Character_types
 */
export function characters(kind: "char" | "varchar", bytes: number, options: ConversionOptions): Convert {
  const tooLong = kind === "char" ? CHAR_TOO_LONG : STRING_TOO_LONG;
  const { replacement } = options;
  const trims = options.trimBlanks && kind === "varchar";

  return (given, givenStart, givenEnd, flags, out) => {
    let source = given;
    let start = givenStart;
    let end = givenEnd;
    if (start === end) {
      if (options.emptyAsNull) return null;
      return undefined;
    }
    if (options.blanksAsNull && isBlank(source, start, end)) return null;
    if (trims) while (end > start && isSpace(source[end - 1] as number)) end -= 1;
    const special = (flags & (HAS_SPECIAL | IS_COMPOSITE)) !== 0;
    if (special && hasNul(source, start, end)) return NUL_BYTE;
    if ((flags & HAS_HIGH) !== 0) {
      if (kind === "char") {
        const complaint = multiByte(source, start, end);
        if (complaint !== undefined) return complaint;
      } else {
        const fault = findUtf8Fault(source, start, end, replacement !== undefined);
        if (fault !== undefined) {
          if (replacement === undefined) {
            const hex = source.toString("hex", fault.at, fault.at + fault.size).replace(/(..)(?!$)/g, "$1 ");
            return {
              code: 1220,
              reason: `String contains invalid or unsupported UTF-8 codepoints. Bad UTF-8 hex sequence: ${hex} (error ${String(fault.error)})`,
            };
          }
          source = replaceFaults(source, start, end, replacement);
          start = 0;
          end = source.length;
        }
      }
    }
    if (end - start > bytes) {
      // Blanks beyond the length are cut without a word, as r_Character_types has it.
      if (isBlank(source, start + bytes, end)) end = start + bytes;
      else if (options.truncateColumns) end = characterBoundary(source, start, start + bytes);
      else return tooLong;
    }
    if (special) out.escaped(source, start, end);
    else out.raw(source, start, end);
    return undefined;
  };
}

function isBlank(source: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isSpace(source[i] as number)) return false;
  return true;
}

/** Buffer's own search would make an object per value. */
function hasNul(source: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (source[i] === 0) return true;
  return false;
}

function multiByte(source: Buffer, start: number, end: number): Complaint | undefined {
  for (let at = start; at < end; at++) {
    if ((source[at] as number) < 0x80) continue;
    const shown = source
      .subarray(at, Math.min(end, at + 4))
      .toString("hex")
      .replace(/(..)(?!$)/g, "$1 ");
    return {
      code: 1220,
      reason: `Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: ${shown}`,
    };
  }
  return undefined;
}

/** ACCEPTINVCHARS: each byte of a bad sequence becomes the replacement. */
function replaceFaults(source: Buffer, start: number, end: number, replacement: number): Buffer {
  const copy = Buffer.from(source.subarray(start, end));
  for (let fault = findUtf8Fault(copy, 0, copy.length, true); fault !== undefined;) {
    copy.fill(replacement, fault.at, fault.at + fault.size);
    fault = findUtf8Fault(copy, fault.at + fault.size, copy.length, true);
  }
  return copy;
}
