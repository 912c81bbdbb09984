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

/** Redshift's limit on one JSON object in a COPY, 4 MB. @see facts.md 1.8 */
export const maxDocumentBytes = 4 * 1024 * 1024;
