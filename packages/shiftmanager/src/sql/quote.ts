import { checkArguments, requireText } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { relation } from "../kinds.ts";
import { Fragment } from "./fragment.ts";
import { reservedWords } from "./reserved-words.ts";
import { join } from "./sql.ts";

/** The one file that turns outside text into SQL. */

/** Redshift's limit on a name, in bytes of UTF-8. @see facts.md 1.10 */
export const maxNameBytes = 127;

/**
 * Quotes the name of a table, column, schema or constraint where it needs quoting.
 * Redshift folds quoted names to lower case as well, unless `enable_case_sensitive_identifier` is on.
 * @throws OptionsError for an empty name, one over 127 bytes, or one with a NUL character.
 * @see AWS Database Developer Guide, "Names and identifiers" (r_names)
 */
export function identifier(name: string): Fragment {
  return Fragment.text(quoteName(name, "name"));
}

/**
 * Quotes the name of a user or group where it needs quoting. Quoted user names keep their case.
 * @throws OptionsError as `identifier`, and for `PUBLIC`, which Redshift refuses as a name.
 * @see AWS Database Developer Guide, CREATE USER (r_CREATE_USER)
 */
export function userName(name: string): Fragment {
  requireText("The user or group name", name);
  if (name.toLowerCase() === "public") {
    throw new OptionsError(
      "PUBLIC stands for every user and cannot be a user's or group's name; choose another.",
    );
  }
  return Fragment.text(quoteName(name, "user or group name"));
}

/** Writes `schema.name`, each part quoted where it needs it; without a schema, the name alone. */
export function qualifiedName(name: {
  readonly schema?: string | undefined;
  readonly name: string;
}): Fragment {
  checkArguments("qualifiedName", { name: relation }, { name });
  return name.schema === undefined
    ? identifier(name.name)
    : join([identifier(name.schema), identifier(name.name)], ".");
}

/**
 * Writes a value as a Redshift literal: text with quotes *and* backslashes doubled, numbers and booleans bare, a Date as
 * its UTC time, null as NULL. Redshift reads backslash as an escape inside `'…'` and does not know `E'…'`; doubling
 * quotes alone would be an injection hole.
 * @throws OptionsError for text with a NUL character or half a surrogate pair, and for NaN and infinity.
 */
export function literal(value: string | number | bigint | boolean | Date | null): Fragment {
  return Fragment.text(quoteLiteral(value));
}

/** A text literal that must not be shown: a password, a key. Masked in everything but `toSQL({ secrets: "reveal" })`. */
export function secret(value: string): Fragment {
  return Fragment.secret(quoteLiteral(value));
}

/** Fragments with `, ` between them. */
export function list(fragments: readonly Fragment[]): Fragment {
  return join(fragments, ", ");
}

/** Writes one of a closed list of words, in capitals. @throws OptionsError for any other. */
export function keyword<const Word extends string>(word: string, allowed: readonly Word[]): Fragment {
  requireText("The word", word);
  const found = allowed.find((candidate) => candidate.toUpperCase() === word.toUpperCase());
  if (found === undefined) {
    throw new OptionsError(`"${word}" is not one of ${allowed.join(", ")}.`);
  }
  return Fragment.text(found.toUpperCase());
}

/** Text that is SQL already. Each use says in a comment where the text comes from and why it is safe. */
export function raw(text: string): Fragment {
  requireText("The SQL", text);
  return Fragment.text(text);
}

/** Redshift-aware quoting in one object; its parts are exported by name too. */
export const preparer = { identifier, userName, qualifiedName, literal } as const;

function quoteName(name: string, what: string): string {
  requireText(`The ${what}`, name);
  if (name === "") throw new OptionsError(`A ${what} cannot be empty.`);
  refuseUnsendable(name, `The ${what} "${name}"`);
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) {
    throw new OptionsError(
      `The ${what} "${name}" has ${bytes} bytes; Redshift keeps ${maxNameBytes} and would cut the rest silently, so shorten it.`,
    );
  }
  const plain = /^[a-z_][a-z0-9_$]*$/.test(name) && !reservedWords.has(name);
  return plain ? name : `"${name.replaceAll('"', '""')}"`;
}

function quoteLiteral(value: string | number | bigint | boolean | Date | null): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value))
      throw new OptionsError(`${value} has no literal in SQL; pass a finite number or null.`);
    return String(value);
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new OptionsError("An invalid Date has no literal in SQL.");
    // ISO 8601 has a sign and six digits then, which is no date in SQL.
    if (!/^\d{4}-/.test(value.toISOString()) || value.getUTCFullYear() === 0) {
      throw new OptionsError(
        `The year of the Date ${value.toISOString()} is not from 1 to 9999; pass it as text.`,
      );
    }
    return `'${value.toISOString().replace("T", " ").replace("Z", "+00")}'`;
  }
  requireText("The value of a literal, when no number, boolean, Date or null,", value);
  refuseUnsendable(value, "A text value");
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

function refuseUnsendable(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new OptionsError(
      `${what.replaceAll("\0", "\\0")} holds a NUL character, which Redshift cannot store; remove it.`,
    );
  }
  if (!text.isWellFormed()) {
    throw new OptionsError(
      `${what} holds half of a surrogate pair, which is not text in UTF-8; mend it first.`,
    );
  }
}
