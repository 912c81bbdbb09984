import { randomBytes, randomInt } from "node:crypto";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

/** Makes a password of 32 letters and digits that meets Redshift's rule (upper case, lower case, digit). */
export function randomPassword(): string {
  for (;;) {
    const password = pick(UPPER + LOWER + DIGITS, 32);
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password)) return password;
  }
}

/** Makes a key pair in the shape of AWS's: 20 characters that begin with AKIA, and 40 characters. */
export function randomAccessKey(): { readonly id: string; readonly secret: string } {
  return { id: `AKIA${pick(`${UPPER}234567`, 16)}`, secret: pick(UPPER + LOWER + DIGITS, 40) };
}

/** Makes a name part that two processes do not share. */
export function randomSuffix(): string {
  return randomBytes(6).toString("hex");
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}
