import type { Place } from "../failure/bad-place.ts";

/** What is wrong with one value, or may be. */
export interface Finding {
  /** AWS's code of the load error that COPY would give; undefined where it would give none. */
  readonly code?: number;
  readonly reason: string;
  readonly badPlace?: Place;
  /** False: no source says whether COPY takes it, or it takes it and changes or leaves out something. */
  readonly certain: boolean;
}

/** What COPY does with a value: takes it, takes it as NULL, or what is found. */
export type Verdict = "taken" | "null" | Finding;

export function refused(code: number, reason: string, badPlace?: Place): Finding {
  return { code, reason, certain: true, ...(badPlace === undefined ? {} : { badPlace }) };
}

export function doubtful(code: number, reason: string): Finding {
  return { code, reason, certain: false };
}
