import { SqlError, notImitated } from "../errors.ts";
import { positionOf, syntaxError } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { literal } from "./names.ts";
import type { Source } from "./render.ts";
import { checkValue, currentSetting, redshiftSetting } from "./settings.ts";

/** What PostgreSQL gets in place of a call. */
export interface RewrittenCall {
  readonly sql: string;
  /** Behind the last token that it stands for. */
  readonly end: number;
}

/** A call as it stands in the statement, its name first. */
interface Call {
  readonly source: Source;
  readonly tokens: readonly Token[];
  readonly at: number;
  readonly name: Token;
  /** Between its parentheses. */
  readonly parts: readonly (readonly Token[])[];
  readonly end: number;
  readonly sql: (tokens: readonly Token[]) => string;
}

/**
 * The call of a function that PostgreSQL writes in another way; undefined for any other, which is rendered token by token.
 * @param render gives a part of the statement in PostgreSQL's words
 */
export function rewrittenCall(
  source: Source,
  tokens: readonly Token[],
  at: number,
  render: (source: Source, tokens: readonly Token[]) => string,
): RewrittenCall | undefined {
  const name = tokens[at];
  const rewrite = name === undefined ? undefined : rewriters.get(name.value);
  if (name === undefined || rewrite === undefined) return undefined;
  const found = argumentsAt(tokens, at + 1);
  if (found === undefined) throw syntaxError(source.text, name.start, name.text);
  return rewrite({ source, tokens, at, name, ...found, sql: (part) => render(source, part) });
}

/** Without a rewriting the call stays the one that it is. */
type Rewriter = (call: Call) => RewrittenCall | undefined;

const rewriters: ReadonlyMap<string, Rewriter> = new Map<string, Rewriter>([
  ["collate", collate],
  ["current_setting", currentSettingOf],
  ["decode", decode],
  // Unqualified it is syntax of PostgreSQL's own.
  ["json_serialize", ({ at }) => ({ sql: "pg_catalog.json_serialize", end: at + 1 })],
  ["listagg", listagg],
  ["ratio_to_report", ratioToReport],
  ["set_config", setConfig],
]);

/** `COLLATE(x, 'case_insensitive')`: there is no COLLATE behind an expression. */
function collate({ source, name, parts, end, sql }: Call): RewrittenCall {
  const [value = [], [choice] = []] = parts;
  const collation = choice?.kind === "string" ? collations.get(choice.value.toLowerCase()) : undefined;
  if (collation === undefined || parts.length !== 2 || parts[1]?.length !== 1)
    throw new SqlError("22023", "COLLATE takes a string and 'case_sensitive' or 'case_insensitive'", {
      position: positionOf(source.text, name.start),
    });
  return { sql: `((${sql(value)}) COLLATE ${collation})`, end };
}

const collations: ReadonlyMap<string, string> = new Map([
  ["case_insensitive", "redshift_sandbox.case_insensitive"],
  ["case_sensitive", 'pg_catalog."C"'],
]);

/** `DECODE(e, s, r, …, default)`, where NULL matches NULL: a CASE. */
function decode({ parts, end, sql }: Call): RewrittenCall | undefined {
  if (parts.length < 3) return undefined;
  const [subject = "", ...pairs] = parts.map((part) => `(${sql(part)})`);
  let cases = "";
  let index = 0;
  for (; index + 1 < pairs.length; index += 2) {
    const search = pairs[index] ?? "";
    cases += ` WHEN ${subject} = ${search} OR (${subject} IS NULL AND ${search} IS NULL) THEN ${pairs[index + 1] ?? ""}`;
  }
  if (index < pairs.length) cases += ` ELSE ${pairs[index] ?? ""}`;
  return { sql: `(CASE${cases} END)`, end };
}

/** `LISTAGG(x, s) WITHIN GROUP (ORDER BY y)`: PostgreSQL orders the input of an ordinary aggregate inside its parentheses. */
function listagg({ source, tokens, name, parts, end, sql }: Call): RewrittenCall | undefined {
  const group =
    isWord(tokens, end, "within") && isWord(tokens, end + 1, "group")
      ? argumentsAt(tokens, end + 2)
      : undefined;
  if (group === undefined) return undefined;
  if (isWord(tokens, group.end, "over"))
    throw notImitated("LISTAGG as a window function", positionOf(source.text, name.start));
  const order = sql(tokens.slice(end + 3, group.end - 1));
  return { sql: `${name.text}(${parts.map(sql).join(", ")} ${order})`, end: group.end };
}

/** `RATIO_TO_REPORT(x) OVER (…)`: a value's share of the window's sum. */
function ratioToReport({ source, tokens, name, parts, end, sql }: Call): RewrittenCall {
  const over = isWord(tokens, end, "over") ? argumentsAt(tokens, end + 1) : undefined;
  if (parts.length !== 1 || over === undefined) throw syntaxError(source.text, name.start, name.text);
  const window = tokens.slice(end + 2, over.end - 1);
  const order = window.find(({ kind, value }) => kind === "word" && (value === "order" || value === "rows"));
  if (order !== undefined) throw syntaxError(source.text, order.start, order.text);
  const value = sql(parts[0] ?? []);
  const sum = `SUM(${value}) OVER (${sql(window)})`;
  return { sql: `(CAST((${value}) AS double precision) / NULLIF(${sum}, 0))`, end: over.end };
}

/** Of a parameter that only Redshift has, which is kept under another name. */
function currentSettingOf({ parts, end }: Call): RewrittenCall | undefined {
  const setting = settingOf(parts);
  return setting === undefined || parts.length !== 1 ? undefined : { sql: currentSetting(setting), end };
}

/** The same for SET_CONFIG, which takes the values that SET takes. */
function setConfig({ parts, end, sql }: Call): RewrittenCall | undefined {
  const setting = settingOf(parts);
  if (setting === undefined) return undefined;
  const [[name] = [], [value, ...more] = []] = parts;
  if (value?.kind === "string" && more.length === 0)
    checkValue((name?.value ?? "").toLowerCase(), value.value);
  return { sql: `set_config(${[literal(setting.sql), ...parts.slice(1).map(sql)].join(", ")})`, end };
}

/** The parameter that a literal names. */
function settingOf([first]: Call["parts"]): ReturnType<typeof redshiftSetting> {
  const name = first?.[0];
  return name?.kind === "string" && first?.length === 1 ? redshiftSetting(name.value) : undefined;
}

/** What stands between the parenthesis at `open` and its partner. */
function argumentsAt(
  tokens: readonly Token[],
  open: number,
): { readonly parts: (readonly Token[])[]; readonly end: number } | undefined {
  const parts: (readonly Token[])[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "punctuation") continue;
    if (token.value === "(" || token.value === "[") depth += 1;
    if (token.value === ")" || token.value === "]") depth -= 1;
    if ((token.value === "," && depth === 1) || depth === 0) {
      parts.push(tokens.slice(start, at));
      start = at + 1;
    }
    if (depth === 0) return { parts, end: at + 1 };
  }
  return undefined;
}

function isWord(tokens: readonly Token[], at: number, word: string): boolean {
  const token = tokens[at];
  return token?.kind === "word" && token.value === word;
}
