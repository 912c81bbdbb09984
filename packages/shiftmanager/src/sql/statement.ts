import type { Session } from "../session.ts";
import type { Fragment } from "./fragment.ts";

/**
 * What a statement does to a transaction: `joins` it, `commits` it (TRUNCATE), or is `forbidden` in one (VACUUM,
 * ALTER TABLE APPEND, ALTER COLUMN TYPE).
 * @see facts.md 2
 */
export type TransactionRule = "joins" | "commits" | "forbidden";

/** One SQL statement and what a reviewer wants to know of it. */
export interface Statement {
  readonly sql: Fragment;
  /** What it does, in a few words: "Copies every row". */
  readonly summary: string;
  /** Of a SELECT that fails on purpose where something does not hold: what then is not so, "every row arrived". */
  readonly proves?: string;
  /** What cannot be brought back once it has committed: "the table sales$outgoing". */
  readonly destroys?: string;
  /** Changes nothing: SELECT, SHOW, EXPLAIN. Known of statements given as text. */
  readonly reads?: true;
  /** Default `joins`. */
  readonly transaction?: TransactionRule;
  /** A lock that must be held before the batch's facts are proved; such statements come first. */
  readonly locks?: true;
  /** Runs just before the statement, on the same session; throws to stop the batch. Only reads. */
  readonly check?: (session: Session) => Promise<void>;
  /**
   * Runs when this statement failed and its transaction was rolled back; what it finds out is added to the error. Only
   * reads.
   */
  readonly afterFailure?: (session: Session, cause: unknown) => Promise<string | undefined>;
}
