import { notImitated } from "../errors.ts";
import { positionOf, syntaxError } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { missingFunctions } from "./known.ts";
import { foldQuoted, literal, quoted, shortName } from "./names.ts";
import type { Names } from "./names.ts";
import type { TranslateContext } from "./plan.ts";
import { rewrittenCall } from "./rewritten-calls.ts";
import { readType } from "./types.ts";

/** Functions that are called without parentheses. */
const bareFunctions: ReadonlySet<string> = new Set([
  "current_aws_account",
  "current_namespace",
  "current_user_id",
  "sysdate",
]);

const userWords: ReadonlySet<string> = new Set(["current_user", "session_user", "user"]);

/** What rendering needs to know about the statement that its tokens come from. */
export interface Source {
  readonly text: string;
  readonly context: TranslateContext;
  readonly names: Names;
}

/** Functions whose first argument may be a bare date part: `DATEADD(month, 1, d)`. */
const datePartFunctions: ReadonlySet<string> = new Set([
  "dateadd",
  "datediff",
  "date_part",
  "pgdate_part",
  "datepart",
]);

/**
 * Redshift's query text as PostgreSQL's: literals decoded and written again, names folded and mapped, and what only Redshift
 * says (TOP, MINUS, SYSDATE, CONVERT, bare date parts, `varchar(max)`) in PostgreSQL's words.
 * Comments become blanks: nothing reaches PostgreSQL that was not read as a token here. Where nothing else changes, every token
 * keeps its place, so that PostgreSQL's error positions hold.
 */
export function render(source: Source, tokens: readonly Token[]): string {
  return new Renderer(source, tokens).run();
}

class Renderer {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  #out = "";
  /** Its last character: looking into a text that grows piece by piece would cost its whole length each time. */
  #last = "";
  #depth = 0;
  #end: number;
  /** Depths inside `CAST (`, where `AS` is followed by a type. */
  readonly #casts: number[] = [];
  /** ` AS type` to write before the parenthesis that closes this depth. */
  readonly #converts = new Map<number, string>();
  /** TOP of the query at this depth, to become a LIMIT where it ends. */
  readonly #tops = new Map<number, string>();
  /** Depths at which a UNION or its like has been seen. */
  readonly #sets = new Set<number>();

  constructor(source: Source, tokens: readonly Token[]) {
    this.#source = source;
    this.#tokens = tokens;
    this.#end = tokens[0]?.start ?? 0;
  }

