import { SqlError } from "../errors.ts";
import type { Fault, Faults } from "../faults.ts";

/** What shall go wrong with one statement. */
export interface StatementFault {
  readonly before: Fault["action"] | undefined;
  /** The statement runs, and the connection closes before its answer. */
  readonly dropAfter: boolean;
}

/** Asks the faults about a statement as it arrives; undefined, at no cost, when none is armed for it. */
export function faultOf(faults: Faults, statement: string): StatementFault | undefined {
  if (!faults.armed) return undefined;
  const before = faults.take({ target: "sql", operation: "before", statement });
  const dropAfter = faults.take({ target: "sql", operation: "after", statement }) === "drop";
  return before === undefined && !dropAfter ? undefined : { before, dropAfter };
}

/** The error of an action that is neither `slow` nor `drop`. @see facts.md 2 for the texts of 1018 and 1023 */
export function faultError(action: Fault["action"]): SqlError {
  if (action === "1018") return new SqlError("XX000", "1018", { detail: "Relation does not exist" });
  if (action === "1023")
    return new SqlError("XX000", "1023", {
      detail: "Serializable isolation violation on table in Redshift",
    });
  return new SqlError("XX000", `internal error (fault "${action}")`);
}

/** What `slow` costs. */
export const slowMs = 1000;
