import { SqlError, notImitated } from "../errors.ts";

/**
 * `word`: an unquoted name or keyword. `quoted`: a `"name"`. `string`: a `'literal'`. `dollar`: a `$tag$literal$tag$`.
 * `parameter`: `$1`. `punctuation`: one of `( ) [ ] , ; . :`. `operator`: everything else, `::` and `:=` included.
 */
export type TokenKind =
  "word" | "quoted" | "string" | "dollar" | "number" | "parameter" | "operator" | "punctuation";

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the statement, quotes included. */
  readonly text: string;
  /**
   * What it means: a word with its ASCII letters in lower case, a quoted identifier without its quotes (case kept),
   * a literal with its escapes decoded (it may hold U+0000: `NULL AS '\0'`), else the text itself.
   */
  readonly value: string;
  /** Offsets into the text that was read, in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

const spaces = /[ \t\n\r\f\v]+/y;
const lineRests = /[^\n\r]*/y;
const words = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const temporaryNames = /#[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const wordCharacter = /[A-Za-z0-9_$\u0080-\uffff]/;
const wordStart = /[A-Za-z_\u0080-\uffff]/;
const numbers = /(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const parameters = /\$[0-9]+/y;
const dollarTags = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const operatorRuns = /[-+*/<>=~!@#%^&|`?]+/y;
const commentMarks = /--|\/\*/;

/**
 * Cuts SQL into tokens as Redshift does; comments and white space are left out.
 * Backslash is an escape inside `'…'`, as in PostgreSQL 8.0, and `E'…'` is not known (facts.md 1.10).
 * @throws SqlError 42601 for what is not closed, 42704 for `E'…'`.
 */
export function lex(sql: string): readonly Token[] {
  return cut(sql, false);
}

/** Cuts text that was translated already, in which a literal with a backslash is written `E'…'`. */
export function lexTranslated(sql: string): readonly Token[] {
  return cut(sql, true);
}

function cut(sql: string, translated: boolean): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped = skipBlank(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const token = readToken(sql, at, translated);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** The one-based position, in characters, of an offset: what an ErrorResponse carries. */
export function positionOf(sql: string, offset: number): number {
  let characters = 1;
  for (let at = 0; at < offset; at += (sql.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) characters += 1;
  return characters;
}

/** Lower case for the ASCII letters only, as Redshift folds names. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function readToken(sql: string, at: number, translated: boolean): Token {
  const token = (kind: TokenKind, end: number, value: string): Token => ({
    kind,
    text: sql.slice(at, end),
    value,
    start: at,
    end,
  });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  const first = sql[at] ?? "";

  if (first === "'") return readString(sql, at);
  if (first === '"') return readQuoted(sql, at);

  const word = match(words);
  if (word !== undefined) {
    if (sql[at + word.length] === "'") {
      if (translated && word === "E") return { ...readString(sql, at + 1), start: at };
      refusePrefix(sql, at, word);
    }
    if (/^u$/i.test(word) && /^&['"]/.test(sql.slice(at + 1, at + 3)))
      throw syntaxError(sql, at + 1, sql.slice(at, at + 3));
    return token("word", at + word.length, foldAscii(word));
  }
  if (first === "#" && !wordCharacter.test(sql[at - 1] ?? " ") && sql[at - 1] !== ")") {
    const name = match(temporaryNames);
    if (name !== undefined) return token("word", at + name.length, foldAscii(name));
  }

  const number = match(numbers);
  if (number !== undefined) {
    const end = at + number.length;
    // PostgreSQL 17 would read 0x1F and 1_000 as numbers; Redshift does not know them.
    if (wordStart.test(sql[end] ?? " ")) throw syntaxError(sql, end, sql.slice(at, end + 1));
    return token("number", end, number);
  }

  if (first === "$") {
    const parameter = match(parameters);
    if (parameter !== undefined) return token("parameter", at + parameter.length, parameter);
    const tag = match(dollarTags);
    if (tag !== undefined) {
      const close = sql.indexOf(tag, at + tag.length);
      if (close === -1)
        throw new SqlError("42601", `unterminated dollar-quoted string at or near "${excerpt(sql, at)}"`, {
          position: positionOf(sql, at),
        });
      return token("dollar", close + tag.length, sql.slice(at + tag.length, close));
    }
    throw syntaxError(sql, at, "$");
  }

  if (sql.startsWith("::", at)) return token("operator", at + 2, "::");
  if (sql.startsWith(":=", at)) return token("operator", at + 2, ":=");
  if ("()[],;.:".includes(first)) return token("punctuation", at + 1, first);

  const run = match(operatorRuns);
  if (run === undefined) throw syntaxError(sql, at, first);
  const operator = cutOperator(run);
  return token("operator", at + operator.length, operator);
}

/** PostgreSQL's rule: a run ends where a comment starts, and ends in `+` or `-` only if it holds a letterlike sign. */
function cutOperator(run: string): string {
  const comment = run.search(commentMarks);
  let operator = comment > 0 ? run.slice(0, comment) : run;
  if (!/[~!@#%^&|`?]/.test(operator)) operator = operator.replace(/(?<=.)[+-]+$/, "");
  return operator;
}

/** Where the white space and comments that start at `at` end. */
function skipBlank(sql: string, at: number): number {
  if (sql.startsWith("--", at)) {
    lineRests.lastIndex = at;
    return at + (lineRests.exec(sql)?.[0].length ?? 0);
  }
  if (sql.startsWith("/*", at)) return skipBlockComment(sql, at);
  spaces.lastIndex = at;
  return at + (spaces.exec(sql)?.[0].length ?? 0);
}

function skipBlockComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  throw new SqlError("42601", `unterminated /* comment at or near "${excerpt(sql, start)}"`, {
    position: positionOf(sql, start),
  });
}

function readQuoted(sql: string, at: number): Token {
  let end = at + 1;
  for (;;) {
    const quote = sql.indexOf('"', end);
    if (quote === -1)
      throw new SqlError("42601", `unterminated quoted identifier at or near "${excerpt(sql, at)}"`, {
        position: positionOf(sql, at),
      });
    end = quote + 1;
    if (sql[end] !== '"') break;
    end += 1;
  }
  const value = sql.slice(at + 1, end - 1).replaceAll('""', '"');
  if (value === "")
    throw new SqlError("42601", `zero-length delimited identifier at or near """"`, {
      position: positionOf(sql, at),
    });
  return { kind: "quoted", text: sql.slice(at, end), value, start: at, end };
}

/** A literal and those that continue it on later lines (`'a'`, line break, `'b'`), which SQL joins. */
function readString(sql: string, at: number): Token {
  const parts: Buffer[] = [];
  let end = at;
  for (let open: number | undefined = at; open !== undefined; open = continuation(sql, end)) {
    const closed = closingQuote(sql, open);
    parts.push(decodeEscapes(sql, open + 1, closed));
    end = closed + 1;
  }
  return { kind: "string", text: sql.slice(at, end), value: utf8(sql, at, parts), start: at, end };
}

function closingQuote(sql: string, open: number): number {
  for (let at = open + 1; at < sql.length; at += 1) {
    const character = sql[at];
    if (character === "\\") at += 1;
    else if (character === "'") {
      if (sql[at + 1] !== "'") return at;
      at += 1;
    }
  }
  throw new SqlError("42601", `unterminated quoted string at or near "${excerpt(sql, open)}"`, {
    position: positionOf(sql, open),
  });
}

/** Where the next literal starts, when only white space with a line break lies between. */
function continuation(sql: string, from: number): number | undefined {
  let at = from;
  let lineBreak = false;
  while (at < sql.length) {
    if (sql[at] === "'") return lineBreak ? at : undefined;
    if (sql.startsWith("/*", at)) return undefined;
    const next = skipBlank(sql, at);
    if (next === at) return undefined;
    lineBreak ||= /[\n\r]/.test(sql.slice(at, next));
    at = next;
  }
  return undefined;
}

const namedEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Bytes, because an octal escape is one byte of a character that may take several. */
function decodeEscapes(sql: string, start: number, end: number): Buffer {
  const body = sql.slice(start, end).replaceAll("''", "'");
  if (!body.includes("\\")) return Buffer.from(body);
  const parts: Buffer[] = [];
  let plain = 0;
  for (let at = body.indexOf("\\"); at !== -1; at = body.indexOf("\\", plain)) {
    parts.push(Buffer.from(body.slice(plain, at)));
    const octal = /^[0-7]{1,3}/.exec(body.slice(at + 1, at + 4))?.[0];
    if (octal !== undefined) {
      parts.push(Buffer.from([Number.parseInt(octal, 8) & 0xff]));
      plain = at + 1 + octal.length;
      continue;
    }
    // PostgreSQL 8.0 took \x41 for x41, later ones for A; what Redshift does is not documented.
    if (/^(?:x[0-9a-f]|u[0-9a-f]{4})/i.test(body.slice(at + 1, at + 6)))
      throw notImitated("hexadecimal escapes in a literal", positionOf(sql, start));
    const escaped = String.fromCodePoint(body.codePointAt(at + 1) ?? 0);
    parts.push(Buffer.from(namedEscapes[escaped] ?? escaped));
    plain = at + 1 + escaped.length;
  }
  parts.push(Buffer.from(body.slice(plain)));
  return Buffer.concat(parts);
}

const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(sql: string, at: number, parts: readonly Buffer[]): string {
  try {
    return utf8Decoder.decode(Buffer.concat(parts));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8"', {
      position: positionOf(sql, at),
    });
  }
}

function refusePrefix(sql: string, at: number, word: string): void {
  const prefix = word.toLowerCase();
  const position = positionOf(sql, at);
  if (prefix === "e") throw new SqlError("42704", 'type "e" does not exist', { position });
  if (prefix === "b" || prefix === "x") throw notImitated("bit-string literals", position);
  if (prefix === "n") throw notImitated("N'…' literals", position);
}

/** `syntax error at or near "…"`, as PostgreSQL words it. */
export function syntaxError(sql: string, offset: number, near: string): SqlError {
  return new SqlError(
    "42601",
    near === "" ? "syntax error at end of input" : `syntax error at or near "${near}"`,
    {
      position: positionOf(sql, offset),
    },
  );
}

function excerpt(sql: string, at: number): string {
  return sql.slice(at, at + 40);
}
