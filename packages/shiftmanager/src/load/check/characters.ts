import type { CopyConversions } from "../copy-conversions.ts";
import { badPlace } from "../failure/bad-place.ts";
import { doubtful, refused, type Verdict } from "./finding.ts";

/** U+FDD0 to U+FDEF and the last two of each plane: valid UTF-8, and no characters. */
const noCharacters =
  /[\ufdd0-\ufdef\ufffe\uffff]|[\ud83f\ud87f\ud8bf\ud8ff\ud93f\ud97f\ud9bf\ud9ff\uda3f\uda7f\udabf\udaff\udb3f\udb7f\udbbf\udbff][\udffe\udfff]/;

/** A text of strings in SUPER that every cluster holds. @see AWS r_SUPER_type, limitations-super */
const mostSuperStringBytes = 65_535;

/**
 * VARCHAR and CHAR: lengths count bytes, CHAR takes ASCII only, blanks beyond the length mean nothing.
 * @see AWS r_Character_types, multi-byte-character-load-errors
 */
export function charactersVerdict(
  kind: "char" | "varchar",
  most: number,
  conversions: CopyConversions,
): (text: string) => Verdict {
  const { emptyasnull, blanksasnull, truncatecolumns, acceptinvchars = false } = conversions;
  const trims = conversions.trimblanks === true && kind === "varchar";
  return (given) => {
    if (given === "") return emptyasnull === true ? "null" : "taken";
    if (blanksasnull === true && /^[ \t\n\v\f\r]+$/.test(given)) return "null";
    const text = trims ? given.replace(/[ \t\n\v\f\r]+$/, "") : given;
    if (kind === "char") {
      const at = text.search(/[^\x00-\x7f]/);
      if (at !== -1) {
        const size = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
        return refused(1220, "has characters beyond ASCII", { start: at, end: at + size });
      }
    } else if (acceptinvchars === false && noCharacters.test(text)) {
      return doubtful(1220, "has code points that are no characters, which COPY may refuse");
    }
    const size = Buffer.byteLength(text);
    if (size <= most || truncatecolumns === true) return "taken";
    const surplus = badPlace(text, "length exceeds", most);
    const beyond = text.slice(surplus?.start);
    if (/^ +$/.test(beyond)) return "taken";
    if (/^[ \t\n\v\f\r]+$/.test(beyond))
      return doubtful(1204, "is too long by white space, which COPY may refuse");
    return refused(1204, `has ${size} bytes where the column holds ${most}`, surplus);
  };
}

/** SUPER takes any JSON; strings of more than 65,535 bytes only where large strings are enabled. */
export function superVerdict(text: string): Verdict {
  return Buffer.byteLength(text) > mostSuperStringBytes
    ? doubtful(1224, `may hold a text of more than ${mostSuperStringBytes} bytes, which SUPER may refuse`)
    : "taken";
}
