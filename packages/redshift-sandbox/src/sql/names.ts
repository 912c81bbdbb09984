import { createHash } from "node:crypto";
import { SqlError, notImitated } from "../errors.ts";
import { foldAscii } from "./lexer.ts";

/** Bytes of a name that PostgreSQL keeps, and that Redshift keeps. */
const postgresBytes = 63;
const redshiftBytes = 127;
const headBytes = 40;

/** Told once for each name that PostgreSQL would cut: what it is called there, and in full. */
export type OnLongName = (short: string, full: string) => void;

/**
 * The name that PostgreSQL knows this one by: itself up to 63 bytes, else a readable head, `…` and 16 hex digits of its SHA-256.
 * @throws SqlError 42622 over 127 bytes: Redshift would cut the name silently, and two names could become one.
 */
export function shortName(full: string): string {
  const bytes = Buffer.byteLength(full);
  if (bytes <= postgresBytes) return full;
  if (bytes > redshiftBytes)
    throw new SqlError("42622", `identifier "${full}" is longer than ${redshiftBytes} bytes`, {
      hint: "Redshift would cut it silently.",
    });
  return shorten(full);
}

/** Whether a name has the form that `shortName` gives to long ones. */
export function isShortened(name: string): boolean {
  return /^.+…[0-9a-f]{16}$/su.test(name);
}

/** Names as PostgreSQL gets them: folded, mapped and quoted. One per translator, so that long names are told once. */
export class Names {
  readonly #told = new Set<string>();
  readonly #onLongName: OnLongName | undefined;

  constructor(onLongName?: OnLongName) {
    this.#onLongName = onLongName;
  }

  /** The PostgreSQL name, unquoted. */
  mapped(full: string): string {
    const short = shortName(full);
    this.#tell(short, full);
    return short;
  }

  /** The PostgreSQL name of a group's role: `group/NAME`, so that a user of that name may exist beside it. */
  groupRole(name: string): string {
    return this.#apart("group", name);
  }

  /**
   * The PostgreSQL name of what Redshift calls a role: `role/NAME`.
   * @see https://docs.aws.amazon.com/redshift/latest/dg/r_role-usage-notes.html
   */
  rbacRole(name: string): string {
    return this.#apart("role", name);
  }

  #apart(kind: "group" | "role", name: string): string {
    shortName(name);
    const full = `${kind}/${name}`;
    if (Buffer.byteLength(full) <= postgresBytes) return full;
    const short = shorten(full);
    this.#tell(short, full);
    return short;
  }

  /** The PostgreSQL name of a user's role. Names that would be another kind of role are refused. */
  userRole(name: string): string {
    if (name.toLowerCase() === "public") throw new SqlError("42939", `user name "${name}" is reserved`);
    if (name.includes("/") || name.startsWith("pg_")) throw notImitated(`the user name "${name}"`);
    // In a search path "$user" would be the sandbox's own schema.
    if (name === "redshift_sandbox") throw notImitated(`the user name "${name}"`);
    if (name === "rdsdb") throw new SqlError("42501", 'permission denied for user "rdsdb"');
    return this.mapped(name);
  }

  #tell(short: string, full: string): void {
    if (short === full || this.#told.has(short)) return;
    this.#told.add(short);
    this.#onLongName?.(short, full);
  }
}

/** An identifier between double quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A literal that means the same whatever `standard_conforming_strings` says. */
export function literal(value: string): string {
  if (value.includes("\0")) throw new SqlError("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  return `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** What a quoted name means: its ASCII letters fold too, unless the session keeps case (facts.md 1.10). */
export function foldQuoted(name: string, caseSensitive: boolean): string {
  return caseSensitive ? name : foldAscii(name);
}

function shorten(full: string): string {
  const digest = createHash("sha256").update(full).digest("hex").slice(0, 16);
  return `${firstBytes(full, headBytes)}…${digest}`;
}

/** As many whole characters as fit. */
function firstBytes(text: string, limit: number): string {
  let bytes = 0;
  let head = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    head += character;
  }
  return head;
}
