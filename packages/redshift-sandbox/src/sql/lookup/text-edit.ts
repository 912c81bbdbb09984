import { lexTranslated } from "../lexer.ts";
import type { Token } from "../lexer.ts";

/** A translated statement's text, found by the offsets that PostgreSQL's parser gives, which count bytes. */
export class TranslatedText {
  readonly sql: string;
  readonly #bytes: Buffer | undefined;
  #tokens: readonly Token[] | undefined;

  constructor(sql: string) {
    this.sql = sql;
    const bytes = Buffer.from(sql);
    this.#bytes = bytes.length === sql.length ? undefined : bytes;
  }

  /** A byte's place in the text. */
  offset(location: number): number {
    return this.#bytes === undefined ? location : this.#bytes.subarray(0, location).toString().length;
  }

  get tokens(): readonly Token[] {
    this.#tokens ??= lexTranslated(this.sql);
    return this.#tokens;
  }

  /** The index of the token that starts at a byte. */
  tokenAt(location: number): number {
    const start = this.offset(location);
    return this.tokens.findIndex((token) => token.start === start);
  }

  /** The text with these pieces in place of what stood there. */
  replaced(
    pieces: readonly { readonly start: number; readonly end: number; readonly sql: string }[],
  ): string {
    let { sql } = this;
    for (const piece of [...pieces].sort((one, other) => other.start - one.start))
      sql = sql.slice(0, piece.start) + piece.sql + sql.slice(piece.end);
    return sql;
  }

  /** Where the dotted name ends that starts with the token at `index`. */
  nameEnd(index: number): number {
    let at = index;
    while (this.tokens[at + 1]?.value === "." && this.tokens[at + 2] !== undefined) at += 2;
    return this.tokens[at]?.end ?? this.sql.length;
  }
}

/** The UTF-16 offset of a one-based position that counts characters, as errors give it. */
export function offsetOfPosition(sql: string, position: number): number {
  let offset = 0;
  for (let left = position - 1; left > 0; left -= 1)
    offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}