  run(): string {
    let at = 0;
    while (at < this.#tokens.length) at = this.#step(at);
    this.#closeTop();
    return this.#out;
  }

  /** Writes the token at `at` in its new form; returns the index of the next one to read. */
  #step(at: number): number {
    const token = this.#token(at);
    switch (token.kind) {
      case "word":
        return this.#word(token, at);
      case "quoted":
        this.#write(
          token,
          this.#identifier(foldQuoted(token.value, this.#source.context.caseSensitiveIdentifiers), token),
        );
        return at + 1;
      case "string":
        // Without a backslash a literal means the same to both, and may stay as it is.
        this.#write(token, /\\|\n/.test(token.text) ? literal(token.value) : token.text);
        this.#stringForSuper(at + 1);
        return at + 1;
      case "dollar":
        this.#write(token, literal(token.value));
        this.#stringForSuper(at + 1);
        return at + 1;
      case "punctuation":
        return this.#punctuation(token, at);
      case "operator":
        this.#write(token, token.text);
        return token.value === "::" ? this.#type(at + 1) : at + 1;
      default:
        this.#write(token, token.text);
        return at + 1;
    }
  }

  #punctuation(token: Token, at: number): number {
    if (token.value === "(") this.#depth += 1;
    if (token.value === ")") {
      this.#closeTop();
      const cast = this.#converts.get(this.#depth);
      if (cast !== undefined) this.#add(cast);
      this.#converts.delete(this.#depth);
      this.#sets.delete(this.#depth);
      if (this.#casts.at(-1) === this.#depth) this.#casts.pop();
      this.#depth -= 1;
    }
    this.#write(token, token.text);
    return at + 1;
  }

  #word(token: Token, at: number): number {
    const before = this.#tokens[at - 1];
    const qualified = before?.kind === "punctuation" && before.value === ".";
    const called = this.#isMark(at + 1, "(");
    const call = called && !qualified ? rewrittenCall(this.#source, this.#tokens, at, render) : undefined;
    if (call !== undefined) {
      this.#write(token, call.sql);
      this.#end = this.#token(call.end - 1).end;
      return call.end;
    }
    if (!qualified) {
      if (called && token.value === "cast") {
        this.#casts.push(this.#depth + 1);
      } else if (called && token.value === "convert") {
        return this.#convert(token, at);
      } else if (called && datePartFunctions.has(token.value)) {
        return this.#datePart(token, at);
      } else if (token.value === "delete" && this.#startsStatement(at) && !this.#isWord(at + 1, "from")) {
        this.#write(token, "DELETE FROM");
        return at + 1;
      } else if (called && token.value === "array" && !this.#isWord(at + 2, "select")) {
        throw notImitated("function array", positionOf(this.#source.text, token.start));
      } else if (token.value === "table" && before?.value !== "as" && !this.#isBehindInto(at)) {
        // TABLE t is a query to PostgreSQL.
        throw syntaxError(this.#source.text, token.start, token.text);
      } else if (token.value === "collate" && !called) {
        throw syntaxError(this.#source.text, token.start, token.text);
      } else if (token.value === "as" && this.#casts.at(-1) === this.#depth) {
        this.#write(token, token.text);
        return this.#type(at + 1);
      } else if (bareFunctions.has(token.value) && !called && before?.value !== "as") {
        if (missingFunctions.has(token.value))
          throw notImitated(`function ${token.value}`, positionOf(this.#source.text, token.start));
        this.#write(token, `pg_catalog.${token.value}()`);
        return at + 1;
      } else if (userWords.has(token.value) && !called && this.#userIsShortened(before)) {
        this.#write(token, `pg_catalog."${token.value}"()`);
        return at + 1;
      } else if (token.value === "minus") {
        this.#setOperation(token);
        this.#write(token, "EXCEPT");
        return at + 1;
      } else if (["union", "intersect", "except"].includes(token.value)) {
        this.#setOperation(token);
      } else if (token.value === "limit" && this.#tops.has(this.#depth)) {
        throw syntaxError(this.#source.text, token.start, token.text);
      } else if (token.value === "top" && this.#startsSelectList(at)) {
        return this.#top(at);
      } else if (token.value === "approximate" && this.#isWord(at + 1, "count")) {
        return at + 1;
      }
    }
    this.#write(token, this.#unquoted(token));
    return at + 1;
  }

  /** `SELECT … INTO [TEMPORARY | TEMP] [TABLE] t` @see https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html */
  #isBehindInto(at: number): boolean {
    const temporary = this.#isWord(at - 1, "temporary") || this.#isWord(at - 1, "temp");
    return this.#isWord(temporary ? at - 2 : at - 1, "into");
  }

  /** PostgreSQL knows the user by another name: a function gives the full one. Behind AS the word is a label. */
  #userIsShortened(before: Token | undefined): boolean {
    const { user } = this.#source.context;
    return (before?.kind !== "word" || before.value !== "as") && shortName(user) !== user;
  }

  /** `SELECT TOP n`, which PostgreSQL writes as LIMIT at the end. */
  #top(at: number): number {
    const count = this.#token(at + 1);
    if (count.kind !== "number" && count.kind !== "parameter")
      throw syntaxError(this.#source.text, count.start, count.text);
    // PostgreSQL's LIMIT would be that of the whole.
    if (this.#sets.has(this.#depth))
      throw notImitated("TOP beside UNION", positionOf(this.#source.text, this.#token(at).start));
    this.#tops.set(this.#depth, count.text);
    return at + 2;
  }

  /** At the start, or behind EXPLAIN or the queries of WITH. */
  #startsStatement(at: number): boolean {
    const before = this.#tokens[at - 1];
    if (before === undefined) return true;
    if (before.kind === "word") return ["explain", "verbose"].includes(before.value);
    return before.value === ")" && this.#depth === 0 && this.#isWord(0, "with");
  }

  #startsSelectList(at: number): boolean {
    const before = this.#tokens[at - 1];
    return before?.kind === "word" && ["select", "distinct", "all"].includes(before.value);
  }

  #setOperation(token: Token): void {
    if (this.#tops.has(this.#depth))
      throw notImitated(`TOP beside ${token.text.toUpperCase()}`, positionOf(this.#source.text, token.start));
    this.#sets.add(this.#depth);
  }

  #closeTop(): void {
    const count = this.#tops.get(this.#depth);
    if (count === undefined) return;
    this.#add(` LIMIT ${count}`);
    this.#tops.delete(this.#depth);
  }

  /** `CONVERT(type, x)`: `CAST(x AS type)`. */
  #convert(token: Token, at: number): number {
    const read = readType(this.#source.text, this.#tokens, at + 2, "expression");
    if (read === undefined || !this.#isMark(read.end, ","))
      throw syntaxError(this.#source.text, token.start, token.text);
    this.#write(token, "CAST(");
    this.#depth += 1;
    this.#converts.set(this.#depth, ` AS ${read.type.sql}`);
    this.#end = this.#token(read.end).end;
    return read.end + 1;
  }

  #datePart(token: Token, at: number): number {
    this.#write(token, token.text);
    const part = this.#tokens[at + 2];
    if (part?.kind !== "word" || !this.#isMark(at + 3, ",")) return at + 1;
    this.#step(at + 1);
    this.#write(part, `'${part.value.replaceAll("'", "''")}'`);
    return at + 3;
  }

  /** A type behind `::` or `CAST (x AS`; one that is not Redshift's is left for the guard to judge. */
  #type(at: number): number {
    const read = readType(this.#source.text, this.#tokens, at, "expression");
    const first = this.#tokens[at];
    if (read === undefined || first === undefined) return at;
    const last = this.#token(read.end - 1);
    this.#write(first, read.type.sql);
    this.#end = last.end;
    return read.end;
  }

  /** A literal that is cast to SUPER is a string, which PostgreSQL would read as a document. */
  #stringForSuper(at: number): void {
    const cast =
      this.#tokens[at]?.value === "::" || (this.#isWord(at, "as") && this.#casts.at(-1) === this.#depth);
    if (cast && this.#isWord(at + 1, "super")) this.#add("::pg_catalog.varchar");
  }

  #unquoted(token: Token): string {
    if (token.value.startsWith("#")) return quoted(this.#source.names.mapped(token.value));
    return this.#identifier(token.value, token);
  }

  #identifier(name: string, token: Token): string {
    const mapped = this.#source.names.mapped(name);
    if (mapped !== name) return quoted(mapped);
    return token.kind === "quoted" ? quoted(name) : token.text;
  }

  /** Writes `sql` where `token` stood: what lay before it, comments blanked, comes first. */
  #write(token: Token, sql: string): void {
    const gap = this.#last === "" ? "" : blank(this.#source.text.slice(this.#end, token.start));
    this.#add(gap === "" && touches(this.#last, sql) ? ` ${sql}` : gap + sql);
    this.#end = token.end;
  }

  #add(sql: string): void {
    this.#out += sql;
    this.#last = sql.at(-1) ?? this.#last;
  }

  #token(at: number): Token {
    const token = this.#tokens[at];
    if (token === undefined) throw syntaxError(this.#source.text, this.#source.text.length, "");
    return token;
  }

  #isMark(at: number, mark: string): boolean {
    const token = this.#tokens[at];
    return token?.kind === "punctuation" && token.value === mark;
  }

  #isWord(at: number, word: string): boolean {
    const token = this.#tokens[at];
    return token?.kind === "word" && token.value === word;
  }
}

/** White space as it is; any other character, which belongs to a comment or a removed word, as a blank. */
function blank(gap: string): string {
  return gap.replace(/[^\s]/g, " ");
}

/** Whether two tokens written without a blank between them would become one. */
function touches(before: string, after: string): boolean {
  const wordy = /[A-Za-z0-9_$\u0080-\uffff'"]/;
  return wordy.test(before.at(-1) ?? " ") && wordy.test(after[0] ?? " ");
}
