import { createHash, randomBytes } from "node:crypto";
import { SqlError } from "../../errors.ts";
import { literal, quoted } from "../names.ts";
import type { Backend, Plan } from "../plan.ts";
import type { Reader } from "../reader.ts";
import { postgresSetting, readSettingValue } from "../settings.ts";
import { asUsersAndGroups, call, script, scripted, virtual } from "../statements.ts";

/** A password as the statement gives it, in the form that is kept. */
type Password =
  | { readonly kind: "md5"; readonly hash: string }
  | { readonly kind: "sha256"; readonly digest: string; readonly salt: string }
  | { readonly kind: "disabled" };

interface Options {
  readonly password?: Password;
  readonly createdb?: boolean;
  readonly createuser?: boolean;
  readonly syslogAccess?: "restricted" | "unrestricted";
  readonly groups?: readonly string[];
  readonly validUntil?: string;
  readonly connectionLimit?: number;
  /** Seconds; null is RESET SESSION TIMEOUT. */
  readonly sessionTimeout?: number | null;
  readonly externalId?: string;
}

/**
 * `CREATE USER`: a role that may log in; what roles lack is a user option.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
 */
export function createUser(reader: Reader): Plan {
  reader.expect("create", "user");
  const name = reader.userName();
  const role = reader.names.userRole(name);
  reader.accept("with");
  const options = readOptions(reader, name, true);
  reader.end();
  if (options.password === undefined) throw reader.error();
  if (options.externalId !== undefined && options.password.kind !== "disabled")
    throw new SqlError("42601", "EXTERNALID requires PASSWORD DISABLE");
  if (options.createuser === true) refuseDisabledSuperuser(options.password);
  const groups = (options.groups ?? []).map((group) => quoted(reader.names.groupRole(group)));
  return script("CREATE USER", [
    [
      `CREATE ROLE ${quoted(role)} LOGIN`,
      ...roleOptions(options),
      ...(groups.length === 0 ? [] : [`IN ROLE ${groups.join(", ")}`]),
    ].join(" "),
    ...userOptions(role, options),
  ]);
}

/**
 * `ALTER USER`: options that may be combined, or one of RENAME, SET, RESET. Commas are refused: only AWS's synopsis has them,
 * its examples do not (facts.md 1.1).
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_USER.html
 */
export function alterUser(reader: Reader): Plan {
  reader.expect("alter", "user");
  const name = reader.userName();
  const role = reader.names.userRole(name);
  reader.accept("with");
  if (reader.accept("rename", "to")) {
    const renamed = reader.names.userRole(reader.userName());
    reader.end();
    return renameUser(role, renamed);
  }
  if (reader.accept("set")) {
    const parameter = reader.name();
    if (!reader.accept("to")) reader.expectMark("=");
    const value = readSettingValue(reader, parameter);
    reader.end();
    return script("ALTER USER", [
      `ALTER ROLE ${quoted(role)} SET ${postgresSetting(parameter).sql} TO ${value ?? "DEFAULT"}`,
    ]);
  }
  if (reader.is("reset") && !reader.is("reset", "session", "timeout")) {
    reader.expect("reset");
    const parameter = reader.name();
    reader.end();
    return script("ALTER USER", [`ALTER ROLE ${quoted(role)} RESET ${postgresSetting(parameter).sql}`]);
  }
  const options = readOptions(reader, name, false);
  reader.end();
  if (Object.keys(options).length === 0) throw reader.error();
  if (options.createuser === true) refuseDisabledSuperuser(options.password);
  const changes = roleOptions(options);
  const statements = [
    ...(changes.length === 0 ? [] : [[`ALTER ROLE ${quoted(role)}`, ...changes].join(" ")]),
    ...userOptions(role, options),
  ];
  if (options.password?.kind !== "disabled") return script("ALTER USER", statements);
  return scripted("ALTER USER", statements, async (backend) => {
    const { rows } = await backend.query(
      `SELECT usesuper FROM pg_catalog.pg_user WHERE usename = ${literal(name)}`,
    );
    if (rows[0]?.[0] === "t" && options.createuser !== false) refuseDisabledSuperuser(options.password);
    await backend.query(statements.join(";\n"));
  });
}

