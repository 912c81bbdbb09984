import { requireText } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { wording, type Wording } from "../wording.ts";

/**
 * Redshift's lexical rules, for SQL that comes as text: where literals, names and comments begin and end decides what is
 * a placeholder, a parenthesis or the end of a statement. Backslash escapes inside `'…'`; comments nest; `#t` is a name.
 * @see facts.md 1.10
 */
export type TokenKind =
  | "space"
  | "comment"
  | "string" // '…'
  | "dollar" // $$…$$, $tag$…$tag$
  | "quoted" // "…"
  | "word" // keyword or plain name
  | "number"
  | "positional" // $1
  | "named" // :name
  | "symbol";

/** Whose rules hold for backslashes: in Redshift they escape inside `'…'`, in PostgreSQL only inside `E'…'`. */
export type Dialect = "redshift" | "postgres";

/** A stretch of the text; all tokens together are the whole text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Zero-based offset in the whole text. */
  readonly start: number;
}

/** One statement of a text, without the `;` that ended it. */
export interface StatementText {
  /** Without white space around it; comments stay. */
  readonly text: string;
  readonly start: number;
  readonly tokens: readonly Token[];
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /\s+/y],
  ["comment", /--[^\r\n]*/y],
  ["positional", /\$\d+/y],
  ["dollar", /\$(?:[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?\$/uy],
  ["word", /#?[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy],
  ["number", /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y],
  ["symbol", /::/y],
  ["named", /:[A-Za-z_]\w*/y],
];

/**
 * Cuts a text into tokens.
 * @param what - how an error names the text: "where", "The text"
 * @throws OptionsError where a literal, quoted name, comment or `$$` body is never closed, and for a NUL character, at
 * which the protocol would end the text
 */
export function tokenize(text: string, what: Wording, dialect: Dialect = "redshift"): readonly Token[] {
  requireText(what, text);
  const nul = text.indexOf("\0");
  if (nul >= 0)
    throw new OptionsError(wording`${what} has a NUL character at ${position(text, nul)}; take it out.`);
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at, what, dialect);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** Cuts a text into statements at each `;` outside literals, names, comments and bodies; empty ones are left out. */
export function splitStatements(
  text: string,
  what: Wording,
  dialect: Dialect = "redshift",
): readonly StatementText[] {
  const statements: StatementText[] = [];
  let current: Token[] = [];
  const end = () => {
    const tokens = trim(current);
    current = [];
    const first = tokens[0];
    if (first === undefined || tokens.every(({ kind }) => !isSignificant(kind))) return;
    statements.push({ text: tokens.map((token) => token.text).join(""), start: first.start, tokens });
  };
  for (const token of tokenize(text, what, dialect)) {
    if (token.kind === "symbol" && token.text === ";") end();
    else current.push(token);
  }
  end();
  return statements;
}

export function isSignificant(kind: TokenKind): boolean {
  return kind !== "space" && kind !== "comment";
}

/** "line 2, column 5 (character 17)", all counted from 1: where an error is. */
export function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1} (character ${offset + 1})`;
}

function tokenAt(text: string, at: number, what: Wording, dialect: Dialect): Token {
  const closed = (kind: TokenKind, end: number | undefined, name: string): Token => {
    if (end === undefined) {
      throw new OptionsError(wording`${what} has ${name} that is never closed, at ${position(text, at)}.`);
    }
    return { kind, text: text.slice(at, end), start: at };
  };
  if (text[at] === "'") return closed("string", endOfString(text, at, dialect), "a quote");
  if (text[at] === '"') return closed("quoted", endOfQuoted(text, at), "a double quote");
  if (text.startsWith("/*", at)) return closed("comment", endOfComment(text, at), "a comment");
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [match] = pattern.exec(text) ?? [];
    if (match === undefined) continue;
    if (kind !== "dollar") return { kind, text: match, start: at };
    const end = text.indexOf(match, at + match.length);
    return closed(kind, end === -1 ? undefined : end + match.length, `a ${match}`);
  }
  return { kind: "symbol", text: text[at] ?? "", start: at };
}

function endOfString(text: string, start: number, dialect: Dialect): number | undefined {
  const escapes =
    dialect === "redshift" || /(?:^|[^\w$])[eE]$/.test(text.slice(Math.max(0, start - 2), start));
  for (let i = start + 1; i < text.length; i += 1) {
    if (escapes && text[i] === "\\") i += 1;
    else if (text[i] === "'") {
      if (text[i + 1] !== "'") return i + 1;
      i += 1;
    }
  }
  return undefined;
}

function endOfQuoted(text: string, start: number): number | undefined {
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] !== '"') continue;
    if (text[i + 1] !== '"') return i + 1;
    i += 1;
  }
  return undefined;
}

function endOfComment(text: string, start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if (text.startsWith("/*", i)) {
      depth += 1;
      i += 1;
    } else if (text.startsWith("*/", i)) {
      depth -= 1;
      i += 1;
      if (depth === 0) return i + 1;
    }
  }
  return undefined;
}

function trim(tokens: readonly Token[]): readonly Token[] {
  const first = tokens.findIndex(({ kind }) => kind !== "space");
  const last = tokens.findLastIndex(({ kind }) => kind !== "space");
  return first === -1 ? [] : tokens.slice(first, last + 1);
}
