import { OptionsError } from "../errors.ts";
import type { Fragment } from "../sql/fragment.ts";
import { identifier, keyword, literal, raw } from "../sql/quote.ts";
import { nothing, sql } from "../sql/sql.ts";
import { choice, either, flag, kind, number, text, type Kinds } from "../kinds.ts";
import { option, wording } from "../wording.ts";

/** Options that CREATE USER and ALTER USER share. What is left out is not mentioned in the SQL. */
export interface UserOptions {
  /** When the password stops being valid: as Redshift reads it ("2030-01-01", "infinity"), or a Date, sent in UTC without fractions of a second. */
  readonly validUntil?: string | Date;
  /** May the user create databases. */
  readonly createdb?: boolean;
  /** Is the user a *superuser*: Redshift's CREATEUSER is more than its name says. */
  readonly createuser?: boolean;
  /** `unrestricted` shows other users' rows in the system tables that users may see. */
  readonly syslogAccess?: "restricted" | "unrestricted";
  /** Connections at once; not enforced for superusers. */
  readonly connectionLimit?: number | "unlimited";
  /** Identity of an external provider; needs a disabled password (`password: null`). */
  readonly externalId?: string;
}

export const sessionTimeoutRange = { minSeconds: 60, maxSeconds: 1_728_000 } as const;

/** The clauses after the password, in the manual's order. */
export function userClauses(options: UserOptions): readonly Fragment[] {
  const { createdb, createuser, syslogAccess, externalId } = options;
  return [
    eitherWay(createdb, sql`CREATEDB`, sql`NOCREATEDB`),
    eitherWay(createuser, sql`CREATEUSER`, sql`NOCREATEUSER`),
    syslogAccess === undefined
      ? nothing
      : sql`SYSLOG ACCESS ${keyword(syslogAccess, ["RESTRICTED", "UNRESTRICTED"])}`,
    options.validUntil === undefined ? nothing : sql`VALID UNTIL ${validUntilLiteral(options.validUntil)}`,
    options.connectionLimit === undefined
      ? nothing
      : sql`CONNECTION LIMIT ${connectionLimit(options.connectionLimit)}`,
    externalId === undefined ? nothing : sql`EXTERNALID ${identifier(externalId)}`,
  ];
}

/** @throws OptionsError outside 60 seconds to 20 days */
export function sessionTimeout(seconds: number): Fragment {
  const { minSeconds, maxSeconds } = sessionTimeoutRange;
  if (!Number.isInteger(seconds) || seconds < minSeconds || seconds > maxSeconds) {
    throw new OptionsError(
      wording`${option("sessionTimeoutSeconds")} is ${seconds}; Redshift takes whole seconds from ${minSeconds} to ${maxSeconds} (20 days).`,
    );
  }
  return sql`SESSION TIMEOUT ${literal(seconds)}`;
}

export const userKinds: Kinds<UserOptions> = {
  validUntil: either(
    text,
    kind("a Date", (value) => value instanceof Date),
  ),
  createdb: flag,
  createuser: flag,
  syslogAccess: text,
  connectionLimit: either(number, choice("unlimited")),
  externalId: text,
};

/** Rules that hold between options, whichever statement they are for. */
export function checkTogether(options: UserOptions & { readonly password?: string | null }): void {
  if (options.externalId !== undefined && options.password !== null) {
    throw new OptionsError(
      wording`${option("externalId")} needs a disabled password; pass null as the password as well.`,
    );
  }
  if (options.createuser === true && options.password === null) {
    throw new OptionsError(
      wording`A superuser's password cannot be disabled; give it a random one (${option("randomPassword()")}) and keep it to yourself.`,
    );
  }
}

function eitherWay(value: boolean | undefined, yes: Fragment, no: Fragment): Fragment {
  if (value === undefined) return nothing;
  return value ? yes : no;
}

function connectionLimit(limit: number | "unlimited"): Fragment {
  // A word of the grammar, not a value.
  if (limit === "unlimited") return raw("UNLIMITED");
  if (!Number.isInteger(limit) || limit < 0) {
    throw new OptionsError(
      wording`${option("connectionLimit")} is ${limit}; it is a whole number from 0, or "unlimited".`,
    );
  }
  return literal(limit);
}

function validUntilLiteral(value: string | Date): Fragment {
  if (typeof value === "string") return literal(value);
  if (Number.isNaN(value.getTime()))
    throw new OptionsError(wording`${option("validUntil")} is an invalid Date.`);
  return literal(`${value.toISOString().slice(0, 19).replace("T", " ")}+00`);
}
