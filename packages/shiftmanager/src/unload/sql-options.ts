import { OptionsError } from "../errors.ts";
import { checkExpression } from "../sql/check-text.ts";
import type { Fragment } from "../sql/fragment.ts";
import { tokenize } from "../sql/lexer.ts";
import { option, wording } from "../wording.ts";

/** Options of UNLOAD given as text, and the words in it outside literals, in capitals. */
export interface SqlOptions {
  readonly sql: Fragment;
  readonly words: ReadonlySet<string>;
}

const authorizationWords = [
  "IAM_ROLE",
  "CREDENTIALS",
  "ACCESS_KEY_ID",
  "SECRET_ACCESS_KEY",
  "SESSION_TOKEN",
  "MASTER_SYMMETRIC_KEY",
];

/** @throws OptionsError for text that is not one balanced piece, or that holds a secret, which would then be shown */
export function sqlOptions(text: string): SqlOptions {
  const what = option("options");
  const sql = checkExpression(text, what);
  const words = new Set(
    tokenize(text, what).flatMap(({ kind, text: word }) => (kind === "word" ? [word.toUpperCase()] : [])),
  );
  const secret = authorizationWords.find((word) => words.has(word));
  if (secret !== undefined) {
    throw new OptionsError(
      wording`${what} holds ${secret}, and would be shown as it is; pass the role or keys as ${option("authorization")}, or call setAwsRole or setAwsCredentials.`,
    );
  }
  return { sql, words };
}
