/**
 * An error as Redshift reports it: what the client sees in the ErrorResponse.
 * Thrown anywhere in the sandbox while a statement is read or run; the wire turns it into the message.
 */
export class SqlError extends Error {
  override readonly name = "SqlError";
  /** Five characters, as in PostgreSQL's appendix A: `0A000` is "feature not supported". */
  readonly sqlstate: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** One-based character position in the statement's own text. */
  readonly position: number | undefined;
  /** The same in the text that PostgreSQL was sent, which no client sees. */
  readonly sentPosition: number | undefined;

  constructor(
    sqlstate: string,
    message: string,
    more: {
      readonly detail?: string;
      readonly hint?: string;
      readonly position?: number;
      readonly sentPosition?: number;
    } = {},
  ) {
    super(message);
    this.sqlstate = sqlstate;
    this.detail = more.detail;
    this.hint = more.hint;
    this.position = more.position;
    this.sentPosition = more.sentPosition;
  }
}

/** The sandbox does not imitate this: said loudly, by name, never silently accepted. */
export function notImitated(feature: string, position?: number): SqlError {
  return new SqlError("0A000", `redshift-sandbox does not imitate ${feature}`, {
    hint: "See the support table in docs/sandbox.md.",
    ...(position === undefined ? {} : { position }),
  });
}

/**
 * The sandbox itself cannot start, stop or find something: one sentence for the person who started it, with the way out.
 * Never sent to a database client; the command prints the message alone, without a stack.
 */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}
