import { createHash, randomBytes } from "node:crypto";
import { OptionsError } from "../errors.ts";
import type { Fragment } from "../sql/fragment.ts";
import { secret } from "../sql/quote.ts";
import { sql } from "../sql/sql.ts";
import { option, wording } from "../wording.ts";

export const minPasswordLength = 8;
export const maxPasswordLength = 64;

/**
 * What is sent in place of the clear password. `md5`: md5 of password and user name, which every client can log in with.
 * `sha256`: salted; the server then asks for an authentication that PostgreSQL drivers, this library's included, do not know.
 */
export type PasswordHash = "md5" | "sha256";

/** Text that is a verifier already and therefore passed on as it is. */
const verifier = /^(?:md5[0-9a-f]{32}$|sha256\|)/;

/**
 * Writes the PASSWORD option; the literal is a secret, since a verifier is as good as the password.
 * @param password - null disables the password
 * @throws OptionsError for a password that breaks Redshift's rules
 */
export function passwordOption(
  name: string,
  password: string | null,
  passwordHash: PasswordHash | undefined,
): Fragment {
  if (passwordHash !== undefined && !["md5", "sha256"].includes(passwordHash)) {
    throw new OptionsError(
      wording`${option("passwordHash")} is "${String(passwordHash)}"; it must be md5 or sha256, or be left out.`,
    );
  }
  if (password === null) return sql`PASSWORD DISABLE`;
  if (typeof password !== "string") {
    throw new OptionsError("The password is no text; give text, or null to disable it.");
  }
  if (verifier.test(password)) return sql`PASSWORD ${secret(password)}`;
  checkPassword(password);
  switch (passwordHash) {
    case undefined:
      return sql`PASSWORD ${secret(password)}`;
    case "md5":
      return sql`PASSWORD ${secret(md5Verifier(name, password))}`;
    case "sha256":
      return sql`PASSWORD ${secret(sha256Verifier(password))}`;
  }
}

/** `md5` and the hex digest of password and user name, in that order. @see facts.md 1.1 */
export function md5Verifier(name: string, password: string): string {
  return `md5${createHash("md5").update(password).update(name).digest("hex")}`;
}

/** `sha256|digest|salt` in hex; the digest is of the password's bytes and the 32 bytes of the salt. @see facts.md 1.1 */
export function sha256Verifier(password: string, salt: Uint8Array = randomBytes(32)): string {
  const digest = createHash("sha256").update(password).update(salt).digest("hex");
  return `sha256|${digest}|${Buffer.from(salt).toString("hex")}`;
}

/**
 * The rules that Redshift enforces. Which characters it takes is left to it: its manual excludes some that its own
 * examples use. Checked for verifiers too, where the server cannot.
 */
function checkPassword(password: string): void {
  const length = [...password].length;
  const missing = [
    ...(length < minPasswordLength || length > maxPasswordLength
      ? [`${minPasswordLength} to ${maxPasswordLength} characters (it has ${length})`]
      : []),
    ...(/[A-Z]/.test(password) ? [] : ["an upper-case letter"]),
    ...(/[a-z]/.test(password) ? [] : ["a lower-case letter"]),
    ...(/[0-9]/.test(password) ? [] : ["a digit"]),
  ];
  if (missing.length === 0) return;
  throw new OptionsError(
    wording`Redshift would refuse the password: it needs ${missing.join(" and ")}; ${option("randomPassword()")} makes one that fits.`,
  );
}
