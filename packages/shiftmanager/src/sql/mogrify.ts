import { OptionsError } from "../errors.ts";
import { Fragment } from "./fragment.ts";
import type { StatementText, Token } from "./lexer.ts";
import { isSignificant, position } from "./lexer.ts";
import { list, literal, secret } from "./quote.ts";

/**
 * A value to bind. An array of values becomes a comma list, for `IN ($1)`; any other object becomes its JSON text (which
 * `JSON_PARSE($1)` makes SUPER); a fragment is put in as it is, so `identifier("t")` and `secret(password)` work.
 */
export type ParameterValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Fragment
  | readonly ParameterValue[]
  | { readonly [key: string]: unknown };

/** `$1…` with an array, `:name` with an object. */
export type Parameters = readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>;

/** After these words a literal is a secret, and masked wherever the statement is shown. */
const secretWords = new Set([
  "PASSWORD",
  "CREDENTIALS",
  "ACCESS_KEY_ID",
  "SECRET_ACCESS_KEY",
  "SESSION_TOKEN",
  "MASTER_SYMMETRIC_KEY",
]);

/**
 * Binds parameters into statements with the library's own quoting. Text inside literals, names, comments and `$$` bodies
 * is never touched, and `::` is a cast. Without parameters only secrets are marked.
 * @throws OptionsError for a placeholder without a value, a value without a placeholder, and a value that SQL cannot hold
 */
export function bindParameters(
  text: string,
  statements: readonly StatementText[],
  parameters: Parameters | undefined,
): readonly Fragment[] {
  const used = new Set<string>();
  const bound = statements.map(({ tokens }) =>
    Fragment.concat(
      tokens.map((token, i) => {
        const key = placeholder(token, parameters);
        const hide = (token.kind === "string" || key !== undefined) && followsSecretWord(tokens, i);
        if (key === undefined) {
          return hide ? Fragment.secret(token.text) : Fragment.text(token.text);
        }
        used.add(key);
        const value = lookUp(text, token, key, parameters);
        const fragment = hide && typeof value === "string" ? secret(value) : render(value, token.text);
        return apart(tokens[i - 1], fragment, tokens[i + 1]);
      }),
    ),
  );
  refuseSurplus(used, parameters);
  return bound;
}

function placeholder(token: Token, parameters: Parameters | undefined): string | undefined {
  if (parameters === undefined) return undefined;
  const wanted = Array.isArray(parameters) ? "positional" : "named";
  return token.kind === wanted ? token.text.slice(1) : undefined;
}

function lookUp(text: string, token: Token, key: string, parameters: Parameters | undefined): unknown {
  const where = position(text, token.start);
  if (isList(parameters)) {
    const index = Number(key) - 1;
    if (index >= 0 && index < parameters.length) return parameters[index];
    throw new OptionsError(
      `There is no value for ${token.text} at ${where}; ${parameters.length} ${parameters.length === 1 ? "was" : "were"} given.`,
    );
  }
  if (parameters !== undefined && Object.hasOwn(parameters, key)) return parameters[key];
  throw new OptionsError(`There is no value for ${token.text} at ${where}; give "${key}" in the parameters.`);
}

function refuseSurplus(used: ReadonlySet<string>, parameters: Parameters | undefined): void {
  if (parameters === undefined) return;
  const given = isList(parameters) ? parameters.map((_, i) => String(i + 1)) : Object.keys(parameters);
  const surplus = given.filter((key) => !used.has(key));
  if (surplus.length === 0) return;
  const names = surplus.map((key) => (isList(parameters) ? `$${key}` : `:${key}`)).join(", ");
  throw new OptionsError(
    `The text has no placeholder ${names} outside literals and comments; leave out the value or add it.`,
  );
}

function isList(parameters: Parameters | undefined): parameters is readonly ParameterValue[] {
  return Array.isArray(parameters);
}

function render(value: unknown, name: string): Fragment {
  if (value instanceof Fragment) return value;
  // In parentheses, or `a-$1` with -1 would begin a comment.
  if (typeof value === "number" || typeof value === "bigint") {
    const number = literal(value);
    return value < 0 || Object.is(value, -0) ? Fragment.text(`(${String(number)})`) : number;
  }
  if (value === null || typeof value === "string" || typeof value === "boolean" || value instanceof Date) {
    return literal(value);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) {
      throw new OptionsError(`${name} is an empty list, for which SQL has no form; leave the condition out.`);
    }
    return list(value.map((item: unknown) => render(item, name)));
  }
  if (typeof value === "object" && !ArrayBuffer.isView(value)) return literal(json(value, name));
  throw new OptionsError(
    `${name} is ${value === undefined ? "undefined" : `a ${typeof value === "object" ? "binary value" : typeof value}`}, which has no form in SQL; pass text, a number, a boolean, a Date or null.`,
  );
}

function json(value: object, name: string): string {
  const text = jsonText(value, name);
  // Of a Map, a Set or a promise JSON would keep nothing, and say nothing.
  if (text === undefined || (text === "{}" && !isPlain(value))) {
    throw new OptionsError(
      `${name} is a value (${value.constructor.name}) of which JSON keeps nothing; pass plain data.`,
    );
  }
  return text;
}

/** Undefined for what a `toJSON` of the caller's makes nothing of, whatever the types say. */
function jsonText(value: object, name: string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new OptionsError(`${name} cannot be written as JSON; pass plain data.`, { cause });
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Keeps a value from growing together with its neighbours: `'a'$1` would become one literal. */
function apart(before: Token | undefined, fragment: Fragment, after: Token | undefined): Fragment {
  const space = Fragment.text(" ");
  const sticky = (token: Token | undefined) =>
    token !== undefined && token.kind !== "symbol" && token.kind !== "space" && token.kind !== "comment";
  return Fragment.concat([...(sticky(before) ? [space] : []), fragment, ...(sticky(after) ? [space] : [])]);
}

function followsSecretWord(tokens: readonly Token[], index: number): boolean {
  let before = index - 1;
  while (before >= 0 && !isSignificant(tokens[before]?.kind ?? "symbol")) before -= 1;
  const word = tokens[before]?.text.toUpperCase() ?? "";
  return word === "AS" ? followsSecretWord(tokens, before) : secretWords.has(word);
}
