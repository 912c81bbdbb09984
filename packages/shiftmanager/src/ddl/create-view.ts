import type { View } from "../catalog/views.ts";
import { OptionsError } from "../errors.ts";
import type { Fragment } from "../sql/fragment.ts";
import { isSignificant, splitStatements, type StatementText, type Token } from "../sql/lexer.ts";
import { qualifiedName, raw } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";

/** How a view is written. */
export interface CreateViewOptions {
  /**
   * Writes CREATE OR REPLACE VIEW for a regular view, which keeps owner and grants of one that is there. A late-binding or
   * materialized view is written as its author did. Default false.
   */
  readonly replace?: boolean;
}

/**
 * Writes the statement that creates a view: its text as it is. Only where the author of a late-binding or materialized view
 * named it without a schema, or by a name it no longer has, its name is written out.
 * @throws OptionsError for a text that is not one whole statement
 * @see AWS Database Developer Guide, CREATE VIEW (r_CREATE_VIEW), CREATE MATERIALIZED VIEW (materialized-view-create-sql-command)
 */
export function createView(view: View, { replace = false }: CreateViewOptions = {}): Fragment {
  const statement = onlyStatement(view);
  // What the server keeps as the view's definition is SQL already.
  const text = (part: string): Fragment => raw(part);
  const end = statement.tokens.at(-1)?.text.startsWith("--") === true ? text("\n") : nothing;
  if (view.kind === "regular") {
    return join(
      [
        sql`CREATE ${replace ? sql`OR REPLACE ` : nothing}VIEW ${qualifiedName(view)} AS`,
        join([text(statement.text), end], ""),
      ],
      "\n",
    );
  }
  const name = nameInHead(statement);
  if (name === null) throw unreadable(view);
  const from = name.start - statement.start;
  return join(
    name.parts.length > 1 && isNamed(name.parts, view)
      ? [text(statement.text), end]
      : [
          text(statement.text.slice(0, from)),
          qualifiedName(view),
          text(statement.text.slice(from + name.length)),
          end,
        ],
    "",
  );
}

/** Whether a late-binding or materialized view's author named it without its schema. */
export function isNamedWithoutSchema(view: View): boolean {
  return view.kind !== "regular" && nameInHead(onlyStatement(view))?.parts.length === 1;
}

function onlyStatement(view: View): StatementText {
  const [statement, ...more] = splitStatements(view.text, `The text of the view ${view.schema}.${view.name}`);
  if (statement === undefined || more.length > 0) throw unreadable(view);
  return statement;
}

function unreadable(view: View): OptionsError {
  return new OptionsError(
    `The text that the server keeps of the view ${view.schema}.${view.name} is not one statement, so it cannot be written again; ` +
      `look at it with SHOW VIEW and write it by hand.`,
  );
}

interface WrittenName {
  readonly parts: readonly string[];
  readonly start: number;
  readonly length: number;
}

/** The name after `CREATE [OR REPLACE] [MATERIALIZED] VIEW`. */
function nameInHead({ tokens }: StatementText): WrittenName | null {
  const words = tokens.filter(({ kind }) => isSignificant(kind));
  const view = words.slice(0, 5).findIndex(({ kind, text }) => kind === "word" && /^view$/i.test(text));
  const parts: Token[] = [];
  for (let at = view + 1; view > 0; at += 2) {
    const part = words[at];
    if (part === undefined || (part.kind !== "word" && part.kind !== "quoted")) return null;
    parts.push(part);
    if (words[at + 1]?.text !== ".") break;
  }
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    parts: parts.map(({ kind, text }) =>
      kind === "quoted" ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase(),
    ),
    start: first.start,
    length: last.start + last.text.length - first.start,
  };
}

/** Quoted names fold as well, unless the session that created the view told otherwise. */
function isNamed(parts: readonly string[], { schema, name }: View): boolean {
  const [writtenName = "", writtenSchema = ""] = parts.toReversed();
  const same = (a: string, b: string): boolean => a === b || a.toLowerCase() === b;
  return same(writtenSchema, schema) && same(writtenName, name);
}
