import type { Buffer } from "node:buffer";
import { BAD_SUPER } from "../complaint.ts";
import { HAS_HIGH } from "../fields.ts";
import { JsonSkip } from "../json-skip.ts";
import { findUtf8Fault } from "../utf8.ts";
import type { Convert } from "./convert.ts";

const NUL_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\u0000/;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** SUPER: one JSON value, kept as such. @see AWS copy-parameters-data-format ('noshred'), r_SUPER_type */
export function superValue(): Convert {
  const skip = new JsonSkip();
  return (source, start, end, flags, out) => {
    const from = skip.space(source, start, end);
    const after = skip.value(source, from, end, true);
    if (after < 0 || skip.space(source, after, end) !== end) return BAD_SUPER;
    if ((flags & HAS_HIGH) !== 0 && findUtf8Fault(source, start, end) !== undefined) return BAD_SUPER;
    if (source.subarray(start, end).includes("\\u") && !isStorable(source, start, end)) {
      return {
        code: 1224,
        reason: "redshift-sandbox cannot store \\u0000 or half a surrogate pair in SUPER",
      };
    }
    out.escaped(source, start, end);
    return undefined;
  };
}

/** PostgreSQL's jsonb refuses U+0000 and lone surrogates. */
function isStorable(source: Buffer, start: number, end: number): boolean {
  const text = source.toString("utf8", start, end);
  if (NUL_ESCAPE.test(text)) return false;
  // Whether surrogates pair up is easiest seen in the decoded strings; numbers need not be exact for this.
  return !SURROGATE_ESCAPE.test(text) || JSON.stringify(JSON.parse(text)).search(/\\ud[89a-f]/) === -1;
}
