import { OptionsError } from "../errors.ts";
import { checkExpression } from "../sql/check-text.ts";
import type { Fragment } from "../sql/fragment.ts";
import { isSignificant, tokenize } from "../sql/lexer.ts";
import { identifier } from "../sql/quote.ts";
import { wording, type Wording } from "../wording.ts";

/** One expression of a list given as text. */
export interface ListedExpression {
  readonly sql: Fragment;
  /** The name, where the expression is a bare column. */
  readonly column: string | null;
}

/**
 * Takes a list of expressions given as text apart at its commas, those inside brackets and literals excepted.
 * @throws OptionsError for text that is not one closed piece, an empty expression, and a bare number, which GROUP BY would
 *   take for a column's position.
 */
export function expressionList(text: string, what: Wording): readonly ListedExpression[] {
  // Proves the whole first: its errors give the position in what the caller wrote.
  checkExpression(text, what);
  const pieces: string[] = [""];
  let depth = 0;
  for (const token of tokenize(text, what)) {
    if (token.kind === "comment") {
      pieces[pieces.length - 1] += " ";
      continue;
    }
    if (token.kind === "symbol" && (token.text === "(" || token.text === "[")) depth += 1;
    if (token.kind === "symbol" && (token.text === ")" || token.text === "]")) depth -= 1;
    if (token.kind === "symbol" && token.text === "," && depth === 0) pieces.push("");
    else pieces[pieces.length - 1] += token.text;
  }
  return pieces.map((piece) => {
    const trimmed = piece.trim();
    if (trimmed === "")
      throw new OptionsError(wording`${what} has an empty expression; take out the surplus comma.`);
    if (/^[\s()+-]*\d+[\s()]*$/.test(trimmed)) {
      throw new OptionsError(
        wording`${what} has the number ${trimmed} in place of a column; name the column.`,
      );
    }
    return { sql: checkExpression(trimmed, what), column: bareColumn(trimmed, what) };
  });
}

/** Names as expressions. */
export function columnList(names: readonly string[]): readonly ListedExpression[] {
  return names.map((name) => ({ sql: identifier(name), column: name }));
}

function bareColumn(text: string, what: Wording): string | null {
  const [only, ...more] = tokenize(text, what).filter(({ kind }) => isSignificant(kind));
  if (only === undefined || more.length > 0) return null;
  if (/^"(?:[^"]|"")+"$/.test(only.text)) return only.text.slice(1, -1).replaceAll('""', '"');
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(only.text) ? only.text.toLowerCase() : null;
}
