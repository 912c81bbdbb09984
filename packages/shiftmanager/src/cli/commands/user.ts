import type { Command } from "commander";
import { Option } from "commander";
import type { CreateUserOptions, PasswordHash, UserParameters } from "../../index.ts";
import { usageError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import type { NewPassword, NewPasswordFlags } from "../new-password.ts";
import { newPassword, promptForPassword } from "../new-password.ts";
import { keyValue } from "../read-input.ts";
import { textTable } from "../text-table.ts";
import { commaList, wholeNumber } from "../values.ts";

interface UserFlags extends NewPasswordFlags {
  readonly passwordHash: PasswordHash | "none";
  readonly group?: readonly string[];
  readonly createdb?: boolean;
  readonly superuser?: boolean;
  readonly validUntil?: string;
  readonly connectionLimit?: number | "unlimited";
  readonly sessionTimeout?: number;
  readonly syslogAccess?: "restricted" | "unrestricted";
  readonly set?: UserParameters;
}

interface AlterFlags extends UserFlags {
  readonly rename?: string;
  readonly reset?: UserParameters;
}

/** `shiftmanager user create|alter|drop|list`. */
export function userCommand(program: Command, context: CliContext): void {
  const user = program.command("user").description("create, change, drop and list users");
  const create = user
    .command("create <name>")
    .description("create a user")
    .action((name: string, flags: UserFlags) => createUser(context, name, flags));
  const alter = user
    .command("alter <name>")
    .description("change a user")
    .action((name: string, flags: AlterFlags) => alterUser(context, name, flags));
  for (const command of [create, alter]) sharedOptions(command);
  alter
    .option("--rename <name>", "new name; clears the password unless one is given with it")
    .option("--no-createdb", "may no longer create databases")
    .option("--no-superuser", "no longer a superuser")
    .option(
      "--reset <parameter>",
      "set a parameter back to the server's default; may be repeated",
      collectReset,
    );
  user
    .command("drop <name>")
    .description("drop a user who owns nothing and holds no privilege in the database")
    .option("--if-exists", "a user who does not exist is no error")
    .action((name: string, flags: { readonly ifExists?: true }) => dropUser(context, name, flags));
  user
    .command("list")
    .description("list the users, their groups and what they may do")
    .action(() => listUsers(context));
}

function sharedOptions(command: Command): void {
  command
    .option("--generate-password", "make a random password and print it once it is set")
    .option("--password-stdin", "read the password from stdin")
    .option("--password-prompt", "ask for the password on the terminal")
    .addOption(
      new Option("--password-hash <kind>", "how the password is sent")
        .choices(["md5", "sha256", "none"])
        .default("md5"),
    )
    .option("--group <names>", "existing groups to join, separated by commas", commaList)
    .option("--createdb", "may create databases")
    .option("--superuser", "is a superuser")
    .option("--valid-until <time>", "when the password expires")
    .option("--connection-limit <n>", "connections at once, or unlimited", connectionLimit)
    .option("--session-timeout <seconds>", "idle time after which a session ends", wholeNumber)
    .addOption(
      new Option("--syslog-access <what>", "may the user see other users' rows in system tables").choices([
        "restricted",
        "unrestricted",
      ]),
    )
    .option("--set <key=value>", "set a configuration parameter; may be repeated", collectSet);
}

async function createUser(context: CliContext, name: string, flags: UserFlags): Promise<void> {
  const password = (await newPassword(context, flags)) ?? (await missingPassword(context));
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.createUser(name, password.password, {
      ...options(flags),
      ...hash(flags),
      ...(flags.set === undefined ? {} : { parameters: flags.set }),
    });
    if ((await context.runOrPreview(redshift, batch)) !== undefined) showGenerated(context, name, password);
  });
}