/** RENAME clears the password: the digest is salted with the name. PostgreSQL does so for md5. */
function renameUser(from: string, to: string): Plan {
  return script("ALTER USER", [
    `ALTER ROLE ${quoted(from)} RENAME TO ${quoted(to)}`,
    `ALTER ROLE ${quoted(to)} PASSWORD NULL`,
    call("set_user_option", literal(to), "'sha256_digest'", "NULL"),
    call("set_user_option", literal(to), "'sha256_salt'", "NULL"),
  ]);
}

/**
 * `DROP USER [IF EXISTS] a, b`: refused while a user owns something or holds a privilege.
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_USER.html
 */
export function dropUser(reader: Reader): Plan {
  reader.expect("drop", "user");
  const ifExists = reader.accept("if", "exists");
  const users = reader.list(() => {
    const name = reader.userName();
    return { name, role: reader.names.userRole(name) };
  });
  reader.end();
  return virtual("DROP USER", async (backend) => {
    for (const { name, role } of users) {
      await backend.query(call("require_owns_no_role", literal(role)));
      await backend.query(call("detach_policies_of_user", literal(role)));
      await dropRole(backend, "user", name, role, ifExists);
    }
  });
}

/** Drops the role of a user or group, with Redshift's errors. */
export async function dropRole(
  backend: Backend,
  kind: "user" | "group",
  name: string,
  role: string,
  ifExists: boolean,
): Promise<void> {
  try {
    await asUsersAndGroups(() => backend.query(`DROP ROLE ${ifExists ? "IF EXISTS " : ""}${quoted(role)}`));
  } catch (error) {
    if (!(error instanceof SqlError) || error.sqlstate !== "2BP01") throw error;
    const owns = kind === "user" && /^(?:owner of|\d+ objects? in database)/m.test(error.detail ?? "");
    throw new SqlError(
      "55006",
      `${kind} "${name}" can't be dropped because the ${kind} ${owns ? "owns some object" : "has a privilege on some object"}`,
      error.detail === undefined ? {} : { detail: error.detail },
    );
  }
}

function readOptions(reader: Reader, user: string, creating: boolean): Options {
  const options: { -readonly [Key in keyof Options]: Options[Key] } = {};
  const once = (key: keyof Options): void => {
    if (options[key] !== undefined) throw new SqlError("42601", "conflicting or redundant options");
  };
  while (!reader.done) {
    if (reader.accept("password")) {
      once("password");
      options.password = reader.accept("disable")
        ? { kind: "disabled" }
        : readPassword(reader.string(), user);
    } else if (reader.is("createdb") || reader.is("nocreatedb")) {
      once("createdb");
      options.createdb = reader.next().value === "createdb";
    } else if (reader.is("createuser") || reader.is("nocreateuser")) {
      once("createuser");
      options.createuser = reader.next().value === "createuser";
    } else if (reader.accept("syslog", "access")) {
      once("syslogAccess");
      const access = reader.acceptOneOf("restricted", "unrestricted");
      if (access === undefined) throw reader.error();
      options.syslogAccess = access;
    } else if (creating && reader.accept("in", "group")) {
      once("groups");
      options.groups = reader.list(() => reader.groupName());
    } else if (reader.accept("valid", "until")) {
      once("validUntil");
      options.validUntil = reader.string();
    } else if (reader.accept("connection", "limit")) {
      once("connectionLimit");
      options.connectionLimit = reader.accept("unlimited") ? -1 : connectionLimit(reader.integer());
    } else if (reader.accept("session", "timeout")) {
      once("sessionTimeout");
      options.sessionTimeout = sessionTimeout(reader.integer());
    } else if (!creating && reader.accept("reset", "session", "timeout")) {
      once("sessionTimeout");
      options.sessionTimeout = null;
    } else if (reader.accept("externalid")) {
      once("externalId");
      const token = reader.next();
      if (token.kind !== "word" && token.kind !== "quoted" && token.kind !== "string")
        throw reader.error(token);
      options.externalId = token.kind === "word" ? token.text : token.value;
    } else throw reader.error();
  }
  return options;
}

