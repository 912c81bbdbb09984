import type { Wording } from "../../../wording.ts";

/** One way in which a value would not arrive as it is. */
export interface Refusal {
  /** SQL that is true for such a value; NULL and false mean that it arrives. */
  readonly when: string;
  /** What is said of the value: `"1.005" has …`. Of the detail, where it needs one. */
  readonly reason: Wording | ((detail: string) => Wording);
  /** SQL of a text that the reason quotes. */
  readonly detail?: string;
}

/** What is to be looked at of a column, and what is refused. */
export interface ValueCheck {
  /** SQL over the source's columns; each row's is evaluated once. */
  readonly input: string;
  /** `value` is the name that the input goes by. */
  readonly refusals: (value: string) => readonly Refusal[];
}