async function alterUser(context: CliContext, name: string, flags: AlterFlags): Promise<void> {
  const password = await newPassword(context, flags);
  await context.withRedshift(async (redshift) => {
    const batch = await redshift.alterUser(name, {
      ...options(flags),
      ...(password === undefined ? {} : { password: password.password, ...hash(flags) }),
      ...(flags.rename === undefined ? {} : { rename: flags.rename }),
      parameters: { ...flags.set, ...flags.reset },
    });
    const done = (await context.runOrPreview(redshift, batch)) !== undefined;
    if (done && password !== undefined) showGenerated(context, flags.rename ?? name, password);
  });
}

async function dropUser(
  context: CliContext,
  name: string,
  flags: { readonly ifExists?: true },
): Promise<void> {
  await context.withRedshift(async (redshift) => {
    await context.runOrPreview(redshift, await redshift.dropUser(name, flags));
  });
}

async function listUsers(context: CliContext): Promise<void> {
  await context.withRedshift(async (redshift) => {
    const users = await redshift.getUsers({ signal: context.signal });
    if (context.flags.json === true) {
      for (const user of users) context.printJson({ type: "user", ...user });
      return;
    }
    const rows = users.map(({ name, superuser, createdb, validUntil, groups, details }) => ({
      name,
      superuser: superuser ? "yes" : "",
      createdb: createdb ? "yes" : "",
      valid_until: validUntil ?? "",
      connections: details === null ? "?" : String(details.connectionLimit),
      groups: groups.join(", "),
    }));
    const columns = ["name", "superuser", "createdb", "valid_until", "connections", "groups"];
    context.print(textTable(columns, rows));
    if (users.some(({ details }) => details === null)) {
      context.say("?: only a superuser sees the details of other users.");
    }
  });
}

/** A preview needs no password: its place is masked anyway. */
async function missingPassword(context: CliContext): Promise<NewPassword> {
  if (context.flags.execute !== true && context.flags.revealSecrets !== true) {
    const { randomPassword } = await context.library();
    return { password: randomPassword(), generated: false };
  }
  return { password: await promptForPassword(context), generated: false };
}

/** After COMMIT, once, alone on its line. */
function showGenerated(context: CliContext, name: string, { password, generated }: NewPassword): void {
  if (!generated) return;
  context.printOnce(
    password,
    { type: "password", user: name, password },
    `The password of ${name} is set, but it could not be printed and nobody knows it; set another: shiftmanager user alter ${name} --generate-password --execute.`,
  );
}

function options(flags: UserFlags): CreateUserOptions {
  return {
    ...(flags.group === undefined ? {} : { groups: flags.group }),
    ...(flags.createdb === undefined ? {} : { createdb: flags.createdb }),
    ...(flags.superuser === undefined ? {} : { createuser: flags.superuser }),
    ...(flags.validUntil === undefined ? {} : { validUntil: flags.validUntil }),
    ...(flags.connectionLimit === undefined ? {} : { connectionLimit: flags.connectionLimit }),
    ...(flags.sessionTimeout === undefined ? {} : { sessionTimeoutSeconds: flags.sessionTimeout }),
    ...(flags.syslogAccess === undefined ? {} : { syslogAccess: flags.syslogAccess }),
  };
}

function hash({ passwordHash }: UserFlags): { readonly passwordHash?: PasswordHash } {
  return passwordHash === "none" ? {} : { passwordHash };
}

function connectionLimit(text: string): number | "unlimited" {
  if (text.toLowerCase() === "unlimited") return "unlimited";
  if (!/^\d+$/.test(text))
    throw usageError(`--connection-limit "${text}" is neither a whole number nor unlimited.`);
  return Number(text);
}

function collectSet(text: string, before: UserParameters = {}): UserParameters {
  const [key, value] = keyValue(text);
  return { ...before, [key]: /^-?\d+$/.test(value) ? Number(value) : value };
}

function collectReset(key: string, before: UserParameters = {}): UserParameters {
  return { ...before, [key]: null };
}
