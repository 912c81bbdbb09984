import { OptionsError } from "../errors.ts";
import { option, wording } from "../wording.ts";

/**
 * A table or view: `table`, `schema.table`, either part in double quotes where it holds a dot or a quote; or the two
 * parts as they are.
 */
export type RelationInput = string | RelationName;

/** A name as the catalog holds it. Without a schema, the session's `current_schema()` is meant. */
export interface RelationName {
  readonly schema?: string | undefined;
  readonly name: string;
}

/** A relation's name as a caller wrote it: each part with the spellings the catalog may hold it under, best first. */
export interface RelationSpelling {
  readonly schema: readonly string[] | undefined;
  readonly name: readonly string[];
}

/**
 * Reads `table`, `schema.table` and their quoted forms.
 *
 * A bare part means its lower-case form first, a quoted one its own case first: Redshift folds both to lower case
 * unless `enable_case_sensitive_identifier` is on, which the text alone cannot tell.
 * @throws OptionsError for a text that is not one or two names, and for two schemas that disagree.
 * @see facts.md 1.10
 */
export function parseRelation(input: RelationInput, schema?: string): RelationSpelling {
  const written = typeof input === "string" ? parseText(input) : parts(input);
  if (schema === undefined) return written;
  const given = spellings(schema, true);
  if (written.schema !== undefined && !written.schema.some((spelling) => given.includes(spelling))) {
    throw new OptionsError(
      wording`${option("schema")} is "${schema}" but the name says "${written.schema[0] ?? ""}"; give it once.`,
    );
  }
  return { schema: given, name: written.name };
}

function parts({ schema, name }: RelationName): RelationSpelling {
  if (name === "" || schema === "") throw new OptionsError("A table's name and schema cannot be empty.");
  return {
    schema: schema === undefined ? undefined : spellings(schema, true),
    name: spellings(name, true),
  };
}

function parseText(text: string): RelationSpelling {
  const found: { readonly text: string; readonly quoted: boolean }[] = [];
  let at = 0;
  for (;;) {
    const quoted = text[at] === '"';
    const match = quoted ? /"((?:[^"]|"")+)"/y : /[^".]+/y;
    match.lastIndex = at;
    const part = match.exec(text);
    if (part === null) throw notAName(text);
    found.push({ text: quoted ? (part[1] ?? "").replaceAll('""', '"') : part[0], quoted });
    at = match.lastIndex;
    if (at === text.length) break;
    if (text[at] !== ".") throw notAName(text);
    at += 1;
  }
  const [first, second, ...more] = found.map((part) => spellings(part.text, part.quoted));
  if (first === undefined || more.length > 0) throw notAName(text);
  return second === undefined ? { schema: undefined, name: first } : { schema: first, name: second };
}

function notAName(text: string): OptionsError {
  return new OptionsError(
    `"${text}" is not a table's name; write table or schema.table, with "…" around a part that holds a dot or a quote.`,
  );
}

/** The names that a schema or table given by its own name may have in the catalog, best first. */
export function nameSpellings(name: string): readonly string[] {
  return spellings(name, true);
}

/** Only ASCII letters fold. */
function spellings(name: string, ownCaseFirst: boolean): readonly string[] {
  const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (folded === name) return [name];
  return ownCaseFirst ? [name, folded] : [folded, name];
}
