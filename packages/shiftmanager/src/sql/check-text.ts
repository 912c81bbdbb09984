import { OptionsError } from "../errors.ts";
import type { Fragment } from "./fragment.ts";
import { secretMark } from "./fragment.ts";
import type { Dialect, Token } from "./lexer.ts";
import { isSignificant, position, tokenize } from "./lexer.ts";
import { raw } from "./quote.ts";
import { wording, type Wording } from "../wording.ts";

/**
 * Takes SQL given as text where an expression (or a list of them) belongs: `where`, `deduplicateOrderBy`. Comments are
 * taken out, because one that runs to the end of the line would swallow what follows.
 * @param what - the option's name, which the error begins with
 * @throws OptionsError with the position, for text that is empty, holds a `;`, closes what it did not open or leaves
 *   something open
 */
export function checkExpression(text: string, what: Wording, dialect: Dialect = "redshift"): Fragment {
  const tokens = tokenize(text, what, dialect);
  refuseEmpty(tokens, what);
  const end = tokens.find(({ kind, text: t }) => kind === "symbol" && t === ";");
  if (end !== undefined) {
    throw new OptionsError(
      wording`${what} holds a ";" at ${position(text, end.start)}; it must be one expression, so leave it out.`,
    );
  }
  checkBalance(text, tokens, what);
  // The caller's own SQL, proved to be one closed piece: it cannot end the statement it is put into.
  return raw(withoutComments(tokens));
}

/**
 * Takes one whole statement given as text: `deleteStatement`, `pgSelectStatement`.
 * @param verbs - the words it may begin with, in capitals; any when left out
 * @throws OptionsError as `checkExpression`, and when it begins with another word
 */
export function checkStatement(
  text: string,
  what: Wording,
  verbs?: readonly string[],
  dialect: Dialect = "redshift",
): Fragment {
  const fragment = checkExpression(text, what, dialect);
  const first = tokenize(text, what, dialect).find(({ kind }) => isSignificant(kind));
  if (verbs !== undefined && !verbs.includes(first?.text.toUpperCase() ?? "")) {
    throw new OptionsError(
      wording`${what} begins with "${first?.text ?? ""}"; it must begin with ${verbs.join(" or ")}.`,
    );
  }
  return fragment;
}

/** Refuses text that was copied from a printed batch whose secrets are masked. */
export function refuseMasked(text: string, tokens: readonly Token[], what: Wording): void {
  tokens.forEach(({ text: t, start }, i) => {
    if (t !== "<" || tokens[i + 1]?.text !== "secret" || tokens[i + 2]?.text !== ">") return;
    throw new OptionsError(
      wording`${what} holds the mark ${secretMark} at ${position(text, start)} where a secret was hidden; execute the batch itself, or print it with its secrets revealed.`,
    );
  });
}

function refuseEmpty(tokens: readonly Token[], what: Wording): void {
  if (!tokens.some(({ kind }) => isSignificant(kind)))
    throw new OptionsError(wording`${what} is empty; leave it out.`);
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]" };

function checkBalance(text: string, tokens: readonly Token[], what: Wording): void {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== "symbol") continue;
    if (token.text in closers) open.push(token);
    else if (token.text === ")" || token.text === "]") {
      const opener = open.pop();
      if (opener === undefined || closers[opener.text] !== token.text) {
        throw new OptionsError(
          wording`${what} has a "${token.text}" that closes nothing, at ${position(text, token.start)}.`,
        );
      }
    }
  }
  const left = open.at(-1);
  if (left !== undefined) {
    throw new OptionsError(
      wording`${what} has a "${left.text}" that is never closed, at ${position(text, left.start)}.`,
    );
  }
}

function withoutComments(tokens: readonly Token[]): string {
  return tokens
    .map(({ kind, text }) => (kind === "comment" ? " " : text))
    .join("")
    .trim();
}
