import { CliError, exitCodes, usageError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { readStdin } from "./read-input.ts";

/** Where a new password may come from; never from a flag's value, which other users of the machine can read. */
export interface NewPasswordFlags {
  readonly generatePassword?: true;
  readonly passwordStdin?: true;
  readonly passwordPrompt?: true;
}

/** A password, and whether it must be shown because nobody else knows it. */
export interface NewPassword {
  readonly password: string;
  readonly generated: boolean;
}

/**
 * The new password by `--generate-password`, `--password-stdin`, a prompt, or `SHIFTMANAGER_NEW_PASSWORD`; undefined when
 * none of them is asked for. One made for a preview is thrown away with it.
 */
export async function newPassword(
  context: CliContext,
  flags: NewPasswordFlags,
): Promise<NewPassword | undefined> {
  const ways = [flags.generatePassword, flags.passwordStdin, flags.passwordPrompt].filter(
    (way) => way === true,
  );
  if (ways.length > 1) {
    throw usageError(
      "--generate-password, --password-stdin and --password-prompt exclude each other; give one.",
    );
  }
  const { execute, revealSecrets } = context.flags;
  if (flags.generatePassword === true) {
    if (revealSecrets === true && execute !== true) {
      throw usageError("A generated password is never shown in a preview; leave out --reveal-secrets.");
    }
    const { randomPassword } = await context.library();
    return { password: randomPassword(), generated: true };
  }
  if (flags.passwordStdin === true) return given((await readStdin(context.signal)).replace(/\r?\n$/, ""));
  if (flags.passwordPrompt === true) return given(await promptForPassword(context));
  const fromEnvironment = process.env.SHIFTMANAGER_NEW_PASSWORD;
  return fromEnvironment === undefined || fromEnvironment === "" ? undefined : given(fromEnvironment);
}

/** Asks twice on a terminal. */
export async function promptForPassword(context: CliContext): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw usageError(
      "There is no terminal to ask for the password; use --generate-password, --password-stdin or SHIFTMANAGER_NEW_PASSWORD.",
    );
  }
  const ask = (message: string) => context.askPassword(message, "nothing was changed");
  const first = await ask("New password");
  if ((await ask("The same again")) !== first) {
    throw new CliError(exitCodes.failed, "The two passwords differ; nothing was changed.");
  }
  return first;
}

function given(password: string): NewPassword {
  return { password, generated: false };
}
