/** A fault that a test asks for: where, when, how often, and what then happens. */
export interface Fault {
  /** `s3`: a request to the endpoint; `sql`: a statement as it arrives; `copy`: an object read by COPY or written by UNLOAD. */
  readonly target: "s3" | "sql" | "copy";
  /**
   * S3 operation name (`PutObject`, `GetObject`, `UploadPart` …); any when absent. For `sql`: `before` the statement is run (also when absent),
   * or `after`, which goes with `drop` only: the statement runs (a COMMIT commits) and the connection closes before its answer.
   */
  readonly operation?: string;
  /** Object keys: exact text, or a pattern; any when absent. */
  readonly key?: string | RegExp;
  /** Statements: text that must be contained (case ignored), or a pattern; any when absent. */
  readonly statement?: string | RegExp;
  /** How many matching events pass first. Default 0. */
  readonly after?: number;
  /** How many times it happens. Default 1. */
  readonly times?: number;
  /**
   * `503` SlowDown, `500` InternalError, `deny` AccessDenied, `cut` (the body stops half way), `slow` (one second),
   * `drop` (the connection is closed), `1018` (relation does not exist), `1023` (serializable isolation violation).
   */
  readonly action: "503" | "500" | "slow" | "cut" | "deny" | "drop" | "1018" | "1023";
}

const sqlOperations = new Set(["before", "after"]);

export interface FaultEvent {
  readonly target: Fault["target"];
  readonly operation?: string;
  readonly key?: string;
  readonly statement?: string;
}

/** The faults of one sandbox. Each place that can fail asks `take` first. */
export class Faults {
  readonly #armed: { readonly fault: Fault; skip: number; left: number }[] = [];

  /** Whether any fault is still to happen. */
  get armed(): boolean {
    return this.#armed.some(({ left }) => left > 0);
  }

  /** @throws TypeError for a fault that cannot happen */
  add(fault: Fault): void {
    if (fault.target === "sql" && !sqlOperations.has(fault.operation ?? "before"))
      throw new TypeError('The operation of a fault of target "sql" is "before" or "after".');
    if (fault.target === "sql" && fault.operation === "after" && fault.action !== "drop")
      throw new TypeError('A fault "after" a statement can only "drop" the connection.');
    this.#armed.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** The action of the first armed fault that this event meets, counted down; undefined when none does. */
  take(event: FaultEvent): Fault["action"] | undefined {
    for (const armed of this.#armed) {
      if (armed.left === 0 || !matches(armed.fault, event)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      return armed.fault.action;
    }
    return undefined;
  }
}

function matches(fault: Fault, event: FaultEvent): boolean {
  return (
    fault.target === event.target &&
    operationMatches(fault, event) &&
    textMatches(fault.key, event.key, (wanted, found) => wanted === found) &&
    textMatches(fault.statement, event.statement, (wanted, found) =>
      found.toLowerCase().includes(wanted.toLowerCase()),
    )
  );
}

/** A statement's fault comes before it runs, unless it says otherwise. */
function operationMatches(fault: Fault, event: FaultEvent): boolean {
  const wanted = fault.operation ?? (fault.target === "sql" ? "before" : undefined);
  const met = event.operation ?? (event.target === "sql" ? "before" : undefined);
  return wanted === undefined || wanted === met;
}

function textMatches(
  wanted: string | RegExp | undefined,
  found: string | undefined,
  same: (wanted: string, found: string) => boolean,
): boolean {
  if (wanted === undefined) return true;
  if (found === undefined) return false;
  return typeof wanted === "string" ? same(wanted, found) : found.search(wanted) !== -1;
}
