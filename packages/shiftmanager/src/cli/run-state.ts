import type { ShiftmanagerEvent } from "../index.ts";

/** How far a command has come, as its events tell: what Ctrl-C will stop, and what may be left when it stops at once. */
export class RunState {
  /** Undefined for whatever is no load. */
  #phase: string | undefined;
  #committing = false;
  #committed = false;
  /** COMMIT failed: what came of it is for the error to say. */
  #unknown = false;
  /** Where the files of a run are. */
  readonly #places = new Set<string>();

  note(event: ShiftmanagerEvent): void {
    if (event.type === "phase") {
      if (this.#committing && event.state === "ended") {
        this.#committing = false;
        this.#committed = true;
      }
      if (event.state === "begun") {
        this.#phase = event.phase;
        if (event.phase === "explain" && this.#committed) this.#unknown = true;
      }
    }
    if (event.type === "commit") this.#committing = true;
    if (event.type === "progress" && event.place !== undefined) this.#places.add(event.place);
  }

  /** Another place where a run that is stopped at once may leave files. */
  writesTo(place: string): void {
    this.#places.add(place);
  }

  /** What the first signal does, as it is told at once. */
  get stopping(): string {
    if (this.#committing) return "COMMIT is under way and is awaited, as it cannot be cancelled";
    if (this.#phase === undefined) return "what is running is cancelled";
    if (this.#unknown) return "COMMIT has failed, and what the load left is still cleared away";
    if (this.#committed) {
      return this.#phase === "clean-up"
        ? "every row is loaded, and only the files of the run are still deleted"
        : "cancelling the load; what it has committed stays, nothing more will be loaded";
    }
    return "cancelling the load, nothing will be loaded";
  }

  /** What may be left when a second signal ends the process. */
  get left(): string {
    const outcome =
      this.#committing || this.#unknown
        ? "Whether the rows are loaded is unknown, as COMMIT was under way: count them before loading anything again."
        : this.#phase === undefined
          ? "The server rolls back what was not committed."
          : this.#committed
            ? "What was committed stays."
            : "Nothing is loaded: the server rolls back.";
    if (this.#places.size === 0) return outcome;
    return `${outcome} Files and unfinished uploads may be left under ${[...this.#places].join(" and ")}; delete them.`;
  }
}
