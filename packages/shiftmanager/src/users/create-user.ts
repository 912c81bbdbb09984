import { OptionsError } from "../errors.ts";
import { names, number, text, type Kinds } from "../kinds.ts";
import { Batch } from "../sql/batch.ts";
import { list, userName } from "../sql/quote.ts";
import { join, nothing, sql } from "../sql/sql.ts";
import type { UserParameters } from "./parameters.ts";
import { parametersKind, parameterStatements } from "./parameters.ts";
import type { PasswordHash } from "./password.ts";
import { passwordOption } from "./password.ts";
import type { UserOptions } from "./user-options.ts";
import { checkTogether, sessionTimeout, userClauses, userKinds } from "./user-options.ts";

export interface CreateUserOptions extends UserOptions {
  /** Existing groups that the user joins. */
  readonly groups?: readonly string[];
  /** Idle seconds after which a session ends: 60 to 1,728,000. */
  readonly sessionTimeoutSeconds?: number;
  /** Set by further `ALTER USER … SET` statements. */
  readonly parameters?: UserParameters;
  /** Sends a verifier in place of the clear password; default none, as the original did. */
  readonly passwordHash?: PasswordHash;
}

export const createUserKinds: Kinds<CreateUserOptions> = {
  ...userKinds,
  groups: names,
  sessionTimeoutSeconds: number,
  parameters: parametersKind,
  passwordHash: text,
};

/** What a reviewer should know of users with SHA-256 passwords. */
export const sha256Note =
  "A SHA-256 password makes the server ask for an authentication that PostgreSQL drivers do not know; this tool could not log in as the user.";

/**
 * Builds CREATE USER and one `ALTER USER … SET` for each parameter.
 * @param password - null makes a user who cannot log in with one
 * @throws OptionsError for what Redshift would refuse
 * @see AWS Database Developer Guide, CREATE USER (r_CREATE_USER)
 */
export function createUser(name: string, password: string | null, options: CreateUserOptions = {}): Batch {
  const { groups = [], parameters = {}, passwordHash, sessionTimeoutSeconds } = options;
  checkTogether({ ...options, password });
  const reset = Object.keys(parameters).find((parameter) => parameters[parameter] === null);
  if (reset !== undefined) {
    throw new OptionsError(`A new user has nothing to reset; leave out the parameter ${reset}.`);
  }
  const create = join(
    [
      sql`CREATE USER ${userName(name)}`,
      passwordOption(name, password, passwordHash),
      ...userClauses(options),
      groups.length === 0 ? nothing : sql`IN GROUP ${list(groups.map(userName))}`,
      sessionTimeoutSeconds === undefined ? nothing : sessionTimeout(sessionTimeoutSeconds),
    ],
    "\n  ",
  );
  return Batch.transaction(
    [{ sql: create, summary: `Creates the user ${name}` }, ...parameterStatements(name, parameters)],
    { notes: passwordHash === "sha256" ? [sha256Note] : [] },
  );
}
