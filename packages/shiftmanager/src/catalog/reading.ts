/**
 * What a reader found, and whether the session could see all there is. Redshift's views leave out silently what a user
 * may not see, so an incomplete reading looks just like a complete one unless it says so.
 */
export interface Reading<T> {
  readonly found: T;
  readonly complete: boolean;
  /** What may be missing and why, as a sentence; only with `complete: false`. */
  readonly missing?: string;
}

export function complete<T>(found: T): Reading<T> {
  return { found, complete: true };
}

export function incomplete<T>(found: T, missing: string): Reading<T> {
  return { found, complete: false, missing };
}
