import type { EventHandler, LoadPhase, ShiftmanagerEvent } from "../events.ts";
import type { Batch } from "../sql/batch.ts";
import type { Statement } from "../sql/statement.ts";

/** Seconds by phase; a phase that a load did not come to is absent. */
export type PhaseSeconds = Readonly<Partial<Record<LoadPhase, number>>>;

/** The phases of one load: tells of each, and keeps how long it took. */
export class Phases {
  readonly #onEvent: EventHandler | undefined;
  readonly #seconds = new Map<LoadPhase, number>();
  #open: { readonly phase: LoadPhase; readonly since: number } | undefined;

  constructor(onEvent: EventHandler | undefined) {
    this.#onEvent = onEvent;
  }

  /** Ends the phase before it. Of one that comes again, such as each COPY of several, the times add up. */
  begin(phase: LoadPhase): void {
    if (this.#open?.phase === phase) return;
    this.end();
    this.#open = { phase, since: performance.now() };
    this.#onEvent?.({ type: "phase", phase, state: "begun" });
  }

  end(): void {
    if (this.#open === undefined) return;
    const { phase, since } = this.#open;
    this.#open = undefined;
    const seconds = (performance.now() - since) / 1000;
    this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + seconds);
    this.#onEvent?.({ type: "phase", phase, state: "ended", seconds: rounded(seconds) });
  }

  get seconds(): PhaseSeconds {
    return Object.fromEntries([...this.#seconds].map(([phase, seconds]) => [phase, rounded(seconds)]));
  }

  /** Passes on what executing a batch tells, and begins the phases that its statements are. */
  ofBatch({ statements }: Pick<Batch, "statements">): EventHandler {
    return (event: ShiftmanagerEvent) => {
      if (event.type === "statement") this.begin(phaseOf(statements[event.number - 1]));
      if (event.type === "commit") this.begin("commit");
      this.#onEvent?.(event);
    };
  }
}

function phaseOf(statement: Statement | undefined): LoadPhase {
  if (statement?.proves !== undefined) return "proof";
  return statement?.destroys === undefined ? "copy" : "delete";
}

/** Milliseconds are as much as a clock is worth here. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
