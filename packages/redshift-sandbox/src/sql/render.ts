import { SqlError, notImitated } from "../errors.ts";
import { positionOf, syntaxError } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { missingFunctions } from "./known.ts";
import { foldQuoted, literal, quoted, shortName } from "./names.ts";
import type { Names } from "./names.ts";
import type { TranslateContext } from "./plan.ts";
import { checkValue, currentSetting, redshiftSetting } from "./settings.ts";
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
    if (!qualified) {
      if (called && token.value === "cast") {
        this.#casts.push(this.#depth + 1);
      } else if (called && token.value === "convert") {
        return this.#convert(token, at);
      } else if (called && datePartFunctions.has(token.value)) {
        return this.#datePart(token, at);
      } else if (called && token.value === "listagg") {
        return this.#listagg(token, at);
      } else if (called && token.value === "ratio_to_report") {
        return this.#ratioToReport(token, at);
      } else if (token.value === "delete" && this.#startsStatement(at) && !this.#isWord(at + 1, "from")) {
        this.#write(token, "DELETE FROM");
        return at + 1;
      } else if (called && token.value === "json_serialize") {
        // Unqualified it is syntax of PostgreSQL's own.
        this.#write(token, "pg_catalog.json_serialize");
        return at + 1;
      } else if (called && token.value === "array" && !this.#isWord(at + 2, "select")) {
        throw notImitated("function array", positionOf(this.#source.text, token.start));
      } else if (token.value === "table" && before?.value !== "as" && !this.#isBehindInto(at)) {
        // TABLE t is a query to PostgreSQL.
        throw syntaxError(this.#source.text, token.start, token.text);
      } else if (token.value === "collate") {
        return this.#collate(token, at);
      } else if (called && token.value === "decode") {
        return this.#decode(token, at);
      } else if (called && (token.value === "current_setting" || token.value === "set_config")) {
        return this.#setting(token, at);
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
        this.#refuseTop(token);
        this.#write(token, "EXCEPT");
        return at + 1;
      } else if (["union", "intersect", "except"].includes(token.value)) {
        this.#refuseTop(token);
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

  #refuseTop(token: Token): void {
    if (this.#tops.has(this.#depth))
      throw notImitated(`TOP beside ${token.text.toUpperCase()}`, positionOf(this.#source.text, token.start));
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

  /** `COLLATE(x, 'case_insensitive')`: there is no COLLATE behind an expression. */
  #collate(token: Token, at: number): number {
    const args = this.#isMark(at + 1, "(") ? this.#arguments(at + 1) : undefined;
    if (args === undefined) throw syntaxError(this.#source.text, token.start, token.text);
    const [value = [], [choice] = []] = args.parts;
    const name = choice?.kind === "string" ? choice.value.toLowerCase() : undefined;
    const collation =
      name === "case_insensitive"
        ? "redshift_sandbox.case_insensitive"
        : name === "case_sensitive"
          ? 'pg_catalog."C"'
          : undefined;
    if (collation === undefined || args.parts.length !== 2 || args.parts[1]?.length !== 1)
      throw new SqlError("22023", "COLLATE takes a string and 'case_sensitive' or 'case_insensitive'", {
        position: positionOf(this.#source.text, token.start),
      });
    this.#write(token, `((${render(this.#source, value)}) COLLATE ${collation})`);
    this.#end = this.#token(args.end - 1).end;
    return args.end;
  }

  /** CURRENT_SETTING and SET_CONFIG of a parameter that only Redshift has, which is kept under another name. */
  #setting(token: Token, at: number): number {
    const name = this.#tokens[at + 2];
    const setting = name?.kind === "string" ? redshiftSetting(name.value) : undefined;
    if (name === undefined || setting === undefined) {
      this.#write(token, token.text);
      return at + 1;
    }
    if (token.value === "current_setting" && this.#isMark(at + 3, ")")) {
      this.#write(token, currentSetting(setting));
      this.#end = this.#token(at + 3).end;
      return at + 4;
    }
    const value = this.#tokens[at + 4];
    if (token.value === "set_config" && value?.kind === "string")
      checkValue(name.value.toLowerCase(), value.value);
    this.#write(token, token.text);
    this.#step(at + 1);
    this.#write(name, literal(setting.sql));
    return at + 3;
  }

  /** `DECODE(e, s, r, …, default)`, where NULL matches NULL: a CASE. */
  #decode(token: Token, at: number): number {
    const args = this.#arguments(at + 1);
    if (args === undefined || args.parts.length < 3) {
      this.#write(token, token.text);
      return at + 1;
    }
    const [subject = "", ...pairs] = args.parts.map((part) => `(${render(this.#source, part)})`);
    let sql = "CASE";
    let index = 0;
    for (; index + 1 < pairs.length; index += 2) {
      const search = pairs[index] ?? "";
      sql += ` WHEN ${subject} = ${search} OR (${subject} IS NULL AND ${search} IS NULL) THEN ${pairs[index + 1] ?? ""}`;
    }
    if (index < pairs.length) sql += ` ELSE ${pairs[index] ?? ""}`;
    this.#write(token, `(${sql} END)`);
    this.#end = this.#token(args.end - 1).end;
    return args.end;
  }

  /** `LISTAGG(x, s) WITHIN GROUP (ORDER BY y)`: PostgreSQL orders the input of an ordinary aggregate inside its parentheses. */
  #listagg(token: Token, at: number): number {
    this.#write(token, token.text);
    const args = this.#arguments(at + 1);
    const words = ["within", "group"];
    if (args === undefined || !words.every((word, ahead) => this.#isWord(args.end + ahead, word)))
      return at + 1;
    const group = this.#arguments(args.end + words.length);
    if (group === undefined) return at + 1;
    if (this.#isWord(group.end, "over"))
      throw notImitated("LISTAGG as a window function", positionOf(this.#source.text, token.start));
    const order = this.#tokens.slice(args.end + words.length + 1, group.end - 1);
    const list = args.parts.map((part) => render(this.#source, part)).join(", ");
    this.#add(`(${list} ${render(this.#source, order)})`);
    this.#end = this.#token(group.end - 1).end;
    return group.end;
  }

  /** `RATIO_TO_REPORT(x) OVER (…)`: a value's share of the window's sum. */
  #ratioToReport(token: Token, at: number): number {
    const args = this.#arguments(at + 1);
    const over =
      args !== undefined && this.#isWord(args.end, "over") ? this.#arguments(args.end + 1) : undefined;
    if (args?.parts.length !== 1 || over === undefined)
      throw syntaxError(this.#source.text, token.start, token.text);
    const window = this.#tokens.slice(args.end + 2, over.end - 1);
    const order = window.find(
      ({ kind, value }) => kind === "word" && (value === "order" || value === "rows"),
    );
    if (order !== undefined) throw syntaxError(this.#source.text, order.start, order.text);
    const value = render(this.#source, args.parts[0] ?? []);
    const sum = `SUM(${value}) OVER (${render(this.#source, window)})`;
    this.#write(token, `(CAST((${value}) AS double precision) / NULLIF(${sum}, 0))`);
    this.#end = this.#token(over.end - 1).end;
    return over.end;
  }

  /** The arguments between the parenthesis at `open` and its partner. */
  #arguments(open: number): { readonly parts: (readonly Token[])[]; readonly end: number } | undefined {
    const parts: (readonly Token[])[] = [];
    let depth = 0;
    let start = open + 1;
    for (let at = open; at < this.#tokens.length; at += 1) {
      const token = this.#token(at);
      if (token.kind !== "punctuation") continue;
      if (token.value === "(" || token.value === "[") depth += 1;
      if (token.value === ")" || token.value === "]") depth -= 1;
      if ((token.value === "," && depth === 1) || depth === 0) {
        parts.push(this.#tokens.slice(start, at));
        start = at + 1;
      }
      if (depth === 0) return { parts, end: at + 1 };
    }
    return undefined;
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