function connectionLimit(limit: number): number {
  if (limit < 0 || limit > 2_147_483_647) throw new SqlError("22023", `invalid connection limit: ${limit}`);
  return limit;
}

/** @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html 60 seconds to 20 days */
function sessionTimeout(seconds: number): number {
  if (seconds < 60 || seconds > 1_728_000)
    throw new SqlError("22023", `session timeout ${seconds} is out of range: 60 to 1728000 seconds`);
  return seconds;
}

function refuseDisabledSuperuser(password: Password | undefined): void {
  if (password?.kind === "disabled")
    throw new SqlError("0LP01", "The password of a superuser cannot be disabled");
}

/** What PostgreSQL keeps itself. A clear password is hashed here, so that it is in no statement of the engine. */
function roleOptions(options: Options): string[] {
  const sql: string[] = [];
  if (options.createdb !== undefined) sql.push(options.createdb ? "CREATEDB" : "NOCREATEDB");
  if (options.createuser !== undefined) sql.push(options.createuser ? "SUPERUSER" : "NOSUPERUSER");
  if (options.connectionLimit !== undefined) sql.push(`CONNECTION LIMIT ${options.connectionLimit}`);
  if (options.password !== undefined)
    sql.push(`PASSWORD ${options.password.kind === "md5" ? literal(options.password.hash) : "NULL"}`);
  if (options.validUntil !== undefined) sql.push(`VALID UNTIL ${literal(options.validUntil)}`);
  return sql;
}

function userOptions(role: string, options: Options): string[] {
  const set = (option: string, value: string | null): string =>
    call("set_user_option", literal(role), `'${option}'`, value === null ? "NULL" : literal(value));
  const calls: string[] = [];
  if (options.password !== undefined) {
    calls.push(set("password_kind", options.password.kind));
    if (options.password.kind === "sha256")
      calls.push(set("sha256_digest", options.password.digest), set("sha256_salt", options.password.salt));
  }
  if (options.syslogAccess !== undefined) calls.push(set("syslog_access", options.syslogAccess));
  if (options.sessionTimeout !== undefined)
    calls.push(
      set("session_timeout", options.sessionTimeout === null ? null : String(options.sessionTimeout)),
    );
  if (options.externalId !== undefined) calls.push(set("external_id", options.externalId));
  return calls;
}

/** @see facts.md 1.1, "Password rules" */
function readPassword(password: string, user: string): Password {
  if (/^md5[0-9a-f]{32}$/i.test(password)) return { kind: "md5", hash: password.toLowerCase() };
  if (password.startsWith("sha256|")) return readSha256(password.slice("sha256|".length));
  checkClear(password);
  return {
    kind: "md5",
    hash: `md5${createHash("md5")
      .update(password + user)
      .digest("hex")}`,
  };
}

function readSha256(rest: string): Password {
  const hashed = /^([0-9a-f]{64})\|([0-9a-f]{64})$/i.exec(rest);
  if (hashed !== null)
    return { kind: "sha256", digest: (hashed[1] ?? "").toLowerCase(), salt: (hashed[2] ?? "").toLowerCase() };
  if (rest.includes("|")) throw new SqlError("22023", "invalid sha256 password: expected sha256|digest|salt");
  checkClear(rest);
  const salt = randomBytes(32);
  return {
    kind: "sha256",
    digest: createHash("sha256").update(rest).update(salt).digest("hex"),
    salt: salt.toString("hex"),
  };
}

function checkClear(password: string): void {
  if (password.length < 8) throw new SqlError("22023", "password must have at least 8 characters");
  if (password.length > 64) throw new SqlError("22023", "password must have at most 64 characters");
  if (!/[A-Z]/.test(password)) throw new SqlError("22023", "password must contain an upper-case letter");
  if (!/[a-z]/.test(password)) throw new SqlError("22023", "password must contain a lower-case letter");
  if (!/[0-9]/.test(password)) throw new SqlError("22023", "password must contain a number");
  // An example of the manual has @ in a password, though its rules exclude it.
  if (!/^[!-~]+$/.test(password) || /['"\\/]/.test(password))
    throw new SqlError("22023", "password may hold ASCII characters 33 to 126 only, and none of ' \" \\ /");
}
