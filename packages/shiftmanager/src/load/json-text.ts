/** One JSON document as it stands in a file: its own text, on one line, so that numbers keep every digit. */
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

/**
 * Whether a text, or its bytes, may have an escape for a NUL or for half of a surrogate pair; the two bytes of an escape are
 * found far quicker than what it means.
 */
export function mayEscapeHalf(text: { includes(part: string): boolean }): boolean {
  return text.includes("\\u0000") || text.includes("\\ud") || text.includes("\\uD");
}

/** Redshift's limit on one JSON object in a COPY, 4 MB. @see facts.md 1.8 */
export const maxDocumentBytes = 4 * 1024 * 1024;
