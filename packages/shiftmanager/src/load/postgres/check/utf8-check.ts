import type { TableTransfer } from "../column-transfer.ts";
import { valueKind } from "../types/value-kind.ts";
import type { ValueCheck } from "./refusal.ts";

/** UTF-8 as bytes, which are the characters of a database that is SQL_ASCII. @see RFC 3629, section 4 */
const wellFormed = [
  String.raw`[\u0001-\u007f]`,
  String.raw`[\u00c2-\u00df][\u0080-\u00bf]`,
  String.raw`\u00e0[\u00a0-\u00bf][\u0080-\u00bf]`,
  String.raw`[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}`,
  String.raw`\u00ed[\u0080-\u009f][\u0080-\u00bf]`,
  String.raw`\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}`,
  String.raw`[\u00f1-\u00f3][\u0080-\u00bf]{3}`,
  String.raw`\u00f4[\u0080-\u008f][\u0080-\u00bf]{2}`,
].join("|");

/** The check of texts from a database that lets any bytes in: from every other encoding PostgreSQL converts to UTF-8. */
export function utf8Check({ source, expression }: TableTransfer, encoding: string): ValueCheck | undefined {
  const kind = valueKind(source);
  const letters = kind === "text" || kind === "json" || kind === "nested" || kind === "other";
  if (encoding !== "SQL_ASCII" || !letters) return undefined;
  return {
    input: `(${expression})::text`,
    refusals: (text) => [
      { when: `${text} !~ '^(?:${wellFormed})*$'`, reason: "is not valid UTF-8; mend it in the source" },
    ],
  };
}
