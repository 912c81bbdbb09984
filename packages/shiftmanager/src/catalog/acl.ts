/** Who holds a privilege. */
export type Grantee =
  { readonly kind: "user" | "group" | "role"; readonly name: string } | { readonly kind: "public" };

/** A table privilege that GRANT can give. */
export type TablePrivilege =
  "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "DROP" | "REFERENCES" | "TRUNCATE" | "ALTER";

/** All of them, in the manual's order. */
export const tablePrivileges: readonly TablePrivilege[] = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "DROP",
  "REFERENCES",
  "TRUNCATE",
  "ALTER",
];

/** A schema's privilege. */
export type SchemaPrivilege = "CREATE" | "USAGE";

/** Both of them, in the manual's order. */
export const schemaPrivileges: readonly SchemaPrivilege[] = ["CREATE", "USAGE"];

/** One privilege of one grantee on an object. */
export interface ObjectGrant<Privilege extends string> {
  readonly grantee: Grantee;
  readonly privilege: Privilege;
  readonly grantOption: boolean;
  /** Null where the catalog does not say, as for roles. */
  readonly grantor: string | null;
}

/** One privilege of one grantee on a relation or a column of it. */
export interface Grant extends ObjectGrant<TablePrivilege> {
  /** Null: on the whole relation. */
  readonly column: string | null;
}

/** One entry of an ACL: what one grantor gave one grantee. */
export interface AclItem {
  readonly grantee: Grantee;
  readonly letters: readonly { readonly letter: string; readonly grantOption: boolean }[];
  readonly grantor: string | null;
}

/** An ACL as read, and what in it could not be understood. */
export interface ParsedAcl {
  readonly items: readonly AclItem[];
  /** Sentences; empty when everything was understood. */
  readonly unknown: readonly string[];
}

// P and A are newer than the manual's table; which is which is inferred. R (RULE) and t (TRIGGER) are legacy letters
// that ALL brings and no GRANT can name. In PostgreSQL D means TRUNCATE; here it means DROP. @see facts.md 3.6
const tableLetters: Readonly<Record<string, TablePrivilege>> = {
  r: "SELECT",
  a: "INSERT",
  w: "UPDATE",
  d: "DELETE",
  D: "DROP",
  x: "REFERENCES",
  P: "TRUNCATE",
  A: "ALTER",
};
/** The letters of a schema's ACL. */
export const schemaLetters: Readonly<Record<string, SchemaPrivilege>> = { C: "CREATE", U: "USAGE" };
/** The letters of a function's or procedure's ACL. */
export const functionLetters: Readonly<Record<string, "EXECUTE">> = { X: "EXECUTE" };
const legacyLetters = new Set(["R", "t"]);

/**
 * Reads the entries of an ACL, each on its own line (`array_to_string(relacl, '\n')`): `grantee=letters/grantor`, where no
 * grantee is PUBLIC, `group NAME` a group, and a name is in double quotes where it holds more than letters, digits and
 * `_`. Odd names without quotes are read as far as they are unambiguous.
 *
 * What cannot be understood is reported, never dropped and never thrown: someone else's newer letter must not make a
 * whole table unreadable.
 * @param known - the privileges by their letters; default a table's
 */
export function parseAcl(text: string, known: Readonly<Record<string, string>> = tableLetters): ParsedAcl {
  const items: AclItem[] = [];
  const unknown: string[] = [];
  for (const line of splitItems(text)) {
    const item = parseItem(line);
    if (item === null) {
      unknown.push(`The privilege entry ${line} cannot be read.`);
      continue;
    }
    items.push(item);
    for (const { letter } of item.letters) {
      if (!(letter in known) && !legacyLetters.has(letter)) {
        unknown.push(
          `The privilege letter "${letter}" of ${describeGrantee(item.grantee)} is not one this version knows.`,
        );
      }
    }
  }
  return { items, unknown };
}

/** The grants that a table's ACL gives; letters that no GRANT can name are left out. */
export function grantsOf(acl: ParsedAcl, column: string | null = null): readonly Grant[] {
  return objectGrants(acl, tableLetters).map((grant) => ({ ...grant, column }));
}

/** The same for other objects, by the letters of their ACLs. */
export function objectGrants<Privilege extends string>(
  acl: ParsedAcl,
  known: Readonly<Record<string, Privilege>>,
): readonly ObjectGrant<Privilege>[] {
  return acl.items.flatMap(({ grantee, letters, grantor }) =>
    letters.flatMap(({ letter, grantOption }) => {
      const privilege = known[letter];
      return privilege === undefined ? [] : [{ grantee, privilege, grantOption, grantor }];
    }),
  );
}

/** "user alice", "group etl", "PUBLIC". */
export function describeGrantee(grantee: Grantee): string {
  return grantee.kind === "public" ? "PUBLIC" : `${grantee.kind} ${grantee.name}`;
}

/** A line break inside a quoted name does not end an entry. */
function splitItems(text: string): readonly string[] {
  const items: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    if (at === text.length || (text[at] === "\n" && !quoted)) {
      if (at > from) items.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return items;
}

function parseItem(text: string): AclItem | null {
  const grantee = parseGrantee(text);
  if (grantee === null) return null;
  const letters = /=((?:[A-Za-z]\*?)*)/y;
  letters.lastIndex = grantee.end;
  const match = letters.exec(text);
  if (match === null) return null;
  const grantor = parseGrantor(text.slice(letters.lastIndex));
  if (grantor === undefined) return null;
  return {
    grantee: grantee.grantee,
    letters: [...(match[1] ?? "").matchAll(/([A-Za-z])(\*?)/g)].map(([, letter = "", star]) => ({
      letter,
      grantOption: star === "*",
    })),
    grantor,
  };
}

function parseGrantee(text: string): { readonly grantee: Grantee; readonly end: number } | null {
  if (text.startsWith("=")) return { grantee: { kind: "public" }, end: 0 };
  const kind = text.startsWith("group ") ? "group" : "user";
  const start = kind === "group" ? "group ".length : 0;
  if (text[start] === '"') {
    const name = quotedName(text, start);
    return name === null ? null : { grantee: { kind, name: name.name }, end: name.end };
  }
  // As the server writes it, else an odd name without quotes, which ends at the last "=" that letters can follow.
  const rest = text.slice(start);
  const bare =
    /^(\w+)=(?:[A-Za-z]\*?)*(?:\/(?:"(?:[^"]|"")*"|[^"]*))?$/s.exec(rest) ??
    /^(.+)=(?:[A-Za-z]\*?)*(?:\/.*)?$/s.exec(rest);
  const name = bare?.[1];
  return name === undefined ? null : { grantee: { kind, name }, end: start + name.length };
}

function parseGrantor(text: string): string | null | undefined {
  if (text === "") return null;
  if (!text.startsWith("/")) return undefined;
  if (text[1] !== '"') return text.slice(1);
  const name = quotedName(text, 1);
  return name === null || name.end !== text.length ? undefined : name.name;
}

function quotedName(text: string, start: number): { readonly name: string; readonly end: number } | null {
  const match = /"((?:[^"]|"")*)"/y;
  match.lastIndex = start;
  const found = match.exec(text);
  return found === null ? null : { name: (found[1] ?? "").replaceAll('""', '"'), end: match.lastIndex };
}
