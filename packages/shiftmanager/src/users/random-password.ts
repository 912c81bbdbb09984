import { randomInt } from "node:crypto";
import { checkArguments } from "../check-arguments.ts";
import { OptionsError } from "../errors.ts";
import { number } from "../kinds.ts";
import { maxPasswordLength, minPasswordLength } from "./password.ts";

/** Printable ASCII (33 to 126) without what Redshift refuses in a password, and without the backtick. */
const alphabet = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter(
  (character) => !`'"\\/@\``.includes(character),
);

/**
 * Makes a password that Redshift accepts, from the system's secure source: every allowed password of this length is
 * equally likely.
 * @param length - 8 to 64 characters; default 64
 * @throws OptionsError for another length
 * @see AWS Database Developer Guide, CREATE USER (r_CREATE_USER)
 */
export function randomPassword(length = maxPasswordLength): string {
  checkArguments("randomPassword", { length: number }, { length });
  if (!Number.isInteger(length) || length < minPasswordLength || length > maxPasswordLength) {
    throw new OptionsError(
      `A password of ${length} characters is not possible; choose from ${minPasswordLength} to ${maxPasswordLength}.`,
    );
  }
  for (;;) {
    const password = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
    // Drawn again as a whole: putting a missing digit in its place would make some passwords likelier.
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /[0-9]/.test(password)) return password;
  }
}
