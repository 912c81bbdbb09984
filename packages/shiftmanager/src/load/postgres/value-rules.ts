import { choice, type Kinds } from "../../kinds.ts";

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

export const valueRuleKinds: Kinds<ValueRules> = {
  infinity: choice("refuse", "null", "clamp"),
  nan: choice("refuse", "null"),
  farDates: choice("refuse", "null", "clamp"),
  surplusDecimals: choice("refuse", "round", "truncate"),
  longText: choice("refuse", "truncate"),
  nulCharacters: choice("refuse", "remove"),
  jsonNumbers: choice("refuse", "allow"),
};
