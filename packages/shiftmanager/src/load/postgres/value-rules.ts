import { OptionsError } from "../../errors.ts";
import { option, wording } from "../../wording.ts";

/**
 * What becomes of values that Redshift cannot hold as they are. Each is refused unless its rule says otherwise: then
 * PostgreSQL changes the value while it is read, and what comes of it is checked like any other.
 */
export interface ValueRules {
  /** Infinity in dates, times and numbers: NULL, or the greatest or least value that the column's type holds. */
  readonly infinity?: "refuse" | "null" | "clamp";
  /** NaN in numbers. */
  readonly nan?: "refuse" | "null";
  /** Years before 1 and after 9999: NULL, or the first or last moment in between. */
  readonly farDates?: "refuse" | "null" | "clamp";
  /** More decimals than a DECIMAL column has. COPY itself would cut them off. */
  readonly surplusDecimals?: "refuse" | "round" | "truncate";
  /** Texts with more bytes than their VARCHAR or CHAR column: cut between two characters. */
  readonly longText?: "refuse" | "truncate";
  /** `\u0000` in `json` values that go into SUPER. No other value of PostgreSQL can hold a NUL character. */
  readonly nulCharacters?: "refuse" | "remove";
  /** Numbers in JSON beyond 64-bit integers and doubles, which SUPER may round. */
  readonly jsonNumbers?: "refuse" | "allow";
}

/** The choices of each rule, the default first. */
export const valueRuleChoices = {
  infinity: ["refuse", "null", "clamp"],
  nan: ["refuse", "null"],
  farDates: ["refuse", "null", "clamp"],
  surplusDecimals: ["refuse", "round", "truncate"],
  longText: ["refuse", "truncate"],
  nulCharacters: ["refuse", "remove"],
  jsonNumbers: ["refuse", "allow"],
} as const satisfies Readonly<Record<keyof ValueRules, readonly string[]>>;

/** @throws OptionsError for a rule with a value that it has not */
export function checkValueRules(rules: ValueRules): void {
  for (const [name, choices] of Object.entries(valueRuleChoices)) {
    const chosen: string | undefined = rules[name as keyof ValueRules];
    if (chosen === undefined || (choices as readonly string[]).includes(chosen)) continue;
    throw new OptionsError(
      wording`${option(name)} must be one of ${choices.join(", ")}, not ${JSON.stringify(chosen)}.`,
    );
  }
}
