import { inWords, type Mention, type Wording } from "./wording.ts";

/**
 * Every error this library throws. Each message is one sentence that ends with what to do next; no secret appears in
 * any field, so an error may be logged as it is.
 */
export abstract class ShiftmanagerError extends Error {
  /** Stable across releases; what a program should compare. */
  abstract readonly code: string;

  /** The message in pieces, so that another front end can name options its own way. */
  readonly #wording: Wording;

  constructor(message: Wording, options?: { readonly cause?: unknown }) {
    super(inWords(message), options);
    this.name = new.target.name;
    this.#wording = message;
  }

  /** The message with other names for the library's options: the command names its flags. */
  worded(nameOf: (mention: Mention) => string): string {
    const first = inWords(this.#wording);
    // What was found out later stands behind it.
    if (!this.message.startsWith(first)) return this.message;
    return inWords(this.#wording, nameOf) + this.message.slice(first.length);
  }

  /** An error's message in pieces, to be part of another's. */
  static wordingOf(error: unknown): Wording {
    if (error instanceof ShiftmanagerError) return error.#wording;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Options that can never work, found before anything is sent. */
export class OptionsError extends ShiftmanagerError {
  readonly code = "ERR_OPTIONS";
}

/** The server cannot be reached, refuses the login, or went away. */
export class ConnectionError extends ShiftmanagerError {
  readonly code = "ERR_CONNECTION";
}

/** Something named does not exist; the message names the nearest that does. */
export class NotFoundError extends ShiftmanagerError {
  readonly code = "ERR_NOT_FOUND";
}

/** What the server said of a statement it refused. */
export interface ServerReport {
  /** Five characters; most of Redshift's own errors say `XX000`. */
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** One-based character position in the statement. */
  readonly position?: number;
}

/** One statement that the server refused. */
export class StatementError extends ShiftmanagerError {
  readonly code = "ERR_STATEMENT";
  /** The statement with its secrets masked; undefined when it is not known. */
  readonly statement: string | undefined;
  readonly report: ServerReport;

  constructor(
    message: Wording,
    more: { readonly statement?: string; readonly report?: ServerReport; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.statement = more.statement;
    this.report = more.report ?? {};
  }
}

/** How far a batch came before it stopped. Statements are counted from 1 and shown with their secrets masked. */
export interface BatchProgress {
  /** Committed for good. */
  readonly applied: readonly string[];
  /** The statement that stopped it; undefined when it stopped between two. */
  readonly failed: string | undefined;
  readonly failedNumber: number | undefined;
  readonly pending: readonly string[];
  /** `unknown`: the connection broke while COMMIT was under way. */
  readonly rolledBack: "yes" | "nothing to roll back" | "unknown";
}

/** A batch that stopped part of the way. */
export class BatchError extends ShiftmanagerError {
  readonly code = "ERR_BATCH";
  readonly progress: BatchProgress;

  constructor(message: Wording, progress: BatchProgress, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.progress = progress;
  }
}

/** Where and why a load failed, as far as it is known: one entry for each kind of failure. */
export interface LoadFailure {
  readonly table?: string;
  /** File name or S3 URI. */
  readonly file?: string;
  /** One-based. */
  readonly line?: number;
  readonly column?: string;
  /** The column's type as it was declared: `VARCHAR(20)`. */
  readonly columnType?: string;
  /** As it stands in the file; a long one is cut around its bad place. */
  readonly value?: string;
  /** Where in `value` the bad place is, in characters from 0: its beginning, and behind its end. */
  readonly badPlace?: { readonly start: number; readonly end: number };
  /** AWS's code of a load error, 1200 to 1224 for example. @see AWS r_Load_Error_Reference */
  readonly code?: number;
  readonly reason: string;
  /** How many rows fail in the same way, which is in the same column with the same code. */
  readonly rows?: number;
  /** There may be more than `rows` of them: not everything could be looked at. */
  readonly orMore?: boolean;
  /** The one change that mends it. */
  readonly mend?: string;
}

/** Data that cannot be loaded: named by file, line and column. */
export class LoadError extends ShiftmanagerError {
  readonly code = "ERR_LOAD";
  readonly failures: readonly LoadFailure[];

  constructor(message: Wording, failures: readonly LoadFailure[], options?: { readonly cause?: unknown }) {
    super(message, options);
    this.failures = failures;
  }
}

/** S3 refused or failed; also a local file that cannot be read or written. */
export class StorageError extends ShiftmanagerError {
  readonly code = "ERR_STORAGE";
  /** The status of S3's answer; undefined when there was none. From 400 to 499 it refused, and nothing was changed. */
  readonly httpStatus: number | undefined;
  /** True where S3 was not asked at all, for want of credentials, a region or an endpoint: nothing was changed. */
  readonly unsent: boolean;

  constructor(
    message: Wording,
    more: { readonly httpStatus?: number; readonly unsent?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.httpStatus = more.httpStatus;
    this.unsent = more.unsent ?? false;
  }
}
