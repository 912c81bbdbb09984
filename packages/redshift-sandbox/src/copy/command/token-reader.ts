import { SqlError } from "../../errors.ts";
import { foldAscii, positionOf, syntaxError } from "../../sql/lexer.ts";
import type { Token } from "../../sql/lexer.ts";

/** Reads a statement's tokens from left to right, for COPY and UNLOAD: their parameters come in any order. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #foldQuoted: boolean;
  #at = 0;

  /** `foldQuoted`: quoted names lose their case too, as they do unless enable_case_sensitive_identifier is on. */
  constructor(tokens: readonly Token[], text: string, foldQuoted: boolean) {
    const last = tokens.at(-1);
    this.#tokens = last?.kind === "punctuation" && last.value === ";" ? tokens.slice(0, -1) : tokens;
    this.#text = text;
    this.#foldQuoted = foldQuoted;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw syntaxError(this.#text, this.#text.length, "");
    this.#at += 1;
    return token;
  }

  /** Whether the next token is this keyword. */
  sees(keyword: string): boolean {
    const token = this.peek();
    return token?.kind === "word" && token.value === keyword;
  }

  /** Takes the keyword when it is there. */
  takes(keyword: string): boolean {
    if (!this.sees(keyword)) return false;
    this.#at += 1;
    return true;
  }

  expect(keyword: string): void {
    if (!this.takes(keyword)) throw this.wrong();
  }

  takesSign(sign: string): boolean {
    const token = this.peek();
    if (token?.kind !== "punctuation" || token.value !== sign) return false;
    this.#at += 1;
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takesSign(sign)) throw this.wrong();
  }

  /** A literal's token, for callers that look at how it was written. */
  literal(): Token {
    const token = this.peek();
    if (token?.kind !== "string" && token?.kind !== "dollar") throw this.wrong();
    this.#at += 1;
    return token;
  }

  string(): string {
    return this.literal().value;
  }

  seesString(): boolean {
    const kind = this.peek()?.kind;
    return kind === "string" || kind === "dollar";
  }

  number(): number {
    const token = this.peek();
    if (token?.kind !== "number") throw this.wrong();
    this.#at += 1;
    return Number(token.value);
  }

  name(): string {
    const token = this.peek();
    if (token?.kind === "word") return this.next().value;
    if (token?.kind !== "quoted") throw this.wrong();
    this.#at += 1;
    return this.#foldQuoted ? foldAscii(token.value) : token.value;
  }

  /** The syntax error at the token that comes next. */
  wrong(): SqlError {
    const token = this.peek();
    return syntaxError(this.#text, token?.start ?? this.#text.length, token?.text ?? "");
  }

  /** An error at a token already taken. */
  at(token: Token, sqlstate: string, message: string): SqlError {
    return new SqlError(sqlstate, message, { position: positionOf(this.#text, token.start) });
  }

  position(token: Token): number {
    return positionOf(this.#text, token.start);
  }
}
