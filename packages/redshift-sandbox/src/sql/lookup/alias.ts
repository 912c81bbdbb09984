import { SqlError } from "../../errors.ts";
import type { Tree } from "../guard/tree.ts";
import { asTree, strings } from "../guard/tree.ts";
import { listItems, locationOf } from "./references.ts";
import type { Reference } from "./references.ts";
import type { TranslatedText } from "./text-edit.ts";

/** Doubling the expression in each of many aliases makes a text that no server would take. */
const mostCharacters = 16 * 1024 * 1024;

/**
 * Whether a name may be the alias of an item of its SELECT list: of an earlier one, or of any when it stands in WHERE. Elsewhere
 * Redshift knows no aliases but as PostgreSQL does (GROUP BY and ORDER BY); not in HAVING.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_list.html
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_WHERE_clause.html
 */
export function mayBeAlias(reference: Reference): boolean {
  return definitions(reference).some(({ item }) => !isItsOwnName(item));
}

/**
 * The text with an alias, and all uses of it in the same SELECT, put in full, as Redshift does; undefined when the name is no alias.
 * @throws SqlError 42702 when two items have that alias
 */
export function withoutAlias(
  text: TranslatedText,
  all: readonly Reference[],
  reference: Reference,
): string | undefined {
  const [definition, second] = definitions(reference);
  const [name = ""] = reference.path;
  if (definition === undefined) return undefined;
  if (second !== undefined) throw new SqlError("42702", `column reference "${name}" is ambiguous`);
  const expression = expressionOf(text, definition.item);
  if (expression === undefined) return undefined;
  const scope = reference.scopes[0]?.node;
  const uses = all.filter(
    (use) =>
      use.path.length === 1 &&
      use.path[0] === name &&
      use.scopes[0]?.node === scope &&
      (use.place === "where" || (use.place === "list" && use.item > definition.index)),
  );
  if (text.sql.length + uses.length * expression.length > mostCharacters)
    throw new SqlError("54001", "statement too complex: its aliases stand for too much text");
  return text.replaced(
    uses.map((use) => {
      const token = text.tokens[text.tokenAt(use.location)];
      return { start: token?.start ?? 0, end: token?.end ?? 0, sql: `(${expression})` };
    }),
  );
}

function definitions({ path, place, item, scopes }: Reference): { item: Tree; index: number }[] {
  const [scope] = scopes;
  if (scope === undefined || path.length !== 1 || place === "elsewhere") return [];
  return listItems(scope.node)
    .map((found, index) => ({ item: found, index }))
    .filter((found) => found.item["name"] === path[0] && (place === "where" || found.index < item));
}

/** `t.a AS a`: then the name is a column, or it is ambiguous; so it need not be looked up. */
function isItsOwnName(item: Tree): boolean {
  return strings(asTree(asTree(item["val"])["ColumnRef"])["fields"]).at(-1) === item["name"];
}

const itemEnds: ReadonlySet<string> = new Set(
  "from where group having order limit offset fetch union intersect except into for window".split(" "),
);

/** The text of an item of a SELECT list without its alias. */
function expressionOf(text: TranslatedText, item: Tree): string | undefined {
  const first = text.tokenAt(locationOf(item));
  const { tokens } = text;
  let depth = 0;
  let end = first;
  for (; end < tokens.length; end += 1) {
    const token = tokens[end];
    const before = tokens[end - 1];
    const labelled = before?.kind === "word" && before.value === "as";
    if (token?.kind === "punctuation") {
      if (depth === 0 && [",", ")", ";"].includes(token.value)) break;
      if (token.value === "(" || token.value === "[") depth += 1;
      if (token.value === ")" || token.value === "]") depth -= 1;
    } else if (depth === 0 && token?.kind === "word" && !labelled && itemEnds.has(token.value)) break;
  }
  // The last token is the alias.
  const as = tokens[end - 2];
  const last = as?.kind === "word" && as.value === "as" ? end - 3 : end - 2;
  const from = tokens[first];
  const to = tokens[last];
  return from === undefined || to === undefined || last < first
    ? undefined
    : text.sql.slice(from.start, to.end);
}
