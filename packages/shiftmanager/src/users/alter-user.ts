import { OptionsError } from "../errors.ts";
import { names, number, orNull, text, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import { userName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { Statement } from "../sql/statement.ts";
import { sha256Note } from "./create-user.ts";
import type { UserParameters } from "./parameters.ts";
import { parametersKind, parameterStatements } from "./parameters.ts";
import type { PasswordHash } from "./password.ts";
import { passwordOption } from "./password.ts";
import type { UserOptions } from "./user-options.ts";
import { checkTogether, sessionTimeout, userClauses, userKinds } from "./user-options.ts";
import { option, wording } from "../wording.ts";

export interface AlterUserOptions extends UserOptions {
  /** null disables the password. */
  readonly password?: string | null;
  /** Sends a verifier in place of the clear password; default none, as the original did. */
  readonly passwordHash?: PasswordHash;
  /** The user's new name. It is done first, and clears the password, which is salted with the name. */
  readonly rename?: string;
  /** Existing groups that the user joins as well. */
  readonly groups?: readonly string[];
  /** Idle seconds after which a session ends: 60 to 1,728,000; null resets it. */
  readonly sessionTimeoutSeconds?: number | null;
  /** Set, or with null reset, by one statement each. */
  readonly parameters?: UserParameters;
}

export const alterUserKinds: Kinds<AlterUserOptions> = {
  ...userKinds,
  password: orNull(text),
  passwordHash: text,
  rename: text,
  groups: names,
  sessionTimeoutSeconds: orNull(number),
  parameters: parametersKind,
};

/**
 * Builds the statements that change a user: RENAME first, then the plain options in one ALTER USER, then one statement for
 * each group, SET and RESET.
 * @throws OptionsError when there is nothing to change, and for what Redshift would refuse
 * @see AWS Database Developer Guide, ALTER USER (r_ALTER_USER)
 */
export function alterUser(name: string, options: AlterUserOptions): Batch {
  const { password, passwordHash, rename, groups = [], sessionTimeoutSeconds, parameters = {} } = options;
  checkTogether(options);
  if (passwordHash !== undefined && (password === undefined || password === null)) {
    throw new OptionsError(
      wording`${option("passwordHash")} says how a password is sent; give the password as well.`,
    );
  }
  // From here on the user has the new name, with which an md5 verifier is salted too.
  const current = rename ?? name;
  const statements = [
    ...(rename === undefined ? [] : [renameStatement(name, rename)]),
    ...plainStatement(current, options),
    ...(sessionTimeoutSeconds === null ? [resetTimeout(current)] : []),
    ...groups.map((group) => joinGroup(current, group)),
    ...parameterStatements(current, parameters),
  ];
  if (statements.length === 0) {
    throw new OptionsError(`Nothing to change was given for the user ${name}; name at least one option.`);
  }
  return Batch.transaction(statements, { notes: notes(name, options) });
}

function renameStatement(name: string, rename: string): Statement {
  return {
    sql: sql`ALTER USER ${userName(name)} RENAME TO ${userName(rename)}`,
    summary: `Renames the user ${name} to ${rename}`,
  };
}

function plainStatement(name: string, options: AlterUserOptions): readonly Statement[] {
  const { password, passwordHash, sessionTimeoutSeconds } = options;
  const clauses = join(
    [
      password === undefined ? nothing : passwordOption(name, password, passwordHash),
      ...userClauses(options),
      typeof sessionTimeoutSeconds === "number" ? sessionTimeout(sessionTimeoutSeconds) : nothing,
    ],
    "\n  ",
  );
  if (clauses.isEmpty) return [];
  return [
    { sql: join([sql`ALTER USER ${userName(name)}`, clauses], "\n  "), summary: `Changes the user ${name}` },
  ];
}

function resetTimeout(name: string): Statement {
  return {
    sql: sql`ALTER USER ${userName(name)} RESET SESSION TIMEOUT`,
    summary: `Resets the session timeout of ${name}`,
  };
}

function joinGroup(name: string, group: string): Statement {
  return {
    sql: sql`ALTER GROUP ${userName(group)} ADD USER ${userName(name)}`,
    summary: `Adds ${name} to the group ${group}`,
  };
}

function notes(name: string, { rename, password, passwordHash }: AlterUserOptions): readonly string[] {
  return [
    ...(rename !== undefined && password === undefined
      ? [
          `RENAME clears the password of ${name}, which is salted with the name; ${rename} cannot log in until a new one is set.`,
        ]
      : []),
    ...(passwordHash === "sha256" ? [sha256Note] : []),
  ];
}
