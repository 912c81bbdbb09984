import { SqlError, notImitated } from "../errors.ts";
import { lex, positionOf, syntaxError } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { foldQuoted, literal, quoted } from "./names.ts";
import type { Names } from "./names.ts";
import type { TranslateContext } from "./plan.ts";
import { reservedWords } from "./reserved.ts";
import { isSystem, refuseHidden } from "./system-relations.ts";

/** A table or view as a statement names it. */
export interface Relation {
  readonly schema: string | undefined;
  readonly name: string;
  /** Quoted and qualified as it was written. */
  readonly sql: string;
  /** An expression of type regclass. */
  readonly regclass: string;
  /** How messages name it. */
  readonly label: string;
}

/** One statement, read from left to right. Every name it returns is the one PostgreSQL knows, unquoted. */
export class Reader {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly context: TranslateContext;
  readonly names: Names;
  #at = 0;

  constructor(text: string, context: TranslateContext, names: Names, tokens: readonly Token[] = lex(text)) {
    this.text = text;
    this.tokens = tokens;
    this.context = context;
    this.names = names;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.peek();
    if (token === undefined) throw this.error();
    this.#at += 1;
    return token;
  }

  seek(at: number): void {
    this.#at = at;
  }

  /** Whether these words (unquoted) come next. */
  is(...words: readonly string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token?.kind === "word" && token.value === word;
    });
  }

  /** Whether one of these words comes next; which one. */
  oneOf<Word extends string>(...words: readonly Word[]): Word | undefined {
    return words.find((word) => this.is(word));
  }

  accept(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.#at += words.length;
    return true;
  }

  acceptOneOf<Word extends string>(...words: readonly Word[]): Word | undefined {
    const word = this.oneOf(...words);
    if (word !== undefined) this.#at += 1;
    return word;
  }

  expect(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.error();
  }

  isMark(mark: string): boolean {
    const token = this.peek();
    return (token?.kind === "punctuation" || token?.kind === "operator") && token.value === mark;
  }

  acceptMark(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.#at += 1;
    return true;
  }

  expectMark(mark: string): void {
    if (!this.acceptMark(mark)) throw this.error();
  }

  /** `syntax error at or near` the next token. */
  error(token: Token | undefined = this.peek()): SqlError {
    return syntaxError(this.text, token?.start ?? this.text.length, token?.text ?? "");
  }

  /** @throws SqlError unless everything has been read. */
  end(): void {
    if (!this.done) throw this.error();
  }

  position(token: Token | undefined = this.peek()): number {
    return positionOf(this.text, token?.start ?? this.text.length);
  }

  /** A name that is not a user's: folded, and not a reserved word. */
  name(): string {
    const token = this.next();
    if (token.kind === "quoted")
      return this.names.mapped(foldQuoted(token.value, this.context.caseSensitiveIdentifiers));
    if (token.kind !== "word" || reservedWords.has(token.value)) throw this.error(token);
    return this.names.mapped(token.value);
  }

  /** A user as written: a quoted name keeps its case. `ns:bob` is one name. */
  userName(): string {
    const token = this.next();
    if (token.kind === "quoted") return token.value;
    return this.#colonName(token);
  }

  /** A group as written, without the prefix of its role. */
  groupName(): string {
    const token = this.next();
    if (token.kind === "quoted") return foldQuoted(token.value, this.context.caseSensitiveIdentifiers);
    if (token.kind !== "word" || reservedWords.has(token.value)) throw this.error(token);
    return token.value;
  }

  /** A role as written, without the prefix of PostgreSQL's. `sys:dba` is one name. */
  roleName(): string {
    const token = this.next();
    if (token.kind === "quoted") return foldQuoted(token.value, this.context.caseSensitiveIdentifiers);
    return this.#colonName(token);
  }

  /** A word, or two with a colon and nothing else between them. */
  #colonName(token: Token): string {
    if (token.kind !== "word" || reservedWords.has(token.value)) throw this.error(token);
    if (!this.isMark(":") || this.peek()?.start !== token.end) return token.value;
    this.expectMark(":");
    const rest = this.next();
    if (rest.kind !== "word") throw this.error(rest);
    return `${token.value}:${rest.value}`;
  }

  /** A relation that is there. */
  relation(): Relation {
    const relation = this.#relation();
    refuseHidden(relation.schema, relation.name, this.context.edition);
    return relation;
  }

  /** A relation to be made: not in a schema of the system, and with a name that cannot be taken for the system's. */
  newRelation(): Relation {
    const start = this.peek();
    const relation = this.#relation();
    const { schema, name } = relation;
    if (schema !== undefined && isSystem(schema, name))
      throw new SqlError("42501", `permission denied for schema ${schema}`, {
        position: this.position(start),
      });
    this.#refuseSystemName(name, start);
    return relation;
  }

  /** What a relation is to be called in the schema where it is. */
  newRelationName(): string {
    const start = this.peek();
    const name = this.name();
    this.#refuseSystemName(name, start);
    return name;
  }

  #refuseSystemName(name: string, at: Token | undefined): void {
    if (isSystem(undefined, name))
      throw notImitated(`relations with a name like "${name}", which are the system's`, this.position(at));
  }

  #relation(): Relation {
    const parts = [this.name()];
    while (this.acceptMark(".")) parts.push(this.name());
    const [name = "", schema, database] = parts.reverse();
    if (parts.length > 3) throw this.error();
    if (database !== undefined && database !== this.context.database)
      throw notImitated(`relations of another database ("${database}")`);
    const sql = schema === undefined ? quoted(name) : `${quoted(schema)}.${quoted(name)}`;
    return {
      schema,
      name,
      sql,
      regclass: `${literal(sql)}::regclass`,
      label: schema === undefined ? name : `${schema}.${name}`,
    };
  }

  /** The value of a literal. */
  string(): string {
    const token = this.next();
    if (token.kind !== "string" && token.kind !== "dollar") throw this.error(token);
    return token.value;
  }

  integer(): number {
    const negative = this.acceptMark("-");
    const token = this.next();
    if (token.kind !== "number" || !/^[0-9]+$/.test(token.value)) throw this.error(token);
    return Number(token.value) * (negative ? -1 : 1);
  }

  /** A whole number of any size, digit by digit. */
  wholeNumber(): bigint {
    const negative = this.acceptMark("-");
    const token = this.next();
    if (token.kind !== "number" || !/^[0-9]+$/.test(token.value)) throw this.error(token);
    return BigInt(token.value) * (negative ? -1n : 1n);
  }

  /** One or more, with commas between. */
  list<Item>(item: () => Item): Item[] {
    const items = [item()];
    while (this.acceptMark(",")) items.push(item());
    return items;
  }

  /** `( a, b )` */
  nameList(): string[] {
    this.expectMark("(");
    const names = this.list(() => this.name());
    this.expectMark(")");
    return names;
  }

  /** The tokens up to where `stop` holds outside parentheses, or to the end. */
  until(stop: () => boolean): readonly Token[] {
    const start = this.#at;
    let depth = 0;
    while (!this.done) {
      if (depth === 0 && (this.isMark(")") || stop())) break;
      if (this.isMark("(") || this.isMark("[")) depth += 1;
      if (this.isMark(")") || this.isMark("]")) depth -= 1;
      this.#at += 1;
    }
    return this.tokens.slice(start, this.#at);
  }

  rest(): readonly Token[] {
    const rest = this.tokens.slice(this.#at);
    this.#at = this.tokens.length;
    return rest;
  }
}
