import { lex } from "./lexer.ts";
import type { Token } from "./lexer.ts";

/** One statement of a request. */
export interface StatementText {
  /** Without the semicolon, and without the white space and comments around it. */
  readonly text: string;
  /** Where it starts in the request, in UTF-16 units. */
  readonly offset: number;
}

/**
 * Cuts a request at its semicolons; empty statements are dropped.
 * Comments before the first token and after the last are left out, so that equal statements are equal texts.
 */
export function split(sql: string): readonly StatementText[] {
  const statements: StatementText[] = [];
  let first: Token | undefined;
  let last: Token | undefined;
  const close = (): void => {
    if (first !== undefined && last !== undefined)
      statements.push({ text: sql.slice(first.start, last.end), offset: first.start });
    first = last = undefined;
  };
  for (const token of lex(sql)) {
    if (token.kind === "punctuation" && token.value === ";") {
      close();
      continue;
    }
    first ??= token;
    last = token;
  }
  close();
  return statements;
}
