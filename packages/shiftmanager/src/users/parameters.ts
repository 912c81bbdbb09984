import { OptionsError } from "../errors.ts";
import { either, flag, isPlainObject, kind, names, number, orNull, text } from "../kinds.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, list, literal, userName } from "../sql/quote.ts";
import { join, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { wording, type Mention } from "../wording.ts";

const reset: Mention = { name: "null", of: "parameters" };

/**
 * Configuration parameters of a user by name. Text is quoted as one value; a list becomes a list of values. `search_path`
 * is always a list of schema names, so the text "sales, public" means two, and `$user` stands for the user's own schema.
 * null resets the parameter to the server's default. They take effect at the user's next login.
 */
export type UserParameters = Readonly<Record<string, ParameterSetting | null>>;

export type ParameterSetting = string | number | boolean | readonly string[];

export const parametersKind = kind(
  "an object of parameters, each text, a number, true or false, a list of names, or null",
  (value) => isPlainObject(value) && Object.values(value).every(isSetting),
);

function isSetting(value: unknown): boolean {
  return value === undefined || either(text, number, flag, names, orNull(text)).fits(value);
}

/** One `ALTER USER … SET` or `RESET` for each parameter: joined in one statement they are a syntax error. */
export function parameterStatements(name: string, parameters: UserParameters): readonly Statement[] {
  return Object.entries(parameters).map(([parameter, value]) => {
    const quoted = parameterName(parameter);
    return value === null
      ? { sql: sql`ALTER USER ${userName(name)} RESET ${quoted}`, summary: `Resets ${parameter} of ${name}` }
      : {
          sql: sql`ALTER USER ${userName(name)} SET ${quoted} = ${setting(parameter, value)}`,
          summary: `Sets ${parameter} of ${name}`,
        };
  });
}

function parameterName(parameter: string): Fragment {
  return join(parameter.split(".").map(identifier), ".");
}

function setting(parameter: string, value: ParameterSetting | undefined): Fragment {
  if (value === undefined) {
    throw new OptionsError(wording`${parameter} is undefined; leave it out, or to reset it pass ${reset}.`);
  }
  if (parameter.toLowerCase() === "search_path") return searchPath(value);
  if (typeof value !== "object") return literal(value);
  if (value.length === 0)
    throw new OptionsError(wording`${parameter} is an empty list; to reset it, pass ${reset}.`);
  return list(value.map(literal));
}

function searchPath(value: ParameterSetting): Fragment {
  if (typeof value === "number" || typeof value === "boolean") {
    throw new OptionsError(`search_path is ${value}; it is a list of schema names.`);
  }
  const names = typeof value === "string" ? splitNames(value) : value;
  if (names.length === 0) throw new OptionsError(wording`search_path is empty; to reset it, pass ${reset}.`);
  // As the manual writes it: SET search_path TO '$user', public.
  return list(names.map((name) => (name === "$user" ? literal(name) : identifier(name))));
}

/** Reads `a, "B c", '$user'` as SQL would: plain names fold to lower case. */
function splitNames(text: string): readonly string[] {
  const names: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")+)"|'([^']+)'|([^\s,"']+))\s*(,|$)/y;
  while (pattern.lastIndex < text.length || names.length === 0) {
    const start = pattern.lastIndex;
    const [whole, quoted, single, plain, end] = pattern.exec(text) ?? [];
    if (whole === undefined || (end === "," && pattern.lastIndex === text.length)) {
      throw new OptionsError(
        `search_path "${text}" is no list of schema names at character ${start + 1}; separate them by commas, or pass an array.`,
      );
    }
    names.push(quoted?.replaceAll('""', '"') ?? single ?? plain?.toLowerCase() ?? "");
  }
  return names;
}
